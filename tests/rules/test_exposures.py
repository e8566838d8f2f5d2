"""Requests put together as times on a drug: when it is in use, which dose was the last, what is one time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cds.facts import MedicationUse
from cds.findings import Occasion, Standing
from cds.rules.exposures import Exposure, find_exposures
from tests.rules.charts import NOW, ago, assessed, count, draft, facts, knowledge, suspect, taking


def exposures(*uses: MedicationUse) -> tuple[Exposure, ...]:
    return find_exposures(facts(*uses), knowledge()).systemic


# --- in use ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("begins_in_days", "limits"), [(5, 1), (0.01, 1), (0, 0), (-0.01, 0)])
def test_a_drug_whose_request_begins_later_is_still_to_be_started(begins_in_days: float, limits: int) -> None:
    """So that its label's "do not start" holds: tocilizumab at 1.8 (below 2.0)."""
    assessment = assessed(
        count("neutrophils", "1.8"), taking("tocilizumab", -begins_in_days), draft("tocilizumab")
    )
    kinds = [risk.label_limit.kind for risk in assessment.order_risks if risk.label_limit is not None]

    assert kinds == ["do-not-start"] * limits


# --- the last dose --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours_before", "last"),
    [(-24 * 7, ago(10)), (-0.01, ago(10)), (0, ago(0)), (24, ago(1))],
)
def test_a_dose_that_is_only_planned_is_not_the_last_dose(hours_before: float, last: object) -> None:
    (exposure,) = exposures(
        taking("docetaxel", 10, request="MedicationRequest/first"),
        taking("docetaxel", hours_before / 24, request="MedicationRequest/second"),
    )

    assert exposure.last_dose(NOW, NOW.date()) == last


def test_a_planned_dose_changes_nothing_in_the_score_of_the_one_before() -> None:
    given = (count("neutrophils", "0.3"), taking("docetaxel", 10, request="MedicationRequest/first"))
    planned = taking("docetaxel", -7, request="MedicationRequest/second")
    before, after = (
        suspect(assessed(*given, *more, occasion=Occasion.PATIENT_VIEW), "docetaxel")
        for more in ((), (planned,))
    )

    assert before is not None
    assert after is not None
    assert (after.score, after.parts, after.day) == (before.score, before.parts, before.day)


# --- one time on a drug ---------------------------------------------------------------------------------


def test_a_request_completed_years_ago_does_not_swallow_a_new_one() -> None:
    """Without an end it lasted 90 days at most."""
    uses = (
        taking("methimazole", 900, status="completed", request="MedicationRequest/first"),
        taking("methimazole", 34, request="MedicationRequest/second"),
    )
    found = suspect(
        assessed(
            count("neutrophils", "0.3"),
            count("neutrophils", "4.0", 60),
            *uses,
            occasion=Occasion.PATIENT_VIEW,
        ),
        "methimazole",
    )

    assert [each.start for each in exposures(*uses)] == [ago(900), ago(34)]
    assert found is not None
    assert (found.day, found.standing) == (34, Standing.LEADING)


@pytest.mark.parametrize(
    ("status", "days", "times"),
    [("active", 900, 1), ("completed", 900, 2), ("completed", 154.1, 2), ("completed", 154, 1)],
)
def test_a_request_that_is_still_open_goes_on_and_a_finished_one_for_90_days(
    status: str, days: float, times: int
) -> None:
    """And 30 days more, within which the next request is of the same time."""
    found = exposures(
        taking("methimazole", days, status=status, request="MedicationRequest/first"),
        taking("methimazole", 34, request="MedicationRequest/second"),
    )

    assert len(found) == times


@pytest.mark.parametrize(("gap", "times"), [(29.9, 1), (30, 1), (30.1, 2)])
def test_requests_at_most_30_days_apart_are_one_time_on_the_drug(gap: float, times: int) -> None:
    start = ago(34)
    first = taking("methimazole", 200, status="stopped", request="MedicationRequest/first")
    end = start.earliest - timedelta(days=gap)
    found = exposures(
        first._replace(end=start._replace(earliest=end, latest=end, day=end.date())),
        taking("methimazole", 34, request="MedicationRequest/second"),
    )

    assert len(found) == times
