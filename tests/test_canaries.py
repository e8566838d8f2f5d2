"""Nothing of a patient and no token gets into a log line, a metric, an error or the database.

All stories are told with canaries in them, prefetched and fetched, and so are requests that fail in every
way: wrong tokens, wrong bodies, FHIR servers that fail, faults of our own, feedback with comments. Then
everything that the service wrote is searched for them.
"""

from __future__ import annotations

import io
import json
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds.app import create_app
from cds.logs import LOGGER, configure_logging
from cds.settings import Settings
from cds.store.records import open_records
from cds.telemetry.assembly import open_telemetry
from cds.telemetry.exposition import Now
from tests import canaries
from tests.cases.requests import knowledge
from tests.faults import fhir_server as stub
from tests.faults.callers import PUBLIC_URL, Caller, write_callers
from tests.faults.ehr import NOW, record
from tests.faults.fhir_faults import FAULTS
from tests.faults.fhir_server import Behave, Server, serving
from tests.fixture_stories import story_folders, tell

DEADLINE = 1.0  # three of the servers use it up
# what an error may not repeat either
STRANGE = ({"hook": canaries.FREE_TEXT}, {"hookInstance": [canaries.NAME]}, {"prefetch": canaries.NAME})


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """Our own lines, and whatever any library says at its most talkative."""
    stream = io.StringIO()
    before = (LOGGER.handlers, LOGGER.level, LOGGER.propagate)
    root = logging.getLogger()
    level, handler = root.level, logging.StreamHandler(stream)
    configure_logging("debug", stream)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        LOGGER.handlers, LOGGER.level, LOGGER.propagate = before


class Wire:
    """Calls of the service, with everything that came back.

    Attributes:
        jwts: every token that was sent, and its signature alone.
    """

    def __init__(self, client: FlaskClient, caller: Caller, server: Server) -> None:
        self.client, self.caller, self.server = client, caller, server
        self.jwts: list[str] = []
        self.answers: list[TestResponse] = []

    def headers(self, path: str) -> dict[str, str]:
        headers = self.caller.bearer(path, NOW)
        token = headers["Authorization"].removeprefix("Bearer ")
        self.jwts += [token, token.rpartition(".")[2], token.split(".")[1]]
        return headers | {
            "X-Request-Id": canaries.NAME,
            "traceparent": canaries.NAME,
            "Origin": canaries.NAME,
        }

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = self.headers(path) | headers
        response = self.client.post(path, data=data, content_type="application/json", headers=sent)
        self.answers.append(response)
        return response

    def hook(self, request: dict[str, Any], **members: Any) -> TestResponse:
        server = {"fhirServer": self.server.base, "fhirAuthorization": canaries.authorization()}
        return self.post(f"/cds-services/leuko-{request['hook']}", request | server | members)


def stories() -> list[dict[str, Any]]:
    return [canaries.planted(tell(folder, NOW).request) for folder in story_folders()]


def misled(behave: Behave) -> Behave:
    """The same, in the words of the canaries: what a server says of its failure may be the patient's name."""

    def answer(handler: stub.Handler, asked: stub.Asked) -> None:
        if "Observation" in asked.path:
            return behave(handler, asked)
        body = json.dumps({"resourceType": "OperationOutcome", "text": {"div": canaries.NAME}}).encode()
        return handler.send(
            body, 403, WWW_Authenticate=f'Bearer realm="{canaries.NAME}"', Location=canaries.NAME
        )

    return answer


def tell_all(wire: Wire) -> None:
    """Everything that goes right."""
    for request in stories():
        wire.hook(request)
        wire.server.behave = record(request)
        wire.hook(request, prefetch={"item9": request["prefetch"]["item9"]})


def go_wrong(wire: Wire) -> None:
    """Everything that goes wrong."""
    request = stories()[0]
    path = f"/cds-services/leuko-{request['hook']}"
    for _name, behave, _reason in FAULTS:
        wire.server.behave = misled(behave)
        wire.hook(request, prefetch={})
    wire.hook(request, prefetch={}, fhirServer=f"https://{canaries.NAME.lower()}.example.org/fhir")
    wire.hook(request, prefetch={}, fhirAuthorization={"access_token": canaries.TOKEN})
    for members in STRANGE:
        wire.post(path, request | members)
    wire.post(path, {canaries.NAME: canaries.TOKEN})
    wire.post(path, json.dumps(request).encode()[:-9])
    wire.post(path, canaries.NAME.encode())
    wire.post(path, request, Authorization=f"Bearer {canaries.TOKEN}")
    wire.post(path, request, Authorization=f"Bearer {'.'.join([canaries.TOKEN] * 3)}")
    wire.post(f"/cds-services/{canaries.NAME}", request)
    wire.post(f"/{canaries.NAME}?patient={canaries.PATIENT}", request)
    wire.answers.append(wire.client.get(f"/cds-services/{canaries.NAME}", headers=wire.headers("/x")))


def feed_back(wire: Wire) -> None:
    """Comments are free text, and a card's id is whatever a client makes of it."""
    path = "/cds-services/leuko-order-sign/feedback"
    cards = [
        card for answer in wire.answers if answer.status_code == 200 for card in answer.get_json()["cards"]
    ]
    at = {"outcomeTimestamp": "2026-11-20T12:00:00Z"}
    reason = {"code": canaries.NAME, "system": f"urn:{canaries.NAME}", "display": canaries.FREE_TEXT}
    override = {"overrideReason": {"reason": reason, "userComment": canaries.FREE_TEXT}}
    extension = {"com.epic.cdshooks.feedback.overrideReason.reasonTitle": canaries.NAME}
    for card in [cards[0]["uuid"], cards[-1]["uuid"], "5f0cf9a8-4d8c-4b3f-8a83-0d2a41e3a5b7"]:
        wire.post(path, {"feedback": [{"card": card, "outcome": "overridden"} | at | override]})
        override = {"overrideReasons": {"extension": extension, "userComment": canaries.FREE_TEXT}}
    accepted = {
        "card": cards[0]["uuid"],
        "outcome": "accepted",
        "acceptedSuggestions": [{"id": canaries.NAME}],
    }
    wire.post(path, {"feedback": [accepted | at]})
    wire.post(path, {"feedback": [{"card": canaries.NAME, "outcome": canaries.NAME}]})
    wire.post(path, {"feedback": [{"card": canaries.NAME, "outcome": "overridden"} | at]})


def found(words: Sequence[str], place: str, text: str | bytes) -> list[str]:
    """Which of ``words`` stand in ``text``."""
    text = text if isinstance(text, bytes) else text.encode()
    return [f"{word} in {place}" for word in words if word.encode() in text]


def rows_of(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        return "\n".join(connection.iterdump())


def test_what_must_not_leak_is_found_nowhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, audit = tmp_path / "leukocds.sqlite", tmp_path / "audit"
    with everything_logged() as log, serving(stub.hang) as server:
        caller = Caller("north", server.base, {"when_not_checked": "412"}, suppress_repeats=True)
        settings = Settings(
            env="production",
            tenants=write_callers(tmp_path, caller),
            public_url=PUBLIC_URL,
            allow_http_fhir=True,
            fhir_deadline=DEADLINE,
            max_body=300_000,
            audit=str(audit),
        )
        telemetry = open_telemetry(settings)
        records = open_records(f"sqlite:///{database}")
        app = create_app(settings, knowledge(), lambda: NOW, telemetry, records)
        wire = Wire(app.test_client(), caller, server)

        tell_all(wire)
        feed_back(wire)
        go_wrong(wire)
        with monkeypatch.context() as patch:
            patch.setattr("cds.answer.assess", _fail)
            wire.hook(stories()[0])
        records.release()
        metrics = telemetry.exposition.write(Now(knowledge().version))

    statuses = {answer.status_code for answer in wire.answers}
    assert {200, 400, 401, 404, 412, 500} <= statuses, "each kind of answer has to be among them"
    assert any("leukoLowCount" in answer.text for answer in wire.answers)
    assert "said_before" in rows_of(database)
    assert 'INSERT INTO "shown_cards"' in rows_of(database)
    assert 'INSERT INTO "outcomes"' in rows_of(database)
    assert b'outcome="cards"' in metrics
    assert '"event": "answered"' in log.getvalue()
    assert audit.read_bytes()

    secrets = (*canaries.ALL, *wire.jwts)
    out, err = capfd.readouterr()
    leaks = found(secrets, "the log", log.getvalue())
    leaks += found(secrets, "standard output", out + err)
    leaks += found(secrets, "the metrics", metrics)
    leaks += found(secrets, "the audit trail", audit.read_bytes())
    leaks += found(secrets, "the rows of the database", rows_of(database))
    for file in tmp_path.glob("leukocds.sqlite*"):
        leaks += found(secrets, file.name, file.read_bytes())
    for answer in wire.answers:
        allowed = canaries.OF_THE_CHART if answer.status_code == 200 else ()
        words = [word for word in secrets if word not in allowed]
        leaks += found(words, f"an answer {answer.status_code}", answer.data + str(answer.headers).encode())
    assert [] == leaks


def _fail(*_args: object) -> None:
    raise RuntimeError(f"{canaries.NAME} {canaries.TOKEN}")


def test_the_search_finds_what_leaks() -> None:
    assert [f"{canaries.VALUE} in the log"] == found(canaries.ALL, "the log", '{"value": 0.300731731}')


def test_the_canaries_reach_the_cards() -> None:
    """Otherwise nothing is proven by their absence elsewhere."""
    request = stories()[0]
    client = create_app(Settings(), knowledge(), lambda: NOW).test_client()
    answers = [
        client.post(f"/cds-services/leuko-{request['hook']}", json=request).text for request in stories()
    ]

    assert all(any(canary in answer for answer in answers) for canary in canaries.OF_THE_CHART)
    assert canaries.NAME in json.dumps(request)
