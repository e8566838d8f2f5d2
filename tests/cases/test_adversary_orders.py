"""Fever, vaccines and drafts: what an order adds, and what it does not."""

from __future__ import annotations

import pytest

from tests.cases.asking import ask
from tests.cases.by_name import anc, ordering, taking
from tests.cases.requests import (
    ALC,
    ANC,
    CVX,
    ICD10CM,
    RXNORM,
    Json,
    ago,
    condition,
    draft,
    draft_vaccine,
    observation,
    temperature,
)

ONDANSETRON, MMR = draft("26225", "ondansetron"), draft_vaccine("03", "MMR")
FEVER = temperature("38.6")


# --- fever ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [4, 9, 11, 14])
def test_a_normal_count_from_before_the_dose_does_not_settle_a_fever_after_it(days: int) -> None:
    dose = taking("carboplatin", min(days - 1, 10))
    answer = ask("order-sign", anc("2.4", days), FEVER, dose, drafts=[ONDANSETRON])

    assert answer.topics[:1] == ["leukoFever"]


def test_a_normal_count_of_today_settles_it() -> None:
    assert not ask("order-sign", anc("2.4"), FEVER, taking("carboplatin", 10), drafts=[ONDANSETRON]).cards


@pytest.mark.parametrize("drug", ["ganciclovir", "valganciclovir"])
def test_fever_does_not_lift_a_limit_of_the_label(drug: str) -> None:
    answer = ask("order-sign", anc("0.3"), FEVER, drafts=[ordering(drug)])

    assert (drug, "label-limit") in answer.risks()


@pytest.mark.parametrize("drug", ["piperacillin", "vancomycin", "meropenem"])
def test_treatment_of_the_fever_is_not_scolded(drug: str) -> None:
    assert ask("order-sign", anc("0.3"), FEVER, drafts=[ordering(drug)]).risks() == set()


@pytest.mark.parametrize(
    ("value", "unit", "met"),
    [("38.0", "Cel", True), ("37.99", "Cel", False), ("100.4", "[degF]", True), ("100.3", "[degF]", False)],
)
def test_fever_begins_at_38_0(value: str, unit: str, met: bool) -> None:
    reading = observation("8310-5", value, unit, "2026-11-20T09:00:00Z")
    answer = ask("order-sign", anc("0.4"), reading, drafts=[ONDANSETRON])

    assert ("leukoFever" in answer.topics) is met


@pytest.mark.parametrize(("when", "met"), [("2026-11-19T12:00:00Z", True), ("2026-11-19T11:59:00Z", False)])
def test_a_reading_counts_for_a_day(when: str, met: bool) -> None:
    answer = ask("order-sign", anc("0.4"), temperature("38.9", when), drafts=[ONDANSETRON])

    assert ("leukoFever" in answer.topics) is met


@pytest.mark.parametrize(("days", "met"), [(42, True), (43, False)])
def test_chemotherapy_counts_for_six_weeks(days: int, met: bool) -> None:
    answer = ask("order-sign", FEVER, taking("docetaxel", days), drafts=[ONDANSETRON])

    assert ("leukoFever" in answer.topics) is met


def test_recorded_febrile_neutropenia_is_fever() -> None:
    recorded = condition("R50.81", ICD10CM, recorded="2026-11-20")

    assert "leukoFever" in ask("order-sign", anc("0.4"), recorded, drafts=[ONDANSETRON]).topics


# --- vaccines -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [20, 45, 90])
@pytest.mark.parametrize("line", [ANC, ALC])
def test_an_older_0_3_still_speaks_of_a_live_vaccine(line: str, days: int) -> None:
    answer = ask("order-sign", observation(line, "0.3", when=ago(days)), drafts=[MMR])

    assert answer.cards
    assert not answer.lacks("measles")


def test_cd4_of_two_months_ago_still_speaks_of_a_live_vaccine() -> None:
    cd4 = observation("24467-3", "120", "/uL", ago(60))

    assert ask("order-sign", cd4, condition("86406008"), drafts=[MMR]).cards


def test_a_vaccine_that_was_not_given_is_no_order() -> None:
    not_done: Json = {
        "resourceType": "Immunization",
        "status": "not-done",
        "vaccineCode": {"coding": [{"system": CVX, "code": "03"}]},
        "patient": {"reference": "Patient/p1"},
    }

    assert ask("order-sign", observation(ALC, "0.3"), drafts=[not_done]).risks() == set()


@pytest.mark.parametrize(("status", "risks"), [("due", {("", "live-vaccine")}), ("contraindicated", set())])
def test_a_recommendation_against_a_vaccine_is_no_order(status: str, risks: set[tuple[str, str]]) -> None:
    recommendation = {
        "vaccineCode": [{"coding": [{"system": CVX, "code": "03"}]}],
        "forecastStatus": {"coding": [{"code": status}]},
    }
    sent: Json = {
        "resourceType": "ImmunizationRecommendation",
        "patient": {"reference": "Patient/p1"},
        "date": "2026-11-20",
        "recommendation": [recommendation],
    }

    assert ask("order-sign", observation(ALC, "0.3"), drafts=[sent]).risks() == risks


@pytest.mark.parametrize("cvx", ["03", "94", "21", "121", "149", "37", "25", "19", "183", "174"])
def test_live_vaccines_are_live(cvx: str) -> None:
    assert "leukoLiveVaccine" in ask("order-sign", anc("0.3"), drafts=[draft_vaccine(cvx)]).topics


@pytest.mark.parametrize("cvx", ["187", "150", "206", "140", "33"])
def test_other_vaccines_are_not(cvx: str) -> None:
    assert "leukoLiveVaccine" not in ask("order-sign", anc("0.3"), drafts=[draft_vaccine(cvx)]).topics


# --- drafts ---------------------------------------------------------------------------------------------


def test_the_other_thionamide_is_of_the_same_class_as_the_suspect() -> None:
    answer = ask(
        "order-sign",
        anc("0.3"),
        anc("4", 40),
        taking("methimazole", 35),
        drafts=[ordering("propylthiouracil")],
    )

    assert ("propylthiouracil", "same-class") in answer.risks()


def reaction(drug: str, manifestation: str, **members: object) -> Json:
    code = {
        "coding": [
            {"system": RXNORM, "code": ordering(drug)["medicationCodeableConcept"]["coding"][0]["code"]}
        ]
    }
    sent: Json = {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": code,
        "patient": {"reference": "Patient/p1"},
        "reaction": [{"manifestation": [{"text": manifestation}]}],
    }
    return sent | members


@pytest.mark.parametrize(
    ("draft_of", "manifestation", "why"),
    [
        ("methimazole", "Agranulocytosis", "reexposure"),
        ("propylthiouracil", "Agranulocytosis", "same-class"),
        ("methimazole", "rash", None),
    ],
)
def test_a_recorded_reaction_counts_if_it_lowered_white_cells(
    draft_of: str, manifestation: str, why: str | None
) -> None:
    answer = ask("order-sign", anc("4"), reaction("methimazole", manifestation), drafts=[ordering(draft_of)])

    assert answer.risks() == ({(draft_of, why)} if why else set())


LIMITS = {
    "deferiprone": 1500,
    "clozapine": 1500,
    "tocilizumab": 2000,
    "sarilumab": 2000,
    "ganciclovir": 500,
    "valganciclovir": 500,
    "zidovudine": 1000,
    "baricitinib": 1000,
    "tofacitinib": 1000,
    "upadacitinib": 1000,
    "paclitaxel": 1500,
    "docetaxel": 1500,
    "mitoxantrone": 1500,
    "azathioprine": 1600,
    "leflunomide": 1600,
    "sulfasalazine": 1600,
    "methotrexate": 1600,
    "ticlopidine": 1200,
    "mycophenolate-mofetil": 1300,
}


@pytest.mark.parametrize(("drug", "limit"), LIMITS.items())
def test_a_start_crosses_its_limit_just_below_it(drug: str, limit: int) -> None:
    answer = ask("order-sign", observation(ANC, str(limit - 1), "/uL"), drafts=[ordering(drug)])

    assert (drug, "label-limit") in answer.risks()


@pytest.mark.parametrize(("drug", "limit"), LIMITS.items())
def test_a_start_at_its_limit_crosses_nothing(drug: str, limit: int) -> None:
    answer = ask("order-sign", observation(ANC, str(limit), "/uL"), drafts=[ordering(drug)])

    assert (drug, "label-limit") not in answer.risks()


@pytest.mark.parametrize(("count", "crossed"), [("1499", True), ("1500", True), ("1501", False)])
def test_cabazitaxel_is_contraindicated_at_its_limit_itself(count: str, crossed: bool) -> None:
    """Its boxed warning says "1,500 or less"; all others say "below"."""
    answer = ask("order-sign", observation(ANC, count, "/uL"), drafts=[ordering("cabazitaxel")])

    assert (("cabazitaxel", "label-limit") in answer.risks()) is crossed
    assert answer.has("at or below 1.5") == ([] if not crossed else ["at or below 1.5"])


@pytest.mark.parametrize("drug", ["tocilizumab", "sarilumab"])
def test_a_limit_for_the_start_does_not_hold_for_who_takes_it(drug: str) -> None:
    counts = observation(ANC, "1.9")

    assert ask("order-sign", counts, taking(drug, 90), drafts=[ordering(drug)]).risks() == set()


@pytest.mark.parametrize("drug", ["filgrastim", "pegfilgrastim", "sargramostim"])
def test_growth_factors_are_never_scolded(drug: str) -> None:
    assert ask("order-sign", anc("0.3"), drafts=[ordering(drug)]).risks() == set()
