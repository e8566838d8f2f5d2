"""One draw on its own: which count of each line can be used, and what has to be said about that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cds.facts import CellCount, CellLine, PatientFacts
from cds.findings import Caveat
from cds.knowledge.base import Knowledge
from cds.rules.consistency import find_contradictions, find_lines_over_total, say_lines_over_total
from cds.rules.draws import Draw, SentDraw
from cds.rules.neutrophils import find_neutrophil_caveats, find_neutrophils, find_share_of_total

CALCULATED = frozenset({CellLine.NEUTROPHILS, CellLine.BLASTS})  # where nobody reported them


class SettledDraw(NamedTuple):
    """The usable counts of one draw, and what they were made of.

    Attributes:
        counts: no line above the total, neutrophils and blasts calculated where they were not reported.
    """

    reported: Draw
    counts: Mapping[CellLine, CellCount]


def settle_draw(sent: SentDraw, knowledge: Knowledge) -> SettledDraw:
    """Choose one result per line and calculate what is missing."""
    draw = sent.settle()
    counts = draw.counts | find_lines_over_total(draw, knowledge)
    neutrophils = find_neutrophils(draw, counts, knowledge.limits.consistency)
    if neutrophils is not None:
        counts[CellLine.NEUTROPHILS] = neutrophils
    if CellLine.BLASTS in draw.fractions and CellLine.BLASTS not in counts:
        blasts = find_share_of_total(CellLine.BLASTS, draw)
        if blasts is not None:
            counts[CellLine.BLASTS] = blasts
    return SettledDraw(draw, counts)


def find_caveats_of(draw: Draw, before: Iterable[SentDraw], knowledge: Knowledge) -> list[Caveat]:
    """What had to be settled or guessed in one draw, and what in it cannot all be true.

    Args:
        before: the draws before it, the newest first.
    """
    held = find_lines_over_total(draw, knowledge)
    return [
        *say_lines_over_total(draw, held),
        *find_neutrophil_caveats(draw, draw.counts | held, knowledge.limits.consistency),
        *find_contradictions(draw, before, knowledge),
    ]


def lines_with_counts(facts: PatientFacts) -> frozenset[CellLine]:
    """The lines that a draw of this patient may have a count of."""
    lines = {count.line for count in facts.counts}
    if not lines.isdisjoint({CellLine.LEUKOCYTES, CellLine.SEGMENTED, CellLine.GRANULOCYTES}):
        lines.add(CellLine.NEUTROPHILS)
    if any(share.line is CellLine.BLASTS for share in facts.fractions):
        lines.add(CellLine.BLASTS)
    return frozenset(lines)
