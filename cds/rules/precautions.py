"""Infection precautions fitted to the line and the tier, and the tests that are still missing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from cds.facts import CellLine
from cds.findings import (
    BaselineKind,
    Duration,
    Fever,
    LowCount,
    MarrowPattern,
    Precaution,
    Severity,
    Urgency,
    WorkUp,
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


def find_work_up(
    low_counts: tuple[LowCount, ...],
    patterns: tuple[MarrowPattern, ...],
    fever: Fever | None,
    chart: Chart,
) -> tuple[WorkUp, ...]:
    """Tests worth doing that the data does not show as ordered or drafted."""
    settings = _settings(low_counts, patterns, chart, fever)
    if not settings:
        return ()
    known = _tests_at_hand(chart)
    return tuple(
        WorkUp(test.id, test.name, test.loinc[0] if test.loinc else "", test.order, test.when)
        for test in chart.knowledge.work_up
        if test.when in settings and not known.intersection(test.loinc)
    )


def _settings(
    low_counts: tuple[LowCount, ...],
    patterns: tuple[MarrowPattern, ...],
    chart: Chart,
    fever: Fever | None,
) -> frozenset[str]:
    settings: set[str] = set()
    lows = [low for low in low_counts if low.urgency is not None]
    neutrophils = next((low for low in lows if low.line is CellLine.NEUTROPHILS), None)
    unexplained = [low for low in lows if low.nadir is None]
    if lows:
        settings.add("every-low")
    if neutrophils is not None and neutrophils.nadir is None:
        if neutrophils.severity >= Severity.MODERATE and not chart.causes:
            settings.add("new-unexplained")
        if neutrophils.baseline is not None and neutrophils.baseline.kind is BaselineKind.POSSIBLE_LIFELONG:
            settings.add("stable-mild")
    if any(low.duration is Duration.CHRONIC for low in unexplained):
        settings.add("chronic")
    if any(low.line is CellLine.LYMPHOCYTES and low.duration is Duration.CHRONIC for low in lows):
        settings.add("lymphopenia-persistent")
    if patterns and not all(pattern.known for pattern in patterns):
        settings.add("several-lines")
    if fever is not None:
        settings |= {"fever", "every-low"}
    return frozenset(settings)


def _tests_at_hand(chart: Chart) -> frozenset[str]:
    """LOINC codes drafted now, or ordered in the last days."""
    days = timedelta(days=chart.knowledge.limits.suggested_test_recent_days)
    ordered = {
        test.loinc
        for test in chart.facts.tests
        if test.ordered is not None and chart.as_of - test.ordered.latest <= days
    }
    return frozenset(ordered | {loinc for draft in chart.facts.drafts for loinc in draft.tests})


def needs_precautions(low_counts: tuple[LowCount, ...]) -> bool:
    """Whether any low line is loud enough for precautions to be worth a card."""
    return any(low.urgency is not None and low.urgency >= Urgency.WARNING for low in low_counts)
