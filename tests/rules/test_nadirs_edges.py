"""Prolonged is a profound neutropenia that lasted: a recovery in between begins it anew."""

from __future__ import annotations

import pytest

from cds.findings import LowCount, Occasion, Urgency
from tests.rules.charts import assessed, count, taking


def after_docetaxel(*neutrophils: tuple[str, float], doses: tuple[float, ...]) -> LowCount:
    counts = [count("neutrophils", value, days) for value, days in neutrophils]
    given = [taking("docetaxel", days) for days in doses]
    (low,) = assessed(*counts, *given, occasion=Occasion.PATIENT_VIEW).low_counts
    assert low.nadir is not None
    return low


@pytest.mark.parametrize(
    ("between", "urgency", "reason"),
    [
        ("3.0", Urgency.WARNING, "expected-nadir"),
        ("0.101", Urgency.WARNING, "expected-nadir"),
        ("0.1", Urgency.WARNING, "expected-nadir"),
        ("0.099", Urgency.CRITICAL, "prolonged-profound"),
    ],
)
def test_a_second_nadir_after_a_recovery_is_not_prolonged(
    between: str, urgency: Urgency, reason: str
) -> None:
    low = after_docetaxel(("0.05", 0.2), (between, 8), ("0.05", 15), doses=(10, 22))

    assert (low.urgency, low.reasons) == (urgency, (reason,))


@pytest.mark.parametrize(("days", "prolonged"), [(6.9, False), (7, False), (7.01, True), (9, True)])
def test_a_profound_nadir_is_prolonged_after_a_week(days: float, prolonged: bool) -> None:
    low = after_docetaxel(("0.05", 0.2), ("0.05", days), ("3.0", 12), doses=(13,))

    assert low.nadir is not None
    assert low.nadir.prolonged is prolonged
    assert low.urgency is (Urgency.CRITICAL if prolonged else Urgency.WARNING)
