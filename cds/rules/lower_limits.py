"""Which lower limit applies to a count, and how far below it the count lies."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from cds.facts import CellCount, CellLine
from cds.findings import Limit, LimitBasis, Severity
from cds.knowledge.base import FromKnowledge, Knowledge
from cds.knowledge.schema import Line, Tiers
from cds.rules.bounds import greatest, is_below
from cds.rules.chart import Chart


class Judgement(NamedTuple):
    """One count against its limit."""

    severity: Severity
    limit: Limit
    below_laboratory: bool
    age_days: int | None
    child: bool
    neonate: bool

    @property
    def low(self) -> bool:
        return self.severity > Severity.NONE


def age_in_days(count: CellCount, chart: Chart) -> int | None:
    """As ``Patient.age_in_days`` has it."""
    return chart.facts.patient.age_in_days(count.measured, chart.as_of)


def judge(count: CellCount, chart: Chart) -> Judgement | None:
    """Severity of one count; ``None`` for lines that are not graded. Each count is judged once per chart."""
    known = chart.judged.get(id(count))
    if known is None:
        # the count is kept with it: as long as it lives, no other has its id
        known = chart.judged[id(count)] = (count, _judge(count, chart))
    return known[1]


def is_low(count: CellCount, chart: Chart) -> bool:
    """Whether a count is below the limit that applies to it: as ``judge`` finds, without the rest of it."""
    grades = _grades(count.line, chart)
    return grades is not None and _is_low(grades, count, chart)


def lows_of(line: CellLine, chart: Chart) -> tuple[bool, ...]:
    """For each dated count of a line, newest first, whether it is low. Worked out once per chart."""
    known = chart.lows.get(line)
    if known is None:
        dated, grades = chart.history.dated(line), _grades(line, chart)
        known = chart.lows[line] = tuple(
            grades is not None and _is_low(grades, count, chart) for count in dated
        )
    return known


def _is_low(grades: _Grades, count: CellCount, chart: Chart) -> bool:
    value = greatest(count)
    if value is None:
        return False
    limit, _, _ = _applying(grades, count, age_in_days(count, chart), chart)
    return value < limit or value < grades.any_tier


def _judge(count: CellCount, chart: Chart) -> Judgement | None:
    grades = _grades(count.line, chart)
    if grades is None:
        return None
    age = age_in_days(count, chart)
    neonate = age is not None and age < chart.knowledge.limits.neonate_to_days
    limit, basis, sources = _applying(grades, count, age, chart)
    value = greatest(count)
    return Judgement(
        severity=_severity(grades, value, limit, neonate=neonate) if value is not None else Severity.NONE,
        limit=Limit(limit, basis, sources),
        below_laboratory=count.reference_low is not None and is_below(count, count.reference_low),
        age_days=age,
        child=basis is LimitBasis.CHILD,
        neonate=neonate,
    )


_Applying = tuple[Decimal, LimitBasis, tuple[str, ...]]  # as the members of Limit


class _Grades:
    """What the knowledge says of the counts of one line.

    Attributes:
        children: limits for ages from one day to before another.
        grown_up: the age in days from which none of these holds.
        tiers: the tiers below the mild one, deepest first.
        any_tier: below it a count is low, whatever its own limit.
    """

    def __init__(self, line: Line, tiers: Tiers) -> None:
        self.adult = (tiers.mild, LimitBasis.ADULT, tiers.sources)
        self.duffy_null = (
            (line.duffy_null_low, LimitBasis.DUFFY_NULL, tiers.sources)
            if line.duffy_null_low is not None
            else None
        )
        self.children = tuple(
            (each.from_days, each.to_days, (each.low, LimitBasis.CHILD, each.sources))
            for each in line.children
        )
        self.grown_up = max((to_days for _, to_days, _ in self.children), default=0)
        deeper = (
            (Severity.PROFOUND, tiers.profound),
            (Severity.SEVERE, tiers.severe),
            (Severity.MODERATE, tiers.moderate),
        )
        self.tiers = tuple((severity, below) for severity, below in deeper if below is not None)
        self.any_tier = max((below for _, below in self.tiers), default=Decimal("-Infinity"))
        self.moderate = tiers.moderate
        self.sources = tiers.sources


class _GradedLines(FromKnowledge):
    def __init__(self, knowledge: Knowledge) -> None:
        self.by_line = {
            line.id: _Grades(line, line.tiers) for line in knowledge.lines.values() if line.tiers is not None
        }


def _grades(line: CellLine, chart: Chart) -> _Grades | None:
    return _GradedLines.of(chart.knowledge).by_line.get(line)


def _applying(grades: _Grades, count: CellCount, age_days: int | None, chart: Chart) -> _Applying:
    if age_days is not None and age_days < grades.grown_up:
        for from_days, to_days, limit in grades.children:
            if from_days <= age_days < to_days:
                return limit
    if chart.facts.duffy_null and grades.duffy_null is not None:
        return grades.duffy_null
    if count.reference_low is not None and count.line is CellLine.LEUKOCYTES:
        # The laboratory's own limit decides what is mildly low; the deeper tiers stay fixed for safety.
        low = max(count.reference_low, grades.moderate or count.reference_low)
        return low, LimitBasis.LABORATORY, grades.sources
    return grades.adult


def _severity(grades: _Grades, value: Decimal, limit: Decimal, *, neonate: bool) -> Severity:
    for severity, below in grades.tiers:
        # A deeper tier holds even where the limit itself is lower than it (Duffy-null, a low range).
        if value < below:
            # In the first days of life the tiers do not hold; a count this low is one for neonatology.
            return Severity.MODERATE if neonate else severity
    return Severity.MILD if value < limit else Severity.NONE
