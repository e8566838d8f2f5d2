"""A live vaccine drafted in severe immune weakness."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from cds.facts import CellCount, CellFraction, CellLine, DraftOrder
from cds.findings import Freshness, LowCount, OrderRisk, RiskReason, Severity, Urgency
from cds.knowledge.schema import Effect, Mechanism
from cds.knowledge.schema.relied_on import HIV
from cds.rules.bounds import is_below
from cds.rules.chart import Chart
from cds.rules.drug_notes import note_of
from cds.rules.exposures import Exposure, acts_as_expected
from cds.rules.low_counts import unusual

# An older count speaks more softly; one of months ago says nothing of today.
_URGENCY = {
    Freshness.CURRENT: Urgency.CRITICAL,
    Freshness.RECENT: Urgency.CRITICAL,
    Freshness.AGEING: Urgency.WARNING,
    Freshness.UNDATED: Urgency.WARNING,
    Freshness.OLD: Urgency.INFO,
}
_CONDITIONS_THAT_WEAKEN = frozenset({"immune-weakness", "marrow"})
_WEAKENING = frozenset(
    {
        Mechanism.MYELOSUPPRESSIVE,
        Mechanism.REDISTRIBUTION,
        Mechanism.BIOLOGIC,
        Mechanism.LYMPHOCYTE_DEPLETION,
        Mechanism.LATE_ONSET,
    }
)


def find_live_vaccine_risk(
    draft: DraftOrder, low_counts: tuple[LowCount, ...], chart: Chart
) -> OrderRisk | None:
    """The risk of a live vaccine draft: by the count alone, or by a low line with a reason for weakness."""
    vaccine = chart.knowledge.live_vaccines.get(draft.vaccine or "")
    if vaccine is None:
        return None
    limits = chart.knowledge.limits.immunity
    by_count = (
        (CellLine.NEUTROPHILS, limits.neutrophils),
        (CellLine.LYMPHOCYTES, limits.lymphocytes),
        (CellLine.CD4, limits.cd4_per_ul / Decimal(1000)),
    )
    for line, below in by_count:
        count = chart.history.newest(line)
        urgency = _URGENCY.get(chart.freshness(count)) if count is not None else None
        if count is not None and urgency is not None and is_below(count, below):
            return _risk(draft, vaccine.name, count, urgency, low_counts, limits.sources)
    share = _child_cd4_share(chart)
    if share is not None and share.percent < limits.cd4_percent:
        risk = _risk(draft, vaccine.name, None, Urgency.CRITICAL, low_counts, limits.sources)
        return replace(risk, share=share, related=(*share.references, *_conditions(chart, {HIV})))
    low = next(iter(unusual(low_counts)), None)
    if low is None or low.urgency is None:
        return None
    weakening = [
        exposure
        for exposure in chart.exposures
        if chart.taking(exposure)
        and exposure.drug.effect.mechanism in _WEAKENING
        and (acts_as_expected(exposure.drug) or _lowers(exposure, low.line))
    ]
    weaken = {
        known.id for known in chart.knowledge.conditions.values() if known.acts_as in _CONDITIONS_THAT_WEAKEN
    }
    # with enough CD4 cells HIV is no reason; they are not below their limits here
    cd4_is_known = share is not None or chart.fresh(CellLine.CD4) is not None
    conditions = _conditions(chart, weaken if cd4_is_known else {*weaken, HIV})
    if not weakening and not conditions:
        return None
    related = (*(use.reference for each in weakening for use in each.uses), *conditions)
    urgency = min(Urgency.WARNING, _URGENCY.get(low.freshness, Urgency.INFO))
    risk = _risk(draft, vaccine.name, low.count, urgency, low_counts, limits.sources)
    return replace(
        risk, drug=note_of(weakening[0].drug, chart.knowledge) if weakening else None, related=related
    )


def _conditions(chart: Chart, ids: Collection[str]) -> tuple[str, ...]:
    return tuple(known.reference for known in chart.facts.conditions if known.condition in ids)


def _child_cd4_share(chart: Chart) -> CellFraction | None:
    """The newest share of CD4 cells of a child with HIV, not older than a count to act on."""
    patient = chart.facts.patient
    if patient.born is None or not _conditions(chart, {HIV}):
        return None
    since, until = chart.knowledge.limits.immunity.cd4_percent_days
    oldest = chart.knowledge.limits.freshness.recent_days
    shares = [
        (share.measured.earliest, -share.percent, share)
        for share in chart.facts.fractions
        if share.line is CellLine.CD4
        and share.measured is not None
        and not share.measured.is_vague
        and since <= (patient.age_in_days(share.measured, chart.as_of) or 0) < until
        and (chart.as_of - share.measured.latest).days <= oldest
    ]
    return max(shares, key=lambda each: each[:2])[2] if shares else None


def _lowers(exposure: Exposure, line: CellLine) -> bool:
    return exposure.drug.effect.on(line) is Effect.LOWERS


def _risk(
    draft: DraftOrder,
    vaccine: str,
    count: CellCount | None,
    urgency: Urgency,
    low_counts: tuple[LowCount, ...],
    sources: tuple[str, ...],
) -> OrderRisk:
    low = next((each for each in low_counts if count is not None and each.line is count.line), None)
    return OrderRisk(
        draft=draft,
        why=RiskReason.LIVE_VACCINE,
        urgency=urgency,
        count=count,
        severity=low.severity if low is not None else Severity.NONE,
        vaccine=vaccine,
        rule="order-risk/live-vaccine",
        sources=sources,
    )
