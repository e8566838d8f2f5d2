"""The word for a score: at the limit from which a drug leads, and just under it."""

from __future__ import annotations

import pytest

from cds.facts import MedicationUse
from cds.findings import Occasion, Standing
from tests.rules.charts import assessed, count, suspect, taking

RIVAL = (taking("sulfasalazine", 80),)


@pytest.mark.parametrize(
    ("days_after_stop", "others", "score", "standing"),
    [
        (30, (), 70, Standing.LEADING),
        (30, RIVAL, 65, Standing.LEADING),
        (31, (), 60, Standing.LEADING),
        (31, RIVAL, 55, Standing.POSSIBLE),
    ],
)
def test_a_score_of_exactly_60_leads(
    days_after_stop: int, others: tuple[MedicationUse, ...], score: int, standing: Standing
) -> None:
    assessment = assessed(
        count("neutrophils", "0.3", 1),
        count("neutrophils", "0.4", 40),
        count("neutrophils", "4.0", 90),
        taking("methimazole", 80, until=1 + days_after_stop, status="stopped"),
        *others,
        occasion=Occasion.PATIENT_VIEW,
    )
    found = suspect(assessment, "methimazole")

    assert found is not None
    assert (found.score, found.standing) == (score, standing)


@pytest.mark.parametrize("days", [5, 100, 300])
def test_what_a_drug_is_given_for_is_expected_even_outside_the_window_of_its_late_fall(days: float) -> None:
    assessment = assessed(
        count("lymphocytes", "0.3"),
        count("lymphocytes", "1.8", days + 20),
        taking("rituximab", days, until=days, single_dose=True),
        occasion=Occasion.PATIENT_VIEW,
    )
    found = suspect(assessment, "rituximab")

    assert found is not None
    assert found.standing is Standing.EXPECTED
