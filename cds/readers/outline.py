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

from cds.facts import DraftOrder, LabFlag, Outline, Precision, ResultColumn, When
from cds.knowledge.base import Knowledge
from cds.readers import wire
from cds.readers.bundle import gather
from cds.readers.decode import Bytes
from cds.readers.draft_order import read_drafts
from cds.readers.elements import CodeableConcept
from cds.readers.interpretation import read_interpretation
from cds.readers.medication_names import Medicines
from cds.readers.moments import is_future, read_moment
from cds.readers.page import FullBundle, Page
from cds.readers.plain_results import PlainCode, PlainCodes, plain_codes_of
from cds.readers.products import codes_of_medicine, products_of
from cds.readers.references import PatientGuard

_USABLE = frozenset({"final", "amended", "corrected", "preliminary"})
_VAGUE = frozenset({Precision.MONTH, Precision.YEAR})
_NO_RESULT = "outcome"


def read_outline(
    *,
    patient_id: str,
    supplied: Iterable[Page],
    drafts: Bytes | None,
    selections: Collection[str] | None,
    knowledge: Knowledge,
    as_of: datetime,
) -> Outline | None:
    """The outline of what was supplied, or ``None`` if it takes a full reading to tell.

    Args:
        drafts: ``context.draftOrders``; ``None`` where nothing is ordered.
        selections: as ``read_patient_facts`` has it.
    """
    sketch = _Sketch(patient_id, knowledge, as_of)
    try:
        for page in supplied:
            sketch.add(page)
        return sketch.finish(_read_drafts(drafts, patient_id, selections, knowledge))
    except (_NotPlainError, ArithmeticError):  # the latter: a number that is none
        return None


class _NotPlainError(Exception):
    """It takes a full reading to tell."""


class _Column:
    """The results under one code, as they are found."""

    def __init__(self, code: PlainCode) -> None:
        self.code = code
        self.values: list[Decimal] = []
        self.draws: list[int] = []
        self.lows: dict[tuple[bytes, str, str], Decimal | None] = {}


class _Sketch:
    def __init__(self, patient_id: str, knowledge: Knowledge, as_of: datetime) -> None:
        self._guard = PatientGuard(patient_id, {})
        self._knowledge = knowledge
        self._as_of = as_of
        self._codes: PlainCodes = plain_codes_of(knowledge)
        self._products = products_of(knowledge)
        self._columns: dict[bytes, _Column] = {}
        self._own: set[bytes] = set()
        self._places: dict[str, int] = {}
        self._draws: list[When] = []
        self._draw_of_specimen: dict[bytes, int] = {}
        self._calm: set[bytes] = set()
        self._born: When | None = None
        self._drugs: set[str] = set()
        self._has_reactions = False

    def add(self, page: Page) -> None:
        """Everything that is on one page."""
        whole = page.whole
        if isinstance(whole, FullBundle):
            if any(link.relation == "next" for link in whole.link):
                raise _NotPlainError
            self._entries(whole)
        else:
            self._other(whole)

    def _entries(self, bundle: FullBundle) -> None:
        columns, places, own = self._columns, self._places, self._own
        for entry in bundle.entry:
            sent = entry.resource
            if entry.search is not None and entry.search.mode == _NO_RESULT:
                raise _NotPlainError
            if type(sent) is not wire.Observation:
                self._other(sent)
                continue
            quantity = sent.value_quantity
            if (
                quantity is None
                or quantity.value is None
                or quantity.comparator
                or sent.data_absent_reason is not None
                or sent.component
                or sent.has_member
                or sent.status not in _USABLE
            ):
                raise _NotPlainError
            subject = bytes(sent.subject)
            if subject not in own:
                self._check_subject(sent, subject)
            code = bytes(sent.code)
            column = columns.get(code) or self._column(code)
            unit = column.code.units[quantity.unit, quantity.code]
            if unit is None:
                raise _NotPlainError
            value = quantity.value if unit.is_base else unit.to_base(quantity.value)
            if not unit.least <= value <= unit.greatest and (value or not unit.zero):
                raise _NotPlainError
            place = places.get(sent.effective_date_time)
            if place is None:
                place = self._place(sent.effective_date_time)
            column.values.append(value)
            column.draws.append(place)
            if sent.specimen and self._draw_of_specimen.setdefault(bytes(sent.specimen), place) != place:
                raise _NotPlainError  # one specimen at two times
            if sent.interpretation:
                self._check_flags(bytes(sent.interpretation))
            if sent.reference_range:
                self._low(column, (bytes(sent.reference_range), quantity.unit, quantity.code))

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
                    max((low for low in each.lows.values() if low is not None), default=None),
                )
                for each in self._columns.values()
                if each.code.line is not None
            ),
            drugs=frozenset(self._drugs),
            drafts=drafts,
            has_reactions=self._has_reactions,
        )

    # --- seldom asked, because the answer is remembered ------------------------------------------------

    def _check_subject(self, sent: wire.Observation, subject: bytes) -> None:
        if self._guard.refuses(sent) is not None:
            raise _NotPlainError
        self._own.add(subject)

    def _column(self, sent: bytes) -> _Column:
        code = self._codes.read(sent)
        if code is None:
            raise _NotPlainError
        column = self._columns[sent] = _Column(code)
        return column

    def _place(self, text: str) -> int:
        drawn = read_moment(text)
        tolerance = self._knowledge.limits.consistency.future_hours
        if drawn is None or drawn.precision in _VAGUE or is_future(drawn, self._as_of, tolerance):
            raise _NotPlainError
        self._draws.append(drawn)
        place = self._places[text] = len(self._draws) - 1
        return place

    def _check_flags(self, sent: bytes) -> None:
        if sent in self._calm:
            return
        flags = read_interpretation(sent)
        if flags.critical or flags.off_scale is not None or flags.flag is LabFlag.CRITICALLY_LOW:
            raise _NotPlainError
        self._calm.add(sent)

    def _low(self, column: _Column, key: tuple[bytes, str, str]) -> None:
        if key in column.lows or column.code.is_share or column.code.line is None:
            return
        limit = self._codes.low_limit(column.code, *key)
        if limit is None:
            raise _NotPlainError
        column.lows[key] = limit.value

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


def _read_drafts(
    drafts: Bytes | None, patient_id: str, selections: Collection[str] | None, knowledge: Knowledge
) -> tuple[DraftOrder, ...]:
    if drafts is None:
        return ()
    drafted = gather((Page(drafts),), patient_id)
    for sent in drafted.of(wire.MedicationRequest):
        _plain_concept(sent.resource, knowledge)
    medicines = Medicines(knowledge, (drafted,))
    orders, gaps = read_drafts(drafted, selections, medicines, knowledge)
    if drafted.gaps or gaps or medicines.unsent:
        raise _NotPlainError
    return orders
