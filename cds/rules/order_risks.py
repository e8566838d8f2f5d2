"""Whether *this draft order* adds marrow risk to *this* count."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from cds.facts import CellCount, CellLine, DraftAction, DraftOrder, PatientFacts
from cds.findings import (
    Fever,
    LowCount,
    OrderRisk,
    RiskReason,
    Severity,
    Standing,
    StopNote,
    Suspect,
    Urgency,
)
from cds.knowledge.base import Knowledge
from cds.knowledge.schema import Drug, Effect
from cds.rules.count_history import FRESH, CountHistory, freshness_of
from cds.rules.exposures import Exposure, note_of
from cds.rules.label_limits import find_clozapine_band, find_crossed_limits
from cds.rules.live_vaccines import find_live_vaccine_risk
from cds.rules.pair_risks import find_pair_risks
from cds.rules.reexposure import find_reexposure_risks
from cds.rules.suspects import SuspectList

_GRADED_LINES = (CellLine.NEUTROPHILS, CellLine.LYMPHOCYTES, CellLine.LEUKOCYTES)
_CLOZAPINE = "clozapine"


@dataclass(frozen=True, slots=True)
class Chart:
    """What the drafts are held against."""

    facts: PatientFacts
    history: CountHistory
    low_counts: tuple[LowCount, ...]
    exposures: tuple[Exposure, ...]
    suspects: SuspectList
    fever: Fever | None
    policy: str


def find_order_risks(chart: Chart, knowledge: Knowledge) -> tuple[OrderRisk, ...]:
    """Every risk of every draft that would be signed, the most urgent first."""
    risks: list[OrderRisk] = []
    fresh = _fresh_counts(chart, knowledge)
    for draft in chart.facts.drafts:
        if draft.action is not DraftAction.ORDER or not draft.selected:
            continue
        vaccine = find_live_vaccine_risk(
            draft, chart.facts, fresh, chart.low_counts, chart.exposures, knowledge
        )
        if vaccine is not None:
            risks.append(vaccine)
        if not draft.systemic:
            continue
        for drug in _drugs(draft, knowledge):
            risks += _drug_risks(draft, drug, chart, fresh, knowledge)
    risks += find_pair_risks(chart.facts.drafts, chart.exposures, chart.low_counts, knowledge)
    return tuple(sorted(risks, key=lambda risk: (-risk.urgency, list(RiskReason).index(risk.why))))


def find_stops(chart: Chart, knowledge: Knowledge) -> tuple[StopNote, ...]:
    """Drafts that stop a drug which lowers a low line: noted, never scolded."""
    notes = []
    for draft in chart.facts.drafts:
        if draft.action is not DraftAction.STOP or not draft.selected:
            continue
        for drug in _drugs(draft, knowledge):
            low = _low_line(drug, chart.low_counts)
            if low is not None:
                notes.append(StopNote(draft, note_of(drug), low.count))
    return tuple(notes)


def _drugs(draft: DraftOrder, knowledge: Knowledge) -> list[Drug]:
    ids = dict.fromkeys(match.ingredient for match in draft.matches)
    return [knowledge.drugs[drug_id] for drug_id in ids if drug_id in knowledge.drugs]


def _fresh_counts(chart: Chart, knowledge: Knowledge) -> dict[CellLine, CellCount]:
    limits = knowledge.limits.freshness
    counts = {line: chart.history.newest(line) for line in (*_GRADED_LINES, CellLine.CD4)}
    return {
        line: count
        for line, count in counts.items()
        if count is not None and freshness_of(count, chart.facts.as_of, limits) in FRESH
    }


def _drug_risks(
    draft: DraftOrder, drug: Drug, chart: Chart, fresh: dict[CellLine, CellCount], knowledge: Knowledge
) -> list[OrderRisk]:
    if drug.treats_neutropenia or _treats_the_fever(drug, chart):
        return []
    taken = [
        exposure
        for exposure in chart.exposures
        if exposure.drug.id == drug.id and exposure.taken_at(chart.facts.as_of, knowledge.ranking)
    ]
    limits = _limit_risks(draft, drug, chart, fresh, knowledge, in_use=bool(taken))
    low = _low_line(drug, chart.low_counts)
    risks = list(limits)
    if low is not None:
        risk = _suspect_risk(draft, drug, low, chart, in_use=bool(taken), crossed=bool(limits))
        if risk is not None:
            risks.append(risk)
    return risks + find_reexposure_risks(
        draft, drug, low, chart.history, chart.exposures, chart.facts, knowledge
    )


def _limit_risks(
    draft: DraftOrder,
    drug: Drug,
    chart: Chart,
    fresh: dict[CellLine, CellCount],
    knowledge: Knowledge,
    *,
    in_use: bool,
) -> list[OrderRisk]:
    always = knowledge.limits.loudness.neutrophils_always
    neutrophils = fresh.get(CellLine.NEUTROPHILS)
    if drug.id == _CLOZAPINE:
        band = neutrophils and find_clozapine_band(
            neutrophils, chart.policy, knowledge, duffy_null=chart.facts.duffy_null
        )
        crossed = [band] if band else []
    else:
        crossed = [
            (limit, _limit_urgency(fresh[limit.line], limit.line, always))
            for limit in find_crossed_limits(drug, fresh, knowledge, in_use=in_use)
        ]
    return [
        OrderRisk(
            draft=draft,
            why=RiskReason.LABEL_LIMIT,
            urgency=urgency,
            drug=note_of(drug),
            count=fresh[limit.line],
            severity=_severity_of(limit.line, chart.low_counts),
            label_limit=limit,
            suspect=_suspect(drug, chart.suspects),
            rule=f"order-risk/label-limit/{limit.line}",
            sources=limit.sources,
        )
        for limit, urgency in crossed
    ]


def _limit_urgency(count: CellCount, line: CellLine, always: Decimal) -> Urgency:
    critical = line is CellLine.NEUTROPHILS and count.value < always
    return Urgency.CRITICAL if critical else Urgency.WARNING


def _suspect_risk(
    draft: DraftOrder, drug: Drug, low: LowCount, chart: Chart, *, in_use: bool, crossed: bool
) -> OrderRisk | None:
    suspect = _suspect(drug, chart.suspects)
    again = in_use or suspect is not None
    urgency = _again_urgency(drug, low, suspect) if again else _start_urgency(drug, low, crossed=crossed)
    if urgency is None:
        return None
    return OrderRisk(
        draft=draft,
        why=RiskReason.SUSPECT_REORDERED if again else RiskReason.SUSPECT_STARTED,
        urgency=urgency,
        drug=note_of(drug),
        count=low.count,
        severity=low.severity,
        suspect=suspect,
        related=tuple(use.reference for use in suspect.uses) if suspect else (),
        rule=f"order-risk/{'suspect-reordered' if again else 'suspect-started'}/{low.line}",
        sources=drug.sources,
    )


def _again_urgency(drug: Drug, low: LowCount, suspect: Suspect | None) -> Urgency | None:
    """A drug that is already taken, or was lately, and is ordered again while the line is low."""
    if suspect is None and drug.evidence.grade not in {"A", "B"}:
        return None
    if suspect is not None and suspect.standing is Standing.UNLIKELY:
        return Urgency.INFO
    urgency = Urgency.WARNING if drug.evidence.grade in {"A", "B"} else Urgency.INFO
    severe = low.line is CellLine.NEUTROPHILS and low.severity >= Severity.SEVERE
    expected = suspect is not None and suspect.standing is Standing.EXPECTED
    if severe and not expected and urgency is Urgency.WARNING:
        urgency = Urgency.CRITICAL
    return _capped(urgency, low)


def _start_urgency(drug: Drug, low: LowCount, *, crossed: bool) -> Urgency | None:
    """A drug known to lower the line is started while it is low."""
    grade = drug.evidence.grade
    if crossed or grade in {"D", "X"}:
        return None  # a crossed label limit says it already; weak evidence would be noise
    if grade == "C":
        return Urgency.INFO if low.severity >= Severity.MODERATE else None
    return _capped(Urgency.WARNING, low)


def _capped(urgency: Urgency, low: LowCount) -> Urgency:
    """A mild total, or an old count, makes no loud order card."""
    quiet = low.line is CellLine.LEUKOCYTES and low.severity is Severity.MILD
    quiet = quiet or (low.line is CellLine.LYMPHOCYTES and low.severity < Severity.SEVERE)
    quiet = quiet or "old" in low.reasons or "undated" in low.reasons
    return min(urgency, Urgency.INFO) if quiet else urgency


def _treats_the_fever(drug: Drug, chart: Chart) -> bool:
    """Antimicrobials drafted while the fever rule is met are the treatment, not a risk to scold."""
    return chart.fever is not None and drug.drug_class.startswith(("antibiotic", "antifungal", "antiviral"))


def _low_line(drug: Drug, low_counts: tuple[LowCount, ...]) -> LowCount | None:
    """The line that is low and that the drug lowers; neutrophils first."""
    by_line = {low.line: low for low in low_counts if not (low.baseline and low.baseline.expected)}
    for line in _GRADED_LINES:
        low = by_line.get(line)
        if low is None or drug.effect.on(line) is not Effect.LOWERS:
            continue
        if (
            line is CellLine.LEUKOCYTES
            and drug.effect.neutrophils is Effect.NONE
            and not low.differential_missing
        ):
            continue  # the total is low for the sake of other lines
        return low
    return None


def _suspect(drug: Drug, suspects: SuspectList) -> Suspect | None:
    return next((each for each in suspects.suspects if each.drug.id == drug.id), None)


def _severity_of(line: CellLine, low_counts: tuple[LowCount, ...]) -> Severity:
    return next((low.severity for low in low_counts if low.line is line), Severity.NONE)
