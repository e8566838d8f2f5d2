"""How loudly one low line speaks on its own, before anyone asks what is being ordered."""

from __future__ import annotations

from dataclasses import dataclass

from cds.facts import CellCount, CellLine, LabFlag
from cds.findings import (
    Baseline,
    BaselineKind,
    Duration,
    ExpectedNadir,
    Freshness,
    OtherCause,
    Severity,
    Trend,
    Urgency,
)
from cds.rules.baselines import below_own_baseline
from cds.rules.bounds import is_below, is_bound
from cds.rules.chart import Chart
from cds.rules.lower_limits import Judgement, is_low


@dataclass(frozen=True, slots=True)
class LineContext:
    """Everything that bears on the loudness of one low line."""

    count: CellCount
    judgement: Judgement
    freshness: Freshness
    duration: Duration
    trend: Trend
    baseline: Baseline | None
    nadir: ExpectedNadir | None
    newer_total: CellCount | None
    differential_missing: bool
    neutrophils: CellCount | None
    causes: tuple[OtherCause, ...]
    expected_effect: bool  # a drug whose known effect is this fall is being taken


Verdict = tuple[Urgency | None, tuple[str, ...]]


def find_urgency(context: LineContext, chart: Chart) -> Verdict:
    """Urgency of one line with the reasons for it; ``None`` is a row of the table at most."""
    if chart.knowledge.lines[context.count.line].speaks == "table":
        return None, ("table-line",)
    if context.baseline is not None and context.baseline.expected:
        return None, ("expected-for-duffy-null",)
    urgency, reasons = _by_line(context, chart)
    urgency, reasons = _lift_by_flag(context, urgency, reasons)
    return _soften_by_age(context, chart, urgency, reasons)


def _by_line(context: LineContext, chart: Chart) -> Verdict:
    match context.count.line:
        case CellLine.NEUTROPHILS:
            return _neutrophils(context, chart)
        case CellLine.LEUKOCYTES:
            return _leukocytes(context, chart)
        case CellLine.LYMPHOCYTES:
            return _lymphocytes(context, chart)
        case CellLine.CD4:
            return _cd4(context)
    return None, ("table-line",)


def _neutrophils(context: LineContext, chart: Chart) -> Verdict:
    severity, count = context.judgement.severity, context.count
    if is_bound(count):
        return _neutrophil_bound(context)
    if severity >= Severity.SEVERE:
        return _severe_neutrophils(context, chart)
    if severity is Severity.MODERATE:
        if context.judgement.neonate:
            return Urgency.WARNING, ("neonate-discuss",)
        if context.trend.recovering:
            return Urgency.INFO, ("recovering",)
        if context.nadir is not None:
            return Urgency.INFO, ("expected-nadir",)
        if below_own_baseline(count, context.baseline, chart):
            return Urgency.WARNING, ("moderate", "below-own-baseline")
        return Urgency.WARNING, ("moderate",)
    if context.judgement.neonate:
        return Urgency.INFO, ("neonate-mild",)
    if context.trend.recovering:
        return Urgency.INFO, ("recovering",)
    if context.trend.steep and context.nadir is None:
        return Urgency.WARNING, ("mild", "steep-fall")
    if context.baseline is not None and context.baseline.kind is BaselineKind.POSSIBLE_LIFELONG:
        return Urgency.INFO, ("possible-lifelong",)
    return Urgency.INFO, ("mild",)


def _severe_neutrophils(context: LineContext, chart: Chart) -> Verdict:
    if context.nadir is not None and not context.nadir.prolonged:
        return Urgency.WARNING, ("expected-nadir",)
    if context.nadir is not None:
        return Urgency.CRITICAL, ("prolonged-profound",)
    if context.newer_total is not None and not is_low(context.newer_total, chart):
        return Urgency.WARNING, ("newer-total-without-differential",)
    if _is_long_known(context):
        return Urgency.WARNING, ("chronic-known",)
    return Urgency.CRITICAL, ("severe",)


def _is_long_known(context: LineContext) -> bool:
    """Low for months with a cause on record, a crash that long ago too; or coming and going as in cyclic
    neutropenia."""
    if context.duration is Duration.RECURRING:
        return not context.trend.crashed and any(cause.acts_as == "congenital" for cause in context.causes)
    return context.duration is Duration.CHRONIC and bool(context.causes)


def _neutrophil_bound(context: LineContext) -> Verdict:
    """Only the total is known, and it is so low that the neutrophils have to be low too."""
    if context.judgement.severity >= Severity.SEVERE:
        if context.nadir is not None:
            return Urgency.WARNING, ("expected-nadir", "bound")
        return Urgency.CRITICAL, ("severe", "bound")
    return Urgency.WARNING, ("differential-missing", "bound")


def _leukocytes(context: LineContext, chart: Chart) -> Verdict:
    loudness = chart.knowledge.limits.loudness
    if context.differential_missing:
        if is_below(context.count, loudness.leukocytes_quiet_from):
            return Urgency.WARNING, ("differential-missing",)
        return Urgency.INFO, ("mild", "differential-missing")
    if context.neutrophils is not None and is_low(context.neutrophils, chart):
        return None, ("neutrophils-say-more",)
    if is_below(context.count, loudness.leukocytes_warning):
        return Urgency.WARNING, ("marked",)
    return Urgency.INFO, ("neutrophils-settled",)


def _lymphocytes(context: LineContext, chart: Chart) -> Verdict:
    if not is_below(context.count, chart.knowledge.limits.loudness.lymphocytes_warning):
        return Urgency.INFO, ("lymphocytes-mild",)
    if context.causes or context.duration in {Duration.CHRONIC, Duration.RECURRING}:
        return Urgency.INFO, ("lymphocytes-known",)
    if context.expected_effect:
        return Urgency.INFO, ("expected-effect",)
    return Urgency.WARNING, ("lymphocytes-severe",)


def _cd4(context: LineContext) -> Verdict:
    if context.judgement.severity < Severity.MODERATE:
        return None, ("cd4-mild",)
    if context.causes:
        return Urgency.INFO, ("cd4-known",)
    return Urgency.WARNING, ("cd4-low",)


def _lift_by_flag(context: LineContext, urgency: Urgency | None, reasons: tuple[str, ...]) -> Verdict:
    if context.count.flag is LabFlag.CRITICALLY_LOW and (urgency is None or urgency < Urgency.WARNING):
        return Urgency.WARNING, (*reasons, "laboratory-critical")
    return urgency, reasons


def _soften_by_age(
    context: LineContext, chart: Chart, urgency: Urgency | None, reasons: tuple[str, ...]
) -> Verdict:
    """Old and undated counts speak more softly; preterm infants have no limits here."""
    if urgency is None:
        return urgency, reasons
    age = context.judgement.age_days
    newly_born = age is not None and age < chart.knowledge.limits.preterm_note_to_days
    if chart.facts.patient.preterm and newly_born:
        return Urgency.INFO, (*reasons, "preterm")
    if context.freshness is Freshness.AGEING and urgency is Urgency.CRITICAL:
        return Urgency.WARNING, (*reasons, "ageing")
    if context.freshness is Freshness.OLD:
        return Urgency.INFO, (*reasons, "old")
    if context.freshness is Freshness.UNDATED:
        severe = context.judgement.severity >= Severity.SEVERE
        return (Urgency.WARNING if severe else Urgency.INFO), (*reasons, "undated")
    return urgency, reasons
