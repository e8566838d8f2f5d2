"""The error tree and its one map to the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from cds import errors
from cds.errors import (
    ON_THE_WIRE,
    InternalFault,
    MissingData,
    NotAuthenticated,
    RequestError,
    SettingsError,
    error_body,
)


def _leaves(kind: type[RequestError]) -> Iterator[type[RequestError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _leaves(child)


def test_every_request_error_has_a_place_on_the_wire() -> None:
    assert {*_leaves(RequestError)} == {*ON_THE_WIRE}


def test_every_error_is_drawn_in_the_tree() -> None:
    classes = [
        name for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, Exception)
    ]

    assert [] == [name for name in classes if name not in (errors.__doc__ or "")]


def test_an_error_is_an_operation_outcome() -> None:
    body = json.loads(error_body(MissingData("No counts.")))

    expected = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "required", "diagnostics": "No counts."}],
    }
    assert expected == body


@pytest.mark.parametrize("reason", ["expired", "unknown-issuer", "used-before"])
def test_a_refused_caller_learns_nothing(reason: str) -> None:
    """Whatever the reason, the bytes are the same."""
    assert b"" == error_body(NotAuthenticated(reason))


def test_a_fault_says_that_nothing_was_checked_and_where_to_look() -> None:
    text = json.loads(error_body(InternalFault("4f1c")))["issue"][0]["diagnostics"]

    assert "checked nothing" in text
    assert "4f1c" in text


def test_a_start_error_carries_every_problem() -> None:
    error = SettingsError(iter(["one", "two"]))

    assert ("one", "two") == error.problems
    assert "one\ntwo" == str(error)
