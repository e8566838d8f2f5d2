"""Drugs that may explain a low line, and those that were set aside."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cds.facts.cell_lines import CellLine
from cds.facts.medicines import MedicationUse
from cds.facts.moments import When
from cds.findings.notes import DrugNote


class Standing(StrEnum):
    """Word for a suspect: a ranking, not a probability."""

    EXPECTED = "expected"
    LEADING = "leading"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One part of a suspect's score.

    Attributes:
        name: ``evidence``, ``timing``, ``trajectory``, ``dechallenge``, ``reaction``, ``exposure`` or
            ``alternatives``.
        points: may be negative.
        reason: code of the rule that gave them, e.g. ``typical-window``.
        days: the number of days it turned on, where there is one.
        names: what it refers to (other drugs, conditions, the pair).
    """

    name: str
    points: int
    reason: str
    days: int | None = None
    names: tuple[str, ...] = ()


class CountedTo(StrEnum):
    """Where the days of a suspect end."""

    FIRST_LOW = "first-low"  # or now, if the count is undated
    FALL = "fall"  # the deep fall, where the count had been mildly low before
    NEWEST = "newest"  # the count that is still in the window of a dose


@dataclass(frozen=True, slots=True)
class Suspect:
    """One drug that may explain one low line.

    Attributes:
        since: first day of the exposure counted, or the last dose for drugs counted from the dose.
        line: where it stands highest; score and days are of this one.
        day: days from ``since`` to ``counted_to``.
        also: other low lines that it may explain.
        uses: the requests it rests on.
    """

    drug: DrugNote
    line: CellLine
    standing: Standing
    score: int
    parts: tuple[ScorePart, ...]
    uses: tuple[MedicationUse, ...]
    matched_by: str
    since: When | None = None
    day: int | None = None
    counted_to: CountedTo = CountedTo.FIRST_LOW
    stopped: When | None = None
    rule: str = ""
    sources: tuple[str, ...] = ()
    also: tuple[CellLine, ...] = ()

    @property
    def is_in_window(self) -> bool:
        """Whether the fall lies in the window in which the drug is known to act."""
        return any(part.reason in {"typical-window", "possible-window"} for part in self.parts)

    @property
    def lines(self) -> tuple[CellLine, ...]:
        """All low lines that it may explain, in the order of the lines."""
        return tuple(line for line in CellLine if line is self.line or line in self.also)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A drug of the chart that is no suspect, and the gate that kept it out."""

    drug: DrugNote
    line: CellLine
    gate: str  # "raises-line", "no-effect-on-line", "started-after", "not-systemic", "score-too-low", ...
    score: int | None
    parts: tuple[ScorePart, ...]
    uses: tuple[MedicationUse, ...]
