"""Which medicine a request is for, wherever its name and codes are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from msgspec import Raw

from cds.knowledge.base import Knowledge
from cds.readers import wire
from cds.readers.bundle import Gathered
from cds.readers.decode import read_resource
from cds.readers.elements import CodeableConcept, Reference
from cds.readers.products import Medicine, Products, read_medicine
from cds.readers.references import relative_reference
from cds.readers.sent import Sent

_Product: TypeAlias = wire.Medication | wire.Substance
_PRODUCTS = (wire.Medication, wire.Substance)


class Medicines:
    """Recognises what requests order, with the Medication resources that were supplied.

    Attributes:
        unsent: references to Medications that nobody supplied, and whether the medicine was recognised all
            the same.
    """

    def __init__(self, knowledge: Knowledge, gathered: Iterable[Gathered]) -> None:
        self._knowledge = knowledge
        self._products = Products.of(knowledge)
        self._supplied: dict[str, _Product] = {}
        self.unsent: dict[str, bool] = {}
        for each in gathered:
            products: list[Sent[Any]] = [*each.of(wire.Medication), *each.of(wire.Substance)]
            for sent in products:
                self._supplied.setdefault(sent.reference, sent.resource)
                if sent.full_url:
                    self._supplied.setdefault(sent.full_url, sent.resource)

    def identify(self, request: wire.MedicationRequest) -> Medicine:
        """By ``medication[x]`` of R4 or R5: coded here, contained, supplied elsewhere, or displayed."""
        concept, reference = request.medication_codeable_concept, request.medication_reference
        if concept is not None and reference is None and request.medication is None:
            return self._products.read(concept)
        concepts = [concept]
        if request.medication is not None:
            concepts.append(request.medication.concept)
            reference = reference or request.medication.reference
        beside = _contained(request.contained) if reference is not None else {}
        found = self._find(reference, beside) if reference is not None else None
        medication = found if isinstance(found, wire.Medication) else None
        ingredients: tuple[CodeableConcept, ...] = ()
        if medication is not None:
            concepts.append(medication.code)
            ingredients = tuple(self._ingredients(medication, beside))
        sent = [each for each in concepts if each is not None]
        texts = tuple(each.text for each in sent if each.text)
        if reference is not None and reference.display:
            texts += (reference.display,)
        medicine = read_medicine(
            sent,
            texts,
            self._knowledge,
            ingredients=ingredients,
            form=medication.form if medication is not None else None,
            is_referenced=reference is not None and _is_meant(reference),
        )
        if reference is not None and medication is None:
            self._miss(reference, recognised=medicine.recognised)
        return medicine

    def named_vaccines(self, medicine: Medicine) -> tuple[str, ...]:
        """CVX codes of the live vaccines that are named; asked where no CVX code was sent."""
        return self._products.named_vaccines(medicine)

    def _find(self, reference: Reference, contained: Mapping[str, _Product]) -> _Product | None:
        wanted = reference.reference.strip()
        if wanted.startswith("#"):
            return contained.get(wanted[1:])
        return self._supplied.get(wanted) or self._supplied.get(relative_reference(wanted))

    def _miss(self, reference: Reference, *, recognised: bool) -> None:
        wanted = reference.reference.strip()
        if relative_reference(wanted).startswith("Medication/"):
            self.unsent[wanted] = recognised and self.unsent.get(wanted, True)

    def _ingredients(
        self, medication: wire.Medication, beside: Mapping[str, _Product]
    ) -> Iterator[CodeableConcept]:
        """``beside``: what the request contains, where a contained Medication keeps what it is made of."""
        parts = {**beside, **_contained(medication.contained)}
        for ingredient in medication.ingredient:
            item = ingredient.item
            concept = ingredient.item_codeable_concept or (item.concept if item is not None else None)
            if concept is not None:
                yield concept
                continue
            reference = ingredient.item_reference or (item.reference if item is not None else None)
            if reference is None:
                continue
            part = self._find(reference, parts)
            if part is not None:
                yield part.code
            if reference.display and (part is None or not (part.code.coding or part.code.text)):
                yield CodeableConcept(text=reference.display)


def _contained(raws: Iterable[Raw]) -> dict[str, _Product]:
    """Medications and Substances by their id; of two with one id the first."""
    products: dict[str, _Product] = {}
    for raw in raws:
        resource = read_resource(raw)
        if isinstance(resource, _PRODUCTS):
            products.setdefault(resource.id.removeprefix("#"), resource)
    return products


def _is_meant(reference: Reference) -> bool:
    """Whether it stands for some medicine, also where nobody can follow it."""
    return bool(reference.reference) or bytes(reference.identifier) not in (b"", b"null", b"{}")
