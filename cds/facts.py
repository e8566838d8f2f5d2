"""What is known of one patient at one moment: plain, typed, free of FHIR.

Facts are made by ``cds.readers`` and read by ``cds.rules``. They hold what was *sent*; nothing here is
judged. Counts are in 10*9/L (the same number as 10*3/uL), haemoglobin in g/dL, percentages in percent,
temperatures in degrees Celsius; all numbers are ``Decimal`` and keep the digits of the wire. Moments are
timezone-aware. ``reference`` and ``references`` are relative FHIR references such as ``Observation/o2``:
they are how a card cites its evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class CellLine(StrEnum):
    """What is counted in the blood. The first six are the white cell lines; the rest is context."""

    LEUKOCYTES = "leukocytes"
    NEUTROPHILS = "neutrophils"
    LYMPHOCYTES = "lymphocytes"
    MONOCYTES = "monocytes"
    EOSINOPHILS = "eosinophils"
    BASOPHILS = "basophils"
    SEGMENTED = "segmented"
    BANDS = "bands"
    GRANULOCYTES = "granulocytes"
    VARIANT_LYMPHOCYTES = "variant-lymphocytes"
    IMMATURE = "immature"
    OTHER_CELLS = "other-cells"
    BLASTS = "blasts"
    CD4 = "cd4"
    NUCLEATED_RED = "nucleated-red"
    HAEMOGLOBIN = "haemoglobin"
    PLATELETS = "platelets"
    RETICULOCYTES = "reticulocytes"


WHITE_CELL_LINES: tuple[CellLine, ...] = (
    CellLine.LEUKOCYTES,
    CellLine.NEUTROPHILS,
    CellLine.LYMPHOCYTES,
    CellLine.MONOCYTES,
    CellLine.EOSINOPHILS,
    CellLine.BASOPHILS,
)


class Precision(StrEnum):
    """How exactly a moment was sent."""

    INSTANT = "instant"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class When(NamedTuple):
    """A moment as sent, which may be as vague as a year.

    Attributes:
        earliest: the first instant it can mean (UTC).
        latest: the last instant it can mean (UTC); equal to ``earliest`` for a full timestamp.
        day: the calendar day as written by the sender (first day of a vague date), for display.
        precision: how much of it was sent.
    """

    earliest: datetime
    latest: datetime
    day: date
    precision: Precision = Precision.INSTANT

    @property
    def is_vague(self) -> bool:
        """Sent as no more than a month or a year."""
        return self.precision in (Precision.MONTH, Precision.YEAR)

    @property
    def last_day(self) -> date:
        """The last calendar day it can mean, as written by the sender."""
        return self.latest.date() if self.is_vague else self.day


class Bound(StrEnum):
    """Whether a number is the value itself or a limit of it (``<0.1``, ``<=0.1``, ``>10``)."""

    EXACT = "exact"
    BELOW = "below"  # the true value is below the number
    AT_MOST = "at-most"  # the true value is the number or lower
    ABOVE = "above"  # the true value is above (or at) the number

    @property
    def is_upper(self) -> bool:
        """Whether the true value may be anything down to zero."""
        return self in (Bound.BELOW, Bound.AT_MOST)


class ResultStatus(StrEnum):
    """Observation.status, as far as a result can be used at all."""

    FINAL = "final"
    AMENDED = "amended"
    CORRECTED = "corrected"
    PRELIMINARY = "preliminary"
    UNKNOWN = "unknown"  # "unknown", absent or not a FHIR code


class LabFlag(StrEnum):
    """The laboratory's own interpretation of one result."""

    LOW = "low"
    CRITICALLY_LOW = "critically-low"
    CRITICAL = "critical"  # in which direction is not said: only of a value that nobody could read
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Calculation:
    """How a count that nobody reported was worked out.

    Attributes:
        path: ``segmented``, ``segmented+bands``, ``percent`` or ``segmented-percent``; ``bound`` where the
            number is that of all white cells or of the granulocytes, which neutrophils cannot outnumber;
            ``contradicted`` where more were reported than there are white cells in all.
        text: the arithmetic in symbols, e.g. ``2.5 x 20 %``; numbers as reported.
    """

    path: str
    text: str


class CellCount(NamedTuple):
    """One result: so many cells of one line per litre of blood.

    Attributes:
        line: which cells.
        value: 10*9/L (haemoglobin: g/dL); never rounded.
        measured: when the blood was drawn, as well as it is known; ``None`` if undated.
        reported: the value and unit as sent, e.g. ``900 /uL``, for display.
        bound: ``EXACT`` unless a comparator (``<0.1``) was sent.
        status: how final the result is.
        reference_low: the laboratory's lower limit in the unit of ``value``; ``None`` when none was sent
            or it cannot be believed.
        flag: the laboratory's own flag, if any.
        draw: a key shared by the results of one blood draw.
        references: the Observations it rests on.
        calculation: present when the count was calculated, not reported.
    """

    line: CellLine
    value: Decimal
    measured: When | None
    reported: str
    bound: Bound = Bound.EXACT
    status: ResultStatus = ResultStatus.FINAL
    reference_low: Decimal | None = None
    flag: LabFlag | None = None
    draw: str = ""
    references: tuple[str, ...] = ()
    calculation: Calculation | None = None


class CellFraction(NamedTuple):
    """One result of a differential: the share of one line among the white cells, in percent."""

    line: CellLine
    percent: Decimal
    measured: When | None
    manual: bool = False
    all_neutrophils: bool = False  # code says "neutrophils" (not segmented only)
    status: ResultStatus = ResultStatus.FINAL
    draw: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Temperature:
    """A body temperature in degrees Celsius, with the site as its code says."""

    celsius: Decimal
    measured: When | None
    site: str
    reported: str
    reference: str


@dataclass(frozen=True, slots=True)
class DrugMatch:
    """How a medicine was recognised.

    Attributes:
        ingredient: the id of a drug in the knowledge, e.g. ``methimazole``.
        matched_by: ``rxnorm``, ``historic``, ``ndc``, ``atc``, ``snomed``, ``local`` (a hospital's own code),
            ``ingredient`` or ``name``.
        code: the code or the word that matched.
        leads: False for a name with which the text of the order does not begin.
    """

    ingredient: str
    matched_by: str
    code: str
    leads: bool = True


class MedicationUse(NamedTuple):
    """One MedicationRequest of the chart (not a draft): a possible exposure.

    Attributes:
        reference: ``MedicationRequest/m1``.
        text: the medicine's name as the EHR shows it.
        matches: recognised ingredients; empty if the medicine was not recognised or not in the knowledge.
        recognised: False if it has neither a usable code nor a name, so nobody can tell what it is.
        coded: some code of it was understood; without one, and without a match, its name is all there is.
        status: MedicationRequest.status as sent (``active``, ``stopped``, ...).
        start: first day of use; ``None`` if unknown.
        end: last day of use where known (bounds, validity or supply end); ``None`` if open or unknown.
        systemic: False for creams, eye drops, nasal and inhaled forms.
        as_needed: PRN.
        single_dose: one dose only (a count of 1, or a one-day supply).
    """

    reference: str
    text: str
    matches: tuple[DrugMatch, ...]
    status: str
    start: When | None
    end: When | None
    recognised: bool = True
    coded: bool = True
    systemic: bool = True
    as_needed: bool = False
    single_dose: bool = False

    @property
    def ongoing(self) -> bool:
        """True while the request says that the medicine is being taken."""
        return self.status in {"active", "unknown", ""}


class DraftAction(StrEnum):
    """What signing the draft would do."""

    ORDER = "order"
    STOP = "stop"  # stopped, cancelled, completed or doNotPerform: not an exposure


@dataclass(frozen=True, slots=True)
class DraftOrder:
    """One entry of ``context.draftOrders``, as far as the rules need it.

    Attributes:
        reference: ``MedicationRequest/d1``; empty if the draft has no id (then nothing can act on it).
        kind: its resource type, e.g. ``MedicationRequest`` or ``ServiceRequest``.
        text: the name as the EHR shows it.
        matches: recognised ingredients (medicines only).
        vaccine: CVX code when the draft is a vaccine.
        coded: as ``MedicationUse.coded``; a vaccine is always.
        tests: LOINC codes when the draft orders tests.
        action: whether signing starts or stops it.
        selected: order-select: whether ``selections`` points at it; always True at order-sign.
        in_force: whether the chart holds it as active already; to delete it would end a treatment.
    """

    reference: str
    kind: str
    text: str
    matches: tuple[DrugMatch, ...] = ()
    vaccine: str | None = None
    tests: tuple[str, ...] = ()
    action: DraftAction = DraftAction.ORDER
    selected: bool = True
    systemic: bool = True
    recognised: bool = True
    coded: bool = True
    in_force: bool = False


@dataclass(frozen=True, slots=True)
class KnownCondition:
    """An active entry of the problem list that the knowledge knows.

    Attributes:
        condition: id in conditions.toml, e.g. ``lupus``.
        text: the name as the EHR shows it; empty where it sent a bare code.
        recorded: when it began or was recorded; ``None`` if undated.
    """

    condition: str
    text: str
    recorded: When | None
    reference: str


@dataclass(frozen=True, slots=True)
class PriorReaction:
    """An AllergyIntolerance that names a low count after a drug."""

    ingredient: str
    text: str
    reference: str


@dataclass(frozen=True, slots=True)
class OrderedTest:
    """A test that the chart shows as ordered or done; ``ordered`` is ``None`` if nobody says when."""

    loinc: str
    ordered: When | None
    reference: str


class GapKind(StrEnum):
    """Why something could not be used. Never read as normal."""

    NOT_SUPPLIED = "not-supplied"  # the key was absent and nothing could be fetched
    WITHHELD = "withheld"  # not supplied where other counts were, or the server that has it was not asked
    FAILED = "failed"  # the EHR or the FHIR server reported an error
    INCOMPLETE = "incomplete"  # further pages were not read
    BROKEN_RESOURCE = "broken-resource"  # an entry that is not a readable resource
    WRONG_PATIENT = "wrong-patient"
    NO_VALUE = "no-value"  # dataAbsentReason, cancelled sample, "see note"
    UNREADABLE_VALUE = "unreadable-value"
    UNKNOWN_UNIT = "unknown-unit"
    DOUBTFUL_UNIT = "doubtful-unit"  # used, but almost always a unit that lost a part (a bare "/L")
    UNIT_CONFLICT = "unit-conflict"  # code says percent, unit says count; or unit and code differ in scale
    IMPLAUSIBLE = "implausible"
    FUTURE_DATE = "future-date"
    RANGE_IGNORED = "range-ignored"
    STATUS_UNKNOWN = "status-unknown"
    UNRECOGNISED_MEDICATION = "unrecognised-medication"
    MATCHED_BY_NAME = "matched-by-name"
    NOT_R4 = "not-r4"  # a cited resource violates FHIR R4


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was sent (or should have been) and could not be used, or only with doubt.

    Attributes:
        kind: why.
        what: what is missing: ``counts``, ``medications``, ``conditions``, ``patient``, ``temperature``,
            ``drafts``, or a cell line.
        reference: the resource concerned, if there is one.
        detail: the offending value as sent (never a name or an identifier), for display.
        measured: the date of the result concerned, if it has one; of further pages, the oldest date of the
            page that was read, if that runs from new to old.
        flag: what the laboratory marked a value that could not be used: low, critically low or critical.
    """

    kind: GapKind
    what: str
    reference: str = ""
    detail: str = ""
    measured: When | None = None
    flag: LabFlag | None = None


@dataclass(frozen=True, slots=True)
class Patient:
    """The little that the rules need of a person. No name, race, ethnicity, language or address."""

    born: When | None = None
    deceased: bool = False
    preterm: bool = False

    @property
    def birthday(self) -> date | None:
        """The last day that it can have been, so that a child is not taken for an adult."""
        return self.born.last_day if self.born is not None else None

    def age_in_days(self, measured: When | None, as_of: datetime) -> int | None:
        """Age on the day of a specimen; at ``as_of`` if it is undated; ``None`` if unknown."""
        born = self.birthday
        if born is None:
            return None
        drawn = measured.day if measured is not None else as_of.date()
        return max((drawn - born).days, 0)


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """Everything of one patient, as of one moment.

    Attributes:
        as_of: "now" for every rule (UTC).
        duffy_null: recorded as Duffy-null (condition, phenotype or genotype); never inferred.
        pregnant: recorded as pregnant at ``as_of``.
    """

    as_of: datetime
    patient: Patient = field(default_factory=Patient)
    counts: tuple[CellCount, ...] = ()
    fractions: tuple[CellFraction, ...] = ()
    temperatures: tuple[Temperature, ...] = ()
    medications: tuple[MedicationUse, ...] = ()
    drafts: tuple[DraftOrder, ...] = ()
    conditions: tuple[KnownCondition, ...] = ()
    reactions: tuple[PriorReaction, ...] = ()
    tests: tuple[OrderedTest, ...] = ()
    gaps: tuple[Gap, ...] = ()
    duffy_null: bool = False
    pregnant: bool = False


# --- at first sight ------------------------------------------------------------------------------------


class ResultColumn(NamedTuple):
    """All results under one code.

    Attributes:
        line: which cells.
        is_share: ``values`` are percentages of the white cells, not numbers of cells.
        values: in the units of ``CellCount.value`` and ``CellFraction.percent``.
        draws: for each value the place of its draw in ``Outline.draws``.
        reference_low: the highest of the laboratory's believed lower limits; ``None`` if none was sent.
    """

    line: CellLine
    is_share: bool
    values: tuple[Decimal, ...]
    draws: tuple[int, ...]
    reference_low: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """A chart at first sight, of which nothing raised a question: enough to tell that nothing is to be said.

    Attributes:
        as_of: "now" for every rule (UTC).
        born: as ``Patient.born``.
        draws: when blood was drawn, in no order.
        drugs: drugs of the knowledge among the medicines of the chart, past ones too.
        ordered: drugs of the knowledge that some draft starts or stops. No draft is a vaccine.
        has_reactions: some allergy or intolerance is recorded.
        conditions: conditions of the knowledge on the problem list, past and refuted ones too.
    """

    as_of: datetime
    born: When | None
    draws: tuple[When, ...]
    columns: tuple[ResultColumn, ...]
    drugs: frozenset[str] = frozenset()
    ordered: frozenset[str] = frozenset()
    has_reactions: bool = False
    conditions: frozenset[str] = frozenset()
