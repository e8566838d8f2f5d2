"""Which medicine a request is for, wherever its name and codes are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from msgspec import Raw

from cds.facts import DrugMatch
from cds.knowledge.base import Knowledge
from cds.knowledge.medicines import Code, Recognition
from cds.readers import wire
from cds.readers.bundle import Gathered
from cds.readers.decode import read_resource
from cds.readers.elements import CodeableConcept, Coding, Reference
from cds.readers.quantity import NAME_LENGTH, shorten
from cds.readers.references import relative_reference

_CVX_SYSTEMS = frozenset({"http://hl7.org/fhir/sid/cvx", "urn:oid:2.16.840.1.113883.12.292"})


class Medicine(NamedTuple):
    """What a request orders.

    Attributes:
        text: the name as the EHR shows it.
        recognised: False if nobody can tell what it is.
        coded: some code of it was understood.
        chosen: False while the request names no medicine at all (a draft just opened).
        forms: dose forms, where a Medication says them.
        names: every text that may hold a word for the form.
        local_form: the product's code stands for a form that acts where it is applied.
        vaccines: CVX codes.
    """

    text: str
    matches: tuple[DrugMatch, ...]
    recognised: bool
    coded: bool
    chosen: bool
    forms: tuple[CodeableConcept, ...]
    names: tuple[str, ...]
    local_form: bool
    vaccines: tuple[str, ...]


class Medicines:
    """Recognises what requests order, with the Medication resources that were supplied.

    Attributes:
        unsent: references to Medications that nobody supplied, and whether the medicine was recognised all
            the same.
    """

    def __init__(self, knowledge: Knowledge, gathered: Iterable[Gathered]) -> None:
        self._knowledge = knowledge
        self._index = knowledge.medicines
        self._medications: dict[str, wire.Medication] = {}
        self.unsent: dict[str, bool] = {}
        for each in gathered:
            for sent in each.of(wire.Medication):
                self._medications.setdefault(sent.reference, sent.resource)
                if sent.full_url:
                    self._medications.setdefault(sent.full_url, sent.resource)

    def identify(self, request: wire.MedicationRequest) -> Medicine:
        """By ``medication[x]`` of R4 or R5: coded here, contained, supplied elsewhere, or displayed."""
        concepts = [request.medication_codeable_concept]
        reference = request.medication_reference
        if request.medication is not None:
            concepts.append(request.medication.concept)
            reference = reference or request.medication.reference
        medication = self._find(reference, request.contained) if reference is not None else None
        ingredients: tuple[CodeableConcept, ...] = ()
        if medication is not None:
            concepts.append(medication.code)
            ingredients = tuple(self._ingredients(medication))
        sent = [concept for concept in concepts if concept is not None]
        texts = tuple(concept.text for concept in sent if concept.text)
        if reference is not None and reference.display:
            texts += (reference.display,)
        is_referenced = reference is not None and bool(reference.reference)
        medicine = self._recognise(sent, texts, ingredients, medication, is_referenced)
        if reference is not None and medication is None:
            self._miss(reference, recognised=medicine.recognised)
        return medicine

    def _recognise(
        self,
        sent: list[CodeableConcept],
        texts: tuple[str, ...],
        ingredients: tuple[CodeableConcept, ...],
        medication: wire.Medication | None,
        is_referenced: bool,
    ) -> Medicine:
        codings = [coding for concept in sent for coding in concept.coding]
        whole = self._index.recognise(_codes(codings), texts)
        parts = [self._index.recognise(_codes(part.coding), (part.text,)) for part in ingredients]
        in_parts = [match for part in parts for match in _as_parts(part)]
        # what was recognised more surely wins
        surer = (*whole.matches, *in_parts) if whole.by_name else (*in_parts, *whole.matches)
        matches = {match.ingredient: match for match in surer}
        names = (*texts, *(coding.display for coding in codings if coding.display))
        named = (*names, *(part.text for part in ingredients)) if ingredients else names
        return Medicine(
            text=shorten(next(filter(None, named), ""), NAME_LENGTH),
            matches=tuple(matches.values()),
            recognised=whole.recognised or any(part.recognised for part in parts),
            coded=whole.coded or any(part.coded for part in parts),
            chosen=bool(codings or named or is_referenced),
            forms=(medication.form,) if medication is not None and medication.form is not None else (),
            names=names,
            local_form=whole.local_form,
            vaccines=cvx_codes(codings, self._knowledge),
        )

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


def _as_parts(part: Recognition) -> Iterator[DrugMatch]:
    # What was recognised by name alone stays so: it has to be said.
    for match in part.matches:
        yield match if part.by_name else replace(match, matched_by="ingredient")


def _codes(codings: Iterable[Coding]) -> list[Code]:
    return [Code(coding.system, coding.code, coding.display) for coding in codings]


def cvx_codes(codings: Iterable[Coding], knowledge: Knowledge) -> tuple[str, ...]:
    """The CVX codes among the codings, and those that a hospital's own codes stand for, in order."""
    found = []
    for coding in codings:
        sent = coding.code.strip()
        if sent and coding.system in _CVX_SYSTEMS:
            found.append(sent)
        elif (coding.system, sent) in knowledge.local_cvx:
            found.append(knowledge.local_cvx[coding.system, sent])
    return tuple(found)
