"""Drugs whose label asks for counts, and whether they have one in time."""

from __future__ import annotations

from datetime import timedelta

from cds.facts import CellCount, DraftAction, DraftOrder
from cds.findings import MonitoringDue, Urgency
from cds.knowledge.schema import Monitoring, MonitoringStep
from cds.rules.bounds import is_bound
from cds.rules.chart import Chart
from cds.rules.count_history import age_of
from cds.rules.drug_notes import note_of
from cds.rules.exposures import Exposure

_LABEL = "label"


def find_monitoring(
    chart: Chart,
) -> tuple[MonitoringDue, ...]:
    """Overdue counts of drugs being taken or drafted; drafted ones first."""
    drafted = _drafted(chart)
    taken = {exposure.drug.id: exposure for exposure in chart.exposures if exposure.ongoing}
    due: list[MonitoringDue] = []
    for rule in chart.knowledge.monitoring:
        if (rule.drug in drafted or rule.drug in taken) and rule.policy in (_LABEL, chart.policy):
            found = _due(rule, drafted.get(rule.drug), taken.get(rule.drug), chart)
            if found is not None:
                due.append(found)
    return tuple(sorted(due, key=lambda each: (each.draft is None, -each.urgency, each.drug.name)))


def _drafted(chart: Chart) -> dict[str, DraftOrder]:
    """The first draft of each drug that would be given to the whole body."""
    drafts: dict[str, DraftOrder] = {}
    for draft in chart.facts.drafts:
        if draft.action is DraftAction.ORDER and draft.selected and draft.systemic:
            for match in draft.matches:
                drafts.setdefault(match.ingredient, draft)
    return drafts


def _due(
    rule: Monitoring,
    draft: DraftOrder | None,
    taken: Exposure | None,
    chart: Chart,
) -> MonitoringDue | None:
    days_on = 0
    if taken is not None and taken.start is not None:
        days_on = max((chart.as_of - taken.start.earliest).days, 0)
    step = _step(rule, days_on)
    if step is None:
        return None
    last = _last_count(rule, chart)
    overdue: int | None = None
    if last is not None and last.measured is not None:
        age = age_of(last.measured, chart.as_of)
        if age <= timedelta(days=step.every_days + step.grace_days):
            return None
        overdue = (age - timedelta(days=step.every_days)).days
    drug = chart.knowledge.drugs[rule.drug]
    return MonitoringDue(
        drug=note_of(drug, chart.knowledge),
        line=rule.line,
        every_days=step.every_days,
        overdue_days=overdue,
        last=last,
        since=taken.start if taken is not None else None,
        urgency=Urgency.WARNING if rule.baseline_required else Urgency.INFO,
        draft=draft,
        uses=taken.uses if taken is not None else (),
        policy=rule.policy,
        confirmation=rule.confirmation.value,
        rule=f"monitoring/{rule.drug}",
        sources=rule.sources,
    )


def _step(rule: Monitoring, days_on: int) -> MonitoringStep | None:
    """The step of the calendar that holds after so many days on treatment, if it still holds."""
    if rule.until_days is not None and days_on >= rule.until_days:
        return None
    steps = [step for step in rule.steps if step.from_days <= days_on]
    return steps[-1] if steps else None


def _last_count(rule: Monitoring, chart: Chart) -> CellCount | None:
    """The newest real count of the line; a mere bound is no count."""
    return next((count for count in chart.history.of(rule.line) if not is_bound(count)), None)
