"""The access token of a call: used when it is whole, left alone with a reason when it is not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cds.hooks.authorization import Access, Authorization, read_access

WHOLE = {
    "access_token": "eyJ0eXAi.OiJK-V1_Q~a+b/c==",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "Observation.Search (Labs) (R4)",
    "subject": "client-1",
}


def _read(**members: Any) -> Access:
    return read_access(msgspec.convert(WHOLE | members, Authorization), "p1")


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"token_type": "bearer"},
        {"expires_in": "300"},
        {"expires_in": 1},
        {"scope": "patient/*.read launch"},
        {"patient": "p1"},
        {"patient": "Patient/p1"},
        {"patient": None},
        {"patient": ""},
        {"need_patient_banner": True},
    ],
)
def test_a_whole_authorization_is_used(members: dict[str, Any]) -> None:
    """Its scope has to be there and may say anything: vendors write words of their own in it."""
    assert Access(token=WHOLE["access_token"]) == _read(**members)


@pytest.mark.parametrize(
    ("members", "doubt"),
    [
        *[({name: None}, "authorization-incomplete") for name in WHOLE if name != "access_token"],
        *[({name: " "}, "authorization-incomplete") for name in WHOLE if name != "access_token"],
        *[({"expires_in": value}, "authorization-incomplete") for value in ("soon", [], True)],
        ({"token_type": 3}, "authorization-incomplete"),
        ({"token_type": "MAC"}, "token-not-bearer"),
        *[({"expires_in": value}, "token-expired") for value in (0, -1, "0", "-300")],
        ({"patient": "p2"}, "token-of-another-patient"),
        ({"patient": "Patient/p2"}, "token-of-another-patient"),
        *[
            ({"access_token": value}, "token-malformed")
            for value in ("a b", "a\r\nX: y", "tök", "x" * 20_000)
        ],
    ],
)
def test_anything_else_is_not_used_and_says_why(members: dict[str, Any], doubt: str) -> None:
    assert Access(doubt=doubt) == _read(**members)


@pytest.mark.parametrize("sent", [None, Authorization(), Authorization(access_token=" ")])
def test_no_token_is_no_doubt(sent: Authorization | None) -> None:
    assert Access() == read_access(sent, "p1")


def test_the_token_is_not_in_the_representation() -> None:
    assert WHOLE["access_token"] not in repr(_read())
