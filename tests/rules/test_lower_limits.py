"""The short question, low or not, has the answer of the long one; and in the first days no tier holds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.facts import Bound, CellCount, CellLine, Patient, Precision, When
from cds.findings import Occasion, Severity, Urgency
from cds.rules.chart import open_chart
from cds.rules.lower_limits import is_low, judge, lows_of
from tests.rules.charts import ago, assessed, count, facts, knowledge, on_day

_LAST_YEAR = When(
    datetime(2025, 1, 1, tzinfo=UTC),
    datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC),
    date(2025, 1, 1),
    Precision.YEAR,
)
ages = st.sampled_from(
    [None, _LAST_YEAR, ago(0), ago(3), ago(20), ago(500), ago(3000), ago(6600), ago(20000)]
)
numbers = st.sampled_from(
    [Decimal(number) for number in ("0", "0.1", "0.3", "0.5", "1", "1.5", "2.9", "3.9", "4.0", "6", "9")]
)
counts = st.builds(
    CellCount,
    line=st.sampled_from(CellLine),
    value=numbers,
    measured=st.sampled_from([None, ago(0.2), ago(300)]),
    reported=st.just(""),
    bound=st.sampled_from(Bound),
    reference_low=st.sampled_from([None, Decimal("1.5"), Decimal("2.5"), Decimal("4.5")]),
)


@given(counts, ages, st.booleans())
def test_a_count_is_low_as_it_is_judged(sent: CellCount, born: When | None, duffy_null: bool) -> None:
    chart = open_chart(
        facts(sent, patient=Patient(born), duffy_null=duffy_null), knowledge(), policy="us-label"
    )
    judgement = judge(sent, chart)

    assert is_low(sent, chart) == (judgement is not None and judgement.low)


def test_of_a_line_each_dated_count_is_low_or_not() -> None:
    sent = [count("neutrophils", value, days) for value, days in (("0.3", 1), ("4.0", 9), ("0.9", 40))]
    chart = open_chart(facts(*sent), knowledge(), policy="us-label")

    assert lows_of(CellLine.NEUTROPHILS, chart) == (True, False, True)
    assert lows_of(CellLine.LYMPHOCYTES, chart) == ()


@pytest.mark.parametrize(
    ("age_days", "severity", "urgency"),
    [
        (0, Severity.MODERATE, Urgency.WARNING),
        (5, Severity.MODERATE, Urgency.WARNING),
        (14, Severity.MODERATE, Urgency.WARNING),
        (15, Severity.SEVERE, Urgency.CRITICAL),
        (16, Severity.SEVERE, Urgency.CRITICAL),
    ],
)
def test_a_newborns_neutropenia_is_for_neonatology_and_never_severe(
    age_days: int, severity: Severity, urgency: Urgency
) -> None:
    (low,) = assessed(
        count("neutrophils", "0.4"), patient=Patient(born=on_day(age_days)), occasion=Occasion.PATIENT_VIEW
    ).low_counts

    assert (low.severity, low.urgency) == (severity, urgency)
    assert ("neonate-discuss" in low.reasons) is (severity is Severity.MODERATE)


@pytest.mark.parametrize(
    ("anc", "urgency"), [("0.05", Urgency.WARNING), ("0.999", Urgency.WARNING), ("1.0", Urgency.INFO)]
)
def test_a_newborns_neutropenia_warns_below_one(anc: str, urgency: Urgency) -> None:
    (low,) = assessed(
        count("neutrophils", anc), patient=Patient(born=on_day(5)), occasion=Occasion.PATIENT_VIEW
    ).low_counts

    assert low.urgency is urgency


@pytest.mark.parametrize(("printed", "limit"), [("1.5", "MODERATE"), ("3.5", "3.5")])
def test_a_laboratorys_limit_of_white_cells_is_never_deeper_than_the_moderate_tier(
    printed: str, limit: str
) -> None:
    sent = count("leukocytes", "2.9", reference_low=Decimal(printed))
    judgement = judge(sent, open_chart(facts(sent), knowledge(), policy="us-label"))
    tiers = knowledge().lines[CellLine.LEUKOCYTES].tiers

    assert judgement is not None
    assert tiers is not None
    assert judgement.limit.value == (tiers.moderate if limit == "MODERATE" else Decimal(limit))
