"""Stories are told as if they happened now."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cds.errors import StoryError
from cds.stories import fill_in, load_story

NOW = datetime(2026, 11, 20, 12, 0, 30, 123456, tzinfo=UTC)
CASE = 'title = "Reordered"\nproves = "It is noticed."\nservice = "leuko-order-sign"\ntags = ["demo"]\n'


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{{now}}", "2026-11-20T12:00:30Z"),
        ("{{now-12h}}", "2026-11-20T00:00:30Z"),
        ("{{now-90m}}", "2026-11-20T10:30:30Z"),
        ("{{now+2d}}", "2026-11-22T12:00:30Z"),
        ("{{ now - 34d }}", "2026-10-17T12:00:30Z"),
        ("{{today}}", "2026-11-20"),
        ("{{today-34d}}", "2026-10-17"),
        ("{{today-2w}}", "2026-11-06"),
        ("{{context.patientId}}", "{{context.patientId}}"),
    ],
)
def test_dates_are_written_relative_to_now(written: str, told: str) -> None:
    assert f'"{told}"' == fill_in(f'"{written}"', NOW)


def test_a_story_is_its_case_and_its_request(tmp_path: Path) -> None:
    folder = tmp_path / "reordered"
    folder.mkdir()
    (folder / "case.toml").write_text(CASE)
    (folder / "request.json").write_text('{"at": "{{now-1d}}"}')

    story = load_story(folder, NOW)

    assert ("reordered", "Reordered", "leuko-order-sign") == (story.name, story.title, story.service)
    assert b'{"at": "2026-11-19T12:00:30Z"}' == story.request
    assert ["demo"] == story.case["tags"]


def test_a_folder_of_stories_is_none_and_names_one_of_them(tmp_path: Path) -> None:
    (tmp_path / "reordered").mkdir()
    with pytest.raises(StoryError) as caught:
        load_story(tmp_path, NOW)
    assert [f"{tmp_path}: no story, for it holds no case.toml."] == [*caught.value.problems]

    (tmp_path / "reordered" / "case.toml").write_text(CASE)
    with pytest.raises(StoryError) as caught:
        load_story(tmp_path, NOW)
    assert str(caught.value).endswith(f"Name one of the stories in it, such as {tmp_path / 'reordered'}.")


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"case.toml": CASE},
        {"case.toml": "title =", "request.json": "{}"},
        {"case.toml": f"title = {'[' * 5000}", "request.json": "{}"},
        {"case.toml": 'title = "x"', "request.json": "{}"},
    ],
    ids=["nothing", "no-request", "no-toml", "no-end", "no-service"],
)
def test_an_incomplete_story_is_refused(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    with pytest.raises(StoryError):
        load_story(tmp_path, NOW)
