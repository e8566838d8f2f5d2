"""What speaks beside an order that is not related, and what makes a card of suspects."""

from __future__ import annotations

import pytest

from cds.facts import KnownCondition
from cds.findings import Occasion, Topic, Urgency
from tests.rules.charts import ago, assessed, count, draft, spoken, taking


@pytest.mark.parametrize(("days", "speaks"), [(3, True), (4, False), (9, False), (35, False), (36, True)])
def test_moderate_neutropenia_in_the_window_of_a_cytotoxic_dose_is_silent_at_another_order(
    days: int, speaks: bool
) -> None:
    """It is what the dose brings: docetaxel does so from day 4 to day 35."""
    assessment = assessed(count("neutrophils", "0.7"), taking("docetaxel", days), draft("paracetamol"))

    assert (assessment.decision(Topic.LOW_COUNT).urgency is not None) is speaks
    assert bool(spoken(assessment)) is speaks


@pytest.mark.parametrize(("anc", "speaks"), [("0.5", False), ("0.499", True)])
def test_severe_neutropenia_in_that_window_speaks_at_every_order(anc: str, speaks: bool) -> None:
    assessment = assessed(count("neutrophils", anc), taking("docetaxel", 9), draft("paracetamol"))

    assert (assessment.decision(Topic.LOW_COUNT).urgency is not None) is speaks


@pytest.mark.parametrize(
    ("condition", "urgency"), [("neutropenia", None), ("agranulocytosis", None), ("lupus", Urgency.INFO)]
)
def test_a_low_count_that_is_only_coded_explains_nothing_and_makes_no_card_of_suspects(
    condition: str, urgency: Urgency | None
) -> None:
    assessment = assessed(
        count("neutrophils", "0.9"),
        occasion=Occasion.PATIENT_VIEW,
        conditions=(KnownCondition(condition, condition, ago(400), "Condition/c1"),),
    )

    assert [each.condition for each in assessment.other_causes] == [condition]
    assert assessment.decision(Topic.SUSPECTS).urgency is urgency
