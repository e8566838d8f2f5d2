"""Patterns across cell lines that point at the marrow before they point at a drug."""

from __future__ import annotations

from decimal import Decimal

from cds.facts import CellCount, CellLine
from cds.findings import LowCount, MarrowPattern, PatternKind
from cds.rules.bounds import is_below
from cds.rules.chart import Chart
from cds.rules.lower_limits import is_low

_LINES = (
    CellLine.BLASTS,
    CellLine.LEUKOCYTES,
    CellLine.NEUTROPHILS,
    CellLine.HAEMOGLOBIN,
    CellLine.PLATELETS,
    CellLine.RETICULOCYTES,
)


def find_patterns(low_counts: tuple[LowCount, ...], chart: Chart) -> tuple[MarrowPattern, ...]:
    """Blasts, marrow failure or pancytopenia in the fresh counts; the gravest first.

    A marrow disease or its treatment on record makes a pattern known, and so does a cytotoxic dose in its
    window, which takes platelets and red cells along.
    """
    newest = {line: count for line in _LINES if (count := chart.fresh(line)) is not None}
    recorded = any(cause.acts_as in {"marrow", "treatment"} for cause in chart.causes)
    treated = any(low.nadir is not None for low in low_counts)
    patterns = [_blasts(newest, chart), _marrow(newest, chart, recorded=recorded, treated=treated)]
    return tuple(pattern for pattern in patterns if pattern is not None)


def _blasts(newest: dict[CellLine, CellCount], chart: Chart) -> MarrowPattern | None:
    blasts = newest.get(CellLine.BLASTS)
    if blasts is None or blasts.value <= 0 or blasts.bound.is_upper:
        return None  # "<0.01" says that none were seen
    known = any(chart.knowledge.conditions[cause.condition].blood_disease for cause in chart.causes)
    return MarrowPattern(
        PatternKind.BLASTS,
        (blasts,),
        known,
        not known,
        chart.knowledge.limits.marrow.sources,
        rule="pattern/blasts",
        recorded=known,
    )


def _marrow(
    newest: dict[CellLine, CellCount],
    chart: Chart,
    *,
    recorded: bool,
    treated: bool,
) -> MarrowPattern | None:
    limits = chart.knowledge.limits.marrow
    haemoglobin = newest.get(CellLine.HAEMOGLOBIN)
    platelets = newest.get(CellLine.PLATELETS)
    neutrophils = newest.get(CellLine.NEUTROPHILS)
    leukocytes = newest.get(CellLine.LEUKOCYTES)
    reticulocytes = newest.get(CellLine.RETICULOCYTES)
    tiers = chart.knowledge.lines[CellLine.NEUTROPHILS].tiers

    severe = _below(
        (neutrophils, tiers.severe if tiers else None),
        (platelets, limits.severe_platelets),
        (reticulocytes, limits.severe_reticulocytes),
    )
    failure = _below(
        (haemoglobin, limits.haemoglobin), (platelets, limits.platelets), (neutrophils, limits.neutrophils)
    )
    white = tuple(count for count in (neutrophils, leukocytes) if count and is_low(count, chart))[:1]
    red = _below((haemoglobin, _lower_limit(haemoglobin, limits.pancytopenia_haemoglobin)))
    clotting = _below((platelets, limits.pancytopenia_platelets))

    kind: PatternKind | None = None
    counts: tuple[CellCount, ...] = ()
    if len(severe) >= 2:
        kind, counts = PatternKind.SEVERE_MARROW_FAILURE, severe
    elif len(failure) >= 2:
        kind, counts = PatternKind.MARROW_FAILURE, failure
    elif white and red and clotting:
        kind, counts = PatternKind.PANCYTOPENIA, (*white, *red, *clotting)
    elif white and (red or clotting):
        kind, counts = PatternKind.TWO_LINES, (*white, *red, *clotting)
    if kind is None:
        return None
    every = tuple(dict.fromkeys((*counts, *white, *red, *clotting)))
    new = _is_new(every, chart)
    known = recorded or treated
    return MarrowPattern(kind, every, known, new, limits.sources, rule=f"pattern/{kind}", recorded=recorded)


def _below(*pairs: tuple[CellCount | None, Decimal | None]) -> tuple[CellCount, ...]:
    return tuple(
        count for count, limit in pairs if count is not None and limit is not None and is_below(count, limit)
    )


def _lower_limit(count: CellCount | None, fixed: Decimal) -> Decimal:
    """The laboratory's own limit for haemoglobin differs by sex and age, so that it goes first."""
    return count.reference_low if count is not None and count.reference_low is not None else fixed


def _is_new(counts: tuple[CellCount, ...], chart: Chart) -> bool:
    """New unless every line was about as low three months ago or earlier."""
    return any(not _was_as_low(count, chart) for count in counts)


def _was_as_low(count: CellCount, chart: Chart) -> bool:
    limits = chart.knowledge.limits.duration
    for earlier in chart.history.of(count.line):
        if earlier.measured is None or (chart.as_of - earlier.measured.latest).days < limits.chronic_days:
            continue
        return (earlier.value - count.value) * 100 <= count.value * limits.stable_percent
    return False
