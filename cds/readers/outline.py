"""A chart at first sight: its numbers in columns, and nothing else of its results.

Nearly all calls end in silence, and for nearly all of these the extremes of the chart are enough to know it
(``cds.rules.silence``). Here the numbers are picked out of what was sent, without making a fact of each.

Nothing is judged here and nothing forgiven: of a chart with anything in it that is not plain (an unknown code
or unit, a comparator, a panel, a page to come or cut off, a medicine that nobody can name, anything of
somebody else, whatever would become a gap) there is no outline, and it is read in full. What is read here is
read as the full way reads it, by the same parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Raw

from cds.facts import LabFlag, Outline, ResultColumn, When
from cds.knowledge.base import Knowledge
from cds.readers import wire
from cds.readers.condition import find_conditions
from cds.readers.decode import Bytes
from cds.readers.elements import ABSENT, CodeableConcept
from cds.readers.moments import read_moment
from cds.readers.page import FullBundle, Page
from cds.readers.pages import how_many_lack
from cds.readers.plain_results import PlainResults
from cds.readers.products import Products, codes_of_medicine
from cds.readers.references import PatientGuard

_MATCHES = frozenset({"", "match"})  # values of search.mode


def read_outline(
    *,
    patient_id: str,
    supplied: Iterable[Page],
    ordered: frozenset[str],
    knowledge: Knowledge,
    as_of: datetime,
) -> Outline | None:
    """The outline of what was supplied, or ``None`` if it takes a full reading to tell.

    ``ordered`` is what ``read_plain_orders`` gave; the rest is as ``read_patient_facts`` has it.
    """
    sketch = _Sketch(patient_id, knowledge, as_of)
    try:
        for page in supplied:
            sketch.add(page)
        return sketch.finish(ordered)
    except _NotPlainError:
        return None


def read_plain_orders(patient_id: str, drafts: Bytes, knowledge: Knowledge) -> frozenset[str] | None:
    """The drugs of the knowledge that ``context.draftOrders`` starts or stops, selected or not.

    ``None`` if anything is among the drafts but tests and medicines that are known by name or code.
    """
    whole = Page(drafts).whole
    if not isinstance(whole, FullBundle) or whole.link or how_many_lack(whole) > 0:
        return None
    guard = PatientGuard(patient_id, {})
    drugs: set[str] = set()
    try:
        for entry in whole.entry:
            sent = entry.resource
            if sent is None or entry.search is not None or guard.refuses(sent) is not None:
                return None
            if type(sent) is wire.MedicationRequest:
                drugs.update(_ordered_drugs(sent, knowledge))
            elif type(sent) is not wire.ServiceRequest:
                return None
    except _NotPlainError:
        return None
    return frozenset(drugs)


def _ordered_drugs(sent: wire.MedicationRequest, knowledge: Knowledge) -> Iterator[str]:
    products = Products.of(knowledge)
    medicine = products.read(_plain_concept(sent, knowledge))
    is_vaccine = medicine.vaccines or products.named_vaccines(medicine) or medicine.is_uncoded_vaccine
    if is_vaccine or not medicine.recognised:
        raise _NotPlainError
    return (match.ingredient for match in medicine.matches)


class _NotPlainError(Exception):
    """It takes a full reading to tell."""


class _Sketch:
    def __init__(self, patient_id: str, knowledge: Knowledge, as_of: datetime) -> None:
        self._guard = PatientGuard(patient_id, {})
        self._knowledge = knowledge
        self._as_of = as_of
        self._products = Products.of(knowledge)
        self._plain = PlainResults(knowledge, as_of)
        self._subject = ABSENT
        self._flags = self._plain.flags
        self._specimens: dict[int, Raw] = {}  # of each draw the last one
        self._draw_of_specimen: dict[bytes, int] = {}
        self._born: When | None = None
        self._drugs: set[str] = set()
        self._has_reactions = False
        self._conditions: set[str] = set()

    def add(self, page: Page) -> None:
        """Everything that is on one page."""
        whole = page.whole
        if not isinstance(whole, FullBundle):
            return self._other(whole)
        if whole.link and any(link.relation == "next" for link in whole.link):
            raise _NotPlainError
        if whole.total is not None and whole.total > len(whole.entry):
            raise _NotPlainError
        for entry in whole.entry:
            if entry.search is not None and entry.search.mode not in _MATCHES:
                raise _NotPlainError
            sent = entry.resource
            if type(sent) is not wire.Observation:
                self._other(sent)
                continue
            taken = self._plain.take(sent)
            if taken is None:
                raise _NotPlainError
            column, value, place = taken
            column.values.append(value)
            column.draws.append(place)
            if self._plain.flags is not self._flags:
                self._check_flags()
            if sent.subject != self._subject:
                self._check_subject(sent)
            if sent.specimen is not ABSENT and self._specimens.get(place) != sent.specimen:
                self._check_specimen(sent.specimen, place)

    def finish(self, ordered: frozenset[str]) -> Outline:
        """What was found."""
        return Outline(
            as_of=self._as_of,
            born=self._born,
            draws=tuple(self._plain.draws),
            columns=tuple(
                ResultColumn(
                    column.code.line,
                    column.code.is_share,
                    tuple(column.values),
                    tuple(column.draws),
                    column.highest_low,
                )
                for column in self._plain.columns
                if column.code.line is not None
            ),
            drugs=frozenset(self._drugs),
            ordered=ordered,
            has_reactions=self._has_reactions,
            conditions=frozenset(self._conditions),
        )

    # --- asked only where something differs from what came before ---------------------------------------

    def _check_flags(self) -> None:
        self._flags = self._plain.flags
        if self._flags.flag is LabFlag.CRITICALLY_LOW:
            raise _NotPlainError

    def _check_subject(self, sent: wire.Observation) -> None:
        if self._guard.refuses(sent) is not None:
            raise _NotPlainError
        self._subject = sent.subject

    def _check_specimen(self, sent: Raw, place: int) -> None:
        """One specimen at two times would be one draw, or a mistake."""
        if self._draw_of_specimen.setdefault(bytes(sent), place) != place:
            raise _NotPlainError
        self._specimens[place] = sent

    # --- what is no result -----------------------------------------------------------------------------

    def _other(self, sent: object) -> None:
        match sent:
            case wire.MedicationRequest():
                self._medicine(sent)
            case wire.Patient():
                self._born = self._born or read_moment(sent.birth_date)
            case wire.AllergyIntolerance():
                self._has_reactions = True
            case wire.Condition():
                self._conditions.update(find_conditions(sent.code, self._knowledge.condition_codes))
            case wire.ServiceRequest():
                pass  # it bears on what is low, and on nothing else
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
