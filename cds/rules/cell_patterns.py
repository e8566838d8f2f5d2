"""Patterns across cell lines that point at the marrow before they point at a drug."""

from __future__ import annotations

from decimal import Decimal

from cds.facts import CellCount, CellLine, PatientFacts
from cds.findings import MarrowPattern, OtherCause, PatternKind
from cds.knowledge.base import Knowledge
from cds.rules.count_history import FRESH, CountHistory, freshness_of
from cds.rules.lower_limits import is_low


def find_patterns(
    history: CountHistory, causes: tuple[OtherCause, ...], facts: PatientFacts, knowledge: Knowledge
) -> tuple[MarrowPattern, ...]:
    """Blasts, marrow failure or pancytopenia in the fresh counts; the gravest first."""
    newest = {
        line: count
        for line in CellLine
        if (count := history.newest(line)) is not None
        and freshness_of(count, facts.as_of, knowledge.limits.freshness) in FRESH
    }
    known = any(cause.acts_as in {"marrow", "treatment"} for cause in causes)
    patterns = [_blasts(newest, causes, knowledge), _marrow(newest, history, facts, knowledge, known=known)]
    return tuple(pattern for pattern in patterns if pattern is not None)


def _blasts(
    newest: dict[CellLine, CellCount], causes: tuple[OtherCause, ...], knowledge: Knowledge
) -> MarrowPattern | None:
    blasts = newest.get(CellLine.BLASTS)
    if blasts is None or blasts.value <= 0:
        return None
    known = any(knowledge.conditions[cause.condition].blood_disease for cause in causes)
    return MarrowPattern(PatternKind.BLASTS, (blasts,), known, not known, knowledge.limits.marrow.sources)


def _marrow(
    newest: dict[CellLine, CellCount],
    history: CountHistory,
    facts: PatientFacts,
    knowledge: Knowledge,
    *,
    known: bool,
) -> MarrowPattern | None:
    limits = knowledge.limits.marrow
    haemoglobin = newest.get(CellLine.HAEMOGLOBIN)
    platelets = newest.get(CellLine.PLATELETS)
    neutrophils = newest.get(CellLine.NEUTROPHILS)
    leukocytes = newest.get(CellLine.LEUKOCYTES)
    reticulocytes = newest.get(CellLine.RETICULOCYTES)
    tiers = knowledge.lines[CellLine.NEUTROPHILS].tiers

    severe = _below(
        (neutrophils, tiers.severe if tiers else None),
        (platelets, limits.severe_platelets),
        (reticulocytes, limits.severe_reticulocytes),
    )
    failure = _below(
        (haemoglobin, limits.haemoglobin), (platelets, limits.platelets), (neutrophils, limits.neutrophils)
    )
    white = tuple(count for count in (neutrophils, leukocytes) if count and is_low(count, facts, knowledge))[
        :1
    ]
    red = _below((haemoglobin, _lower_limit(haemoglobin, limits.pancytopenia_haemoglobin)))
    clotting = _below((platelets, limits.pancytopenia_platelets))

    kind, counts = None, ()
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
    return MarrowPattern(kind, every, known, _is_new(every, history, facts, knowledge), limits.sources)


def _below(*pairs: tuple[CellCount | None, Decimal | None]) -> tuple[CellCount, ...]:
    return tuple(
        count for count, limit in pairs if count is not None and limit is not None and count.value < limit
    )


def _lower_limit(count: CellCount | None, fixed: Decimal) -> Decimal:
    """The laboratory's own limit for haemoglobin differs by sex and age, so that it goes first."""
    return count.reference_low if count is not None and count.reference_low is not None else fixed


def _is_new(
    counts: tuple[CellCount, ...], history: CountHistory, facts: PatientFacts, knowledge: Knowledge
) -> bool:
    """New unless the same lines were as low before the last month began."""
    days = knowledge.limits.duration.chronic_days
    for count in counts:
        for earlier in history.of(count.line):
            if earlier.measured is None or (facts.as_of - earlier.measured.latest).days < days:
                continue
            return earlier.value > count.value
    return True
