"""The order-risk card: this draft adds marrow risk to this count."""

from __future__ import annotations

from collections.abc import Iterable

from cards.count_words import (
    amount,
    described,
    leading_count,
    low_count_of,
    measured,
    qualifiers,
    short_name,
)
from cards.drug_words import general_advice, review_mark, stop_sentences, with_prescriber
from cards.limit_words import lets_go_on, limit_source, limit_words
from cards.line_words import last_counts, neutrophils_not_low
from cards.markdown import Block
from cards.message import Evidence, Message, Removal, count_order, distinct, distinct_suspects, of_risks
from cards.pair_words import pair_block
from cards.suspect_words import WORD, exposure_words, reasoning
from cards.telling import Telling
from cards.wording import capitalise, day, fit_summary, listed, quote, sentence
from cds.facts import CellCount, CellLine
from cds.findings import Assessment, OrderRisk, PairNote, RiskReason, Topic, Urgency


def render_order_risk(telling: Telling, urgency: Urgency) -> Message:
    """One card for all drafts, the most urgent first."""
    assessment = telling.assessment
    risks = order_risks_of(assessment)
    if not risks and not assessment.stops:
        raise ValueError("an order-risk card needs a draft that matters")
    drafts = _by_draft(risks)
    leads = [group[0] for group in drafts]
    suspects_apart = assessment.decision(Topic.SUSPECTS).urgency is not None
    blocks = (
        Block("Found:", _found(telling, leads)),
        *(_draft_block(group, suspects_apart=suspects_apart) for group in drafts),
        *(pair_block(pair) for pair in _pairs(risks)),
        Block("Stopping:", stop_sentences(assessment)),
        Block("Consider:", items=_steps(assessment, drafts)),
    )
    return Message(
        topics=(Topic.ORDER_RISK,),
        urgency=urgency,
        summary=_summary(telling, leads),
        blocks=tuple(block for block in blocks if block.sentences or block.items),
        evidence=order_risk_evidence(assessment),
        removals=_removals(drafts),
        tests=count_order(assessment.work_up),
        exclusive=len(leads) > 1 and _one_pair(risks),
    )


def order_risk_evidence(assessment: Assessment) -> Evidence:
    """What the card rests on."""
    risks = order_risks_of(assessment)
    return Evidence(
        suspects=distinct_suspects(risk.suspect for risk in risks if risk.suspect is not None),
        order_risks=risks,
        rules=distinct(risk.rule for risk in risks),
        sources=distinct(source for risk in risks for source in _sources(risk)),
        references=distinct((*of_risks(risks), *(stop.draft.reference for stop in assessment.stops))),
    )


def order_risks_of(assessment: Assessment) -> tuple[OrderRisk, ...]:
    """Risks of medicines, loudest first; live vaccines have a card of their own."""
    risks = [risk for risk in assessment.order_risks if risk.why is not RiskReason.LIVE_VACCINE]
    return tuple(sorted(risks, key=lambda risk: -risk.urgency))


def _removals(drafts: list[tuple[OrderRisk, ...]]) -> tuple[Removal, ...]:
    """Each draft once, and none that its policy lets go on, that may treat a fever, or that is in force.

    Nor one that is of a drug by nothing but a name with which its text does not begin.
    """
    removals: dict[str, Removal] = {}
    for group in drafts:
        draft = group[0].draft
        goes_on = any(risk.label_limit is not None and lets_go_on(risk.label_limit) for risk in group)
        drug = group[0].drug
        named = drug is None or all(match.leads for match in draft.matches if match.ingredient == drug.id)
        kept = goes_on or draft.in_force or any(risk.may_treat for risk in group) or not named
        if draft.reference and not kept:
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


def _pairs(risks: Iterable[OrderRisk]) -> tuple[PairNote, ...]:
    """Each pair once, whichever of its drugs are drafted."""
    pairs = {
        (risk.pair.id, risk.pair.first.id, risk.pair.second.id): risk.pair for risk in risks if risk.pair
    }
    return tuple(pairs.values())


def _one_pair(risks: tuple[OrderRisk, ...]) -> bool:
    """All drafts matter only because of one pair that they form with each other."""
    pairs = {risk.pair.id if risk.pair is not None else "" for risk in risks}
    return len(pairs) == 1 and "" not in pairs


def _sources(risk: OrderRisk) -> tuple[str, ...]:
    limit = risk.label_limit.sources if risk.label_limit is not None else ()
    pair = risk.pair.sources if risk.pair is not None else ()
    return (*risk.sources, *limit, *pair)


# --- summary --------------------------------------------------------------------------------------------


def _summary(telling: Telling, leads: list[OrderRisk]) -> str:
    if not leads:
        stopping = stop_sentences(telling.assessment)[0]
        return fit_summary(stopping, stopping.split(";")[0] + ".")
    first, *others = leads
    heads = _heads(telling, first)
    action = _action(first)
    short = f"{capitalise(drug_of(first))}: this order adds risk."
    unsaid = [drug_of(risk) for risk in others if drug_of(risk).lower() not in action.lower()]
    also = f" Also: {listed(unsaid)}." if unsaid else ""
    return fit_summary(
        *(f"{head}{action}{also}" for head in heads),
        *(f"{head}{action}" for head in heads),
        *(f"{head}{short}" for head in heads),
    )


def _heads(telling: Telling, risk: OrderRisk) -> tuple[str, ...]:
    """The number before the drug, from the fullest wording to the barest."""
    assessment = telling.assessment
    line = risk.count.line if risk.count is not None else None
    low = low_count_of(assessment, line) if line is not None else leading_count(assessment)
    if low is not None and (risk.count is None or low.count == risk.count):
        words = telling.words_of(low)
        return f"{words.full}. ", f"{words.dated}. ", f"{words.bare}. "
    if risk.count is None:
        return (*(f"{last} " for last in last_counts(assessment)[:1]), "")
    bare = capitalise(measured(risk.count, short_name(assessment, risk.count.line)))
    return f"{bare} {qualifiers(risk.count, assessment.as_of)}. ", f"{bare}. "


def _action(risk: OrderRisk) -> str:
    """What is being done with which drug, in one short sentence."""
    drug = drug_of(risk)
    match risk.why:
        case RiskReason.SUSPECT_REORDERED:
            text = f"{drug} is being re-ordered"
        case RiskReason.SUSPECT_STARTED:
            text = (
                f"{drug}, which can lower {_line(risk)}, is being {'re-ordered' if risk.taken else 'started'}"
            )
        case RiskReason.REEXPOSURE:
            text = f"{drug} is being given again after an earlier {_earlier(risk)}"
        case RiskReason.SAME_CLASS:
            relative = risk.relative.name if risk.relative is not None else "an earlier suspect"
            fell = f"earlier {_earlier(risk)}" if risk.suspect is None else "a suspect of this fall"
            text = f"{drug} is of the same class as {relative} ({fell})"
        case RiskReason.LABEL_LIMIT:
            text = _limit(risk)
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


def _limit(risk: OrderRisk) -> str:
    if risk.label_limit is None:
        return f"{drug_of(risk)} limit: this count is below it"
    kept = risk.drug is not None and risk.drug.prescriber_decides
    return limit_words(risk.label_limit, drug_of(risk), prescriber_decides=kept)


# --- detail ---------------------------------------------------------------------------------------------


def _found(telling: Telling, leads: list[OrderRisk]) -> tuple[str, ...]:
    assessment = telling.assessment
    counts: dict[CellLine, CellCount] = {
        risk.count.line: risk.count for risk in reversed(leads) if risk.count is not None
    }
    low = leading_count(assessment)
    if not counts and low is not None:
        counts = {low.line: low.count}
    sentences = []
    for line, count in counts.items():
        judged = low_count_of(assessment, line)
        if judged is not None and judged.count == count:
            sentences.append(telling.words_of(judged).found)
            continue
        limits = (judged.limit.value,) if judged is not None else ()
        sentences.append(f"{described(count, short_name(assessment, line), *limits)}.")
    return tuple(sentences) or last_counts(assessment)


def _draft_block(risks: tuple[OrderRisk, ...], *, suspects_apart: bool) -> Block:
    """One draft: what is being done, and the reasoning where no card of the suspects' own shows it."""
    first = risks[0]
    mark = review_mark(first.drug.confirmation) if first.drug is not None else ""
    as_ordered = quote(first.draft.text)
    differs = as_ordered and as_ordered.lower() != drug_of(first).lower()
    sentences = [f"Draft: {as_ordered}."] if differs else []
    sentences += [_action(risk) for risk in risks]
    sentences += [limit_source(risk.label_limit) for risk in risks if risk.label_limit is not None]
    suspect = next((risk.suspect for risk in risks if _is_suspected(risk)), None)
    items: tuple[str, ...] = ()
    if suspect is not None and not suspects_apart:
        items = (
            f"{WORD[suspect.standing]}, {exposure_words(suspect)}.",
            *reasoning(suspect),
        )
    elif suspect is None and first.drug is not None and first.drug.grade:
        if any(risk.taken for risk in risks):
            sentences.append("Begun after this fall: no suspect of it, but it may add to it.")
        sentences.append(f"Evidence grade {first.drug.grade}, frequency: {first.drug.frequency}.")
    return Block(f"{capitalise(drug_of(first))}{mark}:", distinct(sentences), items)


def _is_suspected(risk: OrderRisk) -> bool:
    """Whether the suspect of a risk is the ordered drug itself, and not a relative of it."""
    return risk.suspect is not None and risk.drug is not None and risk.suspect.drug.id == risk.drug.id


def _steps(assessment: Assessment, drafts: list[tuple[OrderRisk, ...]]) -> tuple[str, ...]:
    risks = [risk for group in drafts for risk in group]
    steps = _advice(drafts)
    if any(risk.drug is not None and risk.drug.cytotoxic for risk in risks):
        steps.append("Delay, dose reduction or growth factor (G-CSF): a decision of the treatment team.")
    if risks:
        steps.append(f"{_weigh(assessment, risks)}; no other drug is chosen here.")
    return distinct(steps)


def _weigh(assessment: Assessment, risks: list[OrderRisk]) -> str:
    """Against what the orders are to be weighed; an unknown count is not called a normal one."""
    if assessment.low_counts or any(risk.count is not None for risk in risks):
        return "Weigh this order against the count"
    what = "this order"
    if all(risk.pair is not None for risk in risks):
        what = "the pair" if len(_pairs(risks)) == 1 else "the pairs"
    known = "counts are not low now" if neutrophils_not_low(assessment) else "no recent ANC is known here"
    return f"Weigh {what}: {known}"


def _advice(drafts: list[tuple[OrderRisk, ...]]) -> list[str]:
    """What label or guideline say, each piece of advice once for all the drugs that it is about."""
    names: dict[str, list[str]] = {}
    for group in drafts:
        for text in _advice_on(group):
            names.setdefault(text, []).append(drug_of(group[0]))
    return [f"{capitalise(listed(about))}: {text}" for text, about in names.items()]


def _advice_on(risks: tuple[OrderRisk, ...]) -> tuple[str, ...]:
    """At this count; in general terms only where nothing is said of it."""
    drug = risks[0].drug
    at_this_count = distinct(risk.label_limit.advice for risk in risks if risk.label_limit is not None)
    if not at_this_count:
        return distinct(general_advice(risk.drug) for risk in risks if risk.drug is not None)
    return tuple(
        with_prescriber(text, drug) if drug is not None else sentence(text) for text in at_this_count
    )
