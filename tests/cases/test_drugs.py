"""What is drafted or taken: chemotherapy and its nadir, clozapine and its labels, stopping a drug."""

from __future__ import annotations

import pytest

from tests.cases.asking import Answer, ask, comparable
from tests.cases.requests import (
    ANC,
    CBC,
    PLATELETS,
    Json,
    draft,
    draft_test,
    duffy_null,
    knowledge,
    medication_request,
    observation,
    temperature,
)

CARBOPLATIN, PACLITAXEL, ONDANSETRON, CLOZAPINE, METHIMAZOLE = "40048", "56946", "26225", "2626", "6835"


def day_11() -> list[Json]:
    return [
        observation(ANC, "0.4"),
        observation(PLATELETS, "96"),
        temperature("36.8"),
        medication_request(CARBOPLATIN, "carboplatin", since="2026-11-09"),
        medication_request(PACLITAXEL, "paclitaxel", since="2026-11-09"),
    ]


def precautions(answer: Answer) -> set[str]:
    return set(answer.card("leukoPrecautions")["extension"]["org.leukocds.basis"]["precautions"])


def test_33_an_expected_nadir_is_a_warning() -> None:
    answer = ask("order-sign", *day_11(), drafts=[draft(ONDANSETRON)])

    assert answer.messages == ["warning"]
    assert not answer.lacks("ANC 0.4", "expected effect of treatment", "day 11", "fever plan", "next count")
    assert not answer.has("leading suspect", "possible contributor", "consider stopping")
    assert "stop" not in answer.about("leukoLowCount", "leukoSuspects").lower()


def test_33_only_the_regimen_is_named() -> None:
    answer = ask("order-sign", *day_11(), drafts=[draft(ONDANSETRON)])

    assert answer.standings() == {"carboplatin": "expected", "paclitaxel": "expected"}


def test_33_precautions_are_those_below_a_half() -> None:
    answer = ask("order-sign", *day_11(), drafts=[draft(ONDANSETRON)])

    deepest = {row.id for row in knowledge().precautions if str(row.neutrophils_below) == "0.5"}
    assert deepest <= precautions(answer)


def test_35_the_next_cycle_crosses_its_limit() -> None:
    answer = ask("order-sign", *day_11(), drafts=[draft(CARBOPLATIN, "carboplatin")])

    assert answer.highest == "critical"
    assert answer.card("leukoOrderRisk")["indicator"] == "critical"
    assert ("carboplatin", "label-limit") in answer.risks()
    assert not answer.lacks("ANC 0.4", "1500 /uL", "delay", "dose reduction", "G-CSF", "treatment team")
    assert not answer.has("cancelled")


def test_35_taking_the_draft_back_is_never_preselected() -> None:
    answer = ask("order-sign", *day_11(), drafts=[draft(CARBOPLATIN, "carboplatin")])

    preselected = [
        offer["label"]
        for card in answer.cards
        for offer in card.get("suggestions", [])
        if offer.get("isRecommended") and any(action["type"] == "delete" for action in offer["actions"])
    ]
    assert preselected == []


def refill(anc: str, *more: Json) -> Answer:
    taken = medication_request(CLOZAPINE, "clozapine", since="2026-01-10")
    return ask("order-sign", observation(ANC, anc), taken, *more, drafts=[draft(CLOZAPINE, "clozapine")])


def test_37a_clozapine_goes_on_with_more_counts() -> None:
    answer = refill("1.2")

    assert answer.highest == "warning"
    assert not answer.lacks("ANC 1.2", "continues", "3 times a week", "within 24 hours")


def test_37b_for_duffy_null_this_count_is_normal() -> None:
    assert refill("1.2", duffy_null()).highest in (None, "info")


def test_37c_clozapine_is_interrupted() -> None:
    answer = refill("0.8")

    assert answer.highest == "warning"
    assert not answer.lacks("ANC 0.8", "interrupted", "haematology")


def test_37d_for_duffy_null_it_goes_on() -> None:
    answer = refill("0.8", duffy_null())

    assert answer.highest == "warning"
    assert not answer.lacks("ANC 0.8", "continues", "haematology", "3 times a week")
    assert not answer.has("interrupted")


def test_37e_and_is_interrupted_below_a_half() -> None:
    answer = refill("0.4", duffy_null())

    assert answer.highest == "critical"
    assert not answer.lacks("ANC 0.4", "interrupted")


def suspected() -> list[Json]:
    taken = medication_request(METHIMAZOLE, "methimazole", since="2026-10-09", id="m1")
    return [observation(ANC, "0.6"), observation(ANC, "4.1", when="2026-10-08T08:00:00Z"), taken]


STOPS = {
    "a stopped": draft(METHIMAZOLE, "methimazole", status="stopped"),
    "a stopped, the same request": draft(METHIMAZOLE, "methimazole", status="stopped", id="m1"),
    "a cancelled": draft(METHIMAZOLE, "methimazole", status="cancelled"),
    "b not to be performed": draft(METHIMAZOLE, "methimazole", doNotPerform=True),
}


@pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS)
def test_39ab_stopping_the_suspect_is_not_scolded(stop: Json) -> None:
    answer = ask("order-sign", *suspected(), drafts=[stop])

    assert answer.highest in (None, "info")
    assert not answer.lacks("stopping methimazole", "ANC 0.6", "counts may still fall", "recheck")
    assert not answer.has("consider stopping", "re-ordered")
    assert answer.risks() == set()


def test_39c_a_draft_entered_in_error_is_no_draft() -> None:
    without = ask("order-sign", *suspected(), drafts=[])
    error = ask("order-sign", *suspected(), drafts=[draft(METHIMAZOLE, status="entered-in-error")])

    assert comparable(error) == comparable(without)
    assert error.risks() == set()


@pytest.mark.parametrize("loinc", ["57021-8", "57782-5", "69742-5", CBC])
def test_39d_a_count_that_is_being_ordered_is_not_offered_again(loinc: str) -> None:
    answer = ask("order-sign", *suspected(), drafts=[draft_test(loinc)])

    assert answer.highest == "warning"
    assert not answer.lacks("ANC 0.6")
    assert "57021-8" not in answer.tests_offered()


def test_a_draft_without_a_name_leaves_no_empty_sentence() -> None:
    """A code is all that many senders give."""
    answer = ask("order-sign", observation(ANC, "0.6"), drafts=[draft(METHIMAZOLE)])

    assert ("methimazole", "suspect-started") in answer.risks()
    assert "Draft: ." not in answer.text
