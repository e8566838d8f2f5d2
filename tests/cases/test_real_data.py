"""Data that nobody in this project wrote: HL7's blood count, Synthea's patients, other people's clients.

They lie outside the project and are read only where they are at hand.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cds.app import create_answerer
from cds.commands.inputs import read_document
from cds.hooks.services import offered_services
from cds.settings import Settings
from tests.cases.asking import Answer, client, find_faults
from tests.cases.requests import ANC, NOW, Json, bundle, knowledge, observation

DATA = Path(__file__).parents[3] / "shared" / "data"
HL7_COUNT = DATA / "real" / "hl7-fhir-r4-examples" / "Bundle-101.json"
SYNTHEA = sorted((DATA / "real" / "synthea-r4").glob("*.json"))
CAPTURES = sorted((DATA / "client-captures").glob("*.json"))
TEST_KIT = sorted((DATA / "real" / "hook-requests").rglob("*_hook_request.json"))
RECORDED = datetime(2025, 11, 20, 12, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not SYNTHEA, reason=f"no data of others at hand ({DATA} is absent)")


def call(data: bytes, at: datetime) -> Answer:
    """The answer to FHIR data as of a moment, the way that the terminal asks."""
    asked = read_document(data, None, None)
    settings = Settings()
    service = next(each for each in offered_services(knowledge()).values() if each.hook.value == asked.hook)
    body = _answerer().answer(service, asked, settings.preferences, at).body
    answer = Answer(tuple(json.loads(body)["cards"]))
    assert [fault for card in answer.cards for fault in find_faults(card)] == []
    return answer


@cache
def _answerer() -> Any:
    return create_answerer(Settings(), knowledge())


# --- HL7's complete blood count -------------------------------------------------------------------------


def test_a_normal_total_hides_no_neutropenia_in_the_example_of_hl7() -> None:
    answer = call(HL7_COUNT.read_bytes(), datetime(2011, 3, 4, 12, tzinfo=UTC))

    assert answer.highest == "warning"
    assert answer.tier("neutrophils") == "moderate"
    assert not answer.lacks("ANC 0.9", "moderate neutropenia", "total white cells 4.6 (not low)")
    assert {each["line"] for each in answer.counts()} == {"neutrophils", "lymphocytes"}


def test_eosinophils_and_basophils_are_rows_of_its_table_at_most() -> None:
    answer = call(HL7_COUNT.read_bytes(), datetime(2011, 3, 4, 12, tzinfo=UTC))

    mentions = answer.text.lower().count("eosinophils") + answer.text.lower().count("basophils")
    assert mentions == answer.text.count("eosinophils 0.92, basophils 0.92") * 2


def test_today_it_is_history() -> None:
    assert call(HL7_COUNT.read_bytes(), NOW).cards == ()


# --- Synthea: a total that falls after chemotherapy and recovers ----------------------------------------


def _when(resource: Json) -> str:
    return next(
        (resource[name] for name in ("effectiveDateTime", "authoredOn", "recordedDate") if name in resource),
        "",
    )


def _as_of(history: Json, at: datetime) -> bytes:
    """What the chart held at a moment; the patient was alive then."""
    entries = []
    for entry in history["entry"]:
        resource = {name: value for name, value in entry["resource"].items() if name != "deceasedDateTime"}
        if not _when(resource) or datetime.fromisoformat(_when(resource)) <= at:
            entries.append({"resource": resource})
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def _totals(history: Json) -> dict[datetime, Decimal]:
    found = {}
    for entry in history["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Observation" and resource["code"]["coding"][0]["code"] == "6690-2":
            value = Decimal(str(resource["valueQuantity"]["value"]))
            found[datetime.fromisoformat(resource["effectiveDateTime"])] = value
    return found


def _chemotherapy(history: Json) -> dict[str, list[date]]:
    """Cytotoxic drugs by the days on which they were ordered."""
    given: dict[str, list[date]] = {}
    for entry in history["entry"]:
        resource = entry["resource"]
        text = resource.get("medicationCodeableConcept", {}).get("text", "").lower()
        for drug in ("docetaxel", "oxaliplatin"):
            if resource["resourceType"] == "MedicationRequest" and drug in text:
                given.setdefault(drug, []).append(datetime.fromisoformat(resource["authoredOn"]).date())
    return given


def _moments() -> list[Any]:
    return [
        pytest.param(path, at, value, id=f"{path.stem.split('_')[0]}-{at.date()}-{value:.2f}")
        for path in SYNTHEA
        for at, value in sorted(_totals(_history(path)).items())
    ]


@cache
def _history(path: Path) -> Json:
    loaded: Json = json.loads(path.read_text("utf-8"))
    return loaded


def _answer_at(path: Path, at: datetime) -> Answer:
    later = at + timedelta(hours=4)
    return call(_as_of(_history(path), later), later.astimezone(UTC))


@pytest.mark.parametrize(("path", "at", "total"), _moments())
def test_the_tier_rises_and_falls_with_the_total(path: Path, at: datetime, total: Decimal) -> None:
    limits = (("profound", 1), ("severe", 2), ("moderate", 3), ("mild", 4))
    expected = next((tier for tier, below in limits if total < below), None)

    assert _answer_at(path, at).tier("leukocytes") == expected


@pytest.mark.parametrize(("path", "at", "total"), _moments())
def test_on_a_normal_day_no_count_is_low(path: Path, at: datetime, total: Decimal) -> None:
    if total >= 4:
        assert _answer_at(path, at).counts() == []


@pytest.mark.parametrize(("path", "at", "total"), _moments())
def test_neutrophils_are_bounded_by_the_total_of_their_own_draw(
    path: Path, at: datetime, total: Decimal
) -> None:
    bounds = [
        Decimal(each["value"]) for each in _answer_at(path, at).counts() if each["line"] == "neutrophils"
    ]

    assert bounds in ([], [total])


@pytest.mark.parametrize(("path", "at", "total"), _moments())
def test_chemotherapy_is_the_expected_effect_inside_its_window_only(
    path: Path, at: datetime, total: Decimal
) -> None:
    """Where the count was normal on the day of the dose; else the dose explains nothing."""
    answer = _answer_at(path, at)
    totals = {when.date(): value for when, value in _totals(_history(path)).items()}
    for drug, days in _chemotherapy(_history(path)).items():
        window = knowledge().drugs[drug].onset
        inside = [day for day in days if window.min_days <= (at.date() - day).days <= window.max_days]
        if not inside:
            assert answer.standings().get(drug) != "expected"
        elif total < 4 and totals.get(inside[-1], Decimal(4)) >= 4:
            assert answer.standings()[drug] == "expected"


@pytest.mark.parametrize(("path", "at", "total"), _moments())
def test_no_card_calls_expected_what_another_does_not(path: Path, at: datetime, total: Decimal) -> None:
    answer = _answer_at(path, at)
    said = "expected effect of treatment, day" in answer.about("leukoLowCount").lower()

    assert said is ("expected" in answer.standings().values())


@pytest.mark.parametrize("path", SYNTHEA, ids=lambda path: path.stem.split("_")[0])
def test_who_died_later_was_alive(path: Path) -> None:
    """Asked as of an earlier day, a later death is no reason for silence."""
    history = _history(path)
    lowest = min(_totals(history), key=_totals(history).__getitem__)
    at = lowest + timedelta(hours=4)
    alive = call(_as_of(history, at), at.astimezone(UTC))
    people = [entry for entry in history["entry"] if entry["resource"]["resourceType"] == "Patient"]
    chart = json.loads(_as_of(history, at))
    chart["entry"] = [*people, *(e for e in chart["entry"] if e["resource"]["resourceType"] != "Patient")]

    assert alive.topics
    assert call(json.dumps(chart).encode(), at.astimezone(UTC)).topics == alive.topics


# --- what clients sent ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_no_recorded_call_ends_in_an_exception(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    capture = json.loads(path.read_text("utf-8"))
    response = client(RECORDED).post(capture["path"], json=capture["body"])

    assert response.status_code < 500
    assert [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info] == []


def _with_medicine() -> list[Any]:
    found = []
    for path in CAPTURES:
        text = path.read_text("utf-8")
        orders = (json.loads(text)["body"].get("context") or {}).get("draftOrders") or {"entry": []}
        concepts = [entry["resource"].get("medicationCodeableConcept") for entry in orders["entry"]]
        drugs = [drug for drug in DRUGS if any(drug in json.dumps(each).lower() for each in concepts if each)]
        found += [pytest.param(path, drug, id=f"{path.stem}-{drug}") for drug in drugs]
    return found


DRUGS = ("clozapine", "methimazole", "sulfamethoxazole", "trimethoprim")


@pytest.mark.parametrize(("path", "drug"), _with_medicine())
def test_a_draft_is_read_although_the_bundle_has_no_type(path: Path, drug: str) -> None:
    """The count is ours, everything else as it was sent."""
    capture = json.loads(path.read_text("utf-8"))
    body = capture["body"]
    count = json.loads(json.dumps(_severe(body["context"]["patientId"])))
    body["prefetch"] = {**(body.get("prefetch") or {}), "ours": bundle([count])}
    response = client(RECORDED).post(capture["path"], json=body)

    assert "type" not in body["context"]["draftOrders"]
    assert response.status_code == 200
    assert drug in {ingredient for ingredient, _ in Answer(tuple(response.get_json()["cards"])).risks()}


def _severe(patient: str) -> Json:
    at = (RECORDED - timedelta(hours=3)).isoformat()
    subject = {"reference": f"Patient/{patient.rpartition('/')[2]}"}
    value = {"value": 0.31, "unit": "10*9/L"}
    return observation(ANC, when=at, id="ours", subject=subject, valueQuantity=value)


@pytest.mark.parametrize("path", TEST_KIT, ids=lambda path: path.stem)
def test_a_request_of_the_davinci_test_kit_is_answered_or_refused_for_a_reason(path: Path) -> None:
    body = json.loads(path.read_text("utf-8"))
    hook = body["hook"] if body["hook"] in ("order-sign", "order-select", "patient-view") else "patient-view"
    response = client(NOW).post(f"/cds-services/leuko-{hook}", json=body)

    assert 200 <= response.status_code < 500
    if response.status_code >= 400:
        outcome = response.get_json()
        assert outcome["resourceType"] == "OperationOutcome"
        assert outcome["issue"][0]["diagnostics"]


def _with_counts(hook: str) -> Json:
    [path] = [each for each in TEST_KIT if each.stem == f"{hook.replace('-', '_')}_hook_request"]
    body: Json = json.loads(path.read_text("utf-8"))
    body["prefetch"] = {"ours": bundle([_severe(body["context"]["patientId"])])}
    return body


@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
def test_the_drafts_of_the_test_kit_are_of_another_patient(hook: str) -> None:
    response = client(RECORDED).post(f"/cds-services/leuko-{hook}", json=_with_counts(hook))
    answer = Answer(tuple(response.get_json()["cards"]))

    assert answer.risks() == set()
    assert not answer.lacks("of another patient left out")


@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
def test_made_this_patients_they_are_checked(hook: str) -> None:
    """Amoxicillin by a code that RxNorm has retired, beside a diet, in a Bundle without a type."""
    body = _with_counts(hook)
    for entry in body["context"]["draftOrders"]["entry"]:
        who = "subject" if "subject" in entry["resource"] else "patient"
        entry["resource"][who] = {"reference": f"Patient/{body['context']['patientId']}"}
    response = client(RECORDED).post(f"/cds-services/leuko-{hook}", json=body)

    assert ("amoxicillin", "suspect-started") in Answer(tuple(response.get_json()["cards"])).risks()
