"""Results of one draw that cannot all be true."""

from __future__ import annotations

from decimal import Decimal

from cds.facts import Bound, Calculation, CellCount, CellLine
from cds.findings import Caveat
from cds.knowledge.base import Knowledge
from cds.rules.draws import Draw

_FIVE = (
    CellLine.NEUTROPHILS,
    CellLine.LYMPHOCYTES,
    CellLine.MONOCYTES,
    CellLine.EOSINOPHILS,
    CellLine.BASOPHILS,
)
_COUNTED_APART = (
    CellLine.VARIANT_LYMPHOCYTES,
    CellLine.BLASTS,
    CellLine.IMMATURE,
    CellLine.OTHER_CELLS,
)


def find_contradictions(draw: Draw, draws: tuple[Draw, ...], knowledge: Knowledge) -> tuple[Caveat, ...]:
    """Checks within one draw, and against the draw before it."""
    caveats: list[Caveat | None] = [
        _sum_of_counts(draw, knowledge),
        _zero_total(draw),
        _nucleated_red(draw, knowledge),
        _diluted(draw, draws, knowledge),
        *(_two_readings(count, draw) for count in draw.disagreeing),
    ]
    return tuple(caveat for caveat in caveats if caveat is not None)


def settle_lines_over_total(
    draw: Draw, knowledge: Knowledge
) -> tuple[dict[CellLine, CellCount], list[Caveat]]:
    """The counts of a draw, each line that outnumbers all white cells held to the lower reading.

    Both readings are said; which one is wrong nobody can tell.
    """
    counts = dict(draw.counts)
    total = draw.counts.get(CellLine.LEUKOCYTES)
    if total is None or total.bound is not Bound.EXACT or total.value == 0:
        return counts, []
    caveats = []
    for line in _FIVE:
        count = draw.counts.get(line)
        limit = total.value * knowledge.limits.consistency.line_over_total
        if count is None or count.bound is not Bound.EXACT or count.value <= limit:
            continue
        references = (*count.references, *total.references)
        caveats.append(
            Caveat("line-over-total", line, f"{count.value:f} > {total.value:f}", references, may_hide=True)
        )
        counts[line] = count._replace(
            value=total.value,
            reported="",
            bound=Bound.BELOW,
            references=references,
            calculation=Calculation("contradicted", f"{count.value:f} reported of {total.value:f} in all"),
        )
    return counts, caveats


def _sum_of_counts(draw: Draw, knowledge: Knowledge) -> Caveat | None:
    total = draw.exact(CellLine.LEUKOCYTES)
    values = [draw.exact(line) for line in _FIVE]
    if total is None or any(value is None for value in values):
        return None
    limits = knowledge.limits.consistency
    apart = sum((draw.exact(line) or Decimal(0) for line in _COUNTED_APART), Decimal(0))
    sum_of_lines = sum((value for value in values if value is not None), Decimal(0)) + apart
    allowed = max(limits.sum_counts_absolute, total * limits.sum_counts_percent / 100)
    if abs(sum_of_lines - total) <= allowed:
        return None
    references = tuple(
        reference for line in (*_FIVE, CellLine.LEUKOCYTES) for reference in draw.counts[line].references
    )
    return Caveat("sum-of-counts", CellLine.LEUKOCYTES, f"{sum_of_lines:f}; {total:f}", references)


def _zero_total(draw: Draw) -> Caveat | None:
    total = draw.exact(CellLine.LEUKOCYTES)
    if total is None or total != 0:
        return None
    filled = [line for line in _FIVE if (draw.exact(line) or Decimal(0)) > 0]
    if not filled:
        return None
    references = tuple(reference for line in filled for reference in draw.counts[line].references)
    return Caveat("zero-total-with-cells", CellLine.LEUKOCYTES, ", ".join(filled), references, may_hide=True)


def _nucleated_red(draw: Draw, knowledge: Knowledge) -> Caveat | None:
    fraction = draw.fractions.get(CellLine.NUCLEATED_RED)
    if fraction is None or fraction.percent <= knowledge.limits.consistency.nucleated_red_per_100:
        return None
    return Caveat(
        "nucleated-red", CellLine.LEUKOCYTES, f"{fraction.percent:f}", fraction.references, may_hide=True
    )


def _diluted(draw: Draw, draws: tuple[Draw, ...], knowledge: Knowledge) -> Caveat | None:
    """White cells, haemoglobin and platelets all falling far within a day: a line sample, perhaps."""
    if draw.measured is None:
        return None
    limits = knowledge.limits.consistency
    lines = (CellLine.LEUKOCYTES, CellLine.HAEMOGLOBIN, CellLine.PLATELETS)
    for before in draws:
        if before.measured is None or before is draw:
            continue
        hours = (draw.measured.earliest - before.measured.earliest).total_seconds() / 3600
        if not 0 < hours <= limits.dilution_hours:
            continue
        falls = [_fell(before.exact(line), draw.exact(line)) for line in lines]
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
