"""What was sent and not read: it is named, or the answer is a refusal; it is never the answer for normal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cases.asking import Answer, ask, client, send
from tests.cases.by_name import code_of
from tests.cases.requests import (
    ANC,
    NOW,
    PATIENT,
    RXNORM,
    TODAY,
    WBC,
    Json,
    ago,
    bundle,
    day,
    draft,
    named,
    observation,
    prefetch_of,
    request,
)

_COUNT_KEYS = ("counts-total", "counts-neutrophils", "counts-lymphocytes")


def post(hook: str, prefetch: Json, **members: Any) -> tuple[int, list[Json]]:
    """Status and cards of one call, whatever the status is."""
    body = request(hook, prefetch=prefetch, **members)
    response = client(NOW).post(f"/cds-services/leuko-{hook}", data=body, content_type="application/json")
    return response.status_code, json.loads(response.data).get("cards", [])


def not_checked(answer: Answer) -> set[str]:
    """What the cards tell a machine that they did not look at."""
    return {
        each["what"]
        for card in answer.cards
        for each in card["extension"]["org.leukocds.basis"].get("notChecked", [])
    }


# --- pages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spacing", [2, 14])
def test_a_newest_first_page_that_reaches_back_for_months_hides_nothing(spacing: int, neutral: Json) -> None:
    """A patient followed for years has a further page at every order; it can only hold older results."""
    prefetch = prefetch_of([])
    totals = named([observation(WBC, "6.8", when=ago(index * spacing)) for index in range(50)], "w")
    neutrophils = named([observation(ANC, "4.1", when=ago(index * spacing)) for index in range(50)], "n")
    older = {"link": [{"relation": "next", "url": "https://fhir.example.org/R4?page=2"}]}
    prefetch["counts-total"] = bundle(totals) | older
    prefetch["counts-neutrophils"] = bundle(neutrophils) | older

    answer = send(request("order-sign", drafts=[neutral], prefetch=prefetch))

    assert answer.topics == []


# --- medicines in another kind of resource --------------------------------------------------------------


@pytest.mark.parametrize("hook", ["patient-view", "order-sign"])
@pytest.mark.parametrize(
    ("kind", "dated"),
    [
        ("MedicationStatement", {"effectivePeriod": {"start": day(34)}}),
        ("MedicationAdministration", {"effectiveDateTime": ago(34)}),
        ("MedicationDispense", {"whenHandedOver": ago(34)}),
    ],
)
def test_medicines_sent_in_another_kind_are_used_or_said_to_be_unchecked(
    kind: str, dated: Json, hook: str
) -> None:
    taken: Json = {
        "resourceType": kind,
        "id": "t1",
        "status": "active",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": code_of("methimazole")}]},
    }
    counts = named([observation(ANC, "0.3"), observation(ANC, "4.1", when=ago(40))])
    prefetch = prefetch_of(counts) | {"medications": bundle([taken | dated])}
    drafts = [] if hook == "patient-view" else [draft("10582", "levothyroxine")]

    answer = send(request(hook, prefetch=prefetch, drafts=drafts), hook)

    assert "methimazole" in answer.text.lower() or "medications" in not_checked(answer)


# --- counts of which nothing could be read --------------------------------------------------------------


def test_reports_whose_results_were_not_sent_are_no_normal_count(neutral: Json) -> None:
    report: Json = {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "status": "final",
        "code": {"text": "CBC"},
        "subject": {"reference": f"Patient/{PATIENT}"},
        "effectiveDateTime": TODAY,
        "result": [{"reference": "Observation/elsewhere"}],
    }
    prefetch = prefetch_of([]) | dict.fromkeys(_COUNT_KEYS, bundle([report]))

    status, cards = post("order-sign", prefetch, drafts=[neutral])

    assert status == 412 or cards != []


def test_counts_that_carry_local_codes_only_are_no_normal_counts(neutral: Json) -> None:
    """The EHR answers a search by LOINC with results whose code is its own: nobody has looked at them."""
    local = "urn:oid:1.2.36.1.2001"
    white = observation(WBC, "1.1", code={"coding": [{"system": local, "code": "WCC"}]}, id="w1")
    neutrophils = observation(ANC, "0.3", code={"coding": [{"system": local, "code": "NEUT"}]}, id="n1")
    prefetch = prefetch_of([]) | {
        "counts-total": bundle([white]),
        "counts-neutrophils": bundle([neutrophils]),
    }

    status, cards = post("order-sign", prefetch, drafts=[neutral])

    assert status == 412 or cards != []


def test_a_count_whose_value_is_a_list_is_said_to_be_unreadable() -> None:
    broken = observation(ANC, valueQuantity=[{"value": 0.3, "unit": "10*9/L"}])

    assert ask("patient-view", observation(WBC, "5.0"), broken).topics == ["leukoDataQuality"]


@pytest.mark.parametrize("system", ["http://loinc.org/", "https://loinc.org", "https://loinc.org/"])
def test_loinc_is_loinc_however_its_address_is_written(system: str) -> None:
    coded = {"coding": [{"system": system, "code": ANC}]}

    assert ask("patient-view", observation(ANC, "0.3", code=coded)).tier("neutrophils") == "severe"


# --- drafts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["MMR II vaccine", "measles, mumps and rubella virus vaccine live", "varicella vaccine live (Varivax)"],
)
def test_a_live_vaccine_drafted_by_name_is_not_passed_over(text: str) -> None:
    """It is recognised, or it is counted as a draft that nobody could code."""
    answer = ask("order-sign", observation(ANC, "0.3"), drafts=[draft(text=text)])

    assert "leukoLiveVaccine" in answer.topics or answer.lacks("could not be coded") == []
