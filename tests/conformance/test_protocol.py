"""Requirements of the table that no other test shows."""

from __future__ import annotations

import json
import socket
from copy import deepcopy
from typing import Any, NoReturn

import pytest
from werkzeug.test import TestResponse

from cds.hooks.services import discovery_body, offered_services
from tests.cases.asking import client
from tests.cases.requests import CBC, LOINC, knowledge
from tests.fixture_stories import DAYS, FIXTURES, story_folders, tell
from tests.kept_answers import Json, without_uuids

NOW = DAYS[0]
DEMO = FIXTURES / "methimazole-reordered-at-anc-0.3"
PICTURE = FIXTURES / "patient-view-gives-the-whole-picture"


def request_of(story: Any) -> Json:
    """A copy of the request of a story, to be changed."""
    return deepcopy(tell(story, NOW).request)


def post(request: Json) -> TestResponse:
    """Send it to the service for its hook."""
    return client(NOW).post(f"/cds-services/leuko-{request['hook']}", json=request)


def test_no_services_are_an_empty_list() -> None:
    assert {"services": []} == json.loads(discovery_body(()))


def test_letters_of_any_alphabet_come_back_as_they_were_sent() -> None:
    name = "metimazól «10 µg» Ωδη 甲巯咪唑"
    request = request_of(DEMO)
    draft = request["context"]["draftOrders"]["entry"][0]["resource"]
    draft["medicationCodeableConcept"]["text"] = name

    answer = post(request)

    assert "application/json" == answer.content_type
    assert name in answer.get_json()["cards"][0]["detail"]


def test_a_trigger_of_a_vendor_changes_nothing() -> None:
    """patient-view is also sent when an order is entered or a patient admitted; the picture is the same."""
    request = request_of(PICTURE)
    request["extension"] = {
        "com.epic.cdshooks.request.bpa-trigger-action": "23",
        "com.epic.cdshooks.request.cds-hooks-specification-version": "1.1",
    }

    assert without_uuids(tell(PICTURE, NOW).answer) == without_uuids(post(request).get_json())


def test_nothing_is_fetched_from_a_server_that_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a request names: its ``fhirServer``, a next page, what is missing. No connection is opened."""

    def refuse(*_args: object) -> NoReturn:
        raise AssertionError("a connection was opened")

    request = request_of(DEMO)
    request["fhirServer"] = "http://127.0.0.1:9/fhir"
    request["fhirAuthorization"] = {"access_token": "x", "token_type": "Bearer", "expires_in": 300}
    request["prefetch"]["counts-total"]["link"] = [{"relation": "next", "url": "http://127.0.0.1:9/next"}]
    del request["prefetch"]["medications"]
    client(NOW)  # what is loaded at start is not the claim
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    answered = post(request)
    refused = post(request | {"prefetch": {}})

    assert [200, 412] == [answered.status_code, refused.status_code]


def test_what_is_fed_back_changes_no_answer() -> None:
    request = request_of(DEMO)
    before = post(request).get_json()
    for card in before["cards"]:
        item = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-11-20T12:00:00Z"}
        fed = client(NOW).post("/cds-services/leuko-order-sign/feedback", json={"feedback": [item, item]})
        assert 200 == fed.status_code

    assert without_uuids(before) == without_uuids(post(request).get_json())


@pytest.mark.parametrize(
    "key", [query.key for query in offered_services(knowledge())["leuko-order-sign"].queries]
)
def test_every_prefetch_key_changes_some_answer(key: str) -> None:
    """Nothing of a patient is asked for that no answer needs."""
    requests = [told.request for told in (tell(folder, NOW) for folder in story_folders())]
    requests.append(_with_a_count_ordered_today())

    assert any(_matters(key, request) for request in requests), f"{key} is asked for in vain"


def _matters(key: str, request: Json) -> bool:
    prefetch = request.get("prefetch") or {}
    without = request | {"prefetch": prefetch | {key: None}}
    return bool(prefetch.get(key)) and (
        without_uuids(post(request).get_json()) != without_uuids(post(without).get_json())
    )


def _with_a_count_ordered_today() -> Json:
    """Then no other one is offered."""
    request = request_of(DEMO)
    order = {
        "resourceType": "ServiceRequest",
        "id": "cbc",
        "status": "active",
        "intent": "order",
        "code": {"coding": [{"system": LOINC, "code": CBC}]},
        "subject": {"reference": f"Patient/{request['context']['patientId']}"},
        "authoredOn": NOW.isoformat(),
    }
    request["prefetch"]["tests"] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": order}],
    }
    return request
