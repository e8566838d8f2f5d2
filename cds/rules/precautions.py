"""Infection precautions fitted to the line and the tier."""

from __future__ import annotations

from cds.facts import CellLine
from cds.findings import LowCount, Precaution
from cds.knowledge.base import FromKnowledge, Knowledge
from cds.rules.bounds import is_below
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
    rows = _Rows.of(chart.knowledge).rows
    if neutrophils is None:
        return tuple(precaution for precaution, _, for_lymphopenia in rows if for_lymphopenia)
    count = neutrophils.count
    return tuple(precaution for precaution, below, _ in rows if below is not None and is_below(count, below))
