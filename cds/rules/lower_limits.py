"""Which lower limit applies to a count, and how far below it the count lies."""

from __future__ import annotations

from dataclasses import dataclass

from cds.facts import Bound, CellCount, CellLine, Precision
from cds.findings import Limit, LimitBasis, Severity
from cds.knowledge.schema import AgeLimit, Line
from cds.rules.bounds import is_below
from cds.rules.chart import Chart


@dataclass(frozen=True, slots=True)
class Judgement:
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
    """Age on the day of the specimen; at ``as_of`` if the count is undated; ``None`` if unknown."""
    born = chart.facts.patient.born
    if born is None:
        return None
    drawn = count.measured.day if count.measured is not None else chart.as_of.date()
    # a vague birth date ("1961") is read as its last day: younger, so that a child is not taken for an adult
    vague = born.precision in {Precision.MONTH, Precision.YEAR}
    birthday = born.latest.date() if vague else born.day
    return max((drawn - birthday).days, 0)


def judge(count: CellCount, chart: Chart) -> Judgement | None:
    """Severity of one count; ``None`` for lines that are not graded. Each count is judged once per chart."""
    known = chart.judged.get(id(count))
    if known is None:
        # the count is kept with it: as long as it lives, no other has its id
        known = chart.judged[id(count)] = (count, _judge(count, chart))
    return known[1]


def _judge(count: CellCount, chart: Chart) -> Judgement | None:
    line = chart.knowledge.lines.get(count.line)
    if line is None or line.tiers is None:
        return None
    age = age_in_days(count, chart)
    child_limit = _child_limit(line, age)
    neonate = age is not None and age < chart.knowledge.limits.neonate_to_days
    limit = _limit(line, count, child_limit, chart)
    severity = _severity(line, count, limit, neonate=neonate)
    below_laboratory = count.reference_low is not None and is_below(count, count.reference_low)
    return Judgement(severity, limit, below_laboratory, age, child_limit is not None, neonate)


def is_low(count: CellCount, chart: Chart) -> bool:
    """Whether a count is below the limit that applies to it."""
    judgement = judge(count, chart)
    return judgement is not None and judgement.low


def _limit(line: Line, count: CellCount, child: AgeLimit | None, chart: Chart) -> Limit:
    assert line.tiers is not None  # noqa: S101 - judge() has checked
    if child is not None:
        return Limit(child.low, LimitBasis.CHILD, child.sources)
    if chart.facts.duffy_null and line.duffy_null_low is not None:
        return Limit(line.duffy_null_low, LimitBasis.DUFFY_NULL, line.tiers.sources)
    if count.reference_low is not None and line.id is CellLine.LEUKOCYTES:
        # The laboratory's own limit decides what is mildly low; the deeper tiers stay fixed for safety.
        low = max(count.reference_low, line.tiers.moderate or count.reference_low)
        return Limit(low, LimitBasis.LABORATORY, line.tiers.sources)
    return Limit(line.tiers.mild, LimitBasis.ADULT, line.tiers.sources)


def _severity(line: Line, count: CellCount, limit: Limit, *, neonate: bool) -> Severity:
    assert line.tiers is not None  # noqa: S101 - judge() has checked
    if count.bound is Bound.ABOVE or not is_below(count, limit.value):
        # A deeper tier may still hold where the limit itself is lower than it (Duffy-null, a low range).
        return _fixed_tier(line, count, neonate=neonate)
    return max(Severity.MILD, _fixed_tier(line, count, neonate=neonate))


def _fixed_tier(line: Line, count: CellCount, *, neonate: bool) -> Severity:
    tiers = line.tiers
    if tiers is None or count.bound is Bound.ABOVE:
        return Severity.NONE
    deep = (
        (Severity.PROFOUND, tiers.profound),
        (Severity.SEVERE, tiers.severe),
        (Severity.MODERATE, tiers.moderate),
    )
    for severity, below in deep:
        if below is not None and is_below(count, below):
            # In the first days of life the tiers do not hold; a count this low is one for neonatology.
            return Severity.MODERATE if neonate else severity
    return Severity.NONE


def _child_limit(line: Line, age_days: int | None) -> AgeLimit | None:
    if age_days is None:
        return None
    for limit in line.children:
        if limit.from_days <= age_days < limit.to_days:
            return limit
    return None
