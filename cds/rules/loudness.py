"""Which topics speak on this occasion, how loudly, and why the others stay silent.

The rule of thumb at an order: speak when the order or its count matters, else be silent. A silent topic
keeps its reason, so that a reviewer can ask why nothing was said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from cds.facts import WHITE_CELL_LINES, CellLine, DraftAction, ResultStatus
from cds.findings import (
    BaselineKind,
    Duration,
    LowCount,
    OrderRisk,
    PatternKind,
    RiskReason,
    Severity,
    Standing,
    Suspect,
    Topic,
    TopicDecision,
    Urgency,
)
from cds.rules.bounds import is_below
from cds.rules.conclusions import Conclusions
from cds.rules.data_quality import decide_data_quality


def decide_topics(found: Conclusions, shadow: Collection[Topic] = ()) -> tuple[TopicDecision, ...]:
    """One decision per topic, in the order of the cards; those in ``shadow`` are worked out but not shown."""
    if found.chart.facts.patient.deceased:
        return tuple(TopicDecision(topic, None, ("patient-deceased",)) for topic in Topic)
    low_count = _low_count(found)
    decided = (
        _fever(found),
        _order_risk(found),
        _live_vaccine(found),
        low_count,
        _suspects(found, low_count),
        _monitoring(found),
        _precautions(found, low_count),
    )
    silenced = found.chart.knowledge.silenced_topics
    decisions = {each.topic: _unless_off(each, silenced) for each in decided}
    heard = _heard(decisions.values(), shadow)
    decisions[Topic.DATA_QUALITY] = _unless_off(decide_data_quality(found, heard=heard), silenced)
    return tuple(decisions[topic] for topic in Topic)


def _heard(decisions: Iterable[TopicDecision], shadow: Collection[Topic]) -> bool:
    """Whether any of these topics is heard where a word on data quality would be.

    A topic in shadow is not, unless that word is in shadow too: it is then measured as it would be shown
    without the shadow, beside all others.
    """
    unheard = () if Topic.DATA_QUALITY in shadow else shadow
    return any(each.urgency is not None and each.topic not in unheard for each in decisions)


def _unless_off(decision: TopicDecision, silenced: frozenset[str]) -> TopicDecision:
    """A topic that the hospital switched off stays silent; its own reasons stay behind that."""
    if decision.topic not in silenced:
        return decision
    return TopicDecision(decision.topic, None, ("switched-off", *decision.reasons))


def _fever(found: Conclusions) -> TopicDecision:
    if found.fever is None:
        return TopicDecision(Topic.FEVER, None, ("no-fever-with-low-neutrophils",))
    return TopicDecision(Topic.FEVER, Urgency.CRITICAL, (found.fever.definition.value,))


def _order_risk(found: Conclusions) -> TopicDecision:
    risks = [risk for risk in found.order_risks if risk.why is not RiskReason.LIVE_VACCINE]
    if not risks:
        return TopicDecision(Topic.ORDER_RISK, None, (found.no_risk,))
    urgency = max(risk.urgency for risk in risks)
    return TopicDecision(Topic.ORDER_RISK, urgency, tuple(dict.fromkeys(risk.why.value for risk in risks)))


def _live_vaccine(found: Conclusions) -> TopicDecision:
    risks = [risk for risk in found.order_risks if risk.why is RiskReason.LIVE_VACCINE]
    if not risks:
        return TopicDecision(Topic.LIVE_VACCINE, None, ("no-live-vaccine-at-risk",))
    return TopicDecision(Topic.LIVE_VACCINE, max(risk.urgency for risk in risks), ("live-vaccine",))


# --- low counts -----------------------------------------------------------------------------------------


def _low_count(found: Conclusions) -> TopicDecision:
    pattern_urgency, pattern_reasons = _patterns(found)
    speaking = [low for low in found.low_counts if low.urgency is not None]
    if found.ordering:
        speaking = [low for low in speaking if _matters_at_order(low, found)]
    urgencies = [low.urgency for low in speaking if low.urgency is not None]
    reasons = [reason for low in speaking for reason in low.reasons]
    if pattern_urgency is not None:
        urgencies.append(pattern_urgency)
        reasons = [*pattern_reasons, *reasons]
    if not urgencies:
        return TopicDecision(Topic.LOW_COUNT, None, _why_quiet(found))
    urgency = max(urgencies)
    if found.ordering and _is_stop_of_suspect(found) and not _severe(found) and pattern_urgency is None:
        return TopicDecision(Topic.LOW_COUNT, Urgency.INFO, ("suspect-being-stopped", *reasons))
    return TopicDecision(Topic.LOW_COUNT, urgency, tuple(dict.fromkeys(reasons)))


def _patterns(found: Conclusions) -> tuple[Urgency | None, tuple[str, ...]]:
    """Marrow patterns speak at an order only while they are new and unexplained."""
    urgencies: list[Urgency] = []
    reasons: list[str] = []
    for pattern in found.patterns:
        white_is_low = any(count.line in WHITE_CELL_LINES for count in pattern.counts)
        if found.ordering and pattern.kind is PatternKind.MARROW_FAILURE and not white_is_low:
            continue  # red cells and platelets are not what this service is asked about
        reasons.append(pattern.kind.value)
        unexplained = pattern.new and not pattern.known
        if pattern.kind is PatternKind.BLASTS:
            urgencies.append(Urgency.CRITICAL if unexplained else Urgency.INFO)
        elif unexplained and pattern.kind is not PatternKind.TWO_LINES:
            urgencies.append(Urgency.CRITICAL if _severe(found) else Urgency.WARNING)
        elif not found.ordering:
            urgencies.append(Urgency.INFO)
    if found.nothing_ordered:
        urgencies = [urgency for urgency in urgencies if urgency > Urgency.INFO]
    return (max(urgencies), tuple(reasons)) if urgencies else (None, ())


def _matters_at_order(low: LowCount, found: Conclusions) -> bool:
    """Whether a low line is worth a word beside this order."""
    loudness = found.chart.knowledge.limits.loudness
    draft_matters = bool(found.order_risks) or bool(found.stops)
    if "old" in low.reasons:
        return draft_matters
    if found.nothing_ordered:
        return _matters_without_order(low, found)
    if low.line is CellLine.NEUTROPHILS:
        if is_below(low.count, loudness.neutrophils_always) or low.is_severe_neutropenia:
            return True  # nobody signs an order unaware of this
        if draft_matters or found.fever is not None:
            return True
        if found.hottest is not None and low.severity >= Severity.MODERATE:
            return True
        if low.severity is Severity.MODERATE or "bound" in low.reasons:
            return _is_unsettled(low) and (_orders_medicine(found) or bool(_current(found)))
        noteworthy = (
            low.trend.steep
            or "laboratory-critical" in low.reasons
            or _has_lifelong_pattern(low)
            or low.count.status in {ResultStatus.CORRECTED, ResultStatus.AMENDED}  # not what was known before
        )
        return _is_unsettled(low) and (noteworthy or bool(_current(found)))
    if low.line is CellLine.LEUKOCYTES:
        if draft_matters:
            return True
        return (
            low.differential_missing
            and is_below(low.count, loudness.leukocytes_quiet_from)
            and _is_unsettled(low)
            and _orders_medicine(found)
        ) or "laboratory-critical" in low.reasons
    return any(_concerns(risk, low.line) for risk in found.order_risks)


def _matters_without_order(low: LowCount, found: Conclusions) -> bool:
    """What is said at an emptied order too: severe neutropenia, fever, a drug that is being taken and leads
    the suspects, and what the laboratory itself called critical. The rest waits for an order or the chart."""
    if low.line is not CellLine.NEUTROPHILS or "laboratory-critical" in low.reasons:
        return "laboratory-critical" in low.reasons
    loudness = found.chart.knowledge.limits.loudness
    if is_below(low.count, loudness.neutrophils_always) or low.is_severe_neutropenia or found.fever:
        return True
    return (
        is_below(low.count, loudness.neutrophils_suspect)
        and _is_unsettled(low)
        and any(
            suspect.line is low.line and suspect.standing is Standing.LEADING
            for suspect in found.suspects.suspects
        )
    )


def _is_unsettled(low: LowCount) -> bool:
    """Not long known and not the expected effect of a treatment."""
    return low.nadir is None and not (low.duration is Duration.CHRONIC and "recovering" in low.reasons)


def _has_lifelong_pattern(low: LowCount) -> bool:
    return low.baseline is not None and low.baseline.kind is BaselineKind.POSSIBLE_LIFELONG


def _orders_medicine(found: Conclusions) -> bool:
    """A draft that nobody could see, or see whose it is, may be one."""
    facts = found.chart.facts
    return any(gap.what == "drafts" for gap in facts.gaps) or any(
        draft.action is DraftAction.ORDER
        and draft.selected
        and (draft.kind.startswith("Medication") or draft.vaccine is not None)
        for draft in facts.drafts
    )


def _current(found: Conclusions) -> tuple[Suspect, ...]:
    """Suspects that are worth naming: possible or better."""
    return tuple(
        suspect
        for suspect in found.suspects.suspects
        if suspect.standing in {Standing.LEADING, Standing.POSSIBLE}
    )


def _concerns(risk: OrderRisk, line: CellLine) -> bool:
    if risk.why is RiskReason.LIVE_VACCINE:
        return True
    return (risk.count is not None and risk.count.line is line) or f"/{line}" in risk.rule


def _is_stop_of_suspect(found: Conclusions) -> bool:
    """The only thing these drafts do to the count is to stop one of its suspects."""
    stopped = {stop.drug.id for stop in found.stops}
    suspected = {suspect.drug.id for suspect in found.suspects.suspects}
    return bool(stopped) and not found.order_risks and (not suspected or bool(stopped & suspected))


def _severe(found: Conclusions) -> bool:
    return any(low.is_severe_neutropenia for low in found.low_counts)


def _why_quiet(found: Conclusions) -> tuple[str, ...]:
    if not found.low_counts:
        return ("no-low-count",)
    if all(low.urgency is None for low in found.low_counts):
        return tuple(dict.fromkeys(reason for low in found.low_counts for reason in low.reasons))
    return (found.no_risk,)


# --- the rest -------------------------------------------------------------------------------------------


def _suspects(found: Conclusions, low_count: TopicDecision) -> TopicDecision:
    if low_count.urgency is None:
        return TopicDecision(Topic.SUSPECTS, None, ("low-count-silent",))
    shown = [suspect for suspect in found.suspects.suspects if suspect.standing is not Standing.UNLIKELY]
    causes = [cause for cause in found.chart.causes if cause.acts_as != "already-coded"]
    if not shown and not causes and not found.suspects.pairs:
        return TopicDecision(Topic.SUSPECTS, None, ("no-suspect",))
    on_order_card = {risk.drug.id for risk in found.order_risks if risk.drug is not None and risk.suspect}
    if shown and not causes and {suspect.drug.id for suspect in shown} <= on_order_card:
        return TopicDecision(Topic.SUSPECTS, None, ("shown-on-order-card",))
    best = shown[0].standing if shown else None
    if best is Standing.LEADING:
        return TopicDecision(Topic.SUSPECTS, min(low_count.urgency, Urgency.WARNING), ("leading-suspect",))
    reason = {Standing.EXPECTED: "expected-effect", Standing.POSSIBLE: "possible-suspects"}.get(
        best or Standing.UNLIKELY, "other-causes"
    )
    return TopicDecision(Topic.SUSPECTS, Urgency.INFO, (reason,))


def _monitoring(found: Conclusions) -> TopicDecision:
    due = [each for each in found.monitoring if each.draft is not None or not found.ordering]
    if not due:
        reason = "no-draft-needs-a-count" if found.ordering else "nothing-overdue"
        return TopicDecision(Topic.MONITORING, None, (reason,))
    reason = "no-count-at-all" if due[0].last is None else "count-overdue"
    return TopicDecision(Topic.MONITORING, max(each.urgency for each in due), (reason,))


def _precautions(found: Conclusions, low_count: TopicDecision) -> TopicDecision:
    if not found.precautions:
        return TopicDecision(Topic.PRECAUTIONS, None, ("no-row-applies",))
    if low_count.urgency is None or (found.ordering and low_count.urgency < Urgency.WARNING):
        return TopicDecision(Topic.PRECAUTIONS, None, ("low-count-quiet",))
    return TopicDecision(Topic.PRECAUTIONS, Urgency.INFO, ("fitted-to-count",))
