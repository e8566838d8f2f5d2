"""The live-vaccine card."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cards.card import Card
from cds.findings import OrderRisk, Topic
from tests.cards.builders import assessment, drug, only_card, order_risk, vaccine_risk


def vaccine_card(*risks: OrderRisk, **more: object) -> Card:
    return only_card(assessment(Topic.LIVE_VACCINE, order_risks=risks, **more))


def test_a_live_vaccine_names_the_count_and_the_alternative() -> None:
    made = vaccine_card(vaccine_risk())

    assert made.summary == (
        "Lymphocytes 0.4 x10^9/L (20 Nov). Live vaccine drafted: influenza, live, intranasal. "
        "Consider an inactivated vaccine, if there is one."
    )
    assert "An inactivated vaccine instead, where there is one." in made.detail
    assert ["Remove the draft order: influenza, live, intranasal"] == [
        each.label for each in made.suggestions
    ]


@pytest.mark.parametrize(
    ("risk", "words"),
    [
        (vaccine_risk(drug=drug("prednisone")), "Immune defence is weakened by prednisone as well."),
        (vaccine_risk(related=("Condition/hiv",)), "A condition on record weakens immune defence."),
    ],
)
def test_what_else_weakens_the_defence_is_said(risk: OrderRisk, words: str) -> None:
    assert words in vaccine_card(risk).detail


def test_a_live_vaccine_without_a_count_leads_with_the_weakness() -> None:
    made = vaccine_card(vaccine_risk(count=None))

    assert made.summary.startswith("Immune weakness recorded. Live vaccine drafted: influenza")


def test_a_decided_vaccine_card_without_a_vaccine_is_a_fault() -> None:
    with pytest.raises(ValueError, match="live vaccine"):
        vaccine_card(order_risk())


def test_a_vaccine_that_is_in_force_is_not_offered_for_removal() -> None:
    ordered = vaccine_risk()

    assert () == vaccine_card(replace(ordered, draft=replace(ordered.draft, in_force=True))).suggestions
