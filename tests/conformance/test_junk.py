"""Whatever a service sends, the kit reports it and does not break."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from itertools import cycle
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.conform.caller import Caller, Reply
from cds.conform.check import Check, Result
from cds.conform.checks import (
    all_answers,
    card_extras,
    cards,
    discovery,
    feedback,
    orders,
    prefetch_offered,
    suggestions,
)
from cds.conform.json_text import find_empty, read_json, shown, without
from cds.conform.report import as_junit, as_objects, by_item, summary
from cds.conform.run import CHECKS, run_checks
from cds.conform.samples import Json, sample_request
from cds.conform.target import Options, Target
from tests.conformance.small_answers import TEMPLATES, make_answer

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ODD: list[Any] = [
    "http://[",
    None,
    True,
    0,
    -1.5,
    "",
    " ",
    "x",
    "\ud800",
    "\x00\x1b",
    [],
    {},
    [[]],
    [{}],
    {"x": None},
]
NAMES = (
    *("services", "id", "hook", "prefetch", "cards", "summary", "source", "label", "topic", "links", "type"),
    *("url", "suggestions", "actions", "resource", "resourceId", "overrideReasons", "extension", "uuid"),
    *("detail", "systemActions", "indicator", "resourceType", "entry", "x"),
)
JUNK = st.recursive(
    st.sampled_from(ODD) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=25,
)
SERVICE: Json = {
    "id": "x",
    "hook": "order-sign",
    "title": "x",
    "description": "x",
    "usageRequirements": "x",
    "version": "2.0.1",
    "prefetch": {"a": "Patient/{{context.patientId}}"},
}
NO_JSON = [b"", b"{", b"[1,]", b"{'a':1}", b"NaN", b"\xff", b"\xef\xbb\xbf{}", b"[" * 100_000]


class Scripted(Caller):
    """Answers without a network, from a list of values, again and again."""

    def __init__(self, listing: Any, answers: list[Any]) -> None:
        super().__init__("http://service.example.org", timeout=1)
        self._listing, self._answers = listing, cycle(answers)

    def _send(self, method: str, path: str, data: bytes | None, headers: Mapping[str, str | None]) -> Reply:
        value = self._listing if path.endswith("/cds-services") else next(self._answers)
        kind = {"content-type": "application/json", "access-control-allow-origin": "*"}
        return Reply(method, path, 200, kind, json.dumps(value).encode(), value=value)


def checks_in(*subjects: ModuleType) -> list[Check]:
    return [value for subject in subjects for value in vars(subject).values() if isinstance(value, Check)]


OF_CARDS = checks_in(cards, card_extras, suggestions, orders, feedback, all_answers)
OF_LISTING = checks_in(discovery, prefetch_offered)


def assert_reported(listing: Any, answers: list[Any], checks: Iterable[Check]) -> None:
    """Every check comes to a result, and all of them can be told."""
    options = Options(heavy=True, origin="https://ehr.example.org")
    results: list[Result] = [*run_checks(Target(Scripted(listing, answers), options, lambda: NOW), checks)]

    assert [check.name for check in checks] == [result.check.name for result in results]
    assert json.dumps(as_objects(by_item(results)))
    assert as_junit(results, "http://service.example.org")
    assert 4 == len([*summary(results)])


@given(listing=JUNK, answers=st.lists(JUNK, min_size=1, max_size=3))
@settings(max_examples=15)
def test_junk_breaks_nothing(listing: Any, answers: list[Any]) -> None:
    assert_reported(listing, answers, CHECKS)


@given(junk=st.lists(JUNK, max_size=3))
@settings(max_examples=25)
def test_junk_as_cards_breaks_nothing(junk: list[Any]) -> None:
    assert_reported({"services": [SERVICE]}, [{"cards": junk}], CHECKS)


def test_no_member_of_a_card_breaks_the_kit() -> None:
    """Each in turn is replaced by what nobody would expect there."""
    request = sample_request("order-sign", TEMPLATES, "p1", NOW)
    card = make_answer(request, "", may_fetch=False)["cards"][0]
    for place in places_in(card):
        for odd in (3, "", [], {}, [3], "http://["):
            assert_reported({"services": [SERVICE]}, [{"cards": [replaced(card, place, odd)]}], OF_CARDS)


def test_no_member_of_a_service_breaks_the_kit() -> None:
    for place in places_in(SERVICE):
        for odd in (None, *ODD):
            listing = {"services": [replaced(SERVICE, place, odd)]}
            assert_reported(listing, [{"cards": []}], OF_LISTING)


def places_in(value: Any) -> Iterator[tuple[Any, ...]]:
    """The way to every member, however deep."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in inner:
        yield (name,)
        yield from ((name, *rest) for rest in places_in(member))


def replaced(value: Any, place: tuple[Any, ...], odd: Any) -> Any:
    """A copy in which ``odd`` stands at that place."""
    copy = holder = deepcopy(value)
    for name in place[:-1]:
        holder = holder[name]
    holder[place[-1]] = odd
    return copy


@pytest.mark.parametrize("body", NO_JSON)
def test_what_is_no_json_is_told_from_it(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_json(body)


def test_empty_members_are_found_wherever_they_are() -> None:
    value = {"a": None, "b": [{"c": ""}, []], "d": {"e": {}}, "f": 0, "g": False, "h": "x"}

    assert [("a", "null"), ("b[0].c", '""'), ("b[1]", "[]"), ("d.e", "{}")] == [*find_empty(value)]
    assert {"b": [{}]} == without({"a": 1, "b": [{"a": 2}]}, "a")


def test_what_is_shown_is_one_short_line() -> None:
    assert "x y" == shown(b"x\x1b\n\ty")
    assert 161 == len(shown("x" * 1000))
    assert '{"a": "ä"}' == shown({"a": "ä"})
