"""The parts of a score: how far the counts are looked back on, what a stop and a reaction tell."""

from __future__ import annotations

import pytest

from cds.facts import PriorReaction
from cds.findings import Assessment, Occasion, ScorePart, Standing
from tests.rules.charts import assessed, count, suspect, taking

VIEW = Occasion.PATIENT_VIEW


def part(assessment: Assessment, drug: str, name: str) -> ScorePart:
    found = suspect(assessment, drug)
    assert found is not None, [each.drug.id for each in assessment.suspects]
    return next(each for each in found.parts if each.name == name)


# --- course of the counts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days_before_start", "reason", "standing"),
    [
        (6, "normal-before", Standing.LEADING),
        (89.9, "normal-before", Standing.LEADING),
        (90, "normal-before", Standing.LEADING),
        (90.1, "no-baseline", Standing.POSSIBLE),
        (566, "no-baseline", Standing.POSSIBLE),
    ],
)
def test_a_normal_count_more_than_90_days_before_the_start_makes_no_drug_lead(
    days_before_start: float, reason: str, standing: Standing
) -> None:
    assessment = assessed(
        count("neutrophils", "0.3"),
        count("neutrophils", "4.0", 34 + days_before_start),
        taking("methimazole", 34),
        occasion=VIEW,
    )
    found = suspect(assessment, "methimazole")

    assert part(assessment, "methimazole", "trajectory").reason == reason
    assert found is not None
    assert found.standing is standing


# --- after stopping -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drug", "days", "points", "reason"),
    [
        ("methimazole", 2, 0, "stopped-too-lately"),
        ("methimazole", 29.9, 0, "stopped-too-lately"),
        ("methimazole", 30, 0, "stopped-too-lately"),
        ("methimazole", 30.1, -10, "not-recovered-after-stop"),
        ("methimazole", 35, -10, "not-recovered-after-stop"),
        ("tocilizumab", 60, 0, "stopped-too-lately"),  # twice 30 days at most, however long it may take
        ("tocilizumab", 60.1, -10, "not-recovered-after-stop"),
    ],
)
def test_a_count_that_stays_low_speaks_against_a_drug_after_twice_its_recovery_time(
    drug: str, days: float, points: int, reason: str
) -> None:
    assessment = assessed(
        count("neutrophils", "0.3", 1),
        count("neutrophils", "0.4", 70),
        count("neutrophils", "4.0", 115),
        taking(drug, 110, until=1 + days, status="stopped"),
        occasion=VIEW,
    )
    found = part(assessment, drug, "dechallenge")

    assert (found.points, found.reason) == (points, reason)


def after_an_earlier_stop(drug: str, line: str, low: str, recovered: str, days: float) -> ScorePart:
    """Low on the drug once, at ``recovered`` so many days after its stop; low again on it now."""
    return part(
        assessed(
            count(line, low, 1),
            count(line, "4.0", 100),
            count(line, recovered, 195 - days),
            count(line, low, 200),
            taking(drug, 260, until=195, status="stopped", request="MedicationRequest/first"),
            taking(drug, 34, request="MedicationRequest/second"),
            occasion=VIEW,
        ),
        drug,
        "dechallenge",
    )


@pytest.mark.parametrize(
    ("drug", "days", "points"),
    [
        ("methimazole", 14.9, 15),
        ("methimazole", 15, 15),
        ("methimazole", 15.1, 0),
        ("methimazole", 25, 0),
        ("clozapine", 21, 15),
        ("clozapine", 21.1, 0),
        ("tocilizumab", 30, 15),  # within a month at most, though it may take longer
        ("tocilizumab", 30.1, 0),
    ],
)
def test_recovery_earns_points_only_within_the_recovery_time_of_the_drug_and_a_month(
    drug: str, days: float, points: int
) -> None:
    assert after_an_earlier_stop(drug, "neutrophils", "0.4", "3.0", days).points == points


@pytest.mark.parametrize(
    ("drug", "line", "value", "points"),
    [
        ("azathioprine", "lymphocytes", "0.6", 0),
        ("azathioprine", "lymphocytes", "0.99", 0),
        ("azathioprine", "lymphocytes", "1.0", 15),
        ("methimazole", "neutrophils", "1.49", 0),
        ("methimazole", "neutrophils", "1.5", 15),
    ],
)
def test_a_count_that_is_still_low_is_no_recovery(drug: str, line: str, value: str, points: int) -> None:
    assert after_an_earlier_stop(drug, line, "0.4", value, 5).points == points


# --- earlier reactions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reacted_to", "points", "reason"),
    [
        ("methimazole", 20, "same-drug"),
        ("propylthiouracil", 10, "same-class"),
        ("clozapine", 0, "none-recorded"),
        ("no-drug-of-the-knowledge", 0, "none-recorded"),
    ],
)
def test_a_reaction_to_a_drug_of_another_class_says_nothing_of_this_one(
    reacted_to: str, points: int, reason: str
) -> None:
    assessment = assessed(
        count("neutrophils", "0.3"),
        count("neutrophils", "4.0", 60),
        taking("methimazole", 34),
        occasion=VIEW,
        reactions=(PriorReaction(reacted_to, "agranulocytosis", "AllergyIntolerance/a1"),),
    )
    found = part(assessment, "methimazole", "reaction")

    assert (found.points, found.reason) == (points, reason)


def test_a_normal_count_at_the_moment_of_the_fall_is_none_before_it() -> None:
    """Two specimens of one moment: one of them is wrong, and nobody can tell which."""
    assessment = assessed(
        count("neutrophils", "0.4", 5, draw="specimen:a"),
        count("neutrophils", "4.0", 5, draw="specimen:b"),
        taking("methimazole", 10),
        occasion=VIEW,
    )

    assert part(assessment, "methimazole", "trajectory").reason == "no-baseline"
