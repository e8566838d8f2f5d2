"""``<0.5`` lies below 0.5: every rule reads it so, and none takes it for the number itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds.facts import Bound, CellCount, CellLine
from cds.rules.bounds import greatest, is_at_least, is_at_most, is_below
from tests.cases.asking import Answer, ask
from tests.cases.requests import (
    ANC,
    PLATELETS,
    WBC,
    Json,
    ago,
    duffy_null,
    medication_request,
    observation,
    temperature,
)

BLASTS = "30376-8"
LIMIT = Decimal("0.5")


def sent(loinc: str, text: str, days: float = 0) -> Json:
    """A result; ``<0.5`` and ``>0.5`` with their comparator."""
    bare = text.lstrip("<>=")
    result = observation(loinc, bare, when=ago(days))
    if bare != text:
        result["valueQuantity"] |= {"comparator": text.removesuffix(bare)}
    return result


def anc(text: str, days: float = 0) -> Json:
    return sent(ANC, text, days)


def docetaxel(days: int) -> Json:
    return medication_request("72962", "docetaxel", since=str(ago(days))[:10])


@pytest.mark.parametrize(
    ("value", "bound", "below", "at_most", "at_least"),
    [
        ("0.5", Bound.EXACT, False, True, True),
        ("0.49", Bound.EXACT, True, True, False),
        ("0.5", Bound.BELOW, True, True, False),
        ("0.51", Bound.BELOW, False, False, False),
        ("0.5", Bound.AT_MOST, False, True, False),
        ("0.49", Bound.AT_MOST, True, True, False),
        ("0.51", Bound.AT_MOST, False, False, False),
        ("0.5", Bound.ABOVE, False, False, True),
        ("0.4", Bound.ABOVE, False, False, False),
    ],
)
def test_what_is_certain_of_a_count(
    value: str, bound: Bound, below: bool, at_most: bool, at_least: bool
) -> None:
    count = CellCount(CellLine.NEUTROPHILS, Decimal(value), None, value, bound)

    assert (below, at_most, at_least) == (
        is_below(count, LIMIT),
        is_at_most(count, LIMIT),
        is_at_least(count, LIMIT),
    )
    assert (greatest(count) is None) is (bound is Bound.ABOVE)


@pytest.mark.parametrize("profound", ["0.05", "<0.1"])
def test_profound_for_longer_than_a_week_is_prolonged_however_it_is_written(profound: str) -> None:
    counts = [anc(profound, days) for days in (0, 3, 6, 9)]
    answer = ask("order-sign", *counts, docetaxel(16), drafts=[medication_request("161", "acetaminophen")])

    assert answer.highest == "critical"


@pytest.mark.parametrize("severe", ["0.4", "<0.5"])
def test_two_lines_fail_severely_however_they_are_written(severe: str) -> None:
    assert not ask("patient-view", anc(severe), sent(PLATELETS, "15")).lacks("severe marrow failure")


@pytest.mark.parametrize(("total", "speaks"), [("2.9", True), ("<3.0", True), ("3.0", False)])
def test_a_total_below_three_asks_for_a_differential(total: str, speaks: bool) -> None:
    order = medication_request("161", "acetaminophen", status="draft")

    assert ("leukoLowCount" in ask("order-sign", sent(WBC, total), drafts=[order]).topics) is speaks


def _rows(answer: Answer) -> list[str]:
    basis = answer.card("leukoPrecautions")["extension"]["org.leukocds.basis"]
    return list(basis["precautions"])


@pytest.mark.parametrize(("bound", "number"), [("<1.0", "0.99"), ("<0.5", "0.49"), ("<=0.5", "0.5")])
def test_precautions_are_those_of_the_tier(bound: str, number: str) -> None:
    assert _rows(ask("patient-view", anc(bound))) == _rows(ask("patient-view", anc(number)))


def test_nobody_knows_whether_below_one_is_usual() -> None:
    """At 1.0 it would be for Duffy-null; "<1.0" may be anything."""
    before = [anc("1.1", 200), anc("1.0", 400)]

    assert not ask("patient-view", anc("1.0"), *before, duffy_null()).cards
    assert "leukoLowCount" in ask("patient-view", anc("<1.0"), *before, duffy_null()).topics


def test_below_a_half_twice_is_no_recovery() -> None:
    fallen = [anc("0.2", 4), anc("4.0", 20)]
    order = medication_request("161", "acetaminophen", status="draft")

    assert ask("order-sign", anc("<0.5"), anc("<0.5", 2), *fallen, drafts=[order]).highest == "critical"


@pytest.mark.parametrize(
    ("blasts", "critical"), [("0.01", True), (">0.01", True), ("<0.01", False), ("0", False)]
)
def test_blasts_that_were_not_seen_are_none(blasts: str, critical: bool) -> None:
    order = medication_request("161", "acetaminophen", status="draft")
    answer = ask("order-sign", anc("4.0"), sent(BLASTS, blasts), drafts=[order])

    assert (answer.highest == "critical") is critical


def test_a_half_or_lower_is_what_a_half_is() -> None:
    """Severe begins below 0.5."""
    answer = ask("patient-view", anc("<=0.5"))

    assert (answer.highest, answer.tier("neutrophils")) == ("warning", "moderate")
    assert answer.card("leukoLowCount")["summary"].startswith("ANC 0.5 x10^9/L or lower (")
    assert not answer.lacks("at least moderate neutropenia")
    assert answer.counts()[0]["bound"] == "at-most"


def test_a_fever_with_a_half_or_lower_is_one_with_low_neutrophils() -> None:
    assert "leukoFever" in ask("patient-view", anc("<=0.5"), temperature("38.5")).topics


@pytest.mark.parametrize(("total", "tier"), [("0.5", "moderate"), ("0.49", "severe")])
def test_a_line_over_the_total_is_held_to_the_total_itself(total: str, tier: str) -> None:
    assert ask("patient-view", sent(WBC, total), anc("1.2")).tier("neutrophils") == tier


@pytest.mark.parametrize(("blasts", "critical"), [("<=0.01", False), (">=0.01", True)])
def test_blasts_of_at_most_a_trace_may_be_none(blasts: str, critical: bool) -> None:
    order = medication_request("161", "acetaminophen", status="draft")
    answer = ask("order-sign", anc("4.0"), sent(BLASTS, blasts), drafts=[order])

    assert (answer.highest == "critical") is critical
