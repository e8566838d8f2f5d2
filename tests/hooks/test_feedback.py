"""Feedback: both spellings are understood, the required members are asked for, nothing is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cds.errors import MalformedJson, WrongShape
from cds.hooks.feedback import Outcomes, read_feedback

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


def test_a_batch_is_counted() -> None:
    ignored = {name: value for name, value in OVERRIDDEN.items() if name != "overrideReason"}

    assert Outcomes(accepted=1, overridden=2, reasoned=1) == read_feedback(
        _body(ACCEPTED, OVERRIDDEN, ignored)
    )


@pytest.mark.parametrize(
    "change",
    [
        {"outcomeTimestamp": "2026-11-20T12:06:08+00:00"},
        {"outcomeTimestamp": "2026-11-20T12:06:08.1234567Z"},
        {"card": "not-a-uuid"},
        {"overrideReason": {"userComment": "known"}},
        {"overrideReason": None, "overrideReasons": {"userComment": "known"}},
        {"overrideReason": {"extension": [{"url": "com.epic.cdshooks.feedback", "value": "x"}]}},
        {"overrideReason": {"reason": {"code": "a-code-of-the-client"}}},
        {"unknown": 1},
    ],
)
def test_what_real_clients_send_is_taken(change: dict[str, Any]) -> None:
    assert 1 == read_feedback(_body(OVERRIDDEN | change)).overridden


@pytest.mark.parametrize("member", ["card", "outcome", "outcomeTimestamp", "acceptedSuggestions"])
def test_a_required_member_is_asked_for(member: str) -> None:
    item = {name: value for name, value in ACCEPTED.items() if name != member}

    with pytest.raises(WrongShape, match=rf"^feedback\[1\]\.{member} is missing"):
        read_feedback(_body(ACCEPTED, item))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"card": " "}, "card"),
        ({"outcome": "ignored"}, "outcome"),
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
