"""All usable counts of one patient, line by line, newest first: the ground every rule stands on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cds.facts import CellCount, CellFraction, CellLine, PatientFacts, Precision, When
from cds.findings import Caveat, Freshness
from cds.knowledge.base import Knowledge
from cds.knowledge.schema import Freshness as FreshnessLimits
from cds.rules.bounds import is_bound
from cds.rules.consistency import find_contradictions, settle_lines_over_total
from cds.rules.draws import Draw, group_draws
from cds.rules.neutrophils import find_neutrophils, find_share_of_total


@dataclass(frozen=True, slots=True)
class CountHistory:
    """Counts by line, newest first; undated counts only where a line has no dated one.

    Attributes:
        by_line: usable counts, neutrophils calculated where they were not reported.
        draws: the draws they came from, oldest first.
        caveats: contradictions within the newest draws.
    """

    by_line: Mapping[CellLine, tuple[CellCount, ...]]
    draws: tuple[Draw, ...]
    caveats: tuple[Caveat, ...]

    def newest(self, line: CellLine) -> CellCount | None:
        """The newest usable count of a line."""
        counts = self.by_line.get(line, ())
        return counts[0] if counts else None

    def of(self, line: CellLine) -> tuple[CellCount, ...]:
        """All usable counts of a line, newest first."""
        return self.by_line.get(line, ())


def find_count_history(facts: PatientFacts, knowledge: Knowledge) -> CountHistory:
    """Put the results of each draw together, derive neutrophils, and sort each line by time."""
    limits = knowledge.limits.consistency
    draws = group_draws(facts.counts, facts.fractions, limits)
    by_line: dict[CellLine, list[CellCount]] = {}
    said: list[tuple[Draw, tuple[Caveat, ...]]] = []
    for draw in draws:
        counts, contradictions = settle_lines_over_total(draw, knowledge)
        neutrophils, caveats = find_neutrophils(replace(draw, counts=counts), limits)
        said.append((draw, (*contradictions, *caveats)))
        if neutrophils is not None:
            counts[CellLine.NEUTROPHILS] = neutrophils
        blasts = find_share_of_total(CellLine.BLASTS, draw)
        if blasts is not None:
            counts.setdefault(CellLine.BLASTS, blasts)
        for line, count in counts.items():
            by_line.setdefault(line, []).append(count)
    if CellLine.NEUTROPHILS in by_line:
        totals = by_line.get(CellLine.LEUKOCYTES, [])
        by_line[CellLine.NEUTROPHILS] = _keep_telling_bounds(by_line[CellLine.NEUTROPHILS], totals, knowledge)
    history = {
        line: _newest_first(counts, facts.as_of, knowledge.limits.freshness)
        for line, counts in by_line.items()
    }
    caveats = _caveats_of_newest(draws, said, history, knowledge)
    return CountHistory(history, draws, caveats)


def _keep_telling_bounds(
    counts: list[CellCount], totals: list[CellCount], knowledge: Knowledge
) -> list[CellCount]:
    """A bound ("neutrophils cannot be above 1.2") stands in for a count only where it proves something: it
    is itself low, of the newest total, newer than every count of the line and lower than the newest."""
    tiers = knowledge.lines[CellLine.NEUTROPHILS].tiers
    real = [count for count in counts if not is_bound(count)]
    newest = max(real, key=_age_key, default=None)
    newest_total = max(map(_age_key, totals), default=0.0)

    def tells(bound: CellCount) -> bool:
        if tiers is None or bound.value >= tiers.mild or _age_key(bound) < newest_total:
            return False
        return newest is None or (_age_key(bound) > _age_key(newest) and bound.value < newest.value)

    return [count for count in counts if not is_bound(count) or tells(count)]


def _age_key(count: CellCount) -> float:
    return count.measured.latest.timestamp() if count.measured is not None else 0.0


def _newest_first(counts: list[CellCount], as_of: datetime, limits: FreshnessLimits) -> tuple[CellCount, ...]:
    """Dated counts by their date. A lower undated count may be the newest where no dated one is recent."""
    dated = [count for count in counts if count.measured is not None]
    undated = [count for count in counts if count.measured is None]
    dated.sort(key=lambda count: (_latest(count, as_of), -count.value), reverse=True)
    undated.sort(key=lambda count: count.value)
    if not dated or not undated:
        return (*dated, *undated)
    recent = freshness_of(dated[0], as_of, limits) in FRESH
    lower = undated[:1] if not recent and undated[0].value < dated[0].value else []
    return (*lower, *dated)


def _latest(count: CellCount, as_of: datetime) -> datetime:
    """The last moment a count can mean; a vague date ("2026") never reaches past now."""
    assert count.measured is not None  # noqa: S101 - only dated counts are sorted
    return min(count.measured.latest, as_of) if count.measured.earliest <= as_of else count.measured.latest


def _caveats_of_newest(
    draws: tuple[Draw, ...],
    said: list[tuple[Draw, tuple[Caveat, ...]]],
    history: Mapping[CellLine, tuple[CellCount, ...]],
    knowledge: Knowledge,
) -> tuple[Caveat, ...]:
    """Only the draws that hold a newest count matter: an old contradiction is no news."""
    newest = {
        reference for counts in history.values() for count in counts[:1] for reference in count.references
    }
    caveats: list[Caveat] = []
    for draw, earlier in said:
        held: Iterable[CellCount | CellFraction] = (*draw.counts.values(), *draw.fractions.values())
        if any(not newest.isdisjoint(each.references) for each in held):
            caveats += earlier
            caveats += find_contradictions(draw, draws, knowledge)
    return tuple(caveats)


# --- time -----------------------------------------------------------------------------------------------


def is_vague(measured: When | None) -> bool:
    """Undated, or dated only to a month or a year: good for no trend."""
    return measured is None or measured.precision in {Precision.MONTH, Precision.YEAR}


def age_of(measured: When, as_of: datetime) -> timedelta:
    """How long ago, counted from the last moment the date can mean."""
    return max(as_of - measured.latest, timedelta(0))


def freshness_of(count: CellCount, as_of: datetime, limits: FreshnessLimits) -> Freshness:
    """How old a count is in the words of the knowledge; undated when no day is known."""
    if count.measured is None:
        return Freshness.UNDATED
    days = age_of(count.measured, as_of).days
    for freshness, last_day in (
        (Freshness.CURRENT, limits.current_days),
        (Freshness.RECENT, limits.recent_days),
        (Freshness.AGEING, limits.ageing_days),
        (Freshness.OLD, limits.old_days),
    ):
        if days <= last_day:
            vague = is_vague(count.measured) and freshness is not Freshness.OLD
            return Freshness.UNDATED if vague else freshness
    return Freshness.HISTORICAL


FRESH = frozenset({Freshness.CURRENT, Freshness.RECENT})
