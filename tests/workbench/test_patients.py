"""The patients of the sandbox are the stories, each of them once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask.testing import FlaskClient

from cds.stories import stories_folder
from cds.workbench.patients import list_patients, load_themes, tell_patient
from tests.workbench.conftest import NOW


def test_every_story_is_in_the_list_once() -> None:
    listed = [line.id for theme in list_patients(stories_folder(), NOW) for line in theme.patients]

    assert sorted(path.parent.name for path in stories_folder().glob("*/case.toml")) == sorted(listed)


def test_every_story_of_a_theme_is_there() -> None:
    named = [story for stories in load_themes().values() for story in stories]

    assert [] == [story for story in named if not (stories_folder() / story / "case.toml").exists()]
    assert len(named) == len(set(named))


def test_a_story_is_told_as_of_now() -> None:
    early, late = (
        tell_patient(stories_folder(), "fever-38.4-at-anc-0.5", moment)
        for moment in (NOW, NOW + timedelta(days=1))
    )

    assert early is not None
    assert late is not None
    assert b"{{" not in bytes(early.request)
    assert bytes(early.request) != bytes(late.request)


def test_no_path_leads_out_of_the_folder(client: FlaskClient, tmp_path: Path) -> None:
    for name in ("..", "../../etc", "%2e%2e", "refused", "README.md", "nobody"):
        assert 404 == client.get(f"/sandbox/api/patients/{name}").status_code
