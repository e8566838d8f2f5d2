"""A chart at first sight: its numbers in columns, and nothing else of its results.

Nearly all calls end in silence, and for nearly all of these the extremes of the chart are enough to know it
(``cds.rules.silence``). Here the numbers are picked out of what was sent, without making a fact of each.

Nothing is judged here and nothing forgiven: of a chart with anything in it that is not plain (an unknown code
or unit, a comparator, a panel, a page to come, a medicine that nobody can name, anything of somebody else,
whatever would become a gap) there is no outline, and it is read in full. What is read here is read as the
full way reads it, by the same parts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

from msgspec import Raw

from cds.facts import DraftOrder, LabFlag, Outline, Precision, ResultColumn, When
from cds.knowledge.base import Knowledge
from cds.readers import wire
from cds.readers.bundle import gather
from cds.readers.decode import Bytes
from cds.readers.draft_order import read_drafts
from cds.readers.elements import ABSENT, CodeableConcept, Quantity
from cds.readers.interpretation import read_interpretation
from cds.readers.medication_names import Medicines
from cds.readers.moments import is_future, read_moment
from cds.readers.page import FullBundle, Page
from cds.readers.plain_results import PlainCode, PlainUnit, plain_codes_of
from cds.readers.products import codes_of_medicine, products_of
from cds.readers.references import PatientGuard
from cds.readers.units import to_base

_USABLE = frozenset({"final", "amended", "corrected", "preliminary"})
_VAGUE = frozenset({Precision.MONTH, Precision.YEAR})
_NO_RESULT = "outcome"
_MOST_COLUMNS = 60  # spellings of codes; each result is compared with them one by one


def read_outline(
    *,
    patient_id: str,
    supplied: Iterable[Page],
    drafts: tuple[DraftOrder, ...],
    knowledge: Knowledge,
    as_of: datetime,
) -> Outline | None:
    """The outline of what was supplied, or ``None`` if it takes a full reading to tell.

    ``drafts`` are those of ``read_plain_drafts``; the rest is as ``read_patient_facts`` has it.
    """
    sketch = _Sketch(patient_id, knowledge, as_of)
    try:
        for page in supplied:
            sketch.add(page)
        return sketch.finish(drafts)
    except (_NotPlainError, ArithmeticError):  # the latter: a number that is none
        return None


def read_plain_drafts(
    patient_id: str, sent: Bytes, selections: Collection[str] | None, knowledge: Knowledge
) -> tuple[DraftOrder, ...] | None:
    """The drafts of ``context.draftOrders``, or ``None`` if one of them is not plain."""
    drafted = gather((Page(sent),), patient_id)
    try:
        for each in drafted.of(wire.MedicationRequest):
            _plain_concept(each.resource, knowledge)
    except _NotPlainError:
        return None
    medicines = Medicines(knowledge, (drafted,))
    orders, gaps = read_drafts(drafted, selections, medicines, knowledge)
    return None if drafted.gaps or gaps or medicines.unsent else orders


class _NotPlainError(Exception):
    """It takes a full reading to tell."""


class _Column:
    """The results under one code, as they are found.

    What came with the last of them (unit, range) nearly always comes with the next one: it is compared,
    which is much quicker than to look it up.
    """

    __slots__ = ("code", "draws", "lows", "range", "unit", "unit_code", "values", "way")

    def __init__(self, code: PlainCode) -> None:
        self.code = code
        self.values: list[Decimal] = []
        self.draws: list[int] = []
        self.unit, self.unit_code = "", ""
        self.way: PlainUnit | None = None
        self.range = ABSENT
        self.lows: list[Decimal] = []

    def settle(self, quantity: Quantity) -> PlainUnit:
        """How values in the unit of ``quantity`` are taken, from here on."""
        way = self.code.units[quantity.unit, quantity.code]
        if way is None:
            raise _NotPlainError
        self.unit, self.unit_code, self.way = quantity.unit, quantity.code, way
        self.range = ABSENT  # it is read in the unit of its value
        return way


class _Sketch:
    def __init__(self, patient_id: str, knowledge: Knowledge, as_of: datetime) -> None:
        self._guard = PatientGuard(patient_id, {})
        self._knowledge = knowledge
        self._as_of = as_of
        self._codes = plain_codes_of(knowledge)
        self._products = products_of(knowledge)
        self._columns: list[tuple[Raw, _Column]] = []
        self._subject = ABSENT
        self._places: dict[str, int] = {}
        self._draws: list[When] = []
        self._specimens: list[Raw] = []  # of each draw the last one
        self._draw_of_specimen: dict[bytes, int] = {}
        self._calm = ABSENT
        self._born: When | None = None
        self._drugs: set[str] = set()
        self._has_reactions = False

    def add(self, page: Page) -> None:
        """Everything that is on one page."""
        whole = page.whole
        if not isinstance(whole, FullBundle):
            return self._other(whole)
        if whole.link and any(link.relation == "next" for link in whole.link):
            raise _NotPlainError
        for entry in whole.entry:
            if entry.search is not None and entry.search.mode == _NO_RESULT:
                raise _NotPlainError
            sent = entry.resource
            if type(sent) is wire.Observation:
                self._result(sent)
            else:
                self._other(sent)

    def _result(self, sent: wire.Observation) -> None:
        quantity = sent.value_quantity
        if (
            quantity is None
            or (value := quantity.value) is None
            or quantity.comparator
            or sent.data_absent_reason is not None
            or sent.component
            or sent.has_member
            or sent.status not in _USABLE
        ):
            raise _NotPlainError
        if sent.subject != self._subject:
            self._check_subject(sent)
        code = sent.code
        for known, column in self._columns:  # noqa: B007  (it is the one that was found)
            if known == code:
                break
        else:
            column = self._column(code)
        way = column.way
        if way is None or quantity.unit != column.unit or quantity.code != column.unit_code:
            way = column.settle(quantity)
        scale, least, greatest, has_zero = way
        if scale is not None:
            value = to_base(value, scale)
        if not least <= value <= greatest and (value or not has_zero):
            raise _NotPlainError
        place = self._places.get(sent.effective_date_time)
        if place is None:
            place = self._place(sent.effective_date_time)
        column.values.append(value)
        column.draws.append(place)
        if sent.specimen != self._specimens[place]:
            self._check_specimen(sent.specimen, place)
        if sent.interpretation != self._calm:
            self._check_flags(sent.interpretation)
        if sent.reference_range != column.range:
            self._check_range(column, sent.reference_range)

    def finish(self, drafts: tuple[DraftOrder, ...]) -> Outline:
        """What was found."""
        return Outline(
            as_of=self._as_of,
            born=self._born,
            draws=tuple(self._draws),
            columns=tuple(
                ResultColumn(
                    each.code.line,
                    each.code.is_share,
                    tuple(each.values),
                    tuple(each.draws),
                    max(each.lows, default=None),
                )
                for _, each in self._columns
                if each.code.line is not None
            ),
            drugs=frozenset(self._drugs),
            drafts=drafts,
            has_reactions=self._has_reactions,
        )

    # --- asked only where something differs from what came before ---------------------------------------

    def _check_subject(self, sent: wire.Observation) -> None:
        if self._guard.refuses(sent) is not None:
            raise _NotPlainError
        self._subject = sent.subject

    def _column(self, sent: Raw) -> _Column:
        code = self._codes.read(bytes(sent))
        if code is None or len(self._columns) >= _MOST_COLUMNS:
            raise _NotPlainError
        column = _Column(code)
        self._columns.append((sent, column))
        return column

    def _place(self, text: str) -> int:
        drawn = read_moment(text)
        tolerance = self._knowledge.limits.consistency.future_hours
        if drawn is None or drawn.precision in _VAGUE or is_future(drawn, self._as_of, tolerance):
            raise _NotPlainError
        place = self._places[text] = len(self._draws)
        self._draws.append(drawn)
        self._specimens.append(ABSENT)
        return place

    def _check_specimen(self, sent: Raw, place: int) -> None:
        """One specimen at two times would be one draw, or a mistake."""
        if sent and self._draw_of_specimen.setdefault(bytes(sent), place) != place:
            raise _NotPlainError
        self._specimens[place] = sent

    def _check_flags(self, sent: Raw) -> None:
        flags = read_interpretation(sent)
        if flags.critical or flags.off_scale is not None or flags.flag is LabFlag.CRITICALLY_LOW:
            raise _NotPlainError
        self._calm = sent

    def _check_range(self, column: _Column, sent: Raw) -> None:
        if sent and not column.code.is_share and column.code.line is not None:
            limit = self._codes.low_limit(column.code, bytes(sent), column.unit, column.unit_code)
            if limit is None:
                raise _NotPlainError
            if limit.value is not None:
                column.lows.append(limit.value)
        column.range = sent

    # --- what is no result -----------------------------------------------------------------------------

    def _other(self, sent: object) -> None:
        match sent:
            case wire.MedicationRequest():
                self._medicine(sent)
            case wire.Patient():
                self._born = self._born or read_moment(sent.birth_date)
            case wire.AllergyIntolerance():
                self._has_reactions = True
            case wire.Condition() | wire.ServiceRequest():
                pass  # they bear on what is low, and on nothing else
            case _:
                raise _NotPlainError
        if self._guard.refuses(sent) is not None:
            raise _NotPlainError

    def _medicine(self, sent: wire.MedicationRequest) -> None:
        medicine = self._products.read(_plain_concept(sent, self._knowledge))
        if not medicine.recognised:
            raise _NotPlainError
        for match in medicine.matches:
            self._drugs.add(match.ingredient)


def _plain_concept(sent: wire.MedicationRequest, knowledge: Knowledge) -> CodeableConcept:
    """All that is said of the medicine, if nobody else has to be asked about it."""
    concept = sent.medication_codeable_concept
    if concept is None or sent.medication_reference is not None or sent.medication is not None:
        raise _NotPlainError
    index = knowledge.medicines
    if index.remote is not None and not index.understands(codes_of_medicine(concept.coding)):
        raise _NotPlainError
    return concept
