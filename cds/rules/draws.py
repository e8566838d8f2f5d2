"""Results of one blood draw, put together again.

Percentages mean something only beside the total of the same draw; so before anything is calculated, the
results are grouped by draw: the same specimen, else the same report, else drawn within a few minutes.

Every result is looked at to group them. A draw is settled only when somebody asks for it: of a long history
hardly anybody asks for more than the newest draws.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain
from operator import attrgetter
from typing import NamedTuple, TypeVar

from cds.facts import Bound, CellCount, CellFraction, CellLine, ResultStatus, When
from cds.knowledge.schema import ConsistencyLimits

Result = CellCount | CellFraction
_OneKind = TypeVar("_OneKind", CellCount, CellFraction)


class Draw(NamedTuple):
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
class SentDraw:
    """All results of one draw, as they were sent.

    Attributes:
        key: what its results name as their draw.
        measured: when the first of them was drawn; ``None`` if that is not known of any.
        latest: the last moment that any of them can mean.
    """

    key: str
    measured: When | None
    latest: datetime
    results: list[Result]

    def holds(self, line: CellLine) -> bool:
        """Whether a count of the line was sent with it."""
        return any(each.line is line and isinstance(each, CellCount) for each in self.results)

    def rests_on(self, references: set[str]) -> bool:
        """Whether one of these Observations gave a result of it."""
        return not references.isdisjoint(chain.from_iterable(map(_references, self.results)))

    def settle(self) -> Draw:
        """One result per line: the best status; among equals the lower reading, the other kept as
        disagreeing."""
        draw = Draw({}, {}, self.measured)
        for result in self.results:
            if isinstance(result, CellCount):
                draw.counts.setdefault(result.line, result)
            else:
                draw.fractions.setdefault(result.line, result)
        has_second_readings = len(draw.counts) + len(draw.fractions) < len(self.results)
        return self._settle_second_readings() if has_second_readings else draw

    def _settle_second_readings(self) -> Draw:
        counts: dict[CellLine, CellCount] = {}
        disagreeing: list[CellCount] = []
        for count in by_trust(each for each in self.results if isinstance(each, CellCount)):
            kept = counts.setdefault(count.line, count)
            if kept is not count and kept.status is count.status and kept.value != count.value:
                disagreeing.append(count)
        fractions: dict[CellLine, CellFraction] = {}
        for fraction in by_trust(each for each in self.results if isinstance(each, CellFraction)):
            fractions.setdefault(fraction.line, fraction)
        return Draw(counts, fractions, self.measured, tuple(disagreeing))


_references = attrgetter("references")
_SOME_TIME = datetime.max.replace(tzinfo=UTC)  # nobody knows how late an undated result was drawn


def group_draws(
    counts: tuple[CellCount, ...], fractions: tuple[CellFraction, ...], limits: ConsistencyLimits
) -> tuple[SentDraw, ...]:
    """Group results into draws, oldest first; undated draws come last."""
    tolerance = timedelta(minutes=limits.same_draw_minutes)
    draws: list[SentDraw] = []
    by_key: dict[str, SentDraw] = {}
    for run in _in_order([*_side_by_side(counts), *_side_by_side(fractions)]):
        result = run[0]
        latest = result.measured.latest if result.measured is not None else _SOME_TIME
        draw = by_key.get(result.draw)
        if draw is None:
            draw = _at_the_same_time(result, draws, tolerance)
            if draw is None:
                draw = SentDraw(result.draw, result.measured, latest, [])
                draws.append(draw)
            if result.draw:
                by_key[result.draw] = draw
            if _specimen(result.draw):
                draw.key = result.draw
        draw.results += run
        if latest > draw.latest:
            draw.latest = latest
    return tuple(draws)


def _side_by_side(results: Iterable[Result]) -> list[list[Result]]:
    """Results in runs that name one moment and one draw: a run goes to one place as a whole, so that nothing
    needs to be looked up for each result. Those of a draw stand side by side as they come."""
    runs: list[list[Result]] = []
    run: list[Result] = []
    measured: When | None = None
    key = ""
    alone = True
    for result in results:
        if alone or result.measured is not measured or result.draw != key:
            measured, key, alone = result.measured, result.draw, _tells_no_draw(result)
            run = [result]
            runs.append(run)
        else:
            run.append(result)
    return runs


def _tells_no_draw(result: Result) -> bool:
    """Neither specimen nor report, and no day."""
    return not result.draw and (result.measured is None or result.measured.is_vague)


def _in_order(runs: list[list[Result]]) -> list[list[Result]]:
    """Oldest first; undated ones come last."""
    dated = [run for run in runs if run[0].measured is not None]
    undated = [run for run in runs if run[0].measured is None]
    dated.sort(key=lambda run: (_moment(run[0]), run[0].draw))
    return dated + undated


def _at_the_same_time(result: Result, draws: list[SentDraw], tolerance: timedelta) -> SentDraw | None:
    """A draw of the last minutes. Results come oldest first, so that only the end is looked at."""
    if result.measured is None:
        return None
    for draw in reversed(draws):
        if draw.measured is None or result.measured.earliest - draw.measured.earliest > tolerance:
            break
        if _same_draw(result, draw, tolerance):
            return draw
    return None


def _moment(result: Result) -> datetime:
    assert result.measured is not None  # noqa: S101 - only dated results are sorted
    return result.measured.earliest


def _same_draw(result: Result, draw: SentDraw, tolerance: timedelta) -> bool:
    if result.measured is None or draw.measured is None:
        return False
    if _specimen(result.draw) and _specimen(draw.key):
        return False  # two different specimens
    if result.measured.is_vague:
        return False
    return abs(result.measured.earliest - draw.measured.earliest) <= tolerance


def _specimen(key: str) -> bool:
    return key.startswith("specimen:")


_STANDING = {
    ResultStatus.CORRECTED: 0,
    ResultStatus.AMENDED: 1,
    ResultStatus.FINAL: 2,
    ResultStatus.UNKNOWN: 3,
    ResultStatus.PRELIMINARY: 4,
}


def by_trust(results: Iterable[_OneKind]) -> list[_OneKind]:
    """The best status first; among equals the lower reading."""
    return sorted(results, key=_trust)


def _trust(result: Result) -> tuple[int, Decimal]:
    return _STANDING[result.status], result.value if isinstance(result, CellCount) else result.percent
