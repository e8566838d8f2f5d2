"""How loud a low line is by itself: a severe count of which nobody knows the day is still a warning."""

from __future__ import annotations

import pytest

from cds.facts import KnownCondition
from cds.findings import Duration, Freshness, Occasion, Topic, Urgency
from tests.rules.charts import ago, assessed, count, taking


@pytest.mark.parametrize(
    ("anc", "urgency"),
    [
        ("0.05", Urgency.WARNING),
        ("0.3", Urgency.WARNING),
        ("0.499", Urgency.WARNING),
        ("0.5", Urgency.INFO),
        ("0.501", Urgency.INFO),
        ("1.4", Urgency.INFO),
    ],
)
def test_an_undated_count_warns_while_it_is_severe(anc: str, urgency: Urgency) -> None:
    assessment = assessed(count("neutrophils", anc, None), occasion=Occasion.PATIENT_VIEW)

    assert [(low.freshness, low.urgency) for low in assessment.low_counts] == [(Freshness.UNDATED, urgency)]
    assert assessment.decision(Topic.LOW_COUNT).urgency is urgency


@pytest.mark.parametrize(
    ("days", "urgency"),
    [(14, Urgency.CRITICAL), (15, Urgency.WARNING), (30, Urgency.WARNING), (31, Urgency.INFO)],
)
def test_a_dated_severe_count_softens_with_its_age(days: int, urgency: Urgency) -> None:
    assessment = assessed(count("neutrophils", "0.3", days), occasion=Occasion.PATIENT_VIEW)

    assert assessment.decision(Topic.LOW_COUNT).urgency is urgency


@pytest.mark.parametrize(("drugs", "urgency"), [((), Urgency.WARNING), (("docetaxel",), Urgency.INFO)])
def test_a_steep_fall_warns_unless_a_dose_is_known_to_bring_it(
    drugs: tuple[str, ...], urgency: Urgency
) -> None:
    doses = [taking(drug, 9, until=9, single_dose=True) for drug in drugs]
    found = assessed(
        count("neutrophils", "1.2"), count("neutrophils", "4.4", 12), *doses, occasion=Occasion.PATIENT_VIEW
    ).low_counts[0]

    assert found.trend.steep
    assert (found.nadir is not None) is bool(drugs)
    assert found.urgency is urgency


@pytest.mark.parametrize(
    ("condition", "urgency"),
    [("severe-congenital-neutropenia", Urgency.WARNING), ("lupus", Urgency.CRITICAL), ("", Urgency.CRITICAL)],
)
def test_what_comes_and_goes_is_long_known_only_where_it_is_inborn(condition: str, urgency: Urgency) -> None:
    course = [
        count("neutrophils", value, days)
        for value, days in (("0.3", 1), ("4.0", 22), ("0.3", 43), ("4.0", 64), ("0.3", 85), ("4.0", 106))
    ]
    known = (KnownCondition(condition, "", ago(900), "Condition/c1"),) if condition else ()
    found = assessed(*course, conditions=known, occasion=Occasion.PATIENT_VIEW).low_counts[0]

    assert (found.duration, found.urgency) == (Duration.RECURRING, urgency)
