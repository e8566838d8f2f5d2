"""A fever on record: only what the problem list calls a fever is one, and only for two days."""

from __future__ import annotations

import pytest

from cds.facts import KnownCondition
from cds.findings import Assessment, Occasion, Topic, Urgency
from tests.rules.charts import ago, assessed, count, knowledge, spoken

NO_FEVERS = sorted(known.id for known in knowledge().conditions.values() if known.acts_as != "fever")


def recorded(condition: str, days: float | None) -> Assessment:
    """Severe neutropenia today, with this condition on record since so many days."""
    since = None if days is None else ago(days)
    known = KnownCondition(condition, condition, since, f"Condition/{condition}")
    return assessed(count("neutrophils", "0.3"), conditions=(known,), occasion=Occasion.PATIENT_VIEW)


@pytest.mark.parametrize("condition", NO_FEVERS)
def test_a_condition_that_is_no_fever_makes_none_of_severe_neutropenia(condition: str) -> None:
    assessment = recorded(condition, 1)

    assert assessment.fever is None
    assert Topic.FEVER not in spoken(assessment)


@pytest.mark.parametrize("condition", ["fever", "febrile-neutropenia"])
@pytest.mark.parametrize(("days", "met"), [(1, True), (2, True), (2.01, False), (None, False)])
def test_a_fever_on_record_counts_for_two_days(condition: str, days: float | None, met: bool) -> None:
    assessment = recorded(condition, days)

    assert assessment.decision(Topic.FEVER).urgency is (Urgency.CRITICAL if met else None)
    if assessment.fever is not None:
        assert assessment.fever.condition is not None
        assert assessment.fever.condition.condition == condition
