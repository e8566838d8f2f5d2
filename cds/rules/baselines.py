"""Whether a low count is usual for this person: read from records and own counts, never from race."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from statistics import median

from cds.facts import CellCount, CellLine
from cds.findings import Baseline, BaselineKind
from cds.rules.bounds import is_at_least, is_below, is_bound
from cds.rules.chart import Chart
from cds.rules.count_history import is_vague
from cds.rules.lower_limits import is_low, lows_of


def find_baseline(newest: CellCount, chart: Chart) -> Baseline | None:
    """The patient's own usual count, where the record or a long stable course shows one."""
    if chart.facts.duffy_null:
        return _duffy_null(newest, chart)
    return _possible_lifelong(newest, chart)


def _duffy_null(newest: CellCount, chart: Chart) -> Baseline | None:
    limits = chart.knowledge.limits.duffy_null
    if newest.line is CellLine.LEUKOCYTES:
        expected = is_at_least(newest, limits.leukocytes_low)
        return Baseline(BaselineKind.DUFFY_NULL, None, (), expected, limits.sources)
    if newest.line is not CellLine.NEUTROPHILS:
        return None
    earlier = _dated(chart, newest)
    own = median(count.value for count in earlier) if len(earlier) >= limits.own_median_values else None
    near = own is not None and _within(newest.value, own, limits.own_median_percent)
    expected = is_at_least(newest, limits.expected_at_least) and near
    return Baseline(BaselineKind.DUFFY_NULL, own, tuple(earlier[:3]), expected, limits.sources)


def _possible_lifelong(newest: CellCount, chart: Chart) -> Baseline | None:
    """Not recorded, but mild, stable over months, and alone: said to every patient with this pattern."""
    limits = chart.knowledge.limits.duffy_null
    tiers = chart.knowledge.lines[CellLine.NEUTROPHILS].tiers
    if newest.line is not CellLine.NEUTROPHILS or is_vague(newest.measured) or tiers is None:
        return None
    if not _is_mild(newest, limits.expected_at_least, tiers.mild):
        return None
    earlier = _dated(chart, newest)
    values = [newest, *earlier]
    mild = all(_is_mild(count, limits.expected_at_least, tiers.mild) for count in earlier)
    if len(values) < limits.own_median_values or not mild:
        return None
    if _spread(values) < timedelta(days=limits.unrecorded_spread_days) or not _others_normal(chart):
        return None
    own = median(count.value for count in values)
    if not all(_within(count.value, own, chart.knowledge.limits.duration.stable_percent) for count in values):
        return None
    return Baseline(BaselineKind.POSSIBLE_LIFELONG, own, tuple(earlier[:3]), False, limits.sources)


def _is_mild(count: CellCount, least: Decimal, below: Decimal) -> bool:
    return is_at_least(count, least) and is_below(count, below)


def _dated(chart: Chart, newest: CellCount) -> list[CellCount]:
    return [
        count for count in chart.history.dated(newest.line) if count is not newest and not is_bound(count)
    ]


def _spread(counts: list[CellCount]) -> timedelta:
    moments = [count.measured.earliest for count in counts if count.measured is not None]
    return max(moments) - min(moments)


def _within(value: Decimal, centre: Decimal, percent: Decimal) -> bool:
    return abs(value - centre) * 100 <= centre * percent


def _others_normal(chart: Chart) -> bool:
    """No other graded line is low (the total may be, as neutrophils are most of it)."""
    for line in (CellLine.LYMPHOCYTES, CellLine.MONOCYTES):
        count = chart.history.newest(line)
        if count is not None and is_low(count, chart):
            return False
    marrow = chart.knowledge.limits.marrow
    haemoglobin, platelets = (
        chart.history.newest(CellLine.HAEMOGLOBIN),
        chart.history.newest(CellLine.PLATELETS),
    )
    if haemoglobin is not None and not is_at_least(
        haemoglobin, _low_limit(haemoglobin, marrow.pancytopenia_haemoglobin)
    ):
        return False
    return platelets is None or is_at_least(platelets, marrow.pancytopenia_platelets)


def _low_limit(count: CellCount, fixed: Decimal) -> Decimal:
    return count.reference_low if count.reference_low is not None else fixed


def below_own_baseline(newest: CellCount, baseline: Baseline | None, chart: Chart) -> bool:
    """Whether a count lies clearly below the patient's own median."""
    if baseline is None or baseline.median is None:
        return False
    percent = chart.knowledge.limits.duffy_null.own_median_percent
    return newest.value < baseline.median and not _within(newest.value, baseline.median, percent)


def is_usual_for_duffy_null(count: CellCount, chart: Chart) -> bool:
    """Whether a count is usual where Duffy-null is recorded, so that limits made for other baselines do not
    hold; a clear fall from the patient's own median, of one earlier count too, is not usual."""
    limits = chart.knowledge.limits.duffy_null
    usual_from = {
        CellLine.NEUTROPHILS: limits.expected_at_least,
        CellLine.LEUKOCYTES: limits.leukocytes_low,
    }.get(count.line)
    if not chart.facts.duffy_null or usual_from is None or not is_at_least(count, usual_from):
        return False
    own = _own_median(count, chart) if count.line is CellLine.NEUTROPHILS else None
    return own is None or count.value >= own or _within(count.value, own, limits.own_median_percent)


def is_stable_for_duffy_null(count: CellCount, chart: Chart) -> bool:
    """Whether, besides, the patient's own earlier counts show it, as many as make a baseline."""
    enough = len(_dated(chart, count)) >= chart.knowledge.limits.duffy_null.own_median_values
    return enough and is_usual_for_duffy_null(count, chart)


def unusual_lows(line: CellLine, chart: Chart) -> tuple[bool, ...]:
    """For each dated count of a line, newest first, whether it was low; earlier counts that were usual where
    Duffy-null is recorded are none. The newest is what is being judged."""
    lows = lows_of(line, chart)
    if not chart.facts.duffy_null or line is not CellLine.NEUTROPHILS or len(lows) < 2:
        return lows
    dated = chart.history.dated(line)
    return (lows[0], *(low and not _was_usual(at, dated, chart) for at, low in enumerate(lows[1:], start=1)))


def _was_usual(at: int, dated: tuple[CellCount, ...], chart: Chart) -> bool:
    """Whether a count was, by those before it alone; the first of all has none to have fallen from."""
    limits, count = chart.knowledge.limits.duffy_null, dated[at]
    before = [each.value for each in dated[at + 1 :] if not is_bound(each)]
    if is_bound(count) or not is_at_least(count, limits.expected_at_least):
        return False
    return (
        not before
        or count.value >= median(before)
        or _within(count.value, median(before), limits.own_median_percent)
    )


def _own_median(count: CellCount, chart: Chart) -> Decimal | None:
    earlier = _dated(chart, count)
    return median(each.value for each in earlier) if earlier else None
