"""Counts that a drug needs and that are overdue."""

from __future__ import annotations

from dataclasses import dataclass

from cds.facts.cell_lines import CellLine
from cds.facts.medicines import MedicationUse
from cds.facts.moments import When
from cds.facts.orders import DraftOrder
from cds.facts.results import CellCount
from cds.findings.notes import DrugNote
from cds.findings.topics import Urgency


@dataclass(frozen=True, slots=True)
class MonitoringDue:
    """A drug that needs counts has none in time."""

    drug: DrugNote
    line: CellLine
    every_days: int
    overdue_days: int | None  # None: no usable count at all
    last: CellCount | None
    since: When | None
    urgency: Urgency
    draft: DraftOrder | None = None
    uses: tuple[MedicationUse, ...] = ()
    policy: str = "label"
    confirmation: str = ""
    rule: str = ""
    sources: tuple[str, ...] = ()
