"""The history is put in order only as far as somebody asks, and nobody can tell."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.facts import Bound, CellCount, CellFraction, CellLine, PatientFacts, Precision, When
from cds.findings import Freshness, Occasion, Topic, Urgency
from cds.rules import count_history
from cds.rules.bounds import is_bound
from cds.rules.count_history import CountHistory
from tests.rules.charts import NOW, ago, assessed, count, facts, knowledge, on_day, percent

_YEAR = When(
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
    date(2026, 1, 1),
    Precision.YEAR,
)
_MONTH = When(
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC),
    date(2026, 11, 1),
    Precision.MONTH,
)
_LINES = [CellLine.LEUKOCYTES, CellLine.NEUTROPHILS, CellLine.SEGMENTED, CellLine.CD4]
moments = st.sampled_from([None, _YEAR, ago(0.1), ago(0.2), ago(1), ago(40), on_day(0), on_day(1)])
keys = st.sampled_from(["", "", "", "specimen:a", "report:b"])
values = st.sampled_from([Decimal("0.3"), Decimal("0.9"), Decimal(2), Decimal(5)])
counts = st.builds(
    CellCount,
    line=st.sampled_from(_LINES),
    value=values,
    measured=moments,
    reported=st.just(""),
    bound=st.sampled_from([Bound.EXACT, Bound.EXACT, Bound.BELOW]),
    draw=keys,
)
fractions = st.builds(
    CellFraction,
    line=st.sampled_from([CellLine.NEUTROPHILS, CellLine.BLASTS]),
    percent=st.sampled_from([Decimal(20), Decimal(60)]),
    measured=moments,
    draw=keys,
)


@given(st.lists(counts, max_size=8), st.lists(fractions, max_size=4))
def test_the_newest_count_is_the_first_of_all(sent: list[CellCount], shares: list[CellFraction]) -> None:
    """Looking back until nothing newer can come finds what sorting everything finds."""
    chart = PatientFacts(NOW, counts=tuple(sent), fractions=tuple(shares))
    asked_alone, asked_for_all = CountHistory(chart, knowledge()), CountHistory(chart, knowledge())

    for line in CellLine:
        assert asked_alone.newest(line) == next(iter(asked_for_all.of(line)), None)


def test_an_old_draw_is_settled_only_for_a_line_that_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    settled: list[int] = []
    settle = count_history.settle_draw
    monkeypatch.setattr(
        count_history, "settle_draw", lambda sent, known: (settled.append(1), settle(sent, known))[1]
    )
    draws = [count(line, "5.0", days) for days in range(1, 30) for line in ("leukocytes", "neutrophils")]
    history = CountHistory(facts(*draws, count("cd4", "0.6", 20)), knowledge())

    assert history.newest(CellLine.LEUKOCYTES) == draws[0]
    assert len(settled) == 1
    assert history.newest(CellLine.CD4) is not None
    assert len(settled) == 2
    assert len(history.of(CellLine.LEUKOCYTES)) == len(settled) == 29


def test_a_total_without_a_differential_does_not_hide_the_neutrophils_before_it() -> None:
    history = CountHistory(
        facts(count("leukocytes", "5.0", 1), count("leukocytes", "5.0", 9), percent("neutrophils", "60", 9)),
        knowledge(),
    )

    newest = history.newest(CellLine.NEUTROPHILS)

    assert newest is not None
    assert newest.value == 3
    assert newest.measured == ago(9)


def test_a_fall_of_all_lines_is_doubted_within_a_day_and_believed_over_days() -> None:
    lines = {"leukocytes": ("6.0", "3.0"), "haemoglobin": ("12.0", "6.0"), "platelets": ("200", "100")}
    just_before = [
        count(line, value, days)
        for line, both in lines.items()
        for value, days in zip(both, (1.0, 0.5), strict=True)
    ]
    long_before = [
        count(line, value, days)
        for line, both in lines.items()
        for value, days in zip(both, (9.0, 0.5), strict=True)
    ]

    assert kinds(just_before) == ["diluted-sample"]
    assert kinds(long_before) == []


def kinds(sent: list[CellCount]) -> list[str]:
    return [caveat.kind for caveat in CountHistory(facts(*sent), knowledge()).caveats]


@pytest.mark.parametrize(
    ("total", "value"), [("1.0", "0.5"), ("0.501", "0.5"), ("0.5", "0.5"), ("0.499", "0.499"), ("0.3", "0.3")]
)
def test_a_newer_total_stands_in_only_for_a_count_that_is_higher(total: str, value: str) -> None:
    """Neutrophils cannot outnumber the white cells, which says nothing of a count below them."""
    history = CountHistory(facts(count("neutrophils", "0.5", 3), count("leukocytes", total)), knowledge())
    newest = history.newest(CellLine.NEUTROPHILS)

    assert newest is not None
    assert (newest.value, is_bound(newest)) == (Decimal(value), value != "0.5")


@pytest.mark.parametrize(
    ("measured", "freshness", "urgency"),
    [
        (_MONTH, Freshness.UNDATED, Urgency.WARNING),
        (_YEAR, Freshness.UNDATED, Urgency.WARNING),
        (on_day(0), Freshness.CURRENT, Urgency.CRITICAL),
        (ago(0.2), Freshness.CURRENT, Urgency.CRITICAL),
    ],
    ids=["month", "year", "day", "instant"],
)
def test_a_count_of_this_month_is_not_known_to_be_of_these_days(
    measured: When, freshness: Freshness, urgency: Urgency
) -> None:
    sent = count("neutrophils", "0.3")._replace(measured=measured)
    assessment = assessed(sent, occasion=Occasion.PATIENT_VIEW)

    assert [low.freshness for low in assessment.low_counts] == [freshness]
    assert assessment.decision(Topic.LOW_COUNT).urgency is urgency


@pytest.mark.parametrize(
    ("days", "value"), [(1, "3.0"), (14, "3.0"), (14.9, "3.0"), (15, "0.3"), (40, "0.3")]
)
def test_an_undated_count_displaces_no_count_of_the_last_two_weeks(days: float, value: str) -> None:
    """Beyond them the lower one may be the newest."""
    sent = facts(count("neutrophils", "3.0", days), count("neutrophils", "0.3", None))
    newest = CountHistory(sent, knowledge()).newest(CellLine.NEUTROPHILS)

    assert newest is not None
    assert newest.value == Decimal(value)


def test_a_higher_undated_count_displaces_none() -> None:
    for undated, value in (("3.0", "3.0"), ("2.999", "2.999"), ("3.001", "3.0")):
        sent = facts(count("neutrophils", "3.0", 40), count("neutrophils", undated, None))
        newest = CountHistory(sent, knowledge()).newest(CellLine.NEUTROPHILS)

        assert newest is not None
        assert newest.value == Decimal(value)


@pytest.mark.parametrize(("undated", "leads"), [("0.9", False), ("0.89", True)])
def test_an_undated_count_leads_an_old_one_only_if_it_is_lower(undated: str, leads: bool) -> None:
    sent = count("neutrophils", "0.9", 40), count("neutrophils", undated, None)
    found = assessed(*sent, occasion=Occasion.PATIENT_VIEW).low_counts[0]

    assert (found.count.measured is None) is leads
