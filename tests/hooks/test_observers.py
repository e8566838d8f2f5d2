"""Who watches is told of every exchange, once, when its answer is made; and can take nothing from it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.hooks.observed import Action, Exchange, Outcome
from cds.hooks.routes import hook_app
from cds.settings import Settings
from tests.hooks.conftest import ABOUT, NOW, SERVICE, SHOWN

PATIENT, USER = "canary-patient-7f3a", "Practitioner/canary-user-7f3a"
BODY = {
    "hook": "order-sign",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"patientId": PATIENT, "userId": USER},
}
INVOKE = "/cds-services/leuko-order-sign"


@pytest.fixture
def seen() -> list[Exchange]:
    return []


@pytest.fixture
def watched(answers: Any, seen: list[Exchange]) -> FlaskClient:
    observers = [seen.append]
    app = hook_app(Settings(), {SERVICE.id: SERVICE}, answers, ABOUT, lambda: NOW, observers=observers)
    return app.test_client()


def test_a_decision_is_told_whole(watched: FlaskClient, seen: list[Exchange]) -> None:
    response = watched.post(INVOKE, json=BODY)

    (exchange,) = seen
    assert (Action.DECISION, Outcome.CARDS, 200) == (exchange.action, exchange.outcome, exchange.status)
    assert ("sandbox", "leuko-order-sign", "order-sign") == (exchange.tenant, exchange.service, exchange.hook)
    assert (BODY["hookInstance"], "") == (exchange.instance, exchange.reason)
    assert (PATIENT, USER) == (exchange.patient, exchange.user)
    assert ABOUT.knowledge == exchange.knowledge
    assert exchange.answer is not None
    assert (SHOWN,) == exchange.answer.shown
    assert response.headers["X-Request-Id"] == exchange.request
    assert exchange.trace in response.headers["traceresponse"]
    assert exchange.seconds > 0


def test_who_prints_an_exchange_prints_no_person(watched: FlaskClient, seen: list[Exchange]) -> None:
    watched.post(INVOKE, json=BODY)

    assert "canary" not in repr(seen)


def test_every_kind_of_exchange_is_told_and_probes_are_not(
    watched: FlaskClient, seen: list[Exchange], answers: Any
) -> None:
    watched.get("/cds-services")
    watched.post(f"{INVOKE}/feedback", json={"feedback": []})
    watched.post(INVOKE, data=b"{", content_type="application/json")
    watched.get("/nowhere")
    answers.error = ValueError(PATIENT)
    watched.post(INVOKE, json=BODY)
    for path in ("/healthz", "/readyz", "/metrics"):
        watched.get(path)
    watched.options(INVOKE)

    assert [
        (Action.DISCOVERY, Outcome.DONE),
        (Action.FEEDBACK, Outcome.DONE),
        (Action.DECISION, Outcome.REFUSED),
        (Action.OTHER, Outcome.REFUSED),
        (Action.DECISION, Outcome.FAULT),
    ] == [(exchange.action, exchange.outcome) for exchange in seen]


def test_one_that_fails_is_logged_and_the_others_and_the_caller_notice_nothing(
    answers: Any, seen: list[Exchange], log: io.StringIO
) -> None:
    def fail(_exchange: Exchange) -> None:
        raise ValueError(PATIENT)

    observers: list[Callable[[Exchange], None]] = [fail, seen.append]
    app = hook_app(Settings(), {SERVICE.id: SERVICE}, answers, ABOUT, lambda: NOW, observers=observers)
    response = app.test_client().post(INVOKE, json=BODY)

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert (200, [{}]) == (response.status_code, response.get_json()["cards"])
    assert 1 == len(seen)
    assert ["answered", "fault"] == [line["event"] for line in lines]
    assert ("ValueError", seen[0].request) == (lines[1]["error"], lines[1]["request"])
    assert "canary" not in log.getvalue()
