"""How a line came to its newest count: since when it is low, which way it goes, how far it fell."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby, islice, pairwise
from statistics import median

from cds.facts import Bound, CellCount, CellLine
from cds.findings import Direction, Duration, Trend
from cds.rules.baselines import unusual_lows
from cds.rules.bounds import is_at_least, is_bound
from cds.rules.chart import Chart
from cds.rules.lower_limits import judge

_SHOWN_EARLIER = 4


def find_trend(line: CellLine, chart: Chart) -> tuple[Trend, Duration]:
    """Trend and duration of one line whose newest count is low.

    Undated and vaguely dated counts do not count.
    """
    dated = chart.history.dated(line)
    if not dated or dated[0] is not chart.history.newest(line):
        return Trend(), Duration.UNKNOWN
    newest, earlier = dated[0], dated[1:]
    lows = unusual_lows(line, chart)
    episode = dated[: lows.index(False)] if False in lows else dated
    normals = _last_normals(dated, lows, chart)
    baseline = median(count.value for count in normals) if normals else None
    fall = _fall_percent(baseline, newest)
    limits = chart.knowledge.limits.duration
    began = _fall_began(episode, chart)
    trend = Trend(
        earlier=earlier[:_SHOWN_EARLIER],
        last_normal=normals[0] if normals else None,
        first_low=episode[-1],
        nadir=min(episode, key=lambda count: count.value),
        baseline=baseline,
        direction=_direction(dated),
        fall_percent=fall,
        steep=fall is not None
        and fall >= limits.steep_fall_percent
        and _fell_within(normals, newest, limits.steep_fall_days),
        recovering=_is_recovering(dated, episode, chart),
        fall_began=began,
    )
    return trend, _duration(dated, lows, episode, began, chart)


def _last_normals(dated: tuple[CellCount, ...], lows: tuple[bool, ...], chart: Chart) -> list[CellCount]:
    """The newest counts that were not low, as many as make a baseline."""
    normals = (count for count, low in zip(dated, lows, strict=True) if not low and not is_bound(count))
    return list(islice(normals, chart.knowledge.limits.duration.baseline_normals))


def _fall_began(episode: tuple[CellCount, ...], chart: Chart) -> CellCount:
    """The first count of the present fall: an old mild low that halves by two tiers begins a new one.

    In one step it does so at once; in several, counted from what was mildly low for as long as makes a low no
    longer new.
    """
    newest, first = episode[0], episode[-1]
    long_low = timedelta(days=chart.knowledge.limits.duration.new_first_low_days)
    for newer, older in pairwise(episode):
        if _halves_by_two_tiers(newer, older, chart) or (
            _between(first, older) >= long_low and _halves_by_two_tiers(newest, older, chart)
        ):
            return newer
    return first


def _halves_by_two_tiers(newer: CellCount, older: CellCount, chart: Chart) -> bool:
    now, before = judge(newer, chart), judge(older, chart)
    if now is None or before is None:
        return False
    return newer.value * 2 <= older.value and now.severity >= before.severity + 2


def _fall_percent(baseline: Decimal | None, newest: CellCount) -> int | None:
    if baseline is None or baseline <= 0 or newest.value >= baseline:
        return None
    return int((baseline - newest.value) * 100 / baseline)


def _fell_within(normals: list[CellCount], newest: CellCount, days: int) -> bool:
    return any(_between(count, newest) <= timedelta(days=days) for count in normals[:1])


def _between(earlier: CellCount, later: CellCount) -> timedelta:
    return _at(later) - _at(earlier)


def _at(count: CellCount) -> datetime:
    assert count.measured is not None  # noqa: S101 - only dated counts get here
    return count.measured.earliest


def _direction(dated: tuple[CellCount, ...]) -> Direction:
    if len(dated) < 2:
        return Direction.UNKNOWN
    newest, before = dated[0], dated[1]
    if newest.bound is not Bound.EXACT or before.bound is not Bound.EXACT:
        return Direction.UNKNOWN
    if newest.value == before.value:
        return Direction.STABLE
    return Direction.FALLING if newest.value < before.value else Direction.RISING


def _is_recovering(dated: tuple[CellCount, ...], episode: tuple[CellCount, ...], chart: Chart) -> bool:
    """Rising from the nadir, and at or above the limit on two draws."""
    if len(episode) < 2 or len(dated) < 2:
        return False
    above = chart.knowledge.limits.duration.recovering_above
    nadir = min(count.value for count in episode)
    newest, before = dated[0], dated[1]
    both_above = is_at_least(newest, above) and is_at_least(before, above)
    return both_above and newest.value >= before.value > nadir


def _duration(
    dated: tuple[CellCount, ...],
    lows: tuple[bool, ...],
    episode: tuple[CellCount, ...],
    began: CellCount,
    chart: Chart,
) -> Duration:
    """How long the count has been low; where it crashed out of an old mild low, how long that is ago."""
    limits = chart.knowledge.limits.duration
    if len(dated) == 1:
        return Duration.UNKNOWN
    if _low_episodes(lows) >= 3:  # low, normal, low, normal, low: twice from normal to low again
        return Duration.RECURRING
    if _between(began, episode[0]) >= timedelta(days=limits.chronic_days):
        return Duration.CHRONIC
    if began is not episode[-1]:
        recently = chart.as_of - _at(began) <= timedelta(days=limits.new_first_low_days)
        return Duration.NEW if recently else Duration.RECENT
    low_for = chart.as_of - _at(episode[-1])
    before = dated[len(episode)] if len(episode) < len(dated) else None
    if before is not None:
        just_normal = chart.as_of - _at(before) <= timedelta(days=limits.new_normal_within_days)
        if just_normal or low_for <= timedelta(days=limits.new_first_low_days):
            return Duration.NEW
    elif low_for <= timedelta(days=limits.new_first_low_days):
        return Duration.UNKNOWN  # low in every count there is, and those are only days old
    return Duration.RECENT


def _low_episodes(lows: tuple[bool, ...]) -> int:
    return sum(1 for low, _ in groupby(lows) if low)
