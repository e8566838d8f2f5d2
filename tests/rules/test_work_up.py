"""Tests worth doing: which of them are at hand already."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cds.facts import DraftAction, DraftOrder, OrderedTest, When
from tests.rules.charts import NOW, ago, assessed, count, on_day

CBC = "57021-8"
LOW = count("neutrophils", "0.7")


def is_wanted(*items: object, tests: tuple[OrderedTest, ...] = ()) -> bool:
    """Whether a blood count is worth doing beside low neutrophils."""
    return any(test.loinc == CBC for test in assessed(LOW, *items, tests=tests).work_up)


def ordered(when: When | None) -> tuple[OrderedTest, ...]:
    return (OrderedTest(CBC, when, "ServiceRequest/s1"),)


def drafted(action: DraftAction) -> DraftOrder:
    return DraftOrder("ServiceRequest/d1", "ServiceRequest", "CBC", tests=(CBC,), action=action)


def test_a_test_that_nobody_ordered_is_worth_doing() -> None:
    assert is_wanted()


@pytest.mark.parametrize(
    ("when", "wanted"),
    [
        (ago(0), False),
        (ago(3), False),
        (ago(3)._replace(latest=NOW - timedelta(days=3, seconds=1)), True),
        (on_day(3), False),
        (on_day(4), True),
        (None, False),
    ],
)
def test_what_was_ordered_in_the_last_days_is_at_hand_and_so_is_what_is_undated(
    when: When | None, wanted: bool
) -> None:
    assert is_wanted(tests=ordered(when)) is wanted


@pytest.mark.parametrize(("action", "wanted"), [(DraftAction.ORDER, False), (DraftAction.STOP, True)])
def test_a_draft_orders_a_test_or_takes_it_back(action: DraftAction, wanted: bool) -> None:
    assert is_wanted(drafted(action)) is wanted
