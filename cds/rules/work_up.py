"""The tests that are worth doing and not yet at hand."""

from __future__ import annotations

from datetime import timedelta

from cds.facts import CellLine, DraftAction
from cds.findings import (
    BaselineKind,
    Duration,
    Fever,
    LowCount,
    MarrowPattern,
    MonitoringDue,
    Severity,
    WorkUp,
)
from cds.rules.chart import Chart


def find_work_up(
    low_counts: tuple[LowCount, ...],
    patterns: tuple[MarrowPattern, ...],
    fever: Fever | None,
    monitoring: tuple[MonitoringDue, ...],
    chart: Chart,
) -> tuple[WorkUp, ...]:
    """Tests worth doing that the data does not show as ordered or drafted, in the order of the knowledge."""
    settings = _settings(low_counts, chart)
    if low_counts_speak(low_counts) or fever is not None or monitoring:
        settings.add("recheck")
    if fever is not None:
        settings.add("fever")
    if any(not pattern.known for pattern in patterns):
        settings.add("several-lines")
    if not settings:
        return ()
    at_hand = _tests_at_hand(chart)
    worth_doing = []
    for test in chart.knowledge.work_up:
        reasons = [each for each in test.when if each in settings]
        if reasons and at_hand.isdisjoint(test.loinc):
            loinc = test.loinc[0] if test.loinc else ""
            worth_doing.append(WorkUp(test.id, test.name, loinc, test.order, reasons[0]))
    return tuple(worth_doing)


def low_counts_speak(low_counts: tuple[LowCount, ...]) -> bool:
    """Whether any low line is more than a row of the table."""
    return any(low.urgency is not None for low in low_counts)


def _settings(low_counts: tuple[LowCount, ...], chart: Chart) -> set[str]:
    """What the low lines ask for; the expected effect of a treatment asks for no search."""
    settings: set[str] = set()
    for low in low_counts:
        if low.urgency is None or low.nadir is not None:
            continue
        settings.add("every-low")
        if low.duration is Duration.CHRONIC:
            settings.add("chronic")
            if low.line is CellLine.LYMPHOCYTES:
                settings.add("lymphopenia-persistent")
        if low.line is not CellLine.NEUTROPHILS:
            continue
        if low.severity >= Severity.MODERATE and not chart.causes:
            settings.add("new-unexplained")
        if low.baseline is not None and low.baseline.kind is BaselineKind.POSSIBLE_LIFELONG:
            settings.add("stable-mild")
    return settings


def _tests_at_hand(chart: Chart) -> frozenset[str]:
    """LOINC codes that a draft orders, or that were ordered or done in the last days; undated ones count."""
    days = timedelta(days=chart.knowledge.limits.suggested_test_recent_days)
    drafted = {
        loinc for draft in chart.facts.drafts if draft.action is DraftAction.ORDER for loinc in draft.tests
    }
    known = {
        test.loinc
        for test in chart.facts.tests
        if test.ordered is None or chart.as_of - test.ordered.latest <= days
    }
    return frozenset(drafted | known)
