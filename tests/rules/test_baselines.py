"""A low count that may be lifelong: mild, stable over three months, shown by two counts at least."""

from __future__ import annotations

import pytest

from cds.facts import CellCount
from cds.findings import BaselineKind, Occasion
from tests.rules.charts import assessed, count

LIFELONG = BaselineKind.POSSIBLE_LIFELONG


def baseline(*counts: CellCount) -> BaselineKind | None:
    low_counts = assessed(*counts, occasion=Occasion.PATIENT_VIEW).low_counts
    found = next(low.baseline for low in low_counts if low.line == "neutrophils")
    return found.kind if found is not None else None


@pytest.mark.parametrize(
    ("anc", "kind"),
    [("0.95", None), ("0.999", None), ("1.0", LIFELONG), ("1.001", LIFELONG), ("1.499", LIFELONG)],
)
def test_neutrophils_below_1_0_are_never_called_possibly_lifelong(
    anc: str, kind: BaselineKind | None
) -> None:
    found = baseline(
        count("neutrophils", anc), count("neutrophils", "1.2", 100), count("neutrophils", "1.25", 200)
    )

    assert found is kind


@pytest.mark.parametrize(("earlier", "kind"), [("0.999", None), ("1.0", LIFELONG), ("1.5", None)])
def test_an_earlier_count_outside_the_mild_range_speaks_against_it(
    earlier: str, kind: BaselineKind | None
) -> None:
    found = baseline(
        count("neutrophils", "1.2"), count("neutrophils", earlier, 100), count("neutrophils", "1.25", 200)
    )

    assert found is kind


@pytest.mark.parametrize(("days", "kind"), [(89.9, None), (90, LIFELONG), (120, LIFELONG)])
def test_two_counts_three_months_apart_are_enough(days: float, kind: BaselineKind | None) -> None:
    newest = 1

    assert baseline(count("neutrophils", "1.2", newest), count("neutrophils", "1.25", newest + days)) is kind


def test_one_count_is_not() -> None:
    assert baseline(count("neutrophils", "1.2")) is None


@pytest.mark.parametrize("line", ["lymphocytes", "monocytes", "platelets", "haemoglobin"])
def test_another_low_line_speaks_against_it(line: str) -> None:
    mild = (count("neutrophils", "1.2"), count("neutrophils", "1.25", 100))

    assert baseline(*mild, count(line, "0.1")) is None


def test_three_earlier_counts_are_shown_for_it() -> None:
    sent = [count("neutrophils", "1.2", days) for days in (1, 100, 200, 300, 400)]
    found = assessed(*sent, occasion=Occasion.PATIENT_VIEW).low_counts[0].baseline

    assert found is not None
    assert len(found.values) == 3


@pytest.mark.parametrize(("anc", "expected"), [("1.05", True), ("1.04", False)])
def test_the_own_median_leaves_room_for_30_percent(anc: str, expected: bool) -> None:
    earlier = [count("neutrophils", "1.5", days) for days in (100, 200)]
    found = assessed(
        count("neutrophils", anc), *earlier, duffy_null=True, occasion=Occasion.PATIENT_VIEW
    ).low_counts[0]

    assert found.baseline is not None
    assert found.baseline.expected is expected
