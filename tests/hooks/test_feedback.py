"""Feedback: both spellings are understood, the required members are asked for, free text stays behind."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cds.errors import MalformedJson, WrongShape
from cds.hooks.feedback import MOST_ITEMS, our_reasons, read_feedback, site_reasons
from cds.shown import CardOutcome

ACCEPTED: dict[str, Any] = {
    "card": "4e0a3a1e-3283-4575-ab82-028d55fe2719",
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": "e56e1945-20b3-4393-8503-a1a20fd73152"}],
    "outcomeTimestamp": "2026-11-20T12:05:31Z",
}
OVERRIDDEN: dict[str, Any] = {
    "card": "9368d37b-283f-44a0-93ea-547cebab93ed",
    "outcome": "overridden",
    "overrideReason": {"reason": {"code": "d7ecf885", "system": "https://example.org/reasons"}},
    "outcomeTimestamp": "2026-11-20T12:06:08.123Z",
}


def _body(*items: Any) -> bytes:
    return json.dumps({"feedback": items}).encode()


OURS = our_reasons(
    [
        ("urn:leukocds:override", "known-and-followed", "Already known and followed"),
        ("urn:leukocds:override", "other", "Other"),
    ]
)
_EPIC = "com.epic.cdshooks.feedback.overrideReason."


def _reason(override: dict[str, Any], site: dict[str, str] | None = None) -> str:
    item = {name: value for name, value in OVERRIDDEN.items() if name != "overrideReason"} | override
    (outcome,) = read_feedback(_body(item), site_reasons(site or {}), OURS)
    return outcome.reason


def test_a_batch_becomes_one_outcome_per_card_or_suggestion() -> None:
    two = ACCEPTED | {"acceptedSuggestions": [{"id": "s-1"}, {"id": "s-2"}]}
    bare = {name: value for name, value in OVERRIDDEN.items() if name != "overrideReason"}

    assert (
        CardOutcome(ACCEPTED["card"], "accepted", datetime(2026, 11, 20, 12, 5, 31, tzinfo=UTC), "s-1"),
        CardOutcome(ACCEPTED["card"], "accepted", datetime(2026, 11, 20, 12, 5, 31, tzinfo=UTC), "s-2"),
        CardOutcome(OVERRIDDEN["card"], "overridden", datetime(2026, 11, 20, 12, 6, 8, 123000, tzinfo=UTC)),
    ) == read_feedback(_body(two, bare))


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ({}, ""),
        ({"overrideReason": {"userComment": "known"}}, ""),
        ({"overrideReason": {"reason": None, "userComment": "known"}}, ""),
        (
            {"overrideReason": {"reason": {"system": "urn:leukocds:override", "code": "known-and-followed"}}},
            "known-and-followed",
        ),
        ({"overrideReason": {"reason": {"code": "known-and-followed"}}}, "known-and-followed"),
        ({"overrideReason": {"reason": {"system": "urn:x", "code": "known-and-followed"}}}, "other"),
        ({"overrideReason": {"reason": {"coding": [{"code": "known-and-followed"}]}}}, "known-and-followed"),
        ({"overrideReason": {"reason": {"code": "Jane Doe knows"}}}, "other"),
        ({"overrideReason": {"reason": "Jane Doe knows"}}, "other"),
        ({"overrideReasons": {"reason": {"code": "known-and-followed"}}}, "known-and-followed"),
        ({"overrideReasons": [{"reason": {"code": "known-and-followed"}}]}, "known-and-followed"),
        ({"overrideReasons": []}, ""),
        (
            {"overrideReasons": {"extension": {f"{_EPIC}reasonTitle": "Already Known and Followed"}}},
            "known-and-followed",
        ),
        (
            {
                "overrideReasons": {
                    "extension": [
                        {"url": f"{_EPIC}reasonDisplay", "valueString": "Already known and followed"}
                    ]
                }
            },
            "known-and-followed",
        ),
        ({"overrideReasons": {"extension": {f"{_EPIC}reasonTitle": "Jane Doe knows"}}}, "other"),
        ({"overrideReasons": {"extension": {"com.example": [1, {}]}}}, "other"),
    ],
)
def test_a_reason_is_kept_as_one_of_our_codes_or_as_other(override: dict[str, Any], reason: str) -> None:
    assert reason == _reason(override)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"reason": {"system": "urn:oid:1.2.3", "code": "1042"}}, "known-and-followed"),
        ({"reason": {"code": "1042"}}, "known-and-followed"),
        ({"reason": {"system": "urn:oid:9", "code": "7"}}, "other"),
        ({"reason": {"system": "urn:oid:1.2.3", "code": "7"}}, "patient-baseline"),
        ({"extension": {f"{_EPIC}reasonCategory": 1042}}, "known-and-followed"),
        ({"extension": {f"{_EPIC}reasonTitle": "MD aware"}}, "comfort-care"),
    ],
)
def test_a_site_says_what_its_own_reasons_mean(sent: dict[str, Any], reason: str) -> None:
    site = {"1042": "known-and-followed", "urn:oid:1.2.3|7": "patient-baseline", "MD Aware": "comfort-care"}

    assert reason == _reason({"overrideReasons": sent}, site)


def test_of_a_comment_it_is_known_that_there_was_one() -> None:
    sent = OVERRIDDEN | {"overrideReason": {"userComment": "Jane Doe, known"}}
    (outcome,) = read_feedback(_body(sent))

    assert outcome.commented
    assert "Jane" not in repr(outcome)


def test_so_much_is_taken_at_once_and_no_more() -> None:
    suggestions = [{"id": str(number)} for number in range(MOST_ITEMS + 1)]

    assert MOST_ITEMS == len(read_feedback(_body(*[OVERRIDDEN] * MOST_ITEMS)))
    with pytest.raises(WrongShape, match="more than 10000 items"):
        read_feedback(_body(*[OVERRIDDEN] * (MOST_ITEMS + 1)))
    with pytest.raises(WrongShape, match="too many"):
        read_feedback(_body(ACCEPTED | {"acceptedSuggestions": suggestions}))


@pytest.mark.parametrize(
    "change",
    [
        {"outcomeTimestamp": "2026-11-20T12:06:08+00:00"},
        {"outcomeTimestamp": "2026-11-20T12:06:08.1234567Z"},
        {"outcomeTimestamp": "2026-12-31T23:59:60Z"},
        {"card": "not-a-uuid"},
        {"overrideReason": {"userComment": "known"}},
        {"overrideReason": None, "overrideReasons": {"userComment": "known"}},
        {"overrideReason": {"extension": [{"url": "com.epic.cdshooks.feedback", "value": "x"}]}},
        {"overrideReason": {"reason": {"code": "a-code-of-the-client"}}},
        {"unknown": 1},
    ],
)
def test_what_real_clients_send_is_taken(change: dict[str, Any]) -> None:
    assert ["overridden"] == [each.outcome for each in read_feedback(_body(OVERRIDDEN | change))]


def test_a_leap_second_is_the_second_after_it() -> None:
    sent = OVERRIDDEN | {"outcomeTimestamp": "2026-12-31t23:59:60.5+01:00"}
    (outcome,) = read_feedback(_body(sent))

    assert datetime(2026, 12, 31, 23, 0, 0, 500_000, tzinfo=UTC) == outcome.at


@pytest.mark.parametrize("member", ["card", "outcome", "outcomeTimestamp", "acceptedSuggestions"])
def test_a_required_member_is_asked_for(member: str) -> None:
    item = {name: value for name, value in ACCEPTED.items() if name != member}

    with pytest.raises(WrongShape, match=rf"^feedback\[1\]\.{member} is missing"):
        read_feedback(_body(ACCEPTED, item))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"card": " "}, "card"),
        ({"card": "x" * 201}, "card"),
        ({"acceptedSuggestions": [{"id": "x" * 201}]}, "acceptedSuggestions[0].id"),
        ({"acceptedSuggestions": [{"id": " "}]}, "acceptedSuggestions[0].id"),
        ({"outcomeTimestamp": "9999-12-31T23:59:59-12:00"}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "0001-01-01T00:00:00+12:00"}, "outcomeTimestamp"),
        ({"outcome": "ignored"}, "outcome"),
        ({"outcomeTimestamp": "9999-12-31T23:59:60Z"}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "2026-12-31T23:59:61Z"}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "yesterday"}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "2026-11-20"}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "2026-11-20T12:06:08"}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "2026-13-20T12:06:08Z"}, "outcomeTimestamp"),
        ({"acceptedSuggestions": []}, "acceptedSuggestions"),
        ({"acceptedSuggestions": [{}]}, "acceptedSuggestions"),
        ({"overrideReason": {}}, "overrideReason"),
        ({"overrideReason": "x"}, "overrideReason"),
    ],
)
def test_a_wrong_member_is_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(WrongShape) as caught:
        read_feedback(_body(ACCEPTED | change))

    assert str(caught.value).startswith(f"feedback[0].{named}")


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"feedback": {}}', b'{"feedback": ["x"]}'])
def test_a_wrong_body_is_refused(body: bytes) -> None:
    with pytest.raises(WrongShape):
        read_feedback(body)


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(MalformedJson):
        read_feedback(b"{")


def test_a_comment_that_was_cut_within_an_emoji_loses_no_batch() -> None:
    commented = OVERRIDDEN | {"overrideReason": {"userComment": "seen \ud83d"}}
    (first, second) = read_feedback(_body(commented, ACCEPTED), OURS)

    assert ("overridden", True) == (first.outcome, first.commented)
    assert "accepted" == second.outcome


_TEXT = st.text(max_size=8) | st.sampled_from(["known-and-followed", "urn:leukocds:override", "\x00"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT,
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "system", "coding", "url", "valueString", f"{_EPIC}reasonTitle"])
            | _TEXT,
            part,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(reason=_JSON, extension=_JSON, comment=_JSON)
@example(reason={"coding": [[]]}, extension=[{"url": None}], comment=None)
@example(reason=None, extension=[{"url": f"{_EPIC}reasonTitle", "value": [[None]]}], comment={})
def test_whatever_stands_in_a_reason_it_is_one_of_our_codes_or_other(
    reason: Any, extension: Any, comment: Any
) -> None:
    sent = {"reason": reason, "extension": extension, "userComment": comment}
    (outcome,) = read_feedback(_body(OVERRIDDEN | {"overrideReason": sent}), OURS)

    assert outcome.reason in {"", "known-and-followed", "other"}


def _nested(depth: int) -> bytes:
    body = _body(OVERRIDDEN | {"overrideReason": {"reason": "HERE"}})
    return body.replace(b'"HERE"', b"[" * depth + b"]" * depth)


def test_a_reason_that_is_nested_is_other_and_without_end_it_is_refused() -> None:
    (outcome,) = read_feedback(_nested(100), OURS)

    assert "other" == outcome.reason
    with pytest.raises(MalformedJson, match="nested too deeply"):
        read_feedback(_nested(100_000), OURS)
