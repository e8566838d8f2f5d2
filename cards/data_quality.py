"""The data-quality card: results that contradict each other, or could not be read or fetched."""

from __future__ import annotations

from cards.card import OverrideReason
from cards.caveat_templates import CAME, COUNTS_UNCHECKED, COUNTS_UNREAD, DRAFT_UNCHECKED, UNCHECKED_MEANS
from cards.caveat_words import caveat_sentences, caveats_for, drugs_unchecked
from cards.count_words import low_count_of
from cards.endings import population_notes
from cards.markdown import Block
from cards.message import Evidence, Message, count_order, distinct
from cards.overrides import NOTHING_SEEN_REASONS, OVERRIDE_REASONS, UNUSABLE_RESULT_REASONS
from cards.telling import Telling
from cards.wording import fit_summary
from cds.facts import CellLine, GapKind
from cds.findings import Assessment, Caveat, LowCount, Topic, Urgency

_DRUGS_UNCHECKED = frozenset({"medications-not-checked", "draft-not-recognised"})
_COUNTS_UNCHECKED = "counts-not-checked"
_LOOK = "Look at the result itself."


def render_data_quality(telling: Telling, urgency: Urgency) -> Message:
    """Every caveat as one sentence, those first that may hide something."""
    assessment = telling.assessment
    caveats = caveats_for(assessment, (Topic.DATA_QUALITY,))
    if not caveats:
        raise ValueError("a data-quality card needs a caveat")
    as_of = assessment.as_of
    at_the_end = population_notes(assessment)
    hiding = [caveat for caveat in caveats if caveat.may_hide]
    could_hide = caveat_sentences(hiding, as_of)
    others = caveat_sentences((caveat for caveat in caveats if not caveat.may_hide), as_of)
    others = tuple(note for note in others if note not in at_the_end)
    low = _count_without_drugs(assessment)
    unchecked = _counts_unchecked(assessment)
    blocks = (
        Block("Not checked:", (UNCHECKED_MEANS,) if unchecked else ()),
        Block("Found:", (telling.words_of(low).found,) if low is not None else ()),
        Block("Could hide something that matters:", items=could_hide),
        Block("Also noted:", items=others),
        Block("Consider:", items=("Look at the results themselves; repeat the count where in doubt.",)),
    )
    return Message(
        topics=(Topic.DATA_QUALITY,),
        urgency=urgency,
        summary=unchecked
        or (_summary_of_count(low, telling) if low is not None else _summary((*could_hide, *others), hiding)),
        blocks=tuple(block for block in blocks if block.sentences or block.items),
        evidence=_evidence(low),
        tests=count_order(assessment.work_up),
        said=caveats,
        always=bool(unchecked),  # it stands in the place of a refusal
        reasons=_reasons(low, unchecked),
    )


def _counts_unchecked(assessment: Assessment) -> str:
    """Why no blood count could be looked at; empty if some could."""
    if _COUNTS_UNCHECKED not in assessment.decision(Topic.DATA_QUALITY).reasons:
        return ""
    caveats = [caveat for caveat in assessment.caveats if caveat.what == "counts"]
    if any(caveat.kind == GapKind.FAILED and caveat.detail in CAME for caveat in caveats):
        return COUNTS_UNREAD
    kinds = {caveat.kind for caveat in caveats}
    return next(words for kind, words in COUNTS_UNCHECKED.items() if kind in kinds)


def _count_without_drugs(assessment: Assessment) -> LowCount | None:
    """The low count that is the reason of this card: its own card is silent for want of medicines."""
    if _DRUGS_UNCHECKED.isdisjoint(assessment.decision(Topic.DATA_QUALITY).reasons):
        return None
    return low_count_of(assessment, CellLine.NEUTROPHILS)


def _reasons(low: LowCount | None, unchecked: str) -> tuple[OverrideReason, ...]:
    if unchecked:
        return NOTHING_SEEN_REASONS
    return UNUSABLE_RESULT_REASONS if low is None else OVERRIDE_REASONS


def _evidence(low: LowCount | None) -> Evidence:
    if low is None:
        return Evidence()
    return Evidence(rules=distinct((low.rule,)), sources=distinct((*low.sources, *low.limit.sources)))


def _summary_of_count(low: LowCount, telling: Telling) -> str:
    words = telling.words_of(low)
    why = drugs_unchecked(telling.assessment) or DRAFT_UNCHECKED
    return fit_summary(f"{words.full}; {why}.", f"{words.dated}: {why}.")


def _summary(sentences: tuple[str, ...], hiding: list[Caveat]) -> str:
    first, *others = sentences
    more = "" if not others else f" ({len(others)} more note{'' if len(others) == 1 else 's'})"
    look = f" {_LOOK}" if hiding and hiding[0].measured is not None else ""
    return fit_summary(
        f"{first}{look}{more}",
        f"{first}{more}",
        first,
        f"Results could not all be used{more}: what is not seen is not known.",
    )
