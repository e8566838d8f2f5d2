"""What was concluded from the facts: typed, cited, and without a sentence for a person.

Findings are made by ``cds.rules`` and put into words by ``cards``. A finding carries what its card must
show: the counts with their Observations, the limit and its source, each part of a score. Reasons are short
codes (``typical-window``); the words for them live in ``cards``. Whatever a card quotes from the knowledge
(a name, a frequency, a piece of advice) is copied into a ``*Note`` here, so that ``cards`` needs no
knowledge of its own.
"""

from cds.findings.advice import Precaution, WorkUp
from cds.findings.assessment import Assessment
from cds.findings.causes import OtherCause
from cds.findings.caveats import Caveat
from cds.findings.course import Baseline, BaselineKind, Direction, Duration, Trend
from cds.findings.fever import Fever, FeverDefinition
from cds.findings.low_counts import ExpectedNadir, LineState, LowCount
from cds.findings.marrow import MarrowPattern, PatternKind
from cds.findings.monitoring import MonitoringDue
from cds.findings.notes import DrugNote, PairNote, SourceNote
from cds.findings.order_risks import LabelLimit, OrderRisk, RiskReason, StopNote
from cds.findings.severity import Freshness, Limit, LimitBasis, Severity
from cds.findings.suspects import CountedTo, ScorePart, SetAside, Standing, Suspect
from cds.findings.topics import Occasion, Topic, TopicDecision, Urgency

__all__ = [
    "Assessment",
    "Baseline",
    "BaselineKind",
    "Caveat",
    "CountedTo",
    "Direction",
    "DrugNote",
    "Duration",
    "ExpectedNadir",
    "Fever",
    "FeverDefinition",
    "Freshness",
    "LabelLimit",
    "Limit",
    "LimitBasis",
    "LineState",
    "LowCount",
    "MarrowPattern",
    "MonitoringDue",
    "Occasion",
    "OrderRisk",
    "OtherCause",
    "PairNote",
    "PatternKind",
    "Precaution",
    "RiskReason",
    "ScorePart",
    "SetAside",
    "Severity",
    "SourceNote",
    "Standing",
    "StopNote",
    "Suspect",
    "Topic",
    "TopicDecision",
    "Trend",
    "Urgency",
    "WorkUp",
]
