"""Whether *this draft order* adds marrow risk to *this* count."""

from __future__ import annotations

from dataclasses import dataclass

from cds.facts import CellCount, CellLine, DraftAction, DraftOrder
from cds.findings import (
    LabelLimit,
    LowCount,
    OrderRisk,
    RiskReason,
    Severity,
    Standing,
    StopNote,
    Suspect,
    Urgency,
)
from cds.knowledge.schema import Drug, Effect
from cds.rules.baselines import is_usual_for_duffy_null
from cds.rules.bounds import is_below
from cds.rules.chart import Chart
from cds.rules.drug_notes import note_of
from cds.rules.exposures import Exposure
from cds.rules.label_limits import CLOZAPINE, find_clozapine_band, find_crossed_limits
from cds.rules.live_vaccines import find_live_vaccine_risk
from cds.rules.low_counts import unusual
from cds.rules.nadirs import has_cancer
from cds.rules.order_urgency import (
    is_strong,
    urgency_of_reorder,
    urgency_of_start,
)
from cds.rules.pair_risks import drugs_drafted, find_pair_risks
from cds.rules.reexposure import find_reexposure_risks

_SUSPECTED = frozenset({Standing.LEADING, Standing.POSSIBLE})
_GRADED_LINES = (CellLine.NEUTROPHILS, CellLine.LYMPHOCYTES, CellLine.LEUKOCYTES)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a draft is held against.

    Attributes:
        febrile: there is a fever, or was one within the last day.
        infected: there was a fever or a severe infection lately.
    """

    low_counts: tuple[LowCount, ...]
    suspects: tuple[Suspect, ...]
    febrile: bool
    infected: bool

    def suspect(self, drug: Drug) -> Suspect | None:
        """The suspect that is this drug, if it is one."""
        return next((each for each in self.suspects if each.drug.id == drug.id), None)

    def is_treated(self, drug: Drug) -> bool:
        """Whether an anti-infective is the treatment: in a fever always, and in the weeks after an infection
        unless the fall lies in its own window, so that it may explain it."""
        suspect = self.suspect(drug)
        suspected = suspect is not None and suspect.standing in _SUSPECTED and suspect.is_in_window
        return self.febrile or (self.infected and not suspected)

    def low(self, drug: Drug) -> LowCount | None:
        """The line that is low and that the drug lowers; neutrophils first."""
        by_line = {low.line: low for low in unusual(self.low_counts)}
        for line in _GRADED_LINES:
            low = by_line.get(line)
            if low is None or drug.effect.on(line) is not Effect.LOWERS:
                continue
            spares_neutrophils = drug.effect.neutrophils is not Effect.LOWERS
            if line is CellLine.LEUKOCYTES and spares_neutrophils and not low.differential_missing:
                continue  # the total is low for the sake of other lines
            return low
        return None


def find_order_risks(situation: Situation, chart: Chart) -> tuple[OrderRisk, ...]:
    """Every risk of every draft that would be signed, the most urgent first."""
    risks: list[OrderRisk] = []
    for draft in chart.facts.drafts:
        if draft.action is not DraftAction.ORDER or not draft.selected:
            continue
        vaccine = find_live_vaccine_risk(draft, situation.low_counts, chart)
        if vaccine is not None:
            risks.append(vaccine)
        if draft.systemic:
            for drug in _drugs(draft, chart):
                risks += _drug_risks(draft, drug, situation, chart)
    risks += find_pair_risks(situation.low_counts, chart)
    return tuple(sorted(risks, key=lambda risk: (-risk.urgency, list(RiskReason).index(risk.why))))


def find_stops(low_counts: tuple[LowCount, ...], chart: Chart) -> tuple[StopNote, ...]:
    """Drafts that stop a drug which lowers a low line: noted, never scolded.

    Stopped and ordered anew is changed: the drug goes on, and only the order is looked at.
    """
    situation = Situation(low_counts, (), febrile=False, infected=False)
    goes_on = drugs_drafted(chart.facts.drafts, DraftAction.ORDER)
    return tuple(
        StopNote(draft, note_of(drug, chart.knowledge, chart.policy), low.count)
        for draft in chart.facts.drafts
        if draft.action is DraftAction.STOP and draft.selected
        for drug in _drugs(draft, chart)
        if drug.id not in goes_on and (low := situation.low(drug)) is not None
    )


def _drugs(draft: DraftOrder, chart: Chart) -> list[Drug]:
    ids = dict.fromkeys(match.ingredient for match in draft.matches)
    drugs = chart.knowledge.drugs
    return [drugs[drug_id] for drug_id in ids if drug_id in drugs]


def _drug_risks(draft: DraftOrder, drug: Drug, situation: Situation, chart: Chart) -> list[OrderRisk]:
    if drug.treats_neutropenia or (drug.treats_infection and situation.is_treated(drug)):
        return []  # the treatment itself is never scolded
    taken = [each for each in chart.exposures if each.drug.id == drug.id and chart.taking(each)]
    risks = _limit_risks(draft, drug, situation, chart, in_use=bool(taken))
    low = situation.low(drug)
    if low is not None and not (drug.id == CLOZAPINE and _is_normal_for_duffy_null(low, chart)):
        suspect = situation.suspect(drug)
        if suspect is not None or any(not _began_after(each, low) for each in taken):
            risk = _reordered(draft, drug, low, suspect, chart)
        else:
            risk = _started(draft, drug, low, chart, crossed=bool(risks), taken=bool(taken))
        risks += [risk] if risk is not None else []
    return risks + find_reexposure_risks(draft, drug, low, situation.suspects, chart)


def _is_normal_for_duffy_null(low: LowCount, chart: Chart) -> bool:
    """Whether the clozapine policy has a table of its own for this patient and asks for nothing there."""
    if not chart.facts.duffy_null or low.line is not CellLine.NEUTROPHILS:
        return False
    band = find_clozapine_band(low.count, chart.policy, chart.knowledge, duffy_null=True, in_use=True)
    return band is None and is_usual_for_duffy_null(low.count, chart)


def _began_after(exposure: Exposure, low: LowCount) -> bool:
    """Started only after the fall: it may aggravate it, and is no suspect."""
    fell = (low.trend.fall_began or low.count).measured
    return exposure.start is not None and fell is not None and exposure.start.earliest > fell.earliest


# --- limits of the label --------------------------------------------------------------------------------


def _limit_risks(
    draft: DraftOrder, drug: Drug, situation: Situation, chart: Chart, *, in_use: bool
) -> list[OrderRisk]:
    fresh = {line: count for line in _GRADED_LINES if (count := chart.fresh(line)) is not None}
    may_treat = _may_treat(drug, situation.low(drug))
    return [
        OrderRisk(
            draft=draft,
            why=RiskReason.LABEL_LIMIT,
            # begun where an infection is likely: what it might do comes second
            urgency=min(urgency, Urgency.WARNING) if may_treat and not in_use else urgency,
            drug=note_of(drug, chart.knowledge, chart.policy),
            count=fresh[limit.line],
            severity=_severity(limit.line, situation.low_counts),
            label_limit=limit,
            suspect=situation.suspect(drug),
            may_treat=may_treat,
            rule=f"order-risk/label-limit/{limit.line}",
            sources=limit.sources,
        )
        for limit, urgency in _crossed(drug, fresh, chart, in_use=in_use)
    ]


def _crossed(
    drug: Drug, fresh: dict[CellLine, CellCount], chart: Chart, *, in_use: bool
) -> list[tuple[LabelLimit, Urgency]]:
    if drug.id == CLOZAPINE:
        neutrophils = fresh.get(CellLine.NEUTROPHILS)
        if neutrophils is None:
            return []
        duffy_null = chart.facts.duffy_null
        band = find_clozapine_band(
            neutrophils, chart.policy, chart.knowledge, duffy_null=duffy_null, in_use=in_use
        )
        return [band] if band is not None else []
    if drug.limits is not None and drug.limits.not_in_cancer and has_cancer(chart):
        return []
    return [
        (limit, _limit_urgency(fresh[limit.line], chart))
        for limit in find_crossed_limits(drug, fresh, chart.knowledge, in_use=in_use)
        if not is_usual_for_duffy_null(fresh[limit.line], chart)  # the limit was made for other baselines
    ]


def _limit_urgency(count: CellCount, chart: Chart) -> Urgency:
    always = chart.knowledge.limits.loudness.neutrophils_always
    severe = count.line is CellLine.NEUTROPHILS and is_below(count, always)
    return Urgency.CRITICAL if severe else Urgency.WARNING


# --- a suspect again, or a new one ----------------------------------------------------------------------


def _reordered(
    draft: DraftOrder, drug: Drug, low: LowCount, suspect: Suspect | None, chart: Chart
) -> OrderRisk | None:
    """A drug that is taken, or was lately, and is ordered again while the line is low."""
    if suspect is None and not is_strong(drug):
        return None
    return OrderRisk(
        draft=draft,
        why=RiskReason.SUSPECT_REORDERED,
        urgency=urgency_of_reorder(drug, low, suspect),
        drug=note_of(drug, chart.knowledge, chart.policy),
        count=low.count,
        severity=low.severity,
        suspect=suspect,
        related=tuple(use.reference for use in suspect.uses) if suspect is not None else (),
        rule=f"order-risk/suspect-reordered/{low.line}",
        sources=drug.sources,
    )


def _started(
    draft: DraftOrder, drug: Drug, low: LowCount, chart: Chart, *, crossed: bool, taken: bool
) -> OrderRisk | None:
    """A drug known to lower the line is started while it is low, or was and is ordered again."""
    grade = drug.evidence.grade
    if crossed or grade in {"D", "X"}:
        return None  # a crossed label limit says it already; weak evidence would be noise
    if grade == "C" and low.severity < Severity.MODERATE:
        return None
    return OrderRisk(
        draft=draft,
        why=RiskReason.SUSPECT_STARTED,
        urgency=urgency_of_start(drug, low),
        drug=note_of(drug, chart.knowledge, chart.policy),
        count=low.count,
        severity=low.severity,
        may_treat=_may_treat(drug, low),
        taken=taken,
        rule=f"order-risk/suspect-started/{low.line}",
        sources=drug.sources,
    )


def _may_treat(drug: Drug, low: LowCount | None) -> bool:
    """Given against infections, or to keep them away, where they are most likely."""
    return drug.treats_infection and low is not None and low.is_severe_neutropenia


def _severity(line: CellLine, low_counts: tuple[LowCount, ...]) -> Severity:
    return next((low.severity for low in low_counts if low.line is line), Severity.NONE)
