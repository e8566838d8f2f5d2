"""Which medicine a request is for, wherever its name and codes are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Raw

from cds.knowledge.base import Knowledge
from cds.readers import wire
from cds.readers.bundle import Gathered
from cds.readers.decode import read_resource
from cds.readers.elements import CodeableConcept, Reference
from cds.readers.products import Medicine, Products, read_medicine
from cds.readers.references import relative_reference


class Medicines:
    """Recognises what requests order, with the Medication resources that were supplied.

    Attributes:
        unsent: references to Medications that nobody supplied, and whether the medicine was recognised all
            the same.
    """

    def __init__(self, knowledge: Knowledge, gathered: Iterable[Gathered]) -> None:
        self._knowledge = knowledge
        self._products = Products.of(knowledge)
        self._medications: dict[str, wire.Medication] = {}
        self.unsent: dict[str, bool] = {}
        for each in gathered:
            for sent in each.of(wire.Medication):
                self._medications.setdefault(sent.reference, sent.resource)
                if sent.full_url:
                    self._medications.setdefault(sent.full_url, sent.resource)

    def identify(self, request: wire.MedicationRequest) -> Medicine:
        """By ``medication[x]`` of R4 or R5: coded here, contained, supplied elsewhere, or displayed."""
        concept, reference = request.medication_codeable_concept, request.medication_reference
        if concept is not None and reference is None and request.medication is None:
            return self._products.read(concept)
        concepts = [concept]
        if request.medication is not None:
            concepts.append(request.medication.concept)
            reference = reference or request.medication.reference
        medication = self._find(reference, request.contained) if reference is not None else None
        ingredients: tuple[CodeableConcept, ...] = ()
        if medication is not None:
            concepts.append(medication.code)
            ingredients = tuple(self._ingredients(medication))
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
            is_referenced=reference is not None and bool(reference.reference),
        )
        if reference is not None and medication is None:
            self._miss(reference, recognised=medicine.recognised)
        return medicine

    def named_vaccines(self, medicine: Medicine) -> tuple[str, ...]:
        """CVX codes of the live vaccines that are named; asked where no CVX code was sent."""
        return self._products.named_vaccines(medicine)

    def _find(self, reference: Reference, contained: Iterable[Raw]) -> wire.Medication | None:
        wanted = reference.reference.strip()
        if wanted.startswith("#"):
            for raw in contained:
                resource = read_resource(raw)
                if isinstance(resource, wire.Medication) and resource.id.removeprefix("#") == wanted[1:]:
                    return resource
            return None
        return self._medications.get(wanted) or self._medications.get(relative_reference(wanted))

    def _miss(self, reference: Reference, *, recognised: bool) -> None:
        wanted = reference.reference.strip()
        if relative_reference(wanted).startswith("Medication/"):
            self.unsent[wanted] = recognised and self.unsent.get(wanted, True)

    def _ingredients(self, medication: wire.Medication) -> Iterator[CodeableConcept]:
        for ingredient in medication.ingredient:
            item = ingredient.item
            concept = ingredient.item_codeable_concept or (item.concept if item is not None else None)
            if concept is not None:
                yield concept
                continue
            reference = ingredient.item_reference or (item.reference if item is not None else None)
            part = self._find(reference, medication.contained) if reference is not None else None
            if part is not None:
                yield part.code
            elif reference is not None and reference.display:
                yield CodeableConcept(text=reference.display)
