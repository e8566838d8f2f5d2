"""The whole service in one process: real knowledge, real rules, real cards, over Flask's test client."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds.app import create_app
from cds.knowledge.base import Knowledge
from cds.knowledge.load import load_knowledge
from cds.settings import Settings

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CANARY = "canary-7f3a"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
EMPTY: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": 0}
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "forbidden"}]}


def _bundle(*resources: Any) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": each} for each in resources],
    }


def _count(code: str, value: float, days: int = 0) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"o-{code}-{days}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": (NOW - timedelta(days=days, hours=4)).isoformat(),
        "valueQuantity": {"value": value, "unit": "10*9/L"},
    }


def _medicine(name: str, code: str, **more: Any) -> dict[str, Any]:
    medicine = {"text": name, "coding": [{"system": RXNORM, "code": code, "display": name}]}
    return {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "intent": "order",
        "subject": {"reference": "Patient/1"},
        "medicationCodeableConcept": medicine,
    } | more


METHIMAZOLE = _medicine("methimazole", "6835", id="d1", status="draft")
PARACETAMOL = _medicine("acetaminophen", "161", id="d2", status="draft")
PREFETCH: dict[str, Any] = {
    "patient": {
        "resourceType": "Patient",
        "id": "1",
        "birthDate": "1976-05-04",
        "name": [{"family": CANARY}],
    },
    "counts-total": _bundle(_count("6690-2", 6.2)),
    "counts-neutrophils": _bundle(_count("751-8", 0.3), _count("751-8", 4.1, days=40)),
    "counts-lymphocytes": _bundle(_count("731-0", 2.2)),
    "counts-other-lines": None,
    "counts-red-platelets": EMPTY,
    "temperature": None,
    "medications": _bundle(
        _medicine("methimazole", "6835", status="active", authoredOn=(NOW - timedelta(days=35)).isoformat())
    ),
    "conditions": None,
    "allergies": None,
    "tests": None,
}
NORMAL = PREFETCH | {"counts-neutrophils": _bundle(_count("751-8", 3.2)), "medications": None}


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


@pytest.fixture(scope="module")
def client(knowledge: Knowledge) -> FlaskClient:
    return create_app(Settings(), knowledge, lambda: NOW).test_client()


def _call(
    client: FlaskClient,
    prefetch: Any,
    *drafts: dict[str, Any],
    hook: str = "order-sign",
    **context: Any,
) -> TestResponse:
    sent = {"patientId": "1", "userId": "Practitioner/p1", "draftOrders": _bundle(*drafts)} | context
    body = {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {name: value for name, value in sent.items() if value is not ...},
        "prefetch": prefetch,
    }
    return client.post(f"/cds-services/leuko-{hook}", json=body)


def _topics(response: TestResponse) -> list[str]:
    assert 200 == response.status_code, response.text
    return [card["source"]["topic"]["code"] for card in response.get_json()["cards"]]


def test_the_culprit_ordered_again_is_told(client: FlaskClient) -> None:
    response = _call(client, PREFETCH, METHIMAZOLE)

    assert "leukoOrderRisk" == _topics(response)[0]
    assert "critical" == response.get_json()["cards"][0]["indicator"]


def test_a_harmless_order_at_normal_counts_is_met_with_silence(client: FlaskClient) -> None:
    response = _call(client, NORMAL, PARACETAMOL)

    assert b'{"cards":[]}' == response.data


def test_the_overview_is_for_clinicians(client: FlaskClient) -> None:
    """A patient who opens the chart is not shown a clinician's words."""
    clinician = _call(client, PREFETCH, hook="patient-view", draftOrders=...)
    patient = _call(client, PREFETCH, hook="patient-view", draftOrders=..., userId="Patient/1")

    assert "leukoLowCount" in _topics(clinician)
    assert [] == _topics(patient)


def test_at_selection_only_the_selected_order_speaks(client: FlaskClient) -> None:
    other = _call(
        client, PREFETCH, METHIMAZOLE, PARACETAMOL, hook="order-select", selections=["MedicationRequest/d2"]
    )
    culprit = _call(
        client, PREFETCH, METHIMAZOLE, PARACETAMOL, hook="order-select", selections=["MedicationRequest/d1"]
    )
    unsaid = _call(client, PREFETCH, METHIMAZOLE, PARACETAMOL, hook="order-select")

    assert "leukoOrderRisk" not in _topics(other)
    assert "leukoOrderRisk" in _topics(culprit)
    assert "leukoOrderRisk" in _topics(unsaid)


@pytest.mark.parametrize("drafts", [..., None])
def test_without_drafts_the_counts_are_still_told(client: FlaskClient, drafts: Any) -> None:
    """Some EHRs withhold the drafts; the low count is no less low."""
    response = _call(client, PREFETCH, draftOrders=drafts)

    assert "leukoLowCount" in _topics(response)


def test_the_hook_has_to_be_the_one_of_the_service(client: FlaskClient) -> None:
    body = {"hook": "patient-view", "hookInstance": "x", "context": {"patientId": "1"}, "prefetch": PREFETCH}

    assert 400 == client.post("/cds-services/leuko-order-sign", json=body).status_code


def test_the_same_call_gives_the_same_cards_but_for_their_ids(client: FlaskClient) -> None:
    def without_ids(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: without_ids(each) for name, each in value.items() if name != "uuid"}
        return [without_ids(each) for each in value] if isinstance(value, list) else value

    first, second = (_call(client, PREFETCH, METHIMAZOLE).get_json() for _ in range(2))

    assert without_ids(first) == without_ids(second)
    assert first != second


def test_fewer_cards_are_shown_where_the_site_wants_it(knowledge: Knowledge) -> None:
    def number(settings: Settings) -> int:
        return len(
            _topics(_call(create_app(settings, knowledge, lambda: NOW).test_client(), PREFETCH, METHIMAZOLE))
        )

    usual = number(Settings())
    assert usual > number(Settings(max_cards=1))
    assert usual > number(Settings(merge_cards=True))


def test_a_sandbox_may_stand_still_in_time(knowledge: Knowledge) -> None:
    standing = create_app(Settings(clock=NOW), knowledge).test_client()
    later = create_app(Settings(clock=NOW + timedelta(days=400)), knowledge).test_client()

    assert "leukoLowCount" in _topics(_call(standing, PREFETCH, METHIMAZOLE))
    assert "leukoLowCount" not in _topics(_call(later, PREFETCH, PARACETAMOL))


# --- what is missing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("empty", [None, EMPTY])
def test_an_ehr_that_looked_and_found_nothing_is_answered(client: FlaskClient, empty: Any) -> None:
    assert [] == _topics(_call(client, dict.fromkeys(PREFETCH, empty), PARACETAMOL))


@pytest.mark.parametrize(
    "prefetch",
    [
        {},
        None,
        {"patient": PREFETCH["patient"], "medications": None},
        PREFETCH | dict.fromkeys(("counts-total", "counts-neutrophils", "counts-lymphocytes"), FAILED),
        {"item1": _bundle(_count("2345-7", 5.5))},
    ],
    ids=["nothing", "null", "no-counts", "failed", "glucose"],
)
def test_without_counts_nothing_is_pretended(client: FlaskClient, prefetch: Any) -> None:
    response = _call(client, prefetch, METHIMAZOLE)

    assert 412 == response.status_code
    assert "counts-neutrophils" in response.get_json()["issue"][0]["diagnostics"]


def test_counts_that_could_not_be_fetched_are_never_silence(client: FlaskClient) -> None:
    """The other counts are normal, but the neutrophils could be anything."""
    assert ["leukoDataQuality"] == _topics(
        _call(client, NORMAL | {"counts-neutrophils": FAILED}, PARACETAMOL)
    )


def test_counts_that_cannot_be_read_are_never_silence(client: FlaskClient) -> None:
    """A Bundle without a single readable entry is no answer: with others it is said, alone it is 412."""
    unreadable = {"resourceType": "Bundle", "type": "searchset", "entry": "x"}
    alone = dict.fromkeys(PREFETCH, None) | dict.fromkeys(
        ("counts-total", "counts-neutrophils", "counts-lymphocytes"), unreadable
    )

    assert ["leukoDataQuality"] == _topics(
        _call(client, NORMAL | {"counts-neutrophils": unreadable}, PARACETAMOL)
    )
    assert 412 == _call(client, alone, PARACETAMOL).status_code


def test_data_may_come_under_any_key(client: FlaskClient) -> None:
    renamed = {f"item{at}": value for at, value in enumerate(PREFETCH.values())}

    assert _topics(_call(client, PREFETCH, METHIMAZOLE)) == _topics(_call(client, renamed, METHIMAZOLE))


def test_optional_data_that_is_missing_is_named(client: FlaskClient) -> None:
    without = {key: value for key, value in PREFETCH.items() if key not in {"conditions", "medications"}}
    response = _call(client, without, METHIMAZOLE)

    missing = [
        each["what"]
        for card in response.get_json()["cards"]
        for each in card["extension"]["org.leukocds.basis"].get("notChecked", [])
    ]
    assert {"conditions", "medications"} <= {*missing}


def test_another_patients_counts_are_not_used(client: FlaskClient) -> None:
    theirs = _count("751-8", 0.1) | {"subject": {"reference": "Patient/2"}}
    response = _call(client, NORMAL | {"item": _bundle(theirs)}, PARACETAMOL)

    assert "leukoLowCount" not in _topics(response)


# --- what is broken -------------------------------------------------------------------------------------

BROKEN: list[Any] = [None, "x", 3, [], {}, {"resource": None}, {"resource": "x"}, {"resource": {}}]


def test_one_broken_entry_does_not_lose_the_others(client: FlaskClient) -> None:
    for broken in [*BROKEN, {"resource": {"resourceType": "Observation", "code": 5, "valueQuantity": "low"}}]:
        bundle = _bundle(_count("751-8", 0.3))
        bundle["entry"] = [broken, *bundle["entry"], broken]

        assert "leukoLowCount" in _topics(
            _call(client, PREFETCH | {"counts-neutrophils": bundle}, METHIMAZOLE)
        )


@pytest.mark.parametrize(
    "member", ["patient", "counts-total", "medications", "conditions", "allergies", "tests"]
)
def test_no_value_of_any_key_is_a_fault(client: FlaskClient, member: str) -> None:
    values = [
        *BROKEN,
        True,
        {"resourceType": "Bundle", "entry": "x"},
        {"resourceType": 3},
        {"resourceType": "X"},
    ]
    for value in [*values, {"resourceType": "Bundle", "entry": values}]:
        assert 200 == _call(client, PREFETCH | {member: value}, METHIMAZOLE).status_code


def test_no_value_of_the_drafts_is_a_fault(client: FlaskClient) -> None:
    for value in [*BROKEN, _bundle(*BROKEN), {"resourceType": "Bundle", "entry": BROKEN}, METHIMAZOLE]:
        assert _call(client, PREFETCH, draftOrders=value).status_code in {200, 400}


@pytest.mark.parametrize("opening", ['{"a":', "["])
def test_deep_nesting_is_never_a_fault(client: FlaskClient, opening: str) -> None:
    """Neither beyond what the decoder takes nor just below it, wherever it is."""
    closing = "}" if opening.startswith("{") else "]"
    for depth in (50, 400, 900, 940, 960, 970, 980, 985, 990, 992, 994, 996, 998, 1000, 5000):
        deep = opening * depth + "0" + closing * depth
        bundle = f'{{"resourceType": "Bundle", "entry": {deep}}}'
        for spot in (
            f'{{"patientId": "1", "draftOrders": {bundle}}}, "prefetch": {{}}',
            f'{{"patientId": "1"}}, "prefetch": {{"counts-total": null, "item": {deep}}}',
            f'{{"patientId": "1"}}, "prefetch": {{"counts-total": {bundle}}}',
            f'{{"patientId": "1"}}, "extension": {deep}, "prefetch": {{"counts-total": null}}',
        ):
            body = f'{{"hook": "order-sign", "hookInstance": "x", "context": {spot}}}'
            response = client.post(
                "/cds-services/leuko-order-sign", data=body, content_type="application/json"
            )
            assert response.status_code in {200, 400, 412}, (depth, spot[:80])


def test_a_large_request_is_answered(client: FlaskClient) -> None:
    """1.3 MB of results, as a patient with many years of follow-up has."""
    note = {"text": {"status": "generated", "div": "x" * 900}}
    many = _bundle(*[_count("751-8", 3.0, days) | note for days in range(1, 1000)], _count("751-8", 0.3))
    response = _call(client, PREFETCH | {"counts-neutrophils": many}, METHIMAZOLE)

    assert len(json.dumps(many)) > 1_200_000
    assert "leukoLowCount" in _topics(response)


def test_a_rule_that_fails_is_a_fault_and_never_silence(knowledge: Knowledge, log: io.StringIO) -> None:
    for rule in ("ranking", "monitoring", "pairs"):
        client = create_app(
            Settings(), replace(knowledge, **{rule: cast(Any, None)}), lambda: NOW
        ).test_client()
        response = _call(client, PREFETCH, METHIMAZOLE)

        assert 500 == response.status_code
        assert "exception" == response.get_json()["issue"][0]["code"]
        faults = [line for line in map(json.loads, log.getvalue().splitlines()) if line["event"] == "fault"]
        assert response.headers["X-Request-Id"] == faults[-1]["request"]
        assert any("cds/rules/" in frame for frame in faults[-1]["frames"])
    assert CANARY not in log.getvalue()


def test_nothing_about_the_patient_is_logged(client: FlaskClient, log: io.StringIO) -> None:
    named = _medicine(CANARY, "6835", id=CANARY, status="draft")
    _call(client, PREFETCH | {CANARY: CANARY}, named, patientId="1", userId=f"Practitioner/{CANARY}")
    _call(client, {}, named, encounterId=CANARY)

    assert 2 == len(log.getvalue().splitlines())
    assert CANARY not in log.getvalue()
    assert "0.3" not in json.dumps(json.loads(log.getvalue().splitlines()[0]).get("topics"))
