"""The live-vaccine card: a live vaccine is drafted while the patient's defences are weak."""

from __future__ import annotations

from cards.count_words import described, line_word, measured, qualifiers
from cards.markdown import Block
from cards.message import Evidence, Message, Removal, distinct, of_risks
from cards.telling import Telling
from cards.wording import capitalise, day_and_time, fit_summary, listed, number, quote, short_day
from cds.findings import Assessment, OrderRisk, RiskReason, Topic, Urgency


def render_live_vaccine(telling: Telling, urgency: Urgency) -> Message:
    """Which vaccine, which count, and the inactivated alternative."""
    assessment = telling.assessment
    risks = live_vaccine_risks(assessment)
    if not risks:
        raise ValueError("a live-vaccine card needs a drafted live vaccine")
    names = distinct(_vaccine(risk) for risk in risks)
    blocks = (
        Block("Found:", (*_counts(risks), *_weakness(risks), f"Live vaccine drafted: {listed(names)}.")),
        Block("Meaning:", ("A live vaccine can itself cause infection while immune defence is this weak.",)),
        Block(
            "Consider:",
            items=(
                "An inactivated vaccine instead, where there is one.",
                "Timing with the team that treats the immune weakness.",
            ),
        ),
    )
    return Message(
        topics=(Topic.LIVE_VACCINE,),
        urgency=urgency,
        summary=_summary(assessment, risks, names),
        blocks=blocks,
        evidence=live_vaccine_evidence(assessment),
        removals=tuple(
            Removal(risk.draft, _vaccine(risk))
            for risk in risks
            if risk.draft.reference and not risk.draft.in_force
        ),
    )


def live_vaccine_evidence(assessment: Assessment) -> Evidence:
    """What the card rests on."""
    risks = live_vaccine_risks(assessment)
    return Evidence(
        order_risks=risks,
        rules=distinct(risk.rule for risk in risks),
        sources=distinct(source for risk in risks for source in risk.sources),
        references=distinct(of_risks(risks)),
    )


def live_vaccine_risks(assessment: Assessment) -> tuple[OrderRisk, ...]:
    """The drafted live vaccines that are a risk, loudest first."""
    risks = [risk for risk in assessment.order_risks if risk.why is RiskReason.LIVE_VACCINE]
    return tuple(sorted(risks, key=lambda risk: -risk.urgency))


def _vaccine(risk: OrderRisk) -> str:
    return quote(risk.vaccine or risk.draft.text) or "live vaccine"


def _summary(assessment: Assessment, risks: tuple[OrderRisk, ...], names: tuple[str, ...]) -> str:
    drafted = f"Live vaccine drafted: {listed(names)}."
    first = f"Live vaccine drafted: {names[0]}."
    step = "Consider an inactivated vaccine, if there is one."
    count = risks[0].count
    if (share := risks[0].share) is not None:
        head = f"CD4 {number(share.percent)} % ({short_day(share.measured, assessment.as_of)})"
        return fit_summary(f"{head}. {drafted} {step}", f"{head}. {drafted}", f"{head}. {first}")
    if count is None:
        return fit_summary(
            f"Immune weakness recorded. {drafted} {step}", f"Immune weakness recorded. {first}"
        )
    bare = capitalise(measured(count, line_word(count.line)))
    dated = f"{bare} {qualifiers(count, assessment.as_of)}"
    return fit_summary(f"{dated}. {drafted} {step}", f"{dated}. {drafted}", f"{bare}. {first}")


def _counts(risks: tuple[OrderRisk, ...]) -> tuple[str, ...]:
    counts = (risk.count for risk in risks if risk.count is not None)
    shares = (risk.share for risk in risks if risk.share is not None)
    return distinct(
        (
            *(f"{capitalise(described(count, line_word(count.line)))}." for count in counts),
            *(
                f"CD4 cells {number(share.percent)} % of lymphocytes, laboratory result of"
                f" {day_and_time(share.measured)}."
                for share in shares
            ),
        )
    )


def _weakness(risks: tuple[OrderRisk, ...]) -> tuple[str, ...]:
    """What besides the count makes a live vaccine a risk."""
    drugs = distinct(risk.drug.name for risk in risks if risk.drug is not None)
    if drugs:
        return (f"Immune defence is weakened by {listed(drugs)} as well.",)
    if any(risk.related or risk.count is None for risk in risks):
        return ("A condition on record weakens immune defence.",)
    return ()
