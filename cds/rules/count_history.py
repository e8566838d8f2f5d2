"""All usable counts of one patient, line by line, newest first: the ground every rule stands on."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import accumulate

from cds.facts import CellCount, CellLine, PatientFacts, When
from cds.findings import Caveat, Freshness
from cds.knowledge.base import Knowledge
from cds.knowledge.schema import FreshnessLimits
from cds.rules.bounds import is_bound
from cds.rules.draws import group_draws
from cds.rules.settled_draws import CALCULATED, SettledDraw, find_caveats_of, lines_with_counts, settle_draw


class CountHistory:
    """Counts by line, newest first; undated counts only where a line has no dated one.

    A draw is settled, and a line put in order, when somebody first asks: of most lines that is for the
    newest count alone, so that a long history costs little more than a short one.
    """

    def __init__(self, facts: PatientFacts, knowledge: Knowledge) -> None:
        self._as_of = facts.as_of
        self._knowledge = knowledge
        self._lines = lines_with_counts(facts)
        self._draws = group_draws(facts.counts, facts.fractions, knowledge.limits.consistency)
        self._settled: list[SettledDraw | None] = [None] * len(self._draws)
        self._newest: dict[CellLine, CellCount | None] = {}
        self._of: dict[CellLine, tuple[CellCount, ...]] = {}
        self._dated: dict[CellLine, tuple[CellCount, ...]] = {}

    def newest(self, line: CellLine) -> CellCount | None:
        """The newest usable count of a line."""
        if line not in self._newest:
            self._newest[line] = self._find_newest(line) if line in self._lines else None
        return self._newest[line]

    def of(self, line: CellLine) -> tuple[CellCount, ...]:
        """All usable counts of a line, newest first."""
        if line not in self._of:
            self._of[line] = self._find_all(line) if line in self._lines else ()
        return self._of[line]

    def dated(self, line: CellLine) -> tuple[CellCount, ...]:
        """Those of all usable counts that are dated to a day at least, newest first."""
        if line not in self._dated:
            self._dated[line] = tuple(count for count in self.of(line) if not is_vague(count.measured))
        return self._dated[line]

    @cached_property
    def caveats(self) -> tuple[Caveat, ...]:
        """Contradictions within the draws that hold a newest count: an old contradiction is no news."""
        newest = {
            reference
            for line in self._lines
            if (count := self.newest(line)) is not None
            for reference in count.references
        }
        caveats: list[Caveat] = []
        for number, draw in enumerate(self._draws):
            if draw.rests_on(newest):
                before = reversed(self._draws[:number])
                caveats += find_caveats_of(self._settle(number).reported, before, self._knowledge)
        return tuple(caveats)

    def _find_newest(self, line: CellLine) -> CellCount | None:
        """Looks back until no draw is left that could hold a newer count."""
        newest: CellCount | None = None
        for number in reversed(range(len(self._draws))):
            if newest is not None and _latest(newest, self._as_of) > self._reaches[number]:
                break
            count = self._count(line, number)
            if count is None or (is_bound(count) and not _is_low_bound(count, self._knowledge)):
                continue
            if count.measured is None or is_bound(count):
                return next(iter(self.of(line)), None)  # its place depends on all the others
            if newest is None or self._age(count) >= self._age(newest):
                newest = count
        return newest

    def _find_all(self, line: CellLine) -> tuple[CellCount, ...]:
        numbers = range(len(self._draws))
        counts = [count for number in numbers if (count := self._count(line, number)) is not None]
        if any(map(is_bound, counts)):
            counts = _keep_telling_bounds(counts, self.of(CellLine.LEUKOCYTES), self._knowledge)
        dated = [count for count in counts if count.measured is not None]
        undated = [count for count in counts if count.measured is None]
        dated.sort(key=self._age, reverse=True)
        undated.sort(key=lambda count: count.value)
        if not dated or not undated:
            return (*dated, *undated)
        # a lower undated count may be the newest where no dated one is recent
        recent = freshness_of(dated[0], self._as_of, self._knowledge.limits.freshness) in FRESH
        lower = undated[:1] if not recent and undated[0].value < dated[0].value else []
        return (*lower, *dated)

    def _count(self, line: CellLine, number: int) -> CellCount | None:
        """The count of a line in one draw, which is settled only if it can have one."""
        settled = self._settled[number]
        if settled is None:
            if line not in CALCULATED and not self._draws[number].holds(line):
                return None
            settled = self._settle(number)
        return settled.counts.get(line)

    def _settle(self, number: int) -> SettledDraw:
        settled = self._settled[number]
        if settled is None:
            settled = self._settled[number] = settle_draw(self._draws[number], self._knowledge)
        return settled

    @cached_property
    def _reaches(self) -> list[datetime]:
        """For each draw the last moment that a result of it, or of any draw before it, can mean."""
        return list(accumulate((draw.latest for draw in self._draws), max))

    def _age(self, count: CellCount) -> tuple[datetime, Decimal]:
        return _latest(count, self._as_of), -count.value


def _keep_telling_bounds(
    counts: list[CellCount], totals: tuple[CellCount, ...], knowledge: Knowledge
) -> list[CellCount]:
    """A bound ("neutrophils cannot be above 1.2") stands in for a count only where it proves something: it
    is itself low, of the newest total, newer than every count of the line and lower than the newest."""
    real = [count for count in counts if not is_bound(count)]
    newest = max(real, key=_age_key, default=None)
    newest_total = max(map(_age_key, totals), default=0.0)

    def tells(bound: CellCount) -> bool:
        if not _is_low_bound(bound, knowledge) or _age_key(bound) < newest_total:
            return False
        return newest is None or (_age_key(bound) > _age_key(newest) and bound.value < newest.value)

    return [count for count in counts if not is_bound(count) or tells(count)]


def _is_low_bound(bound: CellCount, knowledge: Knowledge) -> bool:
    tiers = knowledge.lines[bound.line].tiers
    return tiers is not None and bound.value < tiers.mild


def _age_key(count: CellCount) -> float:
    return count.measured.latest.timestamp() if count.measured is not None else 0.0


def _latest(count: CellCount, as_of: datetime) -> datetime:
    """The last moment a count can mean; a vague date ("2026") never reaches past now."""
    when = count.measured
    assert when is not None  # noqa: S101 - only dated counts are sorted
    return when.latest if when.latest <= as_of or when.earliest > as_of else as_of


# --- time -----------------------------------------------------------------------------------------------


def is_vague(measured: When | None) -> bool:
    """Undated, or dated only to a month or a year: good for no trend."""
    return measured is None or measured.is_vague


def age_of(measured: When, as_of: datetime) -> timedelta:
    """How long ago, counted from the last moment the date can mean."""
    return max(as_of - measured.latest, timedelta(0))


def freshness_of(count: CellCount, as_of: datetime, limits: FreshnessLimits) -> Freshness:
    """How old a count is in the words of the knowledge; undated when no day is known."""
    if count.measured is None:
        return Freshness.UNDATED
    days = (as_of - count.measured.latest).days
    if days > limits.ageing_days:
        return Freshness.OLD if days <= limits.old_days else Freshness.HISTORICAL
    if is_vague(count.measured):
        return Freshness.UNDATED
    if days > limits.recent_days:
        return Freshness.AGEING
    return Freshness.RECENT if days > limits.current_days else Freshness.CURRENT


FRESH = frozenset({Freshness.CURRENT, Freshness.RECENT})
