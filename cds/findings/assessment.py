"""Everything concluded about one patient on one occasion."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from cds.facts.results import Temperature
from cds.findings.advice import Precaution, WorkUp
from cds.findings.causes import OtherCause
from cds.findings.caveats import Caveat
from cds.findings.fever import Fever
from cds.findings.low_counts import LineState, LowCount
from cds.findings.marrow import MarrowPattern
from cds.findings.monitoring import MonitoringDue
from cds.findings.notes import PairNote, SourceNote
from cds.findings.order_risks import OrderRisk, StopNote
from cds.findings.suspects import SetAside, Suspect
from cds.findings.topics import Occasion, Topic, TopicDecision


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything concluded about one patient on one occasion.

    Attributes:
        hottest: the highest temperature of the last day, if it is a fever, whatever came of it.
        child: not yet of age; a low count of then may have been judged by other limits.
    """

    as_of: datetime
    occasion: Occasion
    knowledge: str
    lines: tuple[LineState, ...] = ()
    low_counts: tuple[LowCount, ...] = ()
    patterns: tuple[MarrowPattern, ...] = ()
    other_causes: tuple[OtherCause, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    pairs: tuple[PairNote, ...] = ()
    order_risks: tuple[OrderRisk, ...] = ()
    stops: tuple[StopNote, ...] = ()
    monitoring: tuple[MonitoringDue, ...] = ()
    fever: Fever | None = None
    hottest: Temperature | None = None
    precautions: tuple[Precaution, ...] = ()
    work_up: tuple[WorkUp, ...] = ()
    caveats: tuple[Caveat, ...] = ()
    decisions: tuple[TopicDecision, ...] = ()
    sources: tuple[SourceNote, ...] = field(default=())
    policy: str = "us-label"
    age_unknown: bool = False
    child: bool = False
    pregnant: bool = False

    def decision(self, topic: Topic) -> TopicDecision:
        """The decision on one topic; silent with reason ``not-considered`` if no rule decided."""
        for decision in self.decisions:
            if decision.topic is topic:
                return decision
        return TopicDecision(topic, None, ("not-considered",))
