"""Whether a card of its own says what could not be read or looked at."""

from __future__ import annotations

from cds.facts import CellLine, DraftAction
from cds.findings import Topic, TopicDecision, Urgency
from cds.rules.caveats import CONTRADICTIONS, medicines_unchecked, nothing_to_check, unheard_of
from cds.rules.conclusions import Conclusions


def decide_data_quality(found: Conclusions, *, heard: bool) -> TopicDecision:
    """``heard``: some other topic speaks, and says in passing what could not be looked at."""
    hiding = [caveat for caveat in found.caveats if caveat.may_hide]
    if nothing_to_check(found.chart.facts, found.caveats):
        # it stands in the place of a refusal: nobody signs in the belief that somebody has looked
        urgency = Urgency.WARNING if found.ordering else Urgency.INFO
        return TopicDecision(Topic.DATA_QUALITY, urgency, ("counts-not-checked",))
    if hiding:
        is_grave = any(caveat.kind in CONTRADICTIONS or caveat.flag is not None for caveat in hiding)
        urgency = Urgency.WARNING if is_grave else Urgency.INFO
        return TopicDecision(
            Topic.DATA_QUALITY, urgency, tuple(dict.fromkeys(str(caveat.kind) for caveat in hiding))
        )
    no_medicines = medicines_unchecked(found.caveats)
    # a low line of which nothing is heard, while nobody could look for its drugs or tell what is ordered, is
    # not "nothing found"
    low = [
        each for each in found.low_counts if each.urgency is not None and each.line is CellLine.NEUTROPHILS
    ]
    if no_medicines and low and not heard:
        return TopicDecision(Topic.DATA_QUALITY, Urgency.INFO, ("medications-not-checked",))
    if low and not heard and _orders_unknown(found):
        return TopicDecision(Topic.DATA_QUALITY, Urgency.INFO, ("draft-not-recognised",))
    unlooked = unheard_of(found.caveats) if not heard else []
    if unlooked:
        reasons = ("drafts-not-checked" if each.what == "drafts" else "counts-withheld" for each in unlooked)
        return TopicDecision(Topic.DATA_QUALITY, Urgency.INFO, tuple(dict.fromkeys(reasons)))
    return TopicDecision(Topic.DATA_QUALITY, None, ("nothing-hidden",))


def _orders_unknown(found: Conclusions) -> bool:
    return any(
        draft.action is DraftAction.ORDER and draft.selected and not draft.recognised
        for draft in found.chart.facts.drafts
    )
