"""How a line came to its newest count."""

from __future__ import annotations

import pytest

from cds.findings import Occasion, Trend
from tests.rules.charts import assessed, count


def trend(*course: tuple[str, float]) -> Trend:
    """Of neutrophils, at so many days ago."""
    sent = [count("neutrophils", value, days) for value, days in course]
    return assessed(*sent, occasion=Occasion.PATIENT_VIEW).low_counts[0].trend


@pytest.mark.parametrize(
    ("newest", "before", "recovering"),
    [
        ("0.9", "0.7", True),
        ("0.7", "0.7", True),
        ("0.6", "0.7", False),
        ("0.5", "0.5", True),
        ("0.5", "0.49", False),
        ("0.3", "0.3", False),
    ],
)
def test_two_counts_above_the_nadir_that_do_not_fall_again_recover(
    newest: str, before: str, recovering: bool
) -> None:
    assert trend((newest, 1), (before, 3), ("0.3", 6), ("4.0", 30)).recovering is recovering


def test_four_earlier_counts_are_shown() -> None:
    assert len(trend(("0.9", 1), *(("1.2", days) for days in range(2, 9))).earlier) == 4


@pytest.mark.parametrize(("newest", "crashed"), [("0.45", True), ("0.49", True), ("0.62", False)])
def test_an_old_mild_low_that_halves_by_two_tiers_crashes(newest: str, crashed: bool) -> None:
    found = trend((newest, 1), ("1.2", 40), ("1.25", 140), ("4.0", 200))

    assert found.crashed is crashed
