"""Where a caller wants it so, an encounter is not told twice, but for what is new or critical."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cds.app import create_answerer
from cds.errors import RecordsUnavailable
from cds.hooks.hook_request import read_hook_request
from cds.hooks.keeping import Keeping
from cds.hooks.records import MemoryRecords
from cds.hooks.services import Answer, offered_services
from cds.hooks.tenants import Tenant
from cds.settings import Preferences, Settings
from cds.shown import REMEMBERED
from tests.cases.requests import knowledge
from tests.fixture_stories import DAYS, FIXTURES, tell

NOW = DAYS[0]
STORY = FIXTURES / "methimazole-reordered-at-anc-0.3"
QUIET = Preferences(suppress_repeats=True)
SERVICES = offered_services(knowledge())


@pytest.fixture
def keeping() -> Keeping:
    return Keeping(MemoryRecords())


def _request(encounter: str = "E-1", **change: Any) -> dict[str, Any]:
    request = json.loads(json.dumps(tell(STORY, NOW).request)) | change
    request["context"]["encounterId"] = encounter
    return request


def _ask(
    keeping: Keeping,
    request: dict[str, Any],
    preferences: Preferences = QUIET,
    tenant: str = "north",
    after: timedelta = timedelta(0),
) -> Answer:
    read = read_hook_request(json.dumps(request).encode())
    answerer = create_answerer(Settings(), knowledge())
    answer = answerer.answer(SERVICES[f"leuko-{request['hook']}"], read, preferences, NOW)
    return keeping.leave_out_repeats(Tenant(tenant), read, preferences, answer, NOW + after)


def _topics(answer: Answer, member: str = "shown") -> list[str]:
    return [card.topic for card in getattr(answer, member)]


def test_what_was_said_is_left_out_the_second_time_but_for_what_is_critical(keeping: Keeping) -> None:
    first = _ask(keeping, _request())
    second = _ask(keeping, _request())
    critical = [card.topic for card in first.shown if card.indicator == "critical"]
    others = [card.topic for card in first.shown if card.indicator != "critical"]

    assert critical
    assert others
    assert () == first.repeated
    assert critical == _topics(second)
    assert others == _topics(second, "repeated")
    assert critical == [card["source"]["topic"]["code"] for card in json.loads(second.body)["cards"]]


@pytest.mark.parametrize(
    "change",
    [
        {"request": _request("E-2")},
        {"request": _request("")},
        {"tenant": "south"},
        {"preferences": Preferences()},
        {"after": REMEMBERED},
    ],
    ids=["another encounter", "no encounter", "another caller", "not wanted", "a day later"],
)
def test_everything_is_said_again_elsewhere(keeping: Keeping, change: dict[str, Any]) -> None:
    first = _ask(keeping, _request())
    again = _ask(keeping, **({"request": _request()} | change))

    assert _topics(first) == _topics(again)
    assert () == again.repeated


def test_all_cards_in_one_are_left_out_as_one(keeping: Keeping) -> None:
    merged = replace(QUIET, merge_cards=True)
    first = _ask(keeping, _request(hook="patient-view"), merged)
    second = _ask(keeping, _request(hook="patient-view"), merged)
    said = {topic for card in first.shown if card.indicator != "critical" for topic in card.topics}

    assert all(card.indicator == "critical" for card in second.shown)
    assert said == {topic for card in second.repeated for topic in card.topics}


def test_a_card_that_had_no_room_is_shown_when_another_is_left_out(keeping: Keeping) -> None:
    """What was never shown is no repeat, however often it was worked out."""
    narrow = replace(QUIET, max_cards=2)
    seen = [card for _ in range(4) for card in _ask(keeping, _request(), narrow).shown]
    whole = _topics(_ask(keeping, _request(), Preferences(max_cards=20)))

    assert {*whole} == {topic for card in seen for topic in card.topics}
    assert len(_topics(_ask(Keeping(), _request(), narrow))) < len(whole)


def test_a_worse_tier_is_no_repeat_and_another_value_of_the_same_is_one(keeping: Keeping) -> None:
    def viewed(value: str) -> Answer:
        text = json.dumps(_request(hook="patient-view"))
        assert '"value": 0.3' in text
        return _ask(keeping, json.loads(text.replace('"value": 0.3', f'"value": {value}')))

    first, same, worse, again = viewed("1.3"), viewed("1.2"), viewed("0.8"), viewed("0.8")

    assert "leukoLowCount" in _topics(first)
    assert "leukoLowCount" in _topics(same, "repeated")
    assert "leukoLowCount" in _topics(worse)
    assert "leukoLowCount" in _topics(again, "repeated")


def test_a_mark_holds_neither_value_nor_date(keeping: Keeping) -> None:
    for card in _ask(keeping, _request()).shown:
        assert "0.3" not in card.mark
        assert "2026" not in card.mark


def test_while_the_database_cannot_tell_everything_is_said() -> None:
    class Unreachable(MemoryRecords):
        def use_token(self, *_: Any, **__: Any) -> bool:
            raise RecordsUnavailable

        def find_repeats(self, *_: Any) -> frozenset[str]:
            return frozenset()

    down = Keeping(Unreachable())

    assert _topics(_ask(down, _request())) == _topics(_ask(down, _request()))
