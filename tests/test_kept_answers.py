"""Kept answers are the same on every day, and can hold no date but those of the request."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.kept_answers import NotKeptError, keep, told_again, without_uuids, written

NOVEMBER = datetime(2026, 11, 20, 12, tzinfo=UTC)
MARCH = datetime(2027, 3, 1, 18, 45, tzinfo=UTC)
MAY = datetime(2028, 5, 31, 9, 30, tzinfo=UTC)
REQUEST = '{"a": "{{now-4h}}", "b": "{{today-34d}}", "c": "{{now-200d}}"}'
SAID = {
    NOVEMBER: "20 Nov 2026 08:00 UTC, 20 Nov, 17 Oct 2026, 4 May, 2026-11-20T12:00:00Z, 2026-10-17",
    MARCH: "1 Mar 2027 14:45 UTC, 1 Mar, 26 Jan 2027, 13 Aug 2026, 2027-03-01T18:45:00Z, 2027-01-26",
    MAY: "31 May 2028 05:30 UTC, 31 May, 27 Apr 2028, 13 Nov 2027, 2028-05-31T09:30:00Z, 2028-04-27",
}


def test_every_date_is_kept_as_the_date_of_the_request_that_it_shows() -> None:
    answers = {now: {"cards": SAID[now]} for now in (NOVEMBER, MARCH)}
    kept = keep(answers, REQUEST, "1.0")

    assert (
        '{"cards": "{{now-4h|minute}}, {{now-4h|short}}, {{today-34d|day}}, {{now-200d|short}},'
        ' {{now|instant}}, {{today-34d|date}}"}\n'
    ) == kept
    assert [{"cards": said} for said in SAID.values()] == [told_again(kept, now, "1.0") for now in SAID]


def test_the_version_of_the_knowledge_is_kept_as_a_word() -> None:
    kept = keep({NOVEMBER: {"label": "leukocds 1.0+a"}, MARCH: {"label": "leukocds 1.0+a"}}, REQUEST, "1.0+a")

    assert '{"label": "leukocds {{knowledge}}"}\n' == kept
    assert {"label": "leukocds 2.0"} == told_again(kept, NOVEMBER, "2.0")


@pytest.mark.parametrize(
    ("november", "march"),
    [
        ("2026-11-19", "2027-02-28"),
        ("low", "normal"),
        ("3 days old", "4 days old"),
        ("20 Nov", "1 Mar 2027 "),
    ],
    ids=["a date that is not in the request", "other words", "another number", "two forms"],
)
def test_what_changes_otherwise_cannot_be_kept(november: str, march: str) -> None:
    with pytest.raises(NotKeptError):
        keep({NOVEMBER: {"said": november}, MARCH: {"said": march}}, REQUEST, "1.0")


def test_a_date_that_never_changes_belongs_to_the_knowledge() -> None:
    kept = keep({NOVEMBER: {"said": "6 Oct 2025"}, MARCH: {"said": "6 Oct 2025"}}, REQUEST, "1.0")

    assert '{"said": "6 Oct 2025"}\n' == kept


def test_identifiers_are_taken_out_wherever_they_stand() -> None:
    answer = {"cards": [{"uuid": "1", "suggestions": [{"uuid": "2", "label": "x"}]}]}

    assert {
        "cards": [{"uuid": "{{uuid}}", "suggestions": [{"uuid": "{{uuid}}", "label": "x"}]}]
    } == without_uuids(answer)


def test_what_is_short_stands_on_one_line() -> None:
    long = {"first": "x" * 100, "second": ["y" * 100]}

    assert '{"cards": []}' == written({"cards": []})
    assert '{\n  "first": "' + "x" * 100 + '",\n  "second": ["' + "y" * 100 + '"]\n}' == written(long)
    assert written([long]).startswith('[{\n  "first"')
