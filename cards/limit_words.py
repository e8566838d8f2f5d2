"""A limit that an order crosses: what it asks for, and whose it is."""

from __future__ import annotations

from decimal import Decimal

from cards.count_words import short_word
from cards.drug_words import review_mark
from cards.wording import number, without_zeros
from cds.facts import CellLine
from cds.findings import LabelLimit

_PER_UL = Decimal(1000)  # cells per microlitre in one 10*9/L
_NEXT_DOSE = "next-dose"
_GOES_ON = "monitor"  # the policy's word at this count: go on, with more counts
_KIND = {
    "do-not-start": "do not start below",
    "hold": "hold below",
    "stop": "stop below",
    _GOES_ON: "closer counts below",
}


def limit_words(limit: LabelLimit, drug: str, *, prescriber_decides: bool) -> str:
    """``clozapine limit: stop below 0.5, with the prescriber``; a next dose is for its team.

    Of other lines than the neutrophils it is said which: ``azathioprine limit: hold below WBC 3.5``.
    """
    shown = without_zeros(limit.below_per_ul / _PER_UL)
    if limit.kind == _NEXT_DOSE:
        return f"most regimens give the next {drug} only from {shown} on. For the treatment team"
    whose = ", with the prescriber" if prescriber_decides else ""
    asked = _KIND.get(limit.kind, limit.kind)
    if limit.at_or_below:
        asked = asked.replace("below", "at or below")
    line = "" if limit.line is CellLine.NEUTROPHILS else f"{short_word(limit.line) or limit.line.value} "
    return f"{drug} limit: {asked} {line}{shown}{whose}"


def limit_source(limit: LabelLimit) -> str:
    """Whose limit it is (not every one is a label's), and the figure that its source prints."""
    origin = f"{limit.status}{review_mark(limit.confirmation)}"
    return f"Where the limit is from: {origin}. As printed: {number(limit.below_per_ul)} /uL."


def lets_go_on(limit: LabelLimit) -> bool:
    """Whether the treatment goes on at this count, if with more counts."""
    return limit.kind == _GOES_ON
