"""When the extremes of a chart are enough to know that nothing will be said.

This decides nothing new. It holds only where every other rule would come to silence, and is made of the same
limits: where it says no, the chart is read in full and judged as ever. At an order neutrophils, white cells,
platelets and blasts alone can break the silence (``cds.rules.loudness``), and no medicine of the chart can
while the drafts are drugs of which nothing is known here. A drug that is known, and the opening of a chart,
ask for more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from cds.facts import CellLine, Outline, ResultColumn
from cds.findings import Occasion
from cds.knowledge.base import FromKnowledge, Knowledge
from cds.knowledge.schema import Drug
from cds.rules.consistency import FIVE_LINES
from cds.rules.label_limits import CLOZAPINE
from cds.rules.pairs import may_pair

_AS_NEUTROPHILS = frozenset({CellLine.NEUTROPHILS, CellLine.SEGMENTED})
_NONE_ALLOWED = frozenset({CellLine.BLASTS, CellLine.NUCLEATED_RED})


class Silence(FromKnowledge):
    """What of the knowledge can break the silence.

    Attributes:
        at_an_order: the lowest value of a line at which it stays silent beside any order.
        anywhere: the same at the opening of a chart, and beside a drug that is known here.
        quiet_drugs: drugs of the knowledge whose order is of no concern while nothing is low.
        fever_alarm: a fever while or after one of these is taken matters even without a count.
        monitored: drugs that ask for counts.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        limits, marrow = knowledge.limits, knowledge.limits.marrow
        # a hospital may move each limit by itself, so that the highest of all that could speak counts
        low = {
            line.id: max(line.tiers.mild, line.duffy_null_low or line.tiers.mild)
            for line in knowledge.lines.values()
            if line.tiers is not None
        }
        neutrophils = max(
            low[CellLine.NEUTROPHILS],
            marrow.neutrophils,
            limits.fever.neutrophils_falling_below,
            limits.fever.neutrophils_at_most.next_plus(),  # the limit itself speaks
        )
        # neutrophils that nobody reported are taken from these, or cannot outnumber them
        of_neutrophils = dict.fromkeys(
            (CellLine.NEUTROPHILS, CellLine.SEGMENTED, CellLine.GRANULOCYTES), neutrophils
        )
        # from here on platelets take part in no pattern of the marrow
        highest = max(marrow.pancytopenia_platelets, marrow.platelets, marrow.severe_platelets)
        platelets = {CellLine.PLATELETS: highest}
        loud = {line: each for line, each in low.items() if knowledge.lines[line].speaks != "table"}
        quiet_from = {CellLine.LEUKOCYTES: limits.loudness.leukocytes_quiet_from}
        self.at_an_order: Mapping[CellLine, Decimal] = {**quiet_from, **of_neutrophils, **platelets}
        self.anywhere: Mapping[CellLine, Decimal] = {**loud, **of_neutrophils, **platelets}
        drugs = knowledge.drugs.values()
        self.monitored = frozenset(rule.drug for rule in knowledge.monitoring)
        self.fever_alarm = frozenset(
            drug.id for drug in drugs if drug.cytotoxic or drug.fever_alarm != "never"
        )
        self.quiet_drugs = frozenset(
            drug.id
            for drug in drugs
            if drug.id not in self.monitored and _is_quiet(drug) and not may_pair(drug, knowledge)
        )


def _is_quiet(drug: Drug) -> bool:
    """Neither label nor policy has a limit for it, and its doses are not counted."""
    return drug.limits is None and not drug.cytotoxic and drug.id != CLOZAPINE


def may_be_silent(ordered: frozenset[str], knowledge: Knowledge) -> bool:
    """Whether the drugs that are ordered leave it to the counts."""
    return ordered <= Silence.of(knowledge).quiet_drugs


def is_surely_silent(outline: Outline, occasion: Occasion, knowledge: Knowledge) -> bool:
    """Whether a full assessment would have nothing to say, and no gap to tell of.

    ``False`` means no more than that it takes one to know.
    """
    silence = Silence.of(knowledge)
    is_view = occasion is Occasion.PATIENT_VIEW
    if not outline.ordered <= silence.quiet_drugs or not outline.drugs.isdisjoint(silence.fever_alarm):
        return False
    if is_view and not outline.drugs.isdisjoint(silence.monitored):
        return False
    if not outline.conditions.isdisjoint(knowledge.limits.fever.unknown_after):
        return False  # a fever after one of these matters even without a count
    if outline.ordered and outline.has_reactions:
        return False  # one of them may be a low count after this drug
    if not _is_adult_throughout(outline, knowledge) or not _draws_are_apart(outline, knowledge):
        return False
    return _counts_are_silent(outline, silence, knowledge, is_strict=is_view or bool(outline.ordered))


def _is_adult_throughout(outline: Outline, knowledge: Knowledge) -> bool:
    if outline.born is None:
        return True  # judged as an adult everywhere
    of_age = outline.born.last_day + timedelta(days=knowledge.limits.adult_from_days)
    return of_age <= min((outline.as_of.date(), *(draw.day for draw in outline.draws)))


def _draws_are_apart(outline: Outline, knowledge: Knowledge) -> bool:
    """No two times could be one draw, so that results of one time are all there is of it."""
    tolerance = timedelta(minutes=knowledge.limits.consistency.same_draw_minutes)
    moments = sorted(draw.earliest for draw in outline.draws)
    return all(later - earlier > tolerance for earlier, later in pairwise(moments))


# --- counts ---------------------------------------------------------------------------------------------


def _counts_are_silent(outline: Outline, silence: Silence, knowledge: Knowledge, *, is_strict: bool) -> bool:
    limits = silence.anywhere if is_strict else silence.at_an_order
    # beside a known drug the past matters too: whether a count fell on it before
    oldest = outline.as_of - timedelta(days=knowledge.limits.freshness.old_days + 1)
    matters = [is_strict or draw.latest >= oldest for draw in outline.draws]
    totals = _lowest_totals(outline.columns)
    lowest_total = min(totals.values(), default=None)
    for column in outline.columns:
        limit = limits.get(column.line)
        if column.line in _NONE_ALLOWED:
            if any(column.values):
                return False
        elif column.is_share:
            if lowest_total is not None and column.line in _AS_NEUTROPHILS and limit is not None:
                of_all = limit * 100
                if min(column.values) * lowest_total < of_all and _comes_to_less(
                    column, totals, of_all, matters
                ):
                    return False
        else:
            if limit is not None:
                if is_strict and column.line is CellLine.LEUKOCYTES:
                    limit = max(limit, column.reference_low or limit)
                if min(column.values) < limit and _falls_below(column, limit, matters):
                    return False
            if (
                lowest_total is not None
                and column.line in FIVE_LINES
                and max(column.values) > lowest_total
                and _outnumbers(column, totals, knowledge.limits.consistency.line_over_total)
            ):
                return False
    return True


def _falls_below(column: ResultColumn, limit: Decimal, matters: list[bool]) -> bool:
    return any(
        value < limit and matters[draw] for value, draw in zip(column.values, column.draws, strict=True)
    )


def _lowest_totals(columns: Iterable[ResultColumn]) -> dict[int, Decimal]:
    """The white cells of each draw that has them; where they were sent twice, the lower number."""
    totals: dict[int, Decimal] = {}
    for column in columns:
        if column.line is CellLine.LEUKOCYTES and not column.is_share:
            for value, draw in zip(column.values, column.draws, strict=True):
                if value < totals.setdefault(draw, value):
                    totals[draw] = value
    return totals


def _outnumbers(column: ResultColumn, totals: Mapping[int, Decimal], over: Decimal) -> bool:
    """Whether a line has more cells than all lines together: a contradiction is told."""
    return any(
        draw in totals and value > totals[draw] * over
        for value, draw in zip(column.values, column.draws, strict=True)
    )


def _comes_to_less(
    column: ResultColumn, totals: Mapping[int, Decimal], of_all: Decimal, matters: list[bool]
) -> bool:
    """Whether the neutrophils of some draw, as its percentage makes them, fall below their limit."""
    return any(
        draw in totals and matters[draw] and share * totals[draw] < of_all
        for share, draw in zip(column.values, column.draws, strict=True)
    )
