"""A dropped document becomes the request that an EHR with these data would send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.errors import MalformedJson, WrongShape
from cds.hooks.services import Query, offered_services
from cds.knowledge.base import Knowledge
from cds.workbench.documents import Opened, open_document


@pytest.fixture(scope="module")
def queries(knowledge: Knowledge) -> tuple[Query, ...]:
    return next(iter(offered_services(knowledge).values())).queries


def _observation(name: str, code: str, day: str, patient: str = "p1") -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": day,
        "valueQuantity": {"value": 0.3, "unit": "10*9/L"},
    }


def _order(name: str, status: str) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": status,
        "intent": "order",
        "medicationReference": {"reference": "Medication/x"},
        "subject": {"reference": "Patient/p1"},
    }


def _bundle(*resources: Any) -> bytes:
    entry = [{"fullUrl": f"urn:uuid:{place}", "resource": each} for place, each in enumerate(resources)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entry}).encode()


def _ids(opened: Opened, key: str) -> list[str]:
    return [entry["resource"]["id"] for entry in opened.request["prefetch"][key]["entry"]]


PATIENT = {"resourceType": "Patient", "id": "p1", "birthDate": "1976-03-14"}


def test_each_template_gets_what_it_asks_for_newest_first(queries: tuple[Query, ...]) -> None:
    document = _bundle(
        PATIENT,
        _observation("old", "751-8", "2026-01-01"),
        _observation("new", "751-8", "2026-11-01"),
        _observation("total", "6690-2", "2026-11-01"),
    )
    opened = open_document(document, queries, "")

    assert [query.key for query in queries] == [*opened.request["prefetch"]]
    assert PATIENT == opened.request["prefetch"]["patient"]
    assert ["new", "old"] == _ids(opened, "counts-neutrophils")
    assert ["total"] == _ids(opened, "counts-total")
    assert [] == _ids(opened, "counts-lymphocytes")


def test_what_no_template_asks_for_is_counted_and_not_sent(queries: tuple[Query, ...]) -> None:
    document = _bundle(PATIENT, _observation("sodium", "2951-2", "2026-11-01"), {"resourceType": "Encounter"})
    opened = open_document(document, queries, "")

    assert {"Observation": 1, "Encounter": 1} == opened.left_out
    assert "sodium" not in json.dumps(opened.request)


def test_drafts_are_drafts_and_medications_come_with_their_requests(queries: tuple[Query, ...]) -> None:
    medication = {"resourceType": "Medication", "id": "x", "code": {"text": "methimazole"}}
    opened = open_document(
        _bundle(PATIENT, _order("m", "active"), _order("d", "draft"), medication), queries, ""
    )
    drafts = opened.request["context"]["draftOrders"]["entry"]

    assert ["m", "x"] == _ids(opened, "medications")
    assert ["d"] == [entry["resource"]["id"] for entry in drafts]
    assert {} == opened.left_out


def test_of_several_patients_only_the_chosen_one_is_sent(queries: tuple[Query, ...]) -> None:
    document = _bundle(
        PATIENT,
        {"resourceType": "Patient", "id": "p2"},
        _observation("hers", "751-8", "2026-11-01"),
        _observation("his", "751-8", "2026-11-01", "p2"),
    )
    first, second = (open_document(document, queries, chosen) for chosen in ("", "p2"))

    assert ["p1", "p2"] == first.patients
    assert ["hers"] == _ids(first, "counts-neutrophils")
    assert ["his"] == _ids(second, "counts-neutrophils")
    assert "p2" == second.request["context"]["patientId"]


def test_a_hook_request_is_taken_as_it_is(queries: tuple[Query, ...]) -> None:
    request = {
        "hook": "order-sign",
        "hookInstance": "x",
        "context": {"patientId": "p9"},
        "prefetch": {"mine": None},
    }

    assert request == open_document(json.dumps(request).encode(), queries, "").request


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"{", MalformedJson),
        (b"\xff", MalformedJson),
        (b"[" * 5000, MalformedJson),
        (b"[]", WrongShape),
        (b'"text"', WrongShape),
        (b"{}", WrongShape),
        (b'{"hook": "order-sign", "context": []}', WrongShape),
        (b'{"hook": "order-sign", "context": {"patientId": 1}}', WrongShape),
    ],
)
def test_anything_else_is_refused_with_words(
    body: bytes, error: type[Exception], queries: tuple[Query, ...]
) -> None:
    with pytest.raises(error):
        open_document(body, queries, "")


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Observation", "code": "751-8", "subject": []},
        {"resourceType": "Observation", "code": {"coding": [None, {"code": 1}]}, "subject": {"reference": 7}},
        {"resourceType": ["Patient"], "id": {}},
        {"resourceType": "Bundle", "entry": {}},
        {"resourceType": "Bundle", "entry": [None, {"resource": 1}, {}]},
    ],
)
def test_odd_data_are_left_out_and_break_nothing(
    resource: Any, queries: tuple[Query, ...], client: FlaskClient
) -> None:
    document = _bundle(PATIENT, resource, _observation("anc", "751-8", "2026-11-20"))
    opened = client.post("/sandbox/api/documents", data=document, content_type="application/json").json
    request = opened["request"] | {"hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"}
    answer = client.post("/cds-services/leuko-patient-view", json=request)

    assert "critical" == answer.json["cards"][0]["indicator"]
