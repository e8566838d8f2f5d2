"""What was concluded from the facts: typed, cited, and without a sentence for a person.

Findings are made by ``cds.rules`` and put into words by ``cards``. A finding carries what its card must
show: the counts with their Observations, the limit and its source, each part of a score. Reasons are short
codes (``typical-window``); the words for them live in ``cards``. Whatever a card quotes from the knowledge
(a name, a frequency, a piece of advice) is copied into a ``*Note`` here, so that ``cards`` needs no
knowledge of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

from cds.facts import (
    CellCount,
    CellFraction,
    CellLine,
    DraftOrder,
    LabFlag,
    MedicationUse,
    Temperature,
    When,
)


class Severity(IntEnum):
    """Tier of a low count."""

    NONE = 0
    MILD = 1
    MODERATE = 2
    SEVERE = 3
    PROFOUND = 4


class Urgency(IntEnum):
    """How loudly a topic speaks: the indicator of its card."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3


class Occasion(StrEnum):
    """What the clinician is doing."""

    ORDER_SIGN = "order-sign"
    ORDER_SELECT = "order-select"
    PATIENT_VIEW = "patient-view"


class Topic(StrEnum):
    """The topics, in the order in which cards are shown. The value is the wire code."""

    FEVER = "leukoFever"
    ORDER_RISK = "leukoOrderRisk"
    LIVE_VACCINE = "leukoLiveVaccine"
    LOW_COUNT = "leukoLowCount"
    SUSPECTS = "leukoSuspects"
    MONITORING = "leukoMonitoring"
    PRECAUTIONS = "leukoPrecautions"
    DATA_QUALITY = "leukoDataQuality"


@dataclass(frozen=True, slots=True)
class TopicDecision:
    """Whether a topic speaks, how loudly, and why (or why it stays silent).

    Attributes:
        urgency: ``None`` when the topic is silent.
        reasons: codes such as ``leading-suspect`` or ``order-unrelated``.
    """

    topic: Topic
    urgency: Urgency | None
    reasons: tuple[str, ...]


# --- counts ---------------------------------------------------------------------------------------------


class LimitBasis(StrEnum):
    """Where a lower limit comes from."""

    ADULT = "adult"
    LABORATORY = "laboratory"
    CHILD = "child"
    DUFFY_NULL = "duffy-null"


@dataclass(frozen=True, slots=True)
class Limit:
    """The limit that a count was compared with (10*9/L) and its source."""

    value: Decimal
    basis: LimitBasis
    sources: tuple[str, ...]


class Duration(StrEnum):
    """How long a count has been low: ``limits.duration``."""

    NEW = "new"
    RECENT = "recent"
    CHRONIC = "chronic"
    RECURRING = "recurring"
    UNKNOWN = "unknown"


class Freshness(StrEnum):
    """How old the newest usable count is: ``limits.freshness``."""

    CURRENT = "current"
    RECENT = "recent"
    AGEING = "ageing"
    OLD = "old"
    HISTORICAL = "historical"
    UNDATED = "undated"


class Direction(StrEnum):
    FALLING = "falling"
    RISING = "rising"
    STABLE = "stable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Trend:
    """How a line came to its newest count.

    Attributes:
        earlier: earlier usable counts of the line, newest first, at most four.
        last_normal: the newest earlier count that was not low.
        nadir: the lowest count of the episode (may be the newest).
        fall_percent: fall from the baseline (median of the last normals) in percent, rounded down; ``None``
            without a baseline.
        steep: the fall reaches the limit of a "marked fall".
        recovering: rising from the nadir on two draws.
        fall_began: the first count of the present fall; after ``first_low`` if an old mild low crashed.
    """

    earlier: tuple[CellCount, ...] = ()
    last_normal: CellCount | None = None
    first_low: CellCount | None = None
    nadir: CellCount | None = None
    baseline: Decimal | None = None
    direction: Direction = Direction.UNKNOWN
    fall_percent: int | None = None
    steep: bool = False
    recovering: bool = False
    fall_began: CellCount | None = None

    @property
    def crashed(self) -> bool:
        """A deep new fall within a long mild low."""
        return self.fall_began is not None and self.fall_began is not self.first_low


@dataclass(frozen=True, slots=True)
class LineState:
    """The newest usable count of one line, low or not: one row of "all lines"."""

    line: CellLine
    short: str
    count: CellCount
    severity: Severity
    freshness: Freshness
    limit: Limit | None = None


class BaselineKind(StrEnum):
    """Why a low count may be usual for this person: ``limits.duffy_null``."""

    DUFFY_NULL = "duffy-null"  # recorded
    POSSIBLE_LIFELONG = "possible-lifelong"  # not recorded: stable, mild, alone


@dataclass(frozen=True, slots=True)
class Baseline:
    """The patient's own usual count.

    Attributes:
        expected: the newest count lies within what is usual, so that it is no low count by itself.
    """

    kind: BaselineKind
    median: Decimal | None
    values: tuple[CellCount, ...]
    expected: bool
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpectedNadir:
    """The count is low inside the usual window after a cytotoxic dose: ``limits.nadir``.

    Attributes:
        day: days since the last dose.
        taken: there are no doses to count from, the drugs are taken day by day: ``last_dose`` is the start.
    """

    drugs: tuple[DrugNote, ...]
    day: int
    last_dose: When
    references: tuple[str, ...]
    prolonged: bool = False
    taken: bool = False
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LowCount:
    """One white cell line is low.

    Attributes:
        short, word, protects_against: "ANC", "neutropenia", "bacterial and fungal infection".
        count: the newest usable count; its Observations are the evidence.
        limit: what it was compared with.
        urgency: how loudly this line speaks on its own; ``None``: a row of the table at most.
        reasons: codes for that urgency.
        differential_missing: the total is low and nothing says how the lines stand.
        newer_total: a newer total without this line, which does not cancel it.
        contradicted: a total of 0 beside cells that were counted.
        footnote: grades of other scales, with version, as the knowledge gives them.
    """

    line: CellLine
    short: str
    name: str
    word: str
    count: CellCount
    severity: Severity
    limit: Limit
    freshness: Freshness
    duration: Duration
    trend: Trend
    urgency: Urgency | None
    reasons: tuple[str, ...] = ()
    below_laboratory: bool = False
    baseline: Baseline | None = None
    nadir: ExpectedNadir | None = None
    differential_missing: bool = False
    newer_total: CellCount | None = None
    contradicted: bool = False
    child: bool = False
    protects_against: str = ""
    footnote: str = ""
    rule: str = ""
    sources: tuple[str, ...] = ()

    @property
    def is_severe_neutropenia(self) -> bool:
        """Neutrophils of the severe tier or deeper."""
        return self.line is CellLine.NEUTROPHILS and self.severity >= Severity.SEVERE


class PatternKind(StrEnum):
    """Findings across cell lines that come before any drug: ``limits.marrow``."""

    BLASTS = "blasts"
    SEVERE_MARROW_FAILURE = "severe-marrow-failure"
    MARROW_FAILURE = "marrow-failure"
    PANCYTOPENIA = "pancytopenia"
    TWO_LINES = "two-lines"


@dataclass(frozen=True, slots=True)
class MarrowPattern:
    """Several lines low together, or blasts.

    Attributes:
        recorded: a condition on the problem list accounts for it; known without that, a cytotoxic dose does.
    """

    kind: PatternKind
    counts: tuple[CellCount, ...]
    known: bool  # a condition on the problem list, or a cytotoxic dose, accounts for it
    new: bool
    sources: tuple[str, ...]
    rule: str = ""
    recorded: bool = False


# --- drugs ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DrugNote:
    """What a card may quote of one drug. ``advice_confirmation`` is set where it is not ``confirmation``."""

    id: str
    name: str
    rxcui: str  # empty when unverified
    drug_class: str
    grade: str
    frequency: str
    onset: str
    recovery: str
    advice: str
    confirmation: str  # "sourced", ..., "needs pharmacist review"
    prescriber_decides: bool  # never stopped without the prescriber
    cytotoxic: bool
    sources: tuple[str, ...]
    boxed_warning: str = ""
    advice_confirmation: str = ""


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


@dataclass(frozen=True, slots=True)
class PairNote:
    """A risky pair of drugs."""

    id: str
    first: DrugNote
    second: DrugNote
    severity: str
    mechanism: str
    effect: str
    advice: str
    confirmation: str
    sources: tuple[str, ...]
    dose_condition: str = ""


@dataclass(frozen=True, slots=True)
class OtherCause:
    """A condition on the problem list that can explain a low count: said before any drug."""

    condition: str
    name: str
    acts_as: str
    text: str
    reference: str
    recorded: When | None
    lines: tuple[CellLine, ...] = ()


class RiskReason(StrEnum):
    """Why signing a draft matters."""

    SUSPECT_REORDERED = "suspect-reordered"
    SUSPECT_STARTED = "suspect-started"
    REEXPOSURE = "reexposure"
    SAME_CLASS = "same-class"
    LABEL_LIMIT = "label-limit"
    RISKY_PAIR = "risky-pair"
    LIVE_VACCINE = "live-vaccine"


@dataclass(frozen=True, slots=True)
class LabelLimit:
    """A count below which a label asks for action, as crossed by a draft.

    Attributes:
        kind: ``do-not-start``, ``hold``, ``stop``, ``next-dose`` or (go on, with more counts) ``monitor``.
        below_per_ul: the limit in cells per microlitre, as printed.
        at_or_below: the count of the limit itself crosses it too.
        status: where it is from, for display: "label", "UK guidance (BSR/SPS)".
    """

    kind: str
    line: CellLine
    below_per_ul: Decimal
    status: str
    confirmation: str
    advice: str = ""
    policy: str = "label"
    sources: tuple[str, ...] = ()
    at_or_below: bool = False


@dataclass(frozen=True, slots=True)
class OrderRisk:
    """*This draft order* adds risk to *this* count.

    Attributes:
        relative: the drug that went with a fall, of today or earlier: this one, or one of its class.
        earlier: the lowest count of an earlier fall.
        reaction: a recorded reaction, as the EHR shows it.
        related: references of requests or reactions it rests on.
        share: percentage of CD4 cells on which the risk of a live vaccine rests, where that is no count.
        may_treat: perhaps the treatment of a fever that nobody measured: taking it back is not offered.
        taken: the drug is being taken already, though it was begun too late to be a suspect.
    """

    draft: DraftOrder
    why: RiskReason
    urgency: Urgency
    drug: DrugNote | None = None
    count: CellCount | None = None
    severity: Severity = Severity.NONE
    label_limit: LabelLimit | None = None
    pair: PairNote | None = None
    suspect: Suspect | None = None
    vaccine: str = ""
    share: CellFraction | None = None
    relative: DrugNote | None = None
    earlier: CellCount | None = None
    reaction: str = ""
    related: tuple[str, ...] = ()
    may_treat: bool = False
    taken: bool = False
    rule: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StopNote:
    """The draft stops a suspect: at most an info, never scolded."""

    draft: DraftOrder
    drug: DrugNote
    count: CellCount | None


@dataclass(frozen=True, slots=True)
class MonitoringDue:
    """A drug that needs counts has none in time."""

    drug: DrugNote
    line: CellLine
    every_days: int
    overdue_days: int | None  # None: no usable count at all
    last: CellCount | None
    since: When | None
    urgency: Urgency
    draft: DraftOrder | None = None
    uses: tuple[MedicationUse, ...] = ()
    policy: str = "label"
    confirmation: str = ""
    rule: str = ""
    sources: tuple[str, ...] = ()


class FeverDefinition(StrEnum):
    """Which definition a fever meets: ``limits.fever``."""

    NEUTROPHILS_LOW = "neutrophils-at-most"
    NEUTROPHILS_FALLING = "neutrophils-falling"
    CHEMOTHERAPY_WINDOW = "chemotherapy-window"
    NEUTROPHILS_UNKNOWN = "neutrophils-unknown-after-chemotherapy"
    LOW_COUNT_RECORDED = "neutrophils-unknown-low-count-recorded"
    NEUTROPHILS_FELL = "neutrophils-fell-steeply"
    TOTAL_TOO_LOW = "neutrophils-cannot-be-higher"
    LAST_COUNT_SEVERE = "neutrophils-unknown-last-count-severe"


@dataclass(frozen=True, slots=True)
class Fever:
    """Fever with low or unknown neutrophils.

    Attributes:
        recorded: a low count, or treatment for cancer, that the problem list tells of, where no dose does.
        neutrophils_limit: what the definition asks of the neutrophils: "or lower" for ``NEUTROPHILS_LOW``,
            "below" for the others (10*9/L).
        celsius_limit: the temperature from which on it is a fever.
    """

    definition: FeverDefinition
    temperature: Temperature | None  # None: a recorded condition
    condition: OtherCause | None
    neutrophils: CellCount | None
    chemotherapy: ExpectedNadir | None = None
    recorded: OtherCause | None = None
    rule: str = ""
    sources: tuple[str, ...] = ()
    neutrophils_limit: Decimal | None = None
    celsius_limit: Decimal | None = None


# --- what to do, what to doubt --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Precaution:
    """One row of the infection precautions, fitted to the line and tier."""

    id: str
    row: int
    evidence: str
    clinician: str
    patient: str
    confirmation: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkUp:
    """A test that is worth doing and was not found in the data."""

    id: str
    name: str
    loinc: str
    orderable: bool
    when: str


@dataclass(frozen=True, slots=True)
class Caveat:
    """Something the reader of a card has to know about the data.

    Attributes:
        kind: a ``GapKind`` value, or a check of the numbers against each other: ``line-over-total``,
            ``sum-of-counts``, ``calculated-differs``, ``diluted-sample``, ``newest-without-differential``.
        what: the line or kind of data concerned.
        detail: values as sent, for display (EHR text: to be escaped).
        count: how many times, when counted together.
        may_hide: it could hide something that matters, so it is worth a card of its own.
        flag: as ``Gap.flag``.
    """

    kind: str
    what: str
    detail: str = ""
    references: tuple[str, ...] = ()
    count: int = 1
    may_hide: bool = False
    measured: When | None = None
    flag: LabFlag | None = None


@dataclass(frozen=True, slots=True)
class SourceNote:
    id: str
    citation: str
    read_as: str


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
