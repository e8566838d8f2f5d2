"""The order-risk card: this draft adds marrow risk to this count."""

from __future__ import annotations

from decimal import Decimal

from cards.count_words import (
    amount,
    bare_headline,
    dated_headline,
    described,
    headline,
    leading_count,
    low_count_of,
    measured,
    qualifiers,
    short_name,
    verdict,
)
from cards.drug_words import review_mark, stop_sentences, with_prescriber
from cards.markdown import Block
from cards.message import Evidence, Message, Removal, count_order, distinct
from cards.suspect_words import WORD, exposure_words, reasoning
from cards.wording import capitalise, day, fit_summary, listed, number, quote, sentence, without_zeros
from cds.facts import CellCount, CellLine
from cds.findings import Assessment, LabelLimit, OrderRisk, PairNote, RiskReason, Topic, Urgency

_PER_UL = Decimal(1000)  # cells per microlitre in one 10*9/L
_GOES_ON = "monitor"  # the policy's word at this count: go on, with more counts
_KIND = {
    "do-not-start": "do not start below",
    "hold": "hold below",
    "stop": "stop below",
    "monitor": "closer counts below",
    "next-dose": "next dose not below",
}


def render_order_risk(assessment: Assessment, urgency: Urgency) -> Message:
    """One card for all drafts, the most urgent first."""
    risks = order_risks_of(assessment)
    if not risks and not assessment.stops:
        raise ValueError("an order-risk card needs a draft that matters")
    drafts = _by_draft(risks)
    leads = [group[0] for group in drafts]
    suspects_apart = assessment.decision(Topic.SUSPECTS).urgency is not None
    blocks = (
        Block("Found:", _found(assessment, leads)),
        *(_draft_block(group, suspects_apart=suspects_apart) for group in drafts),
        Block("Stopping:", stop_sentences(assessment)),
        Block("Consider:", items=_steps(drafts)),
    )
    return Message(
        topics=(Topic.ORDER_RISK,),
        urgency=urgency,
        summary=_summary(assessment, leads),
        blocks=tuple(block for block in blocks if block.sentences or block.items),
        evidence=Evidence(
            suspects=tuple(dict.fromkeys(risk.suspect for risk in risks if risk.suspect is not None)),
            order_risks=risks,
            rules=distinct(risk.rule for risk in risks),
            sources=distinct(source for risk in risks for source in _sources(risk)),
        ),
        removals=_removals(drafts),
        tests=count_order(assessment.work_up),
        exclusive=len(leads) > 1 and _one_pair(risks),
    )


def order_risks_of(assessment: Assessment) -> tuple[OrderRisk, ...]:
    """Risks of medicines, loudest first; live vaccines have a card of their own."""
    risks = [risk for risk in assessment.order_risks if risk.why is not RiskReason.LIVE_VACCINE]
    return tuple(sorted(risks, key=lambda risk: -risk.urgency))


def _removals(drafts: list[tuple[OrderRisk, ...]]) -> tuple[Removal, ...]:
    """Each draft once, and none that its policy lets go on."""
    removals: dict[str, Removal] = {}
    for group in drafts:
        draft = group[0].draft
        goes_on = any(risk.label_limit is not None and risk.label_limit.kind == _GOES_ON for risk in group)
        if draft.reference and not goes_on:
            removals.setdefault(draft.reference, Removal(draft, drug_of(group[0])))
    return tuple(removals.values())


def drug_of(risk: OrderRisk) -> str:
    """The drug's plain name, or what the EHR calls the draft."""
    return risk.drug.name if risk.drug is not None else quote(risk.draft.text)


def _by_draft(risks: tuple[OrderRisk, ...]) -> list[tuple[OrderRisk, ...]]:
    groups: dict[tuple[str, str], list[OrderRisk]] = {}
    for risk in risks:
        groups.setdefault((risk.draft.reference or risk.draft.text, drug_of(risk)), []).append(risk)
    return [tuple(group) for group in groups.values()]


def _one_pair(risks: tuple[OrderRisk, ...]) -> bool:
    """All drafts matter only because of one pair that they form with each other."""
    pairs = {risk.pair.id if risk.pair is not None else "" for risk in risks}
    return len(pairs) == 1 and "" not in pairs


def _sources(risk: OrderRisk) -> tuple[str, ...]:
    limit = risk.label_limit.sources if risk.label_limit is not None else ()
    pair = risk.pair.sources if risk.pair is not None else ()
    return (*risk.sources, *limit, *pair)


# --- summary --------------------------------------------------------------------------------------------


def _summary(assessment: Assessment, leads: list[OrderRisk]) -> str:
    if not leads:
        stopping = stop_sentences(assessment)[0]
        return fit_summary(stopping, stopping.split(";")[0] + ".")
    first, *others = leads
    heads = _heads(assessment, first)
    action = _action(first)
    short = f"{capitalise(drug_of(first))}: this order adds risk."
    also = f" Also: {listed(drug_of(risk) for risk in others)}." if others else ""
    return fit_summary(
        *(f"{head}{action}{also}" for head in heads),
        *(f"{head}{action}" for head in heads),
        *(f"{head}{short}" for head in heads),
    )


def _heads(assessment: Assessment, risk: OrderRisk) -> tuple[str, ...]:
    """The number before the drug, from the fullest wording to the barest."""
    line = risk.count.line if risk.count is not None else None
    low = low_count_of(assessment, line) if line is not None else leading_count(assessment)
    if low is not None and (risk.count is None or low.count == risk.count):
        as_of = assessment.as_of
        return (
            f"{headline(low, as_of)}. ",
            f"{dated_headline(low, as_of)}. ",
            f"{bare_headline(low)}. ",
        )
    if risk.count is None:
        return ("",)
    bare = capitalise(measured(risk.count, short_name(assessment, risk.count.line)))
    return f"{bare} {qualifiers(risk.count, assessment.as_of)}. ", f"{bare}. "


def _action(risk: OrderRisk) -> str:
    """What is being done with which drug, in one short sentence."""
    drug = drug_of(risk)
    match risk.why:
        case RiskReason.SUSPECT_REORDERED:
            text = f"{drug} is being re-ordered"
        case RiskReason.SUSPECT_STARTED:
            text = f"{drug}, which can lower {_line(risk)}, is being started"
        case RiskReason.REEXPOSURE:
            text = f"{drug} is being given again after an earlier {_earlier(risk)}"
        case RiskReason.SAME_CLASS:
            relative = risk.relative.name if risk.relative is not None else "an earlier suspect"
            text = f"{drug} is of the same class as {relative} (earlier {_earlier(risk)})"
        case RiskReason.LABEL_LIMIT:
            text = f"{drug} limit: {_limit_words(risk)}"
        case RiskReason.RISKY_PAIR:
            text = f"{drug} with {_partner(risk)} is a risky pair"
        case RiskReason.LIVE_VACCINE:
            text = f"{drug} is a live vaccine"
    return f"{capitalise(text)}."


def _earlier(risk: OrderRisk) -> str:
    """``fall``, ``fall to 0.6 (3 Nov 2025)`` or ``reaction: agranulocytosis``."""
    if risk.reaction:
        return f"reaction: {quote(risk.reaction)}"
    if risk.earlier is None:
        return "fall"
    return f"fall to {amount(risk.earlier)} ({day(risk.earlier.measured)})"


def _line(risk: OrderRisk) -> str:
    return risk.count.line.value if risk.count is not None else "white cells"


def _partner(risk: OrderRisk) -> str:
    if risk.pair is None:
        return "another drug"
    own = risk.drug.id if risk.drug is not None else ""
    other = risk.pair.second if risk.pair.first.id == own else risk.pair.first
    return other.name


def _limit_words(risk: OrderRisk) -> str:
    """``stop below 0.5 (500 /uL)``."""
    limit = risk.label_limit
    if limit is None:
        return "this count is below it"
    shown, printed = without_zeros(limit.below_per_ul / _PER_UL), number(limit.below_per_ul)
    whose = ", with the prescriber" if risk.drug is not None and risk.drug.prescriber_decides else ""
    return f"{_KIND.get(limit.kind, limit.kind)} {shown} ({printed} /uL){whose}"


# --- detail ---------------------------------------------------------------------------------------------


def _found(assessment: Assessment, leads: list[OrderRisk]) -> tuple[str, ...]:
    counts: dict[CellLine, CellCount] = {
        risk.count.line: risk.count for risk in reversed(leads) if risk.count is not None
    }
    low = leading_count(assessment)
    if not counts and low is not None:
        counts = {low.line: low.count}
    sentences = []
    for line, count in counts.items():
        judged = low_count_of(assessment, line)
        limits = (judged.limit.value,) if judged is not None else ()
        word = f": {verdict(judged)}" if judged is not None and judged.count == count else ""
        sentences.append(f"{described(count, short_name(assessment, line), *limits)}{word}.")
    return tuple(sentences)


def _draft_block(risks: tuple[OrderRisk, ...], *, suspects_apart: bool) -> Block:
    """One draft: what is being done, and the reasoning where no card of the suspects' own shows it."""
    first = risks[0]
    mark = review_mark(first.drug.confirmation) if first.drug is not None else ""
    as_ordered = quote(first.draft.text)
    differs = as_ordered and as_ordered.lower() != drug_of(first).lower()
    sentences = [f"Draft: {as_ordered}."] if differs else []
    sentences += [_action(risk) for risk in risks]
    sentences += [_limit_sentence(risk.label_limit) for risk in risks if risk.label_limit is not None]
    sentences += [_pair_sentence(risk.pair) for risk in risks if risk.pair is not None]
    suspect = next((risk.suspect for risk in risks if risk.suspect is not None), None)
    items: tuple[str, ...] = ()
    if suspect is not None and not suspects_apart:
        items = (
            f"{WORD[suspect.standing]}, {exposure_words(suspect, (suspect.line,))}.",
            *reasoning(suspect),
        )
    elif suspect is None and first.drug is not None and first.drug.grade:
        sentences.append(f"Evidence grade {first.drug.grade}, frequency: {first.drug.frequency}.")
    return Block(f"{capitalise(drug_of(first))}{mark}:", distinct(sentences), items)


def _pair_sentence(pair: PairNote) -> str:
    return f"{sentence(pair.effect).rstrip('.')}{review_mark(pair.confirmation)}."


def _limit_sentence(limit: LabelLimit) -> str:
    mark = review_mark(limit.confirmation)
    if limit.policy != "label":
        return f"The limit is from the site's policy ({limit.policy}){mark}."
    # not every limit is a label's: some are of a guideline, of experts or of this hospital
    return f"Where the limit is from: {limit.status}{mark}."


def _steps(drafts: list[tuple[OrderRisk, ...]]) -> tuple[str, ...]:
    risks = [risk for group in drafts for risk in group]
    steps = [step for group in drafts for step in _advice_on(group)]
    if any(risk.drug is not None and risk.drug.cytotoxic for risk in risks):
        steps.append("Delay, dose reduction or growth factor (G-CSF): a decision of the treatment team.")
    if risks:
        steps.append("Weigh this order against the count; no other drug is chosen here.")
    return distinct(steps)


def _advice_on(risks: tuple[OrderRisk, ...]) -> list[str]:
    """What label or guideline say at this count; in general terms only where they say nothing of it."""
    at_this_count = [(risk, risk.label_limit.advice) for risk in risks if risk.label_limit is not None]
    of_the_pair = [(risk, risk.pair.advice) for risk in risks if risk.pair is not None]
    in_general = [(risk, risk.drug.advice) for risk in risks if risk.drug is not None]
    at_this_count = [each for each in at_this_count if each[1]]
    name = capitalise(drug_of(risks[0]))
    advice = (*(at_this_count or in_general), *of_the_pair)
    return [f"{name}: {_advice(text, risk)}" for risk, text in advice if text]


def _advice(text: str, risk: OrderRisk) -> str:
    return with_prescriber(text, risk.drug) if risk.drug is not None else sentence(text)
