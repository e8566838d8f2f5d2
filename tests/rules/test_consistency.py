"""Results of one draw that cannot all be true: a sample that seems diluted."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds.facts import CellCount
from cds.findings import Occasion
from tests.rules.charts import assessed, count

BEFORE = {"leukocytes": Decimal(6), "haemoglobin": Decimal(13), "platelets": Decimal(250)}
NOW = 0.2


def fallen(line: str, percent: str) -> CellCount:
    return count(line, str(BEFORE[line] * (100 - Decimal(percent)) / 100), NOW)


def looks_diluted(*falls: str, hours: float = 12) -> bool:
    """``falls``: of white cells, haemoglobin and platelets, in percent, within so many hours."""
    earlier = [count(line, str(value), NOW + hours / 24) for line, value in BEFORE.items()]
    later = [fallen(line, percent) for line, percent in zip(BEFORE, falls, strict=True)]
    assessment = assessed(*earlier, *later, occasion=Occasion.PATIENT_VIEW)
    return "diluted-sample" in {str(each.kind) for each in assessment.caveats}


@pytest.mark.parametrize(
    ("percent", "diluted"), [("-2", False), ("2", False), ("39.9", False), ("40", False), ("40.1", True)]
)
def test_a_sample_seems_diluted_where_all_three_lines_fell_by_more_than_40_percent(
    percent: str, diluted: bool
) -> None:
    assert looks_diluted(percent, percent, percent) is diluted


@pytest.mark.parametrize("falls", [("40", "60", "60"), ("60", "40", "60"), ("60", "60", "40")])
def test_a_line_that_fell_less_speaks_against_dilution(falls: tuple[str, str, str]) -> None:
    assert not looks_diluted(*falls)


@pytest.mark.parametrize(("hours", "diluted"), [(23.9, True), (24, True), (24.1, False)])
def test_a_fall_over_more_than_a_day_is_no_dilution(hours: float, diluted: bool) -> None:
    assert looks_diluted("60", "60", "60", hours=hours) is diluted


@pytest.mark.parametrize(
    ("lymphocytes", "more", "off"),
    [("1.2", (), False), ("1.21", (), True), ("0.3", (), False), ("0.29", (), True),
     ("0.2", (("immature", "0.2"),), False)],
)  # fmt: skip
def test_lines_may_miss_the_total_by_15_percent_with_what_is_counted_apart(
    lymphocytes: str, more: tuple[tuple[str, str], ...], off: bool
) -> None:
    """A total of 3.0: between 2.55 and 3.45."""
    lines = (("leukocytes", "3.0"), ("neutrophils", "1.75"), ("monocytes", "0.4"), ("eosinophils", "0.1"),
             ("basophils", "0"), ("lymphocytes", lymphocytes), *more)  # fmt: skip
    assessment = assessed(*(count(line, value) for line, value in lines), occasion=Occasion.PATIENT_VIEW)

    assert ("sum-of-counts" in {each.kind for each in assessment.caveats}) is off
