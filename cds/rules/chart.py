"""What every rule judges: one patient's facts with counts, exposures and causes put in order, and the
knowledge to hold them against."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from cds.facts import CellCount, CellLine, PatientFacts
from cds.findings import Freshness, OtherCause
from cds.knowledge.base import Knowledge
from cds.rules.count_history import FRESH, CountHistory, freshness_of
from cds.rules.exposures import Exposure, find_exposures
from cds.rules.other_causes import find_other_causes

if TYPE_CHECKING:
    from cds.rules.lower_limits import Judgement


@dataclass(frozen=True, slots=True)
class Chart:
    """One patient, ready to be judged.

    Attributes:
        exposures: times on each drug of the knowledge, oldest first; systemic forms only.
        local: the same for creams, drops and inhaled forms.
        causes: recorded conditions that can explain a low count.
        policy: the site's clozapine policy.
        judged: counts that were held against their limit already, by ``id``; see ``lower_limits.judge``.
        lows: the same for whole lines; see ``lower_limits.lows_of``.
    """

    facts: PatientFacts
    knowledge: Knowledge
    history: CountHistory
    exposures: tuple[Exposure, ...]
    local: tuple[Exposure, ...]
    causes: tuple[OtherCause, ...]
    policy: str
    judged: dict[int, tuple[CellCount, Judgement | None]] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )
    lows: dict[CellLine, tuple[bool, ...]] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    @property
    def as_of(self) -> datetime:
        """Now, for every rule."""
        return self.facts.as_of

    def freshness(self, count: CellCount) -> Freshness:
        """How old a count is."""
        return freshness_of(count, self.as_of, self.knowledge.limits.freshness)

    def fresh(self, line: CellLine) -> CellCount | None:
        """The newest count of a line, if it is recent enough to act on."""
        count = self.history.newest(line)
        return count if count is not None and self.freshness(count) in FRESH else None

    def taking(self, exposure: Exposure) -> bool:
        """Whether a drug is being taken now, or was stopped only days ago."""
        return exposure.taken_at(self.as_of, self.knowledge.ranking)


def open_chart(facts: PatientFacts, knowledge: Knowledge, policy: str) -> Chart:
    """Put the counts of each draw, the exposures to each drug and the known causes in order."""
    exposures = find_exposures(facts, knowledge)
    return Chart(
        facts=facts,
        knowledge=knowledge,
        history=CountHistory(facts, knowledge),
        exposures=exposures.systemic,
        local=exposures.local,
        causes=find_other_causes(facts, knowledge),
        policy=policy,
    )
