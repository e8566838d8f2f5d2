"""Infection precautions fitted to the line and the tier."""

from __future__ import annotations

from decimal import Decimal

from cds.facts import CellLine
from cds.findings import LowCount, Precaution, Severity
from cds.knowledge.base import FromKnowledge, Knowledge
from cds.rules.chart import Chart
from cds.rules.low_counts import unusual


class _Rows(FromKnowledge):
    """The rows that have words for somebody, each with what decides whether it holds.

    Attributes:
        rows: the precaution, below which neutrophil count it holds, and whether for lymphopenia alone.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self.rows = tuple(
            (
                Precaution(
                    id=row.id,
                    row=row.row,
                    evidence=row.evidence,
                    clinician=row.clinician,
                    patient=row.patient,
                    confirmation=row.confirmation.value,
                    sources=row.sources,
                ),
                row.neutrophils_below,
                row.lymphopenia,
            )
            for row in knowledge.precautions
            if row.clinician or row.patient
        )


def find_precautions(low_counts: tuple[LowCount, ...], chart: Chart) -> tuple[Precaution, ...]:
    """The rows that hold for these counts, in the order of the knowledge."""
    lines = {low.line: low for low in unusual(low_counts)}
    neutrophils = lines.get(CellLine.NEUTROPHILS)
    if neutrophils is None and CellLine.LYMPHOCYTES not in lines:
        return ()
    return tuple(
        precaution
        for precaution, below, for_lymphopenia in _Rows.of(chart.knowledge).rows
        if (for_lymphopenia if neutrophils is None else below is not None and _is_below(neutrophils, below))
    )


def _is_below(low: LowCount, below: Decimal) -> bool:
    return low.count.value < below or _at_bound(low, below)


def _at_bound(low: LowCount, below: Decimal) -> bool:
    """``<0.5`` lies below 0.5."""
    return low.severity >= Severity.SEVERE and low.count.value == below
