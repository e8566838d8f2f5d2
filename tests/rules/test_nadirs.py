"""The expected effect of a cytotoxic dose: which dose it is counted from, and on which lines it acts."""

from __future__ import annotations

import pytest

from cds.findings import Assessment, ExpectedNadir, Occasion
from tests.rules.charts import ago, assessed, count, taking


def nadir(assessment: Assessment, line: str) -> ExpectedNadir | None:
    return next(low.nadir for low in assessment.low_counts if low.line == line)


def viewed(line: str, value: str, *days: float) -> Assessment:
    doses = [taking("docetaxel", day, request=f"MedicationRequest/{day}") for day in days]
    return assessed(count(line, value), *doses, occasion=Occasion.PATIENT_VIEW)


@pytest.mark.parametrize(
    ("doses", "day"),
    [
        ((30, 9), 9),
        ((30, 4), 4),
        ((30, 3), 30),  # too early for the new dose: it is the one before that explains the count
        ((35, 3), 35),
        ((36, 3), None),
        ((36,), None),
    ],
)
def test_the_day_is_counted_from_the_newest_dose_in_whose_window_the_count_lies(
    doses: tuple[int, ...], day: int | None
) -> None:
    found = nadir(viewed("neutrophils", "0.7", *doses), "neutrophils")

    assert (found and (found.day, found.last_dose)) == (None if day is None else (day, ago(day)))


@pytest.mark.parametrize(
    ("line", "value", "expected"),
    [
        ("neutrophils", "0.7", True),
        ("lymphocytes", "0.4", True),
        ("leukocytes", "1.5", True),
        ("cd4", "0.1", False),
        ("monocytes", "0.1", False),
    ],
)
def test_a_dose_explains_only_the_lines_that_it_lowers(line: str, value: str, expected: bool) -> None:
    assert (nadir(viewed(line, value, 9), line) is not None) is expected
