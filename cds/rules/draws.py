"""Results of one blood draw, put together again.

Percentages mean something only beside the total of the same draw; so before anything is calculated, the
results are grouped by draw: the same specimen, else the same report, else drawn within a few minutes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from cds.facts import Bound, CellCount, CellFraction, CellLine, Precision, ResultStatus, When
from cds.knowledge.schema import ConsistencyLimits


@dataclass(frozen=True, slots=True)
class Draw:
    """The usable results of one draw, by line."""

    counts: dict[CellLine, CellCount]
    fractions: dict[CellLine, CellFraction]
    measured: When | None
    disagreeing: tuple[CellCount, ...] = ()  # a second, higher reading of the same line in this draw

    def exact(self, line: CellLine) -> Decimal | None:
        """The count of a line, if it was reported as a plain number."""
        count = self.counts.get(line)
        return count.value if count is not None and count.bound is Bound.EXACT else None


@dataclass(slots=True)
class _Gathering:
    key: str
    measured: When | None
    counts: list[CellCount] = field(default_factory=list)
    fractions: list[CellFraction] = field(default_factory=list)

    def put(self, result: CellCount | CellFraction) -> None:
        if isinstance(result, CellCount):
            self.counts.append(result)
        else:
            self.fractions.append(result)


_VAGUE = frozenset({Precision.MONTH, Precision.YEAR})  # "in 2026" is no draw


def group_draws(
    counts: tuple[CellCount, ...], fractions: tuple[CellFraction, ...], limits: ConsistencyLimits
) -> tuple[Draw, ...]:
    """Group results into draws, oldest first; undated draws come last."""
    tolerance = timedelta(minutes=limits.same_draw_minutes)
    gatherings: list[_Gathering] = []
    by_key: dict[str, _Gathering] = {}
    results: list[CellCount | CellFraction] = [*counts, *fractions]
    dated = [result for result in results if result.measured is not None]
    undated = [result for result in results if result.measured is None]
    dated.sort(key=lambda result: (_moment(result), result.draw))
    gathering: _Gathering | None = None
    before: CellCount | CellFraction | None = None
    for result in [*dated, *undated]:
        if gathering is None or before is None or not _same_key(result, before):
            gathering = by_key.get(result.draw) or _at_the_same_time(result, gatherings, tolerance)
            if gathering is None:
                gathering = _Gathering(key=result.draw, measured=result.measured)
                gatherings.append(gathering)
            if result.draw:
                by_key[result.draw] = gathering
            if _specimen(result.draw):
                gathering.key = result.draw
        gathering.put(result)
        before = result
    return tuple(_settle(gathering) for gathering in gatherings)


def _same_key(result: CellCount | CellFraction, before: CellCount | CellFraction) -> bool:
    """Whether it goes where the result before it went. The results of a draw stand side by side, so that for
    nearly all of them nothing needs to be looked up."""
    if result.measured is not before.measured or result.draw != before.draw:
        return False
    return bool(result.draw) or (result.measured is not None and result.measured.precision not in _VAGUE)


def _at_the_same_time(
    result: CellCount | CellFraction, gatherings: list[_Gathering], tolerance: timedelta
) -> _Gathering | None:
    """A gathering of the last minutes. Results come oldest first, so that only the end is looked at."""
    if result.measured is None:
        return None
    for gathering in reversed(gatherings):
        if gathering.measured is None or _is_long_before(gathering.measured, result.measured, tolerance):
            break
        if _same_draw(result, gathering, tolerance):
            return gathering
    return None


def _is_long_before(earlier: When, later: When, tolerance: timedelta) -> bool:
    return later.earliest - earlier.earliest > tolerance


def _moment(result: CellCount | CellFraction) -> datetime:
    assert result.measured is not None  # noqa: S101 - only dated results are sorted
    return result.measured.earliest


def _same_draw(result: CellCount | CellFraction, gathering: _Gathering, tolerance: timedelta) -> bool:
    if result.measured is None or gathering.measured is None:
        return False
    if _specimen(result.draw) and _specimen(gathering.key):
        return False  # two different specimens
    if result.measured.precision in _VAGUE:
        return False
    return abs(result.measured.earliest - gathering.measured.earliest) <= tolerance


def _specimen(key: str) -> bool:
    return key.startswith("specimen:")


_STANDING = {
    ResultStatus.CORRECTED: 0,
    ResultStatus.AMENDED: 1,
    ResultStatus.FINAL: 2,
    ResultStatus.UNKNOWN: 3,
    ResultStatus.PRELIMINARY: 4,
}


def _settle(gathering: _Gathering) -> Draw:
    """One result per line: the best status; among equals the lower reading, the other kept as disagreeing."""
    counts: dict[CellLine, CellCount] = {}
    disagreeing: list[CellCount] = []
    for count in sorted(gathering.counts, key=lambda each: (_STANDING[each.status], each.value)):
        kept = counts.setdefault(count.line, count)
        if kept is not count and kept.status is count.status and kept.value != count.value:
            disagreeing.append(count)
    fractions: dict[CellLine, CellFraction] = {}
    for fraction in sorted(gathering.fractions, key=lambda each: (_STANDING[each.status], each.percent)):
        fractions.setdefault(fraction.line, fraction)
    return Draw(counts, fractions, gathering.measured, tuple(disagreeing))
