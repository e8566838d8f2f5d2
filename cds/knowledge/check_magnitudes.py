"""Checks of the size of a limit: a number in another unit is sound TOML, and silences or shouts everywhere.

The bounds are no medicine. They are wide enough for any limit that somebody may want, and narrow enough that
a number in a neighbouring unit lies outside: Fahrenheit, 10*9/L for cells per microlitre and the reverse,
g/L for g/dL, a share of 1 for a percentage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from cds.facts import WHITE_CELL_LINES, CellLine
from cds.knowledge.folder import LIMITS, RANKING
from cds.knowledge.problems import Problem
from cds.knowledge.schema import Entry, Line
from cds.knowledge.tables import Tables


@dataclass(frozen=True, slots=True)
class _Bounds:
    least: Decimal
    most: Decimal
    unit: str
    may_be_zero: bool = False


# No fever begins below 37 or above 39 degrees Celsius; 38.3 and 38.5 are used.
_CELSIUS = _Bounds(Decimal(37), Decimal(39), "degrees Celsius")
# Labels print 200 (lymphocytes) to 4,000 (white cells). A policy begins at 0; a limit of 0 is never crossed.
_PER_UL = _Bounds(Decimal(50), Decimal(10_000), "cells per microlitre", may_be_zero=True)
# White cells: 0.05 (CD4 cells) to 9.0 (newborns). At 0 the limit would be crossed by nothing.
_WHITE = _Bounds(Decimal("0.01"), Decimal(20), "10*9/L")
# Platelets and reticulocytes: 20 to 150.
_OTHER_CELLS = _Bounds(Decimal(5), Decimal(500), "10*9/L")
_HAEMOGLOBIN = _Bounds(Decimal(4), Decimal(20), "g/dL")
_PERCENT = _Bounds(Decimal(1), Decimal(100), "percent")

# Of limits.toml, by table and member; what ends in "_per_ul" or "_percent" needs no line here.
_OF_LIMITS = {
    "duration.recovering_above": _WHITE,
    "fever.celsius": _CELSIUS,
    "fever.neutrophils_at_most": _WHITE,
    "fever.neutrophils_falling_below": _WHITE,
    "duffy_null.leukocytes_low": _WHITE,
    "duffy_null.expected_at_least": _WHITE,
    "consistency.sum_counts_absolute": _WHITE,
    "marrow.haemoglobin": _HAEMOGLOBIN,
    "marrow.platelets": _OTHER_CELLS,
    "marrow.neutrophils": _WHITE,
    "marrow.severe_platelets": _OTHER_CELLS,
    "marrow.severe_reticulocytes": _OTHER_CELLS,
    "marrow.pancytopenia_haemoglobin": _HAEMOGLOBIN,
    "marrow.pancytopenia_platelets": _OTHER_CELLS,
    "immunity.neutrophils": _WHITE,
    "immunity.lymphocytes": _WHITE,
    "loudness.neutrophils_always": _WHITE,
    "loudness.neutrophils_suspect": _WHITE,
    "loudness.leukocytes_quiet_from": _WHITE,
    "loudness.leukocytes_warning": _WHITE,
    "loudness.lymphocytes_warning": _WHITE,
}
_BY_ENDING = {"_per_ul": _PER_UL, "_percent": _PERCENT}
_OF_NOTHING: Mapping[str, _Bounds] = MappingProxyType({})
_GRADED = frozenset({*WHITE_CELL_LINES, CellLine.CD4})


def check_magnitudes(tables: Tables) -> Iterator[Problem]:
    """Every limit is a number that its unit can have."""
    for file, where, value, bounds in _limits(tables):
        if bounds.may_be_zero and value == 0:
            continue
        if not bounds.least <= value <= bounds.most:
            zero = "be 0 or " if bounds.may_be_zero else ""
            message = (
                f"{value} has to {zero}lie within {bounds.least} to {bounds.most}: {bounds.unit} are meant"
            )
            yield Problem(file, where, message)


def _limits(tables: Tables) -> Iterator[tuple[str, str, Decimal, _Bounds]]:
    if tables.limits is not None:
        for table, entry in tables.limits:
            if isinstance(entry, Entry):
                yield from _of_entry(LIMITS, f"{table}.", entry, _OF_LIMITS)
    if tables.ranking is not None:
        yield RANKING, "dechallenge_recovered_at", tables.ranking.dechallenge_recovered_at, _WHITE
    for drug in tables.drugs:
        if drug.limits is not None:
            yield from _of_entry(f"drugs/{drug.id}.toml", "limits.", drug.limits)
    for index, band in enumerate(tables.clozapine):
        yield from _of_entry("monitoring.toml", f"clozapine_band[{index}].", band)
    for line in tables.lines:
        yield from _of_line(line)
    for row in tables.precautions:
        if row.neutrophils_below is not None:
            here = f"precaution[{row.id}].neutrophils_below"
            yield "precautions.toml", here, row.neutrophils_below, _WHITE


def _of_entry(
    file: str, before: str, entry: Entry, named: Mapping[str, _Bounds] = _OF_NOTHING
) -> Iterator[tuple[str, str, Decimal, _Bounds]]:
    for member, value in entry:
        endings = (bounds for ending, bounds in _BY_ENDING.items() if member.endswith(ending))
        bounds = named.get(f"{before}{member}") or next(endings, None)
        if bounds is not None and isinstance(value, Decimal):
            yield file, f"{before}{member}", value, bounds


def _of_line(line: Line) -> Iterator[tuple[str, str, Decimal, _Bounds]]:
    if line.id not in _GRADED:
        return
    numbers = [(f"tiers.{name}", value) for name, value in line.tiers or () if isinstance(value, Decimal)]
    numbers += [(f"children[{index}].low", limit.low) for index, limit in enumerate(line.children)]
    numbers += [("duffy_null_low", line.duffy_null_low)] if line.duffy_null_low is not None else []
    for member, value in numbers:
        yield "cell_lines.toml", f"line[{line.id}].{member}", value, _WHITE
