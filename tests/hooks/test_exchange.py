"""What holds for every exchange: faults are said, the log is discreet, browsers of the sandbox may call."""

from __future__ import annotations

import io
import json
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

BODY = {
    "hook": "order-sign",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"patientId": "1"},
}
INVOKE = "/cds-services/leuko-order-sign"
INSTANCE = BODY["hookInstance"]
CANARY = "canary-7f3a"


def _outcome(response: TestResponse) -> dict[str, Any]:
    (issue,) = response.get_json()["issue"]
    return issue


def _lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


# --- faults ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [ValueError(CANARY), KeyError(CANARY), RecursionError(CANARY), MemoryError()]
)
def test_a_fault_is_said_and_found_in_the_log_by_its_id(
    client: FlaskClient, answers: Any, log: io.StringIO, error: Exception
) -> None:
    """Never an empty list of cards, never a stack trace, never what the exception choked on."""
    answers.error = error
    response = client.post(INVOKE, json=BODY)

    reference = response.headers["X-Request-Id"]
    fault, line = _lines(log)
    assert (500, "exception") == (response.status_code, _outcome(response)["code"])
    assert reference in _outcome(response)["diagnostics"]
    assert (reference, type(error).__name__) == (fault["request"], fault["error"])
    assert any("conftest.py" in frame for frame in fault["frames"])
    assert (reference, 500) == (line["request"], line["status"])
    assert CANARY not in response.text + log.getvalue()


def test_after_any_fault_the_service_still_answers(client: FlaskClient, answers: Any) -> None:
    for body in (b"", b"{", b"[" * 5000, b'{"a":NaN}', b"\xff", json.dumps(BODY | {"prefetch": []}).encode()):
        assert 400 == client.post(INVOKE, data=body, content_type="application/json").status_code
    answers.error = RuntimeError()
    assert 500 == client.post(INVOKE, json=BODY).status_code
    answers.error = None

    assert 200 == client.post(INVOKE, json=BODY).status_code


# --- ids and the log ------------------------------------------------------------------------------------


def test_every_exchange_has_an_id(client: FlaskClient) -> None:
    first, second = (client.get("/cds-services").headers["X-Request-Id"] for _ in range(2))

    assert UUID(first) != UUID(second)
    assert INSTANCE == client.get("/", headers={"X-Request-Id": INSTANCE}).headers["X-Request-Id"]


def test_an_id_that_could_be_anything_is_not_taken_over(client: FlaskClient) -> None:
    sent = client.get("/cds-services", headers={"X-Request-Id": "Jane Doe"}).headers["X-Request-Id"]

    assert UUID(sent)


def test_an_answer_is_one_line_without_a_word_about_the_patient(
    client: FlaskClient, log: io.StringIO
) -> None:
    body = BODY | {
        "context": {"patientId": CANARY, "userId": f"Practitioner/{CANARY}"},
        "fhirServer": f"https://{CANARY}.example.org",
        "fhirAuthorization": {"access_token": CANARY},
        "prefetch": {CANARY: {"resourceType": "Patient", "id": CANARY}},
        "extension": {CANARY: CANARY},
    }
    client.post(INVOKE, json=body, headers={"Authorization": f"Bearer {CANARY}"})

    (line,) = _lines(log)
    expected = {
        "level": "info",
        "event": "answered",
        "service": "leuko-order-sign",
        "hook": "order-sign",
        "instance": INSTANCE,
        "outcome": "cards",
        "cards": 1,
        "topics": ["leukoLowCount"],
        "gaps": {"unknown-unit": 2},
        "status": 200,
    }
    made_up = {"at", "request", "trace", "ms"}
    assert expected == {name: value for name, value in line.items() if name not in made_up}
    assert line["ms"] >= 0
    assert CANARY not in log.getvalue()


def test_a_refusal_is_logged_with_its_kind(client: FlaskClient, log: io.StringIO) -> None:
    client.post(INVOKE, data=CANARY.encode(), content_type="application/json")
    client.get(f"/{CANARY}")

    reasons = [(line["event"], line["status"], line["reason"]) for line in _lines(log)]
    assert [("refused", 400, "MalformedJson"), ("refused", 404, "UnknownPath")] == reasons
    assert CANARY not in log.getvalue()


def test_feedback_is_logged_by_outcome_without_the_comment(client: FlaskClient, log: io.StringIO) -> None:
    item = {
        "card": CANARY,
        "outcome": "overridden",
        "outcomeTimestamp": "2026-11-20T12:00:00Z",
        "overrideReason": {"reason": {"code": CANARY}, "userComment": CANARY},
    }
    client.post(f"{INVOKE}/feedback", json={"feedback": [item]})

    (line,) = _lines(log)
    assert (0, 1, 1) == (line["accepted"], line["overridden"], line["reasoned"])
    assert CANARY not in log.getvalue()
