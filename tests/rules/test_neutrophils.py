"""Neutrophils from percentages: none from shares that do not add up, none for a small difference."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds.facts import Bound, CellCount, CellFraction, CellLine, ResultStatus
from cds.findings import Assessment, Occasion, Severity, Urgency
from tests.rules.charts import assessed, count, loudest, percent

# together with neutrophils of 30 % they add up to 100
OTHERS = (
    percent("lymphocytes", "60"),
    percent("monocytes", "6"),
    percent("eosinophils", "3"),
    percent("basophils", "1"),
)


def viewed(*sent: CellCount | CellFraction) -> Assessment:
    return assessed(*sent, occasion=Occasion.PATIENT_VIEW)


def neutrophils(assessment: Assessment) -> CellCount | None:
    return next((each.count for each in assessment.lines if each.line is CellLine.NEUTROPHILS), None)


def caveats(assessment: Assessment) -> set[str]:
    return {caveat.kind for caveat in assessment.caveats}


@pytest.mark.parametrize("segmented", [(), ("0",), ("28",), ("30",)])
def test_segmented_sent_beside_all_neutrophils_are_not_counted_twice(segmented: tuple[str, ...]) -> None:
    parts = [percent("segmented", share) for share in segmented]
    assessment = viewed(count("leukocytes", "4.0"), percent("neutrophils", "30"), *parts, *OTHERS)
    found = neutrophils(assessment)

    assert found is not None
    assert found.value == Decimal("1.2")
    assert found.calculation is not None
    assert found.calculation.path == "percent"
    assert "sum-of-percents" not in caveats(assessment)


@pytest.mark.parametrize(
    ("lymphocytes", "value", "said"),
    [
        ("85", "0.8", "calculated-differs"),  # 105 % in all
        ("85.1", "0.8", "calculated-differs sum-of-percents-off"),
        ("90", "0.8", "calculated-differs sum-of-percents-off"),  # 110 % in all
        ("90.1", "2.0", "sum-of-percents"),
        ("95", "2.0", "sum-of-percents"),
    ],
)
def test_a_reported_count_stands_against_shares_that_do_not_add_up(
    lymphocytes: str, value: str, said: str
) -> None:
    assessment = viewed(
        count("leukocytes", "4.0"),
        count("neutrophils", "2.0"),
        percent("neutrophils", "20"),
        percent("lymphocytes", lymphocytes),
    )
    found = neutrophils(assessment)

    assert found is not None
    assert found.value == Decimal(value)
    assert caveats(assessment) == {*said.split()}


@pytest.mark.parametrize(
    ("lymphocytes", "said"),
    [("30", ""), ("29.9", "sum-of-percents-off"), ("25", "sum-of-percents-off"), ("24.9", "sum-of-percents")],
)
def test_a_whole_differential_that_adds_up_to_less_is_said(lymphocytes: str, said: str) -> None:
    """95, 94.9, 90 and 89.9 % in all; the last is not believed."""
    of_others = {"lymphocytes": lymphocytes, "monocytes": "3", "eosinophils": "1", "basophils": "1"}
    assessment = viewed(
        count("leukocytes", "6.0"),
        percent("neutrophils", "60"),
        *(percent(line, value) for line, value in of_others.items()),
    )

    assert caveats(assessment) == {*said.split()}


@pytest.mark.parametrize(
    ("share", "value", "severity", "urgency"),
    [
        ("19", "1.0", Severity.MILD, Urgency.INFO),
        ("16.1", "1.0", Severity.MILD, Urgency.INFO),
        ("16", "1.0", Severity.MILD, Urgency.INFO),  # 0.8 is lower by a fifth exactly
        ("15.9", "0.795", Severity.MODERATE, Urgency.WARNING),
    ],
)
def test_a_reported_count_stands_while_the_calculated_one_is_lower_by_no_more_than_a_fifth(
    share: str, value: str, severity: Severity, urgency: Urgency
) -> None:
    assessment = viewed(
        count("neutrophils", "1.0"), count("leukocytes", "5.0"), percent("neutrophils", share)
    )
    found = neutrophils(assessment)

    assert found is not None
    assert found.value == Decimal(value)
    assert [low.severity for low in assessment.low_counts if low.line is CellLine.NEUTROPHILS] == [severity]
    assert loudest(assessment) is urgency
    assert ("calculated-differs" in caveats(assessment)) is (value == "0.795")


def test_a_limit_of_a_count_differs_from_no_calculation() -> None:
    sent = (
        count("neutrophils", "0.5", bound=Bound.BELOW),
        count("leukocytes", "5.0"),
        percent("neutrophils", "40"),
    )
    assessment = assessed(*sent, occasion=Occasion.PATIENT_VIEW)

    assert "calculated-differs" not in {each.kind for each in assessment.caveats}


def test_what_was_calculated_is_as_doubtful_as_its_most_doubtful_part() -> None:
    sent = (
        count("leukocytes", "2.0", status=ResultStatus.AMENDED),
        percent("neutrophils", "20", status=ResultStatus.CORRECTED),
    )
    found = next(
        each
        for each in assessed(*sent, occasion=Occasion.PATIENT_VIEW).low_counts
        if each.line == "neutrophils"
    )

    assert found.count.status is ResultStatus.CORRECTED


def test_reported_blasts_are_not_calculated_again() -> None:
    sent = (count("leukocytes", "5.0"), count("blasts", "0.5"), percent("blasts", "20"))
    found = next(
        each for each in assessed(*sent, occasion=Occasion.PATIENT_VIEW).lines if each.line == "blasts"
    )

    assert (str(found.count.value), found.count.calculation) == ("0.5", None)
