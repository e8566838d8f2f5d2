"""How loud a low line is by itself: a severe count of which nobody knows the day is still a warning."""

from __future__ import annotations

import pytest

from cds.findings import Freshness, Occasion, Topic, Urgency
from tests.rules.charts import assessed, count


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
