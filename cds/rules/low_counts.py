"""Which white cell lines are low, each judged alone: a normal total never hides a low line."""

from __future__ import annotations

from cds.facts import WHITE_CELL_LINES, CellCount, CellLine
from cds.findings import Freshness, LineState, LowCount, Severity
from cds.knowledge.schema import Effect, Line
from cds.rules.baselines import find_baseline
from cds.rules.bounds import is_bound
from cds.rules.chart import Chart
from cds.rules.consistency import ZERO_TOTAL
from cds.rules.count_history import freshness_of
from cds.rules.exposures import acts_as_expected
from cds.rules.line_urgency import LineContext, find_urgency
from cds.rules.lower_limits import Judgement, judge
from cds.rules.nadirs import find_nadir
from cds.rules.trends import find_trend

_PLACES = {line: place for place, line in enumerate(CellLine)}
_CONTEXT_LINES = (CellLine.HAEMOGLOBIN, CellLine.PLATELETS, CellLine.BLASTS, CellLine.CD4)


def find_lines(chart: Chart) -> tuple[LineState, ...]:
    """The newest usable count of every line that has one: the rows of "all lines"."""
    states = []
    for line in (*WHITE_CELL_LINES, *_CONTEXT_LINES):
        count = chart.history.newest(line)
        if count is None:
            continue
        judgement = judge(count, chart)
        states.append(
            LineState(
                line=line,
                short=chart.knowledge.lines[line].short,
                count=count,
                severity=judgement.severity if judgement else Severity.NONE,
                freshness=freshness_of(count, chart.as_of, chart.knowledge.limits.freshness),
                limit=judgement.limit if judgement else None,
            )
        )
    return tuple(states)


def find_low_counts(
    chart: Chart,
) -> tuple[LowCount, ...]:
    """Every low line, the loudest first. Historical counts make no low count, only a trend."""
    lows = []
    for line in (*WHITE_CELL_LINES, CellLine.CD4):
        count = chart.history.newest(line)
        judgement = judge(count, chart) if count is not None else None
        if count is None or judgement is None or not judgement.low:
            continue
        freshness = freshness_of(count, chart.as_of, chart.knowledge.limits.freshness)
        if freshness is not Freshness.HISTORICAL:
            lows.append(_low_count(count, judgement, freshness, chart))
    return tuple(sorted(lows, key=_loudness))


def _low_count(
    count: CellCount,
    judgement: Judgement,
    freshness: Freshness,
    chart: Chart,
) -> LowCount:
    line = chart.knowledge.lines[count.line]
    trend, duration = find_trend(count.line, chart)
    baseline = find_baseline(count, chart)
    nadir = find_nadir(chart.history.of(count.line), chart)
    newer_total = _newer_total(count, chart)
    differential_missing = count.line is CellLine.LEUKOCYTES and not _has_neutrophils_with(count, chart)
    context = LineContext(
        count=count,
        judgement=judgement,
        freshness=freshness,
        duration=duration,
        trend=trend,
        baseline=baseline,
        nadir=nadir,
        newer_total=newer_total,
        differential_missing=differential_missing,
        neutrophils=chart.history.newest(CellLine.NEUTROPHILS),
        causes=tuple(cause for cause in chart.causes if count.line in cause.lines),
        expected_effect=any(
            acts_as_expected(exposure.drug)
            and exposure.drug.effect.on(count.line) is Effect.LOWERS
            and exposure.taken_at(
                count.measured.earliest if count.measured else chart.as_of, chart.knowledge.ranking
            )
            for exposure in chart.exposures
        ),
    )
    urgency, reasons = find_urgency(context, chart)
    return LowCount(
        line=count.line,
        short=line.short,
        name=line.name,
        word=line.low_word,
        count=count,
        severity=judgement.severity,
        limit=judgement.limit,
        freshness=freshness,
        duration=duration,
        trend=trend,
        urgency=urgency,
        reasons=reasons,
        below_laboratory=judgement.below_laboratory,
        baseline=baseline,
        nadir=nadir,
        differential_missing=differential_missing,
        newer_total=newer_total,
        contradicted=_is_contradicted(count, chart),
        child=judgement.child,
        protects_against=line.protects_against,
        footnote="" if judgement.child else _footnote(line, judgement.severity),
        rule=f"low-count/{count.line}",
        sources=judgement.limit.sources,
    )


def _newer_total(count: CellCount, chart: Chart) -> CellCount | None:
    """A newer white cell total that came without this line: it does not cancel the line's older count."""
    total = chart.history.newest(CellLine.LEUKOCYTES)
    if (
        count.line in {CellLine.LEUKOCYTES, CellLine.CD4}
        or total is None
        or total.measured is None
        or count.measured is None
    ):
        return None
    # clearly later, not the same draw entered a few minutes apart
    same_draw = set(total.references) & set(count.references) or total.draw == count.draw != ""
    if same_draw or (total.measured.earliest - count.measured.latest).total_seconds() <= 3600:
        return None
    return total


def _has_neutrophils_with(total: CellCount, chart: Chart) -> bool:
    """Whether the newest total has a neutrophil count of its own draw (or a newer one)."""
    neutrophils = chart.history.newest(CellLine.NEUTROPHILS)
    if neutrophils is None or is_bound(neutrophils):
        return False
    if total.measured is None or neutrophils.measured is None:
        return True
    return (total.measured.earliest - neutrophils.measured.latest).total_seconds() <= 3600


def _is_contradicted(count: CellCount, chart: Chart) -> bool:
    """Whether cells were counted in a draw that has none in all."""
    if count.line is not CellLine.LEUKOCYTES or count.value:
        return False
    return any(caveat.kind == ZERO_TOTAL for caveat in chart.history.caveats)


def _loudness(low: LowCount) -> tuple[int, int, int, int]:
    """Most urgent first; among equals a count before a mere bound, then the deeper, then neutrophils."""
    return (
        -(low.urgency or 0),
        int(is_bound(low.count)),
        -low.severity,
        0 if low.line is CellLine.NEUTROPHILS else 1 + _PLACES[low.line],
    )


def _footnote(line: Line, severity: Severity) -> str:
    """Grades of other scales for this tier, as the knowledge gives them."""
    return next((text for tier, text in line.footnotes.items() if tier == severity.name.lower()), "")


def unusual(low_counts: tuple[LowCount, ...]) -> tuple[LowCount, ...]:
    """The low counts that are not simply usual for this patient."""
    return tuple(low for low in low_counts if low.baseline is None or not low.baseline.expected)
