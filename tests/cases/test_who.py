"""Who the patient is: weak defences before a live vaccine, and a low count that is usual for this person."""

from __future__ import annotations

import pytest

from tests.cases.asking import Answer, ask
from tests.cases.by_name import anc, taking
from tests.cases.requests import (
    ALC,
    ANC,
    MONO,
    WBC,
    Json,
    draft,
    draft_vaccine,
    duffy_null,
    knowledge,
    medication_request,
    observation,
)

AZATHIOPRINE, PREDNISONE = "1256", "8640"
NASAL_INFLUENZA = "149"


def under_steroids() -> list[Json]:
    counts = [(WBC, "3.1"), (ANC, "2.4"), (ALC, "0.4"), (MONO, "0.3")]
    steroid = medication_request(PREDNISONE, "prednisone 60 mg", since="2026-11-01")
    return [*(observation(loinc, value) for loinc, value in counts), steroid]


def vaccinating() -> Answer:
    vaccine = draft_vaccine(NASAL_INFLUENZA, "influenza, live, intranasal")
    return ask("order-sign", *under_steroids(), drafts=[vaccine])


def test_3_a_live_vaccine_with_few_lymphocytes_is_critical() -> None:
    answer = vaccinating()
    vaccine = answer.card("leukoLiveVaccine")

    assert vaccine["indicator"] == "critical"
    assert "lymphocytes 0.4" in vaccine["summary"].lower()
    assert "live vaccine" in vaccine["summary"].lower()
    assert not answer.lacks("inactivated")


def test_3_lymphopenia_stands_beside_it_as_an_expected_effect() -> None:
    answer = vaccinating()

    assert len(answer.messages) == 2
    assert answer.card("leukoLowCount")["indicator"] in ("info", "warning")
    assert answer.standings() == {"prednisone": "expected"}
    assert not answer.lacks("expected effect")


def test_3_nothing_is_said_that_is_meant_for_neutropenia() -> None:
    answer = vaccinating()
    shown = {
        row for card in answer.cards for row in card["extension"]["org.leukocds.basis"].get("precautions", [])
    }

    meant = {row.id for row in knowledge().precautions if row.neutrophils_below and not row.lymphopenia}
    assert not answer.has("neutropenia")
    assert not shown & meant


def test_3_an_inactivated_vaccine_is_no_risk() -> None:
    inactivated = draft_vaccine("150", "influenza, injectable, quadrivalent")
    answer = ask("order-sign", *under_steroids(), drafts=[inactivated])

    assert "leukoLiveVaccine" not in answer.topics
    assert answer.highest != "critical"


def with_baseline(anc: str, *more: Json, second: str = "1.2") -> list[Json]:
    return [
        duffy_null(),
        observation(ANC, "1.3", when="2025-12-10T08:00:00Z"),
        observation(ANC, second, when="2026-05-12T08:00:00Z"),
        observation(ANC, anc),
        *more,
    ]


def test_23a_a_usual_count_is_usual() -> None:
    chart = with_baseline("1.25", observation(WBC, "3.2"))
    answer = ask("order-sign", *chart, drafts=[draft(AZATHIOPRINE, "azathioprine")])

    assert answer.highest in (None, "info")
    assert not answer.has("stop", "neutropenia")
    if answer.cards:
        assert not answer.lacks("within the range expected for Duffy-null")


def test_23b_a_very_low_count_is_never_usual(neutral: Json) -> None:
    answer = ask("order-sign", *with_baseline("0.42"), drafts=[neutral])

    assert answer.highest == "critical"
    assert answer.tier("neutrophils") == "severe"
    assert not answer.lacks("ANC 0.42", "severe neutropenia")


def test_23c_below_the_own_baseline_it_is_a_warning(neutral: Json) -> None:
    answer = ask("order-sign", *with_baseline("0.95", second="1.3"), drafts=[neutral])

    assert answer.messages == ["warning"]
    assert not answer.lacks(
        "ANC 0.95", "moderate neutropenia", "own usual level 1.3", "below what is expected"
    )


# --- a fall from what is usual for Duffy-null -----------------------------------------------------------


def fallen(*earlier: str) -> Answer:
    """ANC 0.3 today under azathioprine of 60 days, with these counts of before, newest first."""
    before = [anc(value, 100 + 100 * number) for number, value in enumerate(earlier)]
    return ask("patient-view", anc("0.3"), *before, duffy_null(), taking("azathioprine", 60))


@pytest.mark.parametrize(("newer", "usual"), [("1.15", True), ("1.0", True), ("0.99", False), ("1.25", True)])
def test_a_count_that_was_usual_is_no_low_to_have_begun_with(newer: str, usual: bool) -> None:
    answer = fallen(newer, "1.2")

    assert ("(20 Nov, new)" in answer.text) is usual
    assert ("Leading suspect (likely): azathioprine" in answer.text) is usual


def test_a_count_that_had_fallen_from_the_own_usual_level_is_one() -> None:
    answer = fallen("1.1", "2.4", "2.4")

    assert not answer.has("Leading suspect")
    assert not answer.lacks("Possible contributor: azathioprine", "already mildly low before the start")
