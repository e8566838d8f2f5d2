"""Infection precautions fitted to the line and the tier."""

from __future__ import annotations

from decimal import Decimal

from cds.facts import CellLine
from cds.findings import (
    Fever,
    LowCount,
    Precaution,
    Severity,
)
from cds.knowledge.schema import Confirmation
from cds.rules.chart import Chart
from cds.rules.low_counts import unusual


def find_precautions(
    low_counts: tuple[LowCount, ...], fever: Fever | None, chart: Chart
) -> tuple[Precaution, ...]:
    """The rows that hold for these counts, in the order of the knowledge."""
    lines = {low.line: low for low in unusual(low_counts)}
    neutrophils = lines.get(CellLine.NEUTROPHILS)
    lymphocytes = lines.get(CellLine.LYMPHOCYTES)
    if neutrophils is None and lymphocytes is None and fever is None:
        return ()
    lymphopenia_only = neutrophils is None and lymphocytes is not None
    rows = []
    for row in chart.knowledge.precautions:
        if not (row.clinician or row.patient):
            continue
        for_neutrophils = (
            neutrophils is not None
            and row.neutrophils_below is not None
            and (
                neutrophils.count.value < row.neutrophils_below
                or _at_bound(neutrophils, row.neutrophils_below)
            )
        )
        if for_neutrophils or (lymphopenia_only and row.lymphopenia):
            rows.append(
                Precaution(
                    id=row.id,
                    row=row.row,
                    evidence=row.evidence,
                    clinician=row.clinician,
                    patient=row.patient,
                    confirmation=Confirmation(row.confirmation).value,
                    sources=row.sources,
                )
            )
    return tuple(rows)


def _at_bound(low: LowCount, below: Decimal) -> bool:
    """``<0.5`` lies below 0.5."""
    return low.severity >= Severity.SEVERE and low.count.value == below
