"""Patterns across cell lines: two lines are low only where white cells are one of them."""

from __future__ import annotations

import pytest

from cds.findings import Occasion, PatternKind, Topic
from tests.rules.charts import assessed, count

TWO, THREE = PatternKind.TWO_LINES, PatternKind.PANCYTOPENIA


@pytest.mark.parametrize(
    ("wbc", "haemoglobin", "platelets", "kinds"),
    [
        ("6.0", "8.0", "250", []),
        ("6.0", "10.9", "250", []),
        ("6.0", "13.0", "149", []),
        ("6.0", "10.9", "149", []),
        ("4.0", "10.9", "149", []),
        ("3.99", "13.0", "250", []),
        ("3.99", "11.0", "150", []),
        ("3.99", "10.9", "150", [TWO]),
        ("3.99", "11.0", "149", [TWO]),
        ("3.99", "10.9", "149", [THREE]),
    ],
)
def test_anaemia_or_few_platelets_are_a_pattern_only_beside_low_white_cells(
    wbc: str, haemoglobin: str, platelets: str, kinds: list[PatternKind]
) -> None:
    assessment = assessed(
        count("leukocytes", wbc),
        count("neutrophils", "4.0" if wbc == "6.0" else "2.0"),
        count("haemoglobin", haemoglobin),
        count("platelets", platelets),
        occasion=Occasion.PATIENT_VIEW,
    )

    assert [each.kind for each in assessment.patterns] == kinds


def test_anaemia_alone_is_silent() -> None:
    assessment = assessed(
        count("haemoglobin", "8.0"),
        count("leukocytes", "6.0"),
        count("neutrophils", "4.0"),
        occasion=Occasion.PATIENT_VIEW,
    )

    assert assessment.decision(Topic.LOW_COUNT).urgency is None
    assert assessment.low_counts == ()


@pytest.mark.parametrize(
    ("earlier", "days", "new"),
    [("1.0", 89.9, True), ("1.0", 90, False), ("1.3", 100, False), ("1.31", 100, True)],
)
def test_a_pattern_is_new_unless_each_line_was_about_as_low_three_months_ago(
    earlier: str, days: float, new: bool
) -> None:
    sent = (
        *(count("neutrophils", value, at) for value, at in (("1.0", 0), (earlier, days))),
        *(count("platelets", "60", at) for at in (0, 200)),
    )
    (pattern,) = assessed(*sent, occasion=Occasion.PATIENT_VIEW).patterns

    assert pattern.new is new


def test_a_severe_pattern_names_the_other_low_lines_too() -> None:
    sent = (count("neutrophils", "0.3"), count("platelets", "15"), count("haemoglobin", "8.0"))
    (pattern,) = assessed(*sent, occasion=Occasion.PATIENT_VIEW).patterns

    assert pattern.kind is PatternKind.SEVERE_MARROW_FAILURE
    assert {each.line for each in pattern.counts} == {"neutrophils", "platelets", "haemoglobin"}
