"""A drug, or one of its class, ordered again after it went with a low count before."""

from __future__ import annotations

from datetime import timedelta

from cds.facts import CellLine, DraftOrder
from cds.findings import LowCount, OrderRisk, RiskReason, Severity, Urgency
from cds.knowledge.schema import Drug, Effect
from cds.rules.chart import Chart
from cds.rules.count_history import is_vague
from cds.rules.exposures import Exposure, acts_as_expected, note_of
from cds.rules.lower_limits import is_low


def find_reexposure_risks(
    draft: DraftOrder,
    drug: Drug,
    low: LowCount | None,
    chart: Chart,
) -> list[OrderRisk]:
    """Recorded reactions first, then what the patient's own counts showed."""
    risks = _recorded(draft, drug, low, chart)
    if risks or acts_as_expected(drug):
        return risks  # chemotherapy is given again on purpose
    for exposure in chart.exposures:
        related = exposure.drug.id == drug.id or exposure.drug.drug_class == drug.drug_class
        if not related or exposure.taken_at(chart.as_of, chart.knowledge.ranking):
            continue
        if exposure.drug.evidence.grade not in {"A", "B"} or not _was_low_and_recovered(exposure, chart):
            continue
        why = RiskReason.REEXPOSURE if exposure.drug.id == drug.id else RiskReason.SAME_CLASS
        return [_risk(draft, drug, why, low, exposure.references)]
    return []


def _recorded(draft: DraftOrder, drug: Drug, low: LowCount | None, chart: Chart) -> list[OrderRisk]:
    for reaction in chart.facts.reactions:
        other = chart.knowledge.drugs.get(reaction.ingredient)
        if reaction.ingredient == drug.id:
            return [_risk(draft, drug, RiskReason.REEXPOSURE, low, (reaction.reference,))]
        if other is not None and other.drug_class == drug.drug_class and _lowers_any(drug):
            return [_risk(draft, drug, RiskReason.SAME_CLASS, low, (reaction.reference,))]
    return []


def _lowers_any(drug: Drug) -> bool:
    return any(
        drug.effect.on(line) is Effect.LOWERS
        for line in (CellLine.NEUTROPHILS, CellLine.LYMPHOCYTES, CellLine.LEUKOCYTES)
    )


def _was_low_and_recovered(exposure: Exposure, chart: Chart) -> bool:
    """Neutrophils were low during the exposure, and normal after its end."""
    last = exposure.last_day(chart.knowledge.ranking)
    if exposure.start is None or last is None:
        return False
    grace = timedelta(days=chart.knowledge.ranking.stopped_counts_as_on_days)
    dated = [count for count in chart.history.of(CellLine.NEUTROPHILS) if not is_vague(count.measured)]
    low_on_it = recovered = False
    for count in dated:
        assert count.measured is not None  # noqa: S101 - vague counts are filtered out
        at = count.measured.earliest
        low = is_low(count, chart)
        low_on_it = low_on_it or (low and exposure.start.earliest <= at <= last + grace)
        recovered = recovered or (not low and at > last)
    return low_on_it and recovered


def _risk(
    draft: DraftOrder, drug: Drug, why: RiskReason, low: LowCount | None, related: tuple[str, ...]
) -> OrderRisk:
    severe = low is not None and low.line is CellLine.NEUTROPHILS and low.severity >= Severity.SEVERE
    return OrderRisk(
        draft=draft,
        why=why,
        urgency=Urgency.CRITICAL if severe else Urgency.WARNING,
        drug=note_of(drug),
        count=low.count if low is not None else None,
        severity=low.severity if low is not None else Severity.NONE,
        related=related,
        rule=f"order-risk/{why}",
        sources=drug.sources,
    )
