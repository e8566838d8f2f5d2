"""What treats an infection is not held against the count that let it in."""

from __future__ import annotations

import pytest

from tests.cases.asking import Answer, ask
from tests.cases.by_name import anc, ordering, taking
from tests.cases.requests import ICD10CM, Json, ago, condition, temperature

FEBRILE_NEUTROPENIA, SEPSIS, HYPERTENSION = "409089005", "91302008", "38341003"
NADIR = anc("0.1"), taking("docetaxel", 9)


def signing(drug: str, *entries: Json) -> Answer:
    return ask("order-sign", *NADIR, *entries, drafts=[ordering(drug)])


def offers_removal(answer: Answer) -> bool:
    return any("Remove" in offer["label"] for card in answer.cards for offer in card.get("suggestions", []))


def recorded(code: str, days: float) -> Json:
    return condition(code, recorded=ago(days, "12:00"), text="as recorded")


@pytest.mark.parametrize("drug", ["vancomycin", "metronidazole", "acyclovir"])
@pytest.mark.parametrize(
    "infection",
    [
        [temperature("39.4", ago(0, "06:00")), temperature("36.9", ago(0, "11:00"))],
        [recorded(FEBRILE_NEUTROPENIA, 4)],
        [recorded(SEPSIS, 14)],
        [condition("D70.3", ICD10CM, recorded=ago(4), text="neutropenia due to infection")],
    ],
)
def test_during_an_infection_and_the_weeks_after_it_is_not_spoken_of(
    drug: str, infection: list[Json]
) -> None:
    answer = signing(drug, *infection)

    assert "leukoOrderRisk" not in answer.topics
    assert not offers_removal(answer)


@pytest.mark.parametrize(
    "no_infection", [[], [temperature("37.9")], [recorded(SEPSIS, 15)], [recorded(HYPERTENSION, 1)]]
)
def test_where_no_infection_is_known_its_limit_is_told_and_no_removal_offered(
    no_infection: list[Json],
) -> None:
    answer = signing("vancomycin", *no_infection)

    assert answer.card("leukoOrderRisk")["indicator"] == "warning"
    assert not offers_removal(answer)


def test_one_that_was_taken_before_the_fall_is_a_suspect_like_any_other() -> None:
    before = anc("0.3"), anc("4.0", 40), taking("vancomycin", 20)
    answer = ask("order-sign", *before, drafts=[ordering("vancomycin")])

    assert answer.card("leukoOrderRisk")["indicator"] == "critical"


def test_what_treats_no_such_infection_is_told_as_ever() -> None:
    answer = signing("ganciclovir", temperature("39.4"))

    assert "leukoOrderRisk" in answer.topics
    assert offers_removal(answer)


@pytest.mark.parametrize(
    ("infection", "told"),
    [([recorded(SEPSIS, 4)], True), ([recorded(SEPSIS, 4), temperature("38.0")], False)],
)
def test_one_that_leads_the_suspects_is_told_of_once_the_fever_is_over(
    infection: list[Json], told: bool
) -> None:
    leading = anc("0.3"), anc("4.0", 40), taking("vancomycin", 20), *infection
    answer = ask("order-sign", *leading, drafts=[ordering("vancomycin")])

    assert ("leukoOrderRisk" in answer.topics) is told
    assert not answer.lacks("vancomycin")
