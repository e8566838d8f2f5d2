"""A second day at the clinic: antibiotics that treat, cells that are meant to be low, and drugs switched."""

from __future__ import annotations

import pytest

from tests.cases.asking import LOUDNESS, Answer, ask
from tests.cases.by_name import anc, ordering, taking
from tests.cases.requests import ALC, WBC, Json, ago, condition, observation

LEUKAEMIA = "93143009"


def alc(value: str, days: float = 0) -> Json:
    """A lymphocyte count drawn so many days ago."""
    return observation(ALC, value, when=ago(days))


def removals(answer: Answer) -> list[str]:
    """What one click would take away."""
    return [
        offer["label"]
        for card in answer.cards
        for offer in card.get("suggestions", [])
        if any(action["type"] == "delete" for action in offer["actions"])
    ]


# --- antibiotics ----------------------------------------------------------------------------------------

AGAINST_SEPSIS = ("piperacillin", "cefepime", "ceftazidime", "meropenem", "imipenem")


@pytest.mark.parametrize("drug", AGAINST_SEPSIS)
def test_no_click_takes_away_an_antibiotic_begun_in_severe_neutropenia(drug: str) -> None:
    """The temperature was not sent: nobody knows whether it treats a fever."""
    answer = ask("order-sign", anc("0.3"), anc("4.1", 30), drafts=[ordering(drug)])

    assert removals(answer) == []


@pytest.mark.parametrize("days", [1, 3, 6])
@pytest.mark.parametrize("drug", ["ceftriaxone", "piperacillin", "amoxicillin", "meropenem"])
def test_a_beta_lactam_of_less_than_a_week_is_no_suspect(drug: str, days: int, neutral: Json) -> None:
    answer = ask("order-sign", anc("0.4"), anc("5.0", days + 2), taking(drug, days), drafts=[neutral])

    assert drug not in answer.standings()


@pytest.mark.parametrize("drug", ["ceftriaxone", "piperacillin"])
def test_a_beta_lactam_of_three_weeks_is_a_suspect(drug: str, neutral: Json) -> None:
    answer = ask("order-sign", anc("0.4"), anc("5.0", 23), taking(drug, 21), drafts=[neutral])

    assert drug in answer.standings()


# --- low on purpose -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "drug", ["rituximab", "ocrelizumab", "obinutuzumab", "alemtuzumab", "antithymocyte-globulin-rabbit"]
)
def test_lymphocytes_that_are_meant_to_be_low_are_an_expected_effect(drug: str) -> None:
    given = taking(drug, 60, status="completed")

    answer = ask("patient-view", alc("0.6"), anc("3.2"), alc("1.6", 70), given)

    assert answer.standings()[drug] == "expected"


def test_late_neutropenia_after_rituximab_is_still_a_suspicion() -> None:
    answer = ask("patient-view", anc("0.6"), anc("4.8", 60), taking("rituximab", 90, status="completed"))

    assert answer.standings() == {"rituximab": "leading"}


@pytest.mark.parametrize("drug", ["dimethyl-fumarate", "fingolimod"])
def test_lymphocytes_low_for_half_a_year_are_not_put_down_to_days_of_illness(drug: str) -> None:
    low = (alc("0.45"), alc("0.44", 100), alc("0.45", 190), alc("1.9", 400))

    answer = ask("order-sign", *low, anc("3.1"), taking(drug, 380), drafts=[ordering(drug)])

    assert answer.has("lower lymphocytes for days") == []


def test_the_cards_of_a_nadir_do_not_contradict_each_other(neutral: Json) -> None:
    """One card calls the count an expected effect of treatment; then no other says that no drug fits."""
    known = (anc("0.2"), anc("0.9", 10), taking("cytarabine", 5), condition(LEUKAEMIA))

    answer = ask("order-sign", *known, drafts=[neutral])

    assert answer.lacks("Expected effect of treatment") != [] or answer.has("no drug in the data fits") == []


# --- red cells and platelets ----------------------------------------------------------------------------


def test_red_cells_and_platelets_alone_are_told_in_the_overview_and_not_at_an_order(neutral: Json) -> None:
    red, platelets = observation("718-7", "7.0", unit="g/dL"), observation("777-3", "46")
    blood = (red, platelets, observation(WBC, "6.0"), anc("4.0"))

    assert ask("order-sign", *blood, drafts=[neutral]).topics == []
    assert "leukoLowCount" in ask("patient-view", *blood).topics


# --- switches and starts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "instead"),
    [
        ("omeprazole", "pantoprazole"),
        ("sertraline", "citalopram"),
        ("lisinopril", "ramipril"),
        ("ceftriaxone", "cefazolin"),
        ("valproate", "levetiracetam"),
        ("methimazole", "propylthiouracil"),
    ],
)
def test_a_drug_of_the_same_class_is_never_louder_than_the_suspect_itself(taken: str, instead: str) -> None:
    chart = (anc("0.9"), anc("4.0", 60), taking(taken, 40))

    def loudness(drug: str) -> int:
        cards = ask("order-sign", *chart, drafts=[ordering(drug)]).cards
        risks = [card for card in cards if card["source"]["topic"]["code"] == "leukoOrderRisk"]
        return max((LOUDNESS.index(card["indicator"]) for card in risks), default=0)

    assert loudness(instead) <= loudness(taken)


@pytest.mark.parametrize("days", [10, 40])
def test_nothing_is_overdue_for_a_drug_that_is_only_being_started(days: int) -> None:
    answer = ask("order-sign", anc("3.0", days), drafts=[ordering("clozapine")])

    assert answer.has("overdue") == []
    assert answer.topics == ["leukoMonitoring"]
