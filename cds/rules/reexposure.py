"""A drug, or one of its class, ordered again after it went with a low count before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from cds.facts import CellCount, CellLine, DraftOrder
from cds.findings import LowCount, OrderRisk, RiskReason, Severity, Standing, Suspect, Urgency
from cds.knowledge.schema import Drug, Effect
from cds.rules.chart import Chart
from cds.rules.count_history import is_vague
from cds.rules.drug_notes import note_of
from cds.rules.exposures import Exposure, acts_as_expected
from cds.rules.lower_limits import is_low
from cds.rules.order_urgency import is_strong, urgency_of_reorder


def find_reexposure_risks(
    draft: DraftOrder, drug: Drug, low: LowCount | None, suspects: tuple[Suspect, ...], chart: Chart
) -> list[OrderRisk]:
    """A recorded reaction first, then a suspect of today, then what the patient's own counts showed."""
    recorded = _recorded(draft, drug, low, chart)
    if recorded is not None:
        return [recorded]
    if acts_as_expected(drug):
        return []  # chemotherapy is given again on purpose
    for suspect in suspects:
        relative = chart.knowledge.drugs[suspect.drug.id]
        named = suspect.standing in {Standing.LEADING, Standing.POSSIBLE}
        if named and relative.id != drug.id and _is_related(relative, drug):
            return _of_todays_suspect(draft, drug, low, suspect, chart)
    for exposure in chart.exposures:
        if not _is_related(exposure.drug, drug) or chart.taking(exposure):
            continue
        lowest = _lowest_before_recovery(exposure, chart)
        if lowest is not None and is_strong(exposure.drug):
            return [_risk(draft, drug, exposure.drug, low, chart, exposure.references, earlier=lowest)]
    return []


def _of_todays_suspect(
    draft: DraftOrder, drug: Drug, low: LowCount | None, suspect: Suspect, chart: Chart
) -> list[OrderRisk]:
    """To change within the class is never louder than to go on, and weak evidence is no reason to speak."""
    relative = chart.knowledge.drugs[suspect.drug.id]
    if low is None or not (is_strong(relative) or is_strong(drug)):
        return []
    risk = _risk(draft, drug, relative, low, chart, tuple(use.reference for use in suspect.uses))
    return [replace(risk, urgency=urgency_of_reorder(relative, low, suspect), suspect=suspect)]


def _recorded(draft: DraftOrder, drug: Drug, low: LowCount | None, chart: Chart) -> OrderRisk | None:
    for reaction in chart.facts.reactions:
        other = chart.knowledge.drugs.get(reaction.ingredient)
        if other is None or not _is_related(other, drug):
            continue
        if other.id == drug.id or _lowers_any(drug):
            return _risk(draft, drug, other, low, chart, (reaction.reference,), reaction=reaction.text)
    return None


def _is_related(earlier: Drug, drug: Drug) -> bool:
    return earlier.id == drug.id or earlier.drug_class == drug.drug_class


def _lowers_any(drug: Drug) -> bool:
    return any(
        drug.effect.on(line) is Effect.LOWERS
        for line in (CellLine.NEUTROPHILS, CellLine.LYMPHOCYTES, CellLine.LEUKOCYTES)
    )


def _lowest_before_recovery(exposure: Exposure, chart: Chart) -> CellCount | None:
    """The lowest neutrophil count of a finished exposure, if they were normal again after its end."""
    last = exposure.last_day(chart.knowledge.ranking)
    if exposure.start is None or last is None:
        return None
    until = last + timedelta(days=chart.knowledge.ranking.stopped_counts_as_on_days)
    lows: list[CellCount] = []
    recovered = False
    for count in chart.history.of(CellLine.NEUTROPHILS):
        if count.measured is None or is_vague(count.measured):
            continue
        at = count.measured.earliest
        if not is_low(count, chart):
            recovered = recovered or at > last
        elif exposure.start.earliest <= at <= until:
            lows.append(count)
    return min(lows, key=lambda count: count.value) if lows and recovered else None


def _risk(
    draft: DraftOrder,
    drug: Drug,
    relative: Drug,
    low: LowCount | None,
    chart: Chart,
    related: tuple[str, ...],
    *,
    earlier: CellCount | None = None,
    reaction: str = "",
) -> OrderRisk:
    why = RiskReason.REEXPOSURE if relative.id == drug.id else RiskReason.SAME_CLASS
    severe = low is not None and low.is_severe_neutropenia
    return OrderRisk(
        draft=draft,
        why=why,
        urgency=Urgency.CRITICAL if severe else Urgency.WARNING,
        drug=note_of(drug, chart.knowledge, chart.policy),
        count=low.count if low is not None else None,
        severity=low.severity if low is not None else Severity.NONE,
        relative=note_of(relative, chart.knowledge, chart.policy),
        earlier=earlier,
        reaction=reaction,
        related=related,
        rule=f"order-risk/{why}",
        sources=drug.sources,
    )
