"""The data-quality card: results that contradict each other, or could not be read or fetched."""

from __future__ import annotations

from cards.caveat_words import caveat_sentences, caveats_for
from cards.markdown import Block
from cards.message import Evidence, Message, count_order
from cards.wording import fit_summary
from cds.findings import Assessment, Topic, Urgency


def render_data_quality(assessment: Assessment, urgency: Urgency) -> Message:
    """Every caveat as one sentence, those first that may hide something."""
    caveats = caveats_for(assessment, (Topic.DATA_QUALITY,))
    if not caveats:
        raise ValueError("a data-quality card needs a caveat")
    hiding = caveat_sentences(caveat for caveat in caveats if caveat.may_hide)
    others = caveat_sentences(caveat for caveat in caveats if not caveat.may_hide)
    blocks = (
        Block("Could hide something that matters:", items=hiding),
        Block("Also noted:", items=others),
        Block("Consider:", items=("Look at the results themselves; repeat the count where in doubt.",)),
    )
    return Message(
        topics=(Topic.DATA_QUALITY,),
        urgency=urgency,
        summary=_summary((*hiding, *others)),
        blocks=tuple(block for block in blocks if block.items),
        evidence=Evidence(),
        tests=count_order(assessment.work_up),
        said=caveats,
    )


def _summary(sentences: tuple[str, ...]) -> str:
    first, *others = sentences
    more = "" if not others else f" ({len(others)} more note{'' if len(others) == 1 else 's'})"
    return fit_summary(
        f"{first}{more}",
        first,
        f"Results could not all be used{more}: what is not seen is not known.",
    )
