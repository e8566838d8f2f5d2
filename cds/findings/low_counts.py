"""Lines that are low."""

from __future__ import annotations

from dataclasses import dataclass

from cds.facts.cell_lines import CellLine
from cds.facts.moments import When
from cds.facts.results import CellCount
from cds.findings.course import Baseline, Duration, Trend
from cds.findings.notes import DrugNote
from cds.findings.severity import Freshness, Limit, Severity
from cds.findings.topics import Urgency


@dataclass(frozen=True, slots=True)
class ExpectedNadir:
    """The count is low inside the usual window after a cytotoxic dose: ``limits.nadir``.

    Attributes:
        day: days since the last dose.
        taken: there are no doses to count from, the drugs are taken day by day: ``last_dose`` is the start.
    """

    drugs: tuple[DrugNote, ...]
    day: int
    last_dose: When
    references: tuple[str, ...]
    prolonged: bool = False
    taken: bool = False
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineState:
    """The newest usable count of one line, low or not: one row of "all lines"."""

    line: CellLine
    short: str
    count: CellCount
    severity: Severity
    freshness: Freshness
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class LowCount:
    """One white cell line is low.

    Attributes:
        short, word, protects_against: "ANC", "neutropenia", "bacterial and fungal infection".
        count: the newest usable count; its Observations are the evidence.
        limit: what it was compared with.
        urgency: how loudly this line speaks on its own; ``None``: a row of the table at most.
        reasons: codes for that urgency.
        differential_missing: the total is low and nothing says how the lines stand.
        newer_total: a newer total without this line, which does not cancel it.
        contradicted: a total of 0 beside cells that were counted.
        footnote: grades of other scales, with version, as the knowledge gives them.
    """

    line: CellLine
    short: str
    name: str
    word: str
    count: CellCount
    severity: Severity
    limit: Limit
    freshness: Freshness
    duration: Duration
    trend: Trend
    urgency: Urgency | None
    reasons: tuple[str, ...] = ()
    below_laboratory: bool = False
    baseline: Baseline | None = None
    nadir: ExpectedNadir | None = None
    differential_missing: bool = False
    newer_total: CellCount | None = None
    contradicted: bool = False
    child: bool = False
    protects_against: str = ""
    footnote: str = ""
    rule: str = ""
    sources: tuple[str, ...] = ()

    @property
    def is_severe_neutropenia(self) -> bool:
        """Neutrophils of the severe tier or deeper."""
        return self.line is CellLine.NEUTROPHILS and self.severity >= Severity.SEVERE
