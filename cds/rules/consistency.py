"""Results of one draw that cannot all be true."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from cds.facts import Bound, Calculation, CellCount, CellLine
from cds.findings import Caveat
from cds.knowledge.base import Knowledge
from cds.rules.draws import Draw, SentDraw

FIVE_LINES = (
    CellLine.NEUTROPHILS,
    CellLine.LYMPHOCYTES,
    CellLine.MONOCYTES,
    CellLine.EOSINOPHILS,
    CellLine.BASOPHILS,
)
ZERO_TOTAL = "zero-total-with-cells"
_COUNTED_APART = (
    CellLine.VARIANT_LYMPHOCYTES,
    CellLine.BLASTS,
    CellLine.IMMATURE,
    CellLine.OTHER_CELLS,
)


def find_contradictions(draw: Draw, before: Iterable[SentDraw], knowledge: Knowledge) -> tuple[Caveat, ...]:
    """Checks within one draw, and against those before it.

    Args:
        before: the draws before this one, the newest first.
    """
    caveats: list[Caveat | None] = [
        _sum_of_counts(draw, knowledge),
        _zero_total(draw),
        _nucleated_red(draw, knowledge),
        _diluted(draw, before, knowledge),
        *(_two_readings(count, draw) for count in draw.disagreeing),
    ]
    return tuple(caveat for caveat in caveats if caveat is not None)


def find_lines_over_total(draw: Draw, knowledge: Knowledge) -> dict[CellLine, CellCount]:
    """Each line that outnumbers all white cells, held to the lower reading.

    Both readings are said; which one is wrong nobody can tell.
    """
    total = draw.counts.get(CellLine.LEUKOCYTES)
    if total is None or total.bound is not Bound.EXACT or total.value == 0:
        return {}
    limit = total.value * knowledge.limits.consistency.line_over_total
    held = {}
    for line in FIVE_LINES:
        count = draw.counts.get(line)
        if count is not None and count.value > limit and count.bound is Bound.EXACT:
            held[line] = _held_to(total, count)
    return held


def say_lines_over_total(draw: Draw, held: Mapping[CellLine, CellCount]) -> list[Caveat]:
    """Caveats for those that ``find_lines_over_total`` has found."""
    return [
        Caveat(
            "line-over-total",
            line,
            f"{draw.counts[line].value:f} > {count.value:f}",
            count.references,
            may_hide=True,
        )
        for line, count in held.items()
    ]


def _held_to(total: CellCount, count: CellCount) -> CellCount:
    return count._replace(
        value=total.value,
        reported="",
        bound=Bound.AT_MOST,
        references=(*count.references, *total.references),
        calculation=Calculation("contradicted", f"{count.value:f} reported of {total.value:f} in all"),
    )


def _sum_of_counts(draw: Draw, knowledge: Knowledge) -> Caveat | None:
    total = draw.exact(CellLine.LEUKOCYTES)
    values = [draw.exact(line) for line in FIVE_LINES]
    if total is None or any(value is None for value in values):
        return None
    limits = knowledge.limits.consistency
    apart = sum((draw.exact(line) or Decimal(0) for line in _COUNTED_APART), Decimal(0))
    sum_of_lines = sum((value for value in values if value is not None), Decimal(0)) + apart
    allowed = max(limits.sum_counts_absolute, total * limits.sum_counts_percent / 100)
    if abs(sum_of_lines - total) <= allowed:
        return None
    references = tuple(
        reference for line in (*FIVE_LINES, CellLine.LEUKOCYTES) for reference in draw.counts[line].references
    )
    return Caveat("sum-of-counts", CellLine.LEUKOCYTES, f"{sum_of_lines:f}; {total:f}", references)


def _zero_total(draw: Draw) -> Caveat | None:
    total = draw.exact(CellLine.LEUKOCYTES)
    if total is None or total != 0:
        return None
    filled = [line for line in FIVE_LINES if (draw.exact(line) or Decimal(0)) > 0]
    if not filled:
        return None
    references = tuple(reference for line in filled for reference in draw.counts[line].references)
    return Caveat(ZERO_TOTAL, CellLine.LEUKOCYTES, ", ".join(filled), references, may_hide=True)


def _nucleated_red(draw: Draw, knowledge: Knowledge) -> Caveat | None:
    fraction = draw.fractions.get(CellLine.NUCLEATED_RED)
    if fraction is None or fraction.percent <= knowledge.limits.consistency.nucleated_red_per_100:
        return None
    return Caveat(
        "nucleated-red", CellLine.LEUKOCYTES, f"{fraction.percent:f}", fraction.references, may_hide=True
    )


def _diluted(draw: Draw, before: Iterable[SentDraw], knowledge: Knowledge) -> Caveat | None:
    """White cells, haemoglobin and platelets all falling far within a day: a line sample, perhaps."""
    limits = knowledge.limits.consistency
    lines = (CellLine.LEUKOCYTES, CellLine.HAEMOGLOBIN, CellLine.PLATELETS)
    if draw.measured is None or any(draw.exact(line) is None for line in lines):
        return None
    for sent in before:
        if sent.measured is None:
            continue
        hours = (draw.measured.earliest - sent.measured.earliest).total_seconds() / 3600
        if hours > limits.dilution_hours:
            break
        if hours == 0:
            continue
        earlier = sent.settle()
        falls = [_fell(earlier.exact(line), draw.exact(line)) for line in lines]
        if all(fall is not None and fall > limits.dilution_fall_percent for fall in falls):
            references = tuple(reference for line in lines for reference in draw.counts[line].references)
            return Caveat("diluted-sample", CellLine.LEUKOCYTES, "", references)
    return None


def _fell(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    if before is None or after is None or before == 0:
        return None
    return (before - after) * 100 / before


def _two_readings(count: CellCount, draw: Draw) -> Caveat:
    used = draw.counts[count.line]
    detail = f"{used.value:f}; {count.value:f}"
    return Caveat("two-readings", count.line, detail, (*used.references, *count.references))
