"""The suspects card: which drugs may explain the low count, ranked, with the arithmetic shown."""

from __future__ import annotations

from itertools import chain

from cards.caveat_templates import DRUGS_UNCHECKED
from cards.caveat_words import drugs_unchecked
from cards.count_words import (
    leading_count,
    low_count_of,
)
from cards.drug_words import (
    aggravating_sentences,
    general_advice,
    marked_name,
    masking_sentences,
    stop_sentences,
)
from cards.markdown import Block
from cards.message import Evidence, Message, count_order, distinct, of_uses
from cards.pair_words import pair_block
from cards.suspect_words import WORD, exposure_words, lead_words, reasoning
from cards.telling import Telling
from cards.wording import day, fit_summary, listed, quote, sentence
from cds.facts import CellLine, GapKind
from cds.findings import Assessment, Caveat, LowCount, OtherCause, Standing, Suspect, Topic, Urgency

_IN_FULL = 4
_ORDER = (Standing.LEADING, Standing.EXPECTED, Standing.POSSIBLE, Standing.UNLIKELY)


def render_suspects(telling: Telling, urgency: Urgency) -> Message:
    """Other explanations first, then pairs, then drugs by rank."""
    assessment = telling.assessment
    ranked = _rank(assessment)
    shown = [each for each in ranked if each.standing is not Standing.UNLIKELY]
    told = shown[0].line if shown else None
    blocks = [
        _other_causes(assessment.other_causes),
        *(pair_block(pair) for pair in assessment.pairs),
        *(_suspect(each) for each in shown[:_IN_FULL]),
        _collapsed("Also possible:", shown[_IN_FULL:], told),
        _collapsed(f"{WORD[Standing.UNLIKELY]}:", ranked[len(shown) :], told),
        Block("Drugs checked:", _coverage(assessment, ranked)),
        Block("This order:", stop_sentences(assessment)),
    ]
    return Message(
        topics=(Topic.SUSPECTS,),
        urgency=urgency,
        summary=_summary(telling, ranked),
        blocks=tuple(block for block in blocks if block.sentences or block.items),
        evidence=suspects_evidence(assessment),
        tests=count_order(assessment.work_up),
        said=tuple(caveat for caveat in assessment.caveats if _is_said(caveat, ranked)),
    )


def suspects_evidence(assessment: Assessment) -> Evidence:
    """What the card rests on; drugs that hardly fit are named, and nothing rests on them."""
    ranked = _rank(assessment)
    told = (suspect.uses for suspect in ranked if suspect.standing is not Standing.UNLIKELY)
    return Evidence(
        suspects=tuple(ranked),
        rules=distinct(suspect.rule for suspect in ranked),
        sources=distinct(
            (
                *(source for suspect in ranked for source in suspect.sources),
                *(source for pair in assessment.pairs for source in pair.sources),
            )
        ),
        references=distinct(
            (
                *chain.from_iterable(map(of_uses, told)),
                *(cause.reference for cause in assessment.other_causes),
            )
        ),
    )


def _rank(assessment: Assessment) -> list[Suspect]:
    """Those of the loudest line first, each line in the order of the words and then of the score; what fits
    badly comes last of all."""
    loudness = {low.line: place for place, low in enumerate(assessment.low_counts)}
    return sorted(  # the rule ranks them by word and score, and that order stays among equals
        assessment.suspects,
        key=lambda suspect: (
            suspect.standing is Standing.UNLIKELY,
            loudness.get(suspect.line, len(loudness)),
        ),
    )


# --- summary --------------------------------------------------------------------------------------------


def _summary(telling: Telling, ranked: list[Suspect]) -> str:
    assessment = telling.assessment
    low = _low_count(assessment, ranked)
    heads: tuple[str, ...] = ("Low count",)
    if low is not None:
        words = telling.words_of(low)
        heads = words.dated, words.bare
    verdict = _verdict(assessment, ranked)
    shorter = _verdict(assessment, ranked[:1]) if ranked else verdict
    recorded = ""
    if assessment.other_causes:
        recorded = f"recorded {listed(cause.name for cause in assessment.other_causes)} may explain it; "
    alone = verdict.split("; risky pair")[0]
    return fit_summary(
        *(f"{head}: {recorded}{verdict}." for head in heads),
        *(f"{head}: {recorded}{alone}." for head in heads),
        *(f"{head}: {verdict}." for head in heads),
        *(f"{head}: {shorter}." for head in heads),
    )


def _low_count(assessment: Assessment, ranked: list[Suspect]) -> LowCount | None:
    if ranked and (low := low_count_of(assessment, ranked[0].line)) is not None:
        return low
    return leading_count(assessment)


def _verdict(assessment: Assessment, ranked: list[Suspect]) -> str:
    if not ranked:
        return _nothing_fits(assessment)
    best, line = ranked[0].standing, ranked[0].line
    equals = [each for each in ranked if each.standing is best and each.line is line]
    names = listed(suspect.drug.name for suspect in equals)
    pair = _pair_beside(assessment, equals)
    day_of = equals[0].day if len(equals) == 1 else None
    when = f", day {day_of}" if day_of is not None else ""
    plural = "s" if len(equals) > 1 else ""
    match best:
        case Standing.EXPECTED:
            return f"expected effect of {names}{when}"
        case Standing.LEADING:
            return f"leading suspect{plural} (likely) {names}{when}{pair}"
        case Standing.POSSIBLE:
            return f"possible contributor{plural} {names}{when}{pair}"
        case Standing.UNLIKELY:
            return f"no drug fits well; less likely, cannot be excluded: {names}"


def _pair_beside(assessment: Assessment, equals: list[Suspect]) -> str:
    """``, a risky pair`` if the drugs named are one; else the pair with its own names."""
    if not assessment.pairs:
        return ""
    pair = assessment.pairs[0]
    both = {pair.first.id, pair.second.id}
    if both == {suspect.drug.id for suspect in equals}:
        return ", a risky pair"
    return f"; risky pair: {pair.first.name} with {pair.second.name}"


def _nothing_fits(assessment: Assessment) -> str:
    return drugs_unchecked(assessment) or "no drug in the data fits"


# --- blocks ---------------------------------------------------------------------------------------------


def _other_causes(causes: tuple[OtherCause, ...]) -> Block:
    items = tuple(
        f"{cause.name}: {quote(cause.text)}, {_since(cause)}."
        if quote(cause.text).lower() not in ("", cause.name.lower())
        else f"{cause.name}, {_since(cause)}."
        for cause in causes
        if cause.acts_as != "already-coded"  # the low count itself explains nothing
    )
    return Block("Other explanations first, from the problem list:", items=items)


def _since(cause: OtherCause) -> str:
    return f"recorded {day(cause.recorded)}" if cause.recorded is not None else "recorded, date unknown"


def _suspect(suspect: Suspect) -> Block:
    items = reasoning(suspect)
    if suspect.standing is Standing.LEADING and (label := general_advice(suspect.drug)):
        items = (*items, f"Label or guideline: {label}")
    return Block(f"{lead_words(suspect)}.", (sentence(exposure_words(suspect)),), items)


def _collapsed(lead: str, ranked: list[Suspect], told: CellLine | None) -> Block:
    """Several drugs in one line, each with its line of cells where that is not the one told of above."""
    words = [
        f"{marked_name(each.drug)} {each.score}"
        + (f" for {each.line.value}" if each.line is not told else "")
        for each in ranked
    ]
    return Block(lead, (f"{', '.join(words)}.",) if words else ())


def _is_said(caveat: Caveat, ranked: list[Suspect]) -> bool:
    """Whether the card's own words cover a caveat on medicines."""
    unread = caveat.what == "medications" and caveat.kind in DRUGS_UNCHECKED and not ranked
    return unread or _is_uncoded(caveat)


def _is_uncoded(caveat: Caveat) -> bool:
    return caveat.kind == GapKind.UNRECOGNISED_MEDICATION.value and caveat.what == "medications"


def _coverage(assessment: Assessment, ranked: list[Suspect]) -> tuple[str, ...]:
    """What was looked at, what was not, and what hides a fall."""
    sentences = [] if ranked else [sentence(_nothing_fits(assessment))]
    unknown = sum(caveat.count for caveat in assessment.caveats if _is_uncoded(caveat))
    if unknown:
        medicines = "1 medicine" if unknown == 1 else f"{unknown} medicines"
        sentences.append(f"{medicines} could not be coded, so not checked.")
    return distinct((*sentences, *aggravating_sentences(assessment), *masking_sentences(assessment)))
