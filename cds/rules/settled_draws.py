"""One draw on its own: which count of each line can be used, and what has to be said about that."""

from __future__ import annotations

from collections.abc import Iterable

from cds.facts import CellCount, CellLine, PatientFacts
from cds.findings import Caveat
from cds.knowledge.base import Knowledge
from cds.rules.consistency import find_contradictions, find_lines_over_total, hold_to_total
from cds.rules.draws import SentDraw
from cds.rules.neutrophils import find_neutrophil_caveats, find_neutrophils, find_share_of_total

CALCULATED = frozenset({CellLine.NEUTROPHILS, CellLine.BLASTS})  # where nobody reported them


class SettledDraw:
    """One draw with one result per line. What follows from the results is found when it is asked for."""

    def __init__(self, sent: SentDraw, knowledge: Knowledge) -> None:
        self._draw = sent.settle()
        self._knowledge = knowledge
        self._counts: dict[CellLine, CellCount | None] = {}

    def count(self, line: CellLine) -> CellCount | None:
        """The usable count of a line: not above the total, and calculated where nobody reported it."""
        if line not in self._counts:
            self._counts[line] = self._find(line)
        return self._counts[line]

    def _find(self, line: CellLine) -> CellCount | None:
        limits = self._knowledge.limits.consistency
        reported = hold_to_total(line, self._draw, limits)
        if line is CellLine.NEUTROPHILS:
            return find_neutrophils(self._draw, reported, limits)
        if line is CellLine.BLASTS and reported is None:
            return find_share_of_total(line, self._draw)
        return reported

    def find_caveats(self, before: Iterable[SentDraw]) -> list[Caveat]:
        """What had to be settled or guessed, and what cannot all be true.

        Args:
            before: the draws before this one, the newest first.
        """
        limits = self._knowledge.limits.consistency
        return [
            *find_lines_over_total(self._draw, limits),
            *find_neutrophil_caveats(self._draw, limits),
            *find_contradictions(self._draw, before, limits),
        ]


def lines_with_counts(facts: PatientFacts) -> frozenset[CellLine]:
    """The lines that a draw of this patient may have a count of."""
    lines = {count.line for count in facts.counts}
    if not lines.isdisjoint({CellLine.LEUKOCYTES, CellLine.SEGMENTED, CellLine.GRANULOCYTES}):
        lines.add(CellLine.NEUTROPHILS)
    if any(share.line is CellLine.BLASTS for share in facts.fractions):
        lines.add(CellLine.BLASTS)
    return frozenset(lines)
