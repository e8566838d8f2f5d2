"""What a coded medicine is. Orders repeat, so that each product is worked out once for all requests.

Remembered are codes of terminologies with the names that came beside them and what they mean here. A text
that somebody may have typed is worked out anew every time, and nothing is kept of whose order it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from cds.facts import DrugMatch
from cds.knowledge.base import FromKnowledge, Knowledge
from cds.knowledge.code_systems import CVX, SYSTEM_OF
from cds.knowledge.codings import Code
from cds.knowledge.medicines import Recognition
from cds.readers.dose_form import is_local
from cds.readers.elements import CodeableConcept, Coding
from cds.readers.quantity import NAME_LENGTH, shorten

_VACCINE = "vaccine"
_REMEMBERED = 4096


class Medicine(NamedTuple):
    """What a request orders.

    Attributes:
        text: the name as the EHR shows it.
        recognised: False if nobody can tell what it is.
        coded: some code of it was understood.
        chosen: False while the request names no medicine at all (a draft just opened).
        forms: dose forms, where a Medication says them.
        names: every text that may hold a word for the form.
        is_local: by its code or its names it acts where it is applied; a form or a route may say otherwise.
        vaccines: CVX codes.
        in_terms: it has no names but those of terminologies.
    """

    text: str
    matches: tuple[DrugMatch, ...]
    recognised: bool
    coded: bool
    chosen: bool
    forms: tuple[CodeableConcept, ...]
    names: tuple[str, ...]
    is_local: bool
    vaccines: tuple[str, ...]
    in_terms: bool = False

    @property
    def is_uncoded_vaccine(self) -> bool:
        """A vaccine by a name that does not say whether it is a live one."""
        if self.coded or self.matches:
            return False
        return any(_VACCINE in name.casefold() for name in self.names)


class Products(FromKnowledge):
    """Reads CodeableConcepts of medicines. Made once for the knowledge, shared by all requests."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._known: dict[CodeableConcept, Medicine] = {}
        self._remembered_vaccines = lru_cache(_REMEMBERED)(self._find_vaccines)

    def read(self, concept: CodeableConcept) -> Medicine:
        """A medicine of which nothing but ``concept`` is known."""
        known = self._known.get(concept)
        if known is not None:
            return known
        texts = (concept.text,) if concept.text else ()
        medicine = read_medicine((concept,), texts, self._knowledge)
        if self._knowledge.medicines.is_in_terms(codes_of_medicine(concept.coding), concept.text):
            medicine = medicine._replace(in_terms=True)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[concept] = medicine
        return medicine

    def named_vaccines(self, medicine: Medicine) -> tuple[str, ...]:
        """CVX codes of the live vaccines that are named; asked where no CVX code was sent."""
        find = self._remembered_vaccines if medicine.in_terms else self._find_vaccines
        return find(medicine.names)

    def _find_vaccines(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return find_named_vaccines(names, self._knowledge)


def read_medicine(
    sent: Sequence[CodeableConcept],
    texts: tuple[str, ...],
    knowledge: Knowledge,
    *,
    ingredients: tuple[CodeableConcept, ...] = (),
    form: CodeableConcept | None = None,
    is_referenced: bool = False,
) -> Medicine:
    """The medicine that is coded in ``sent``, named in ``texts`` and made of ``ingredients``."""
    codings = [coding for concept in sent for coding in concept.coding]
    index = knowledge.medicines
    whole = index.recognise(codes_of_medicine(codings), texts)
    parts = [index.recognise(codes_of_medicine(part.coding), (part.text,)) for part in ingredients]
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
        forms=(form,) if form is not None else (),
        names=names,
        is_local=whole.local_form or is_local(names),
        vaccines=cvx_codes(codings, knowledge),
    )


def codes_of_medicine(codings: Iterable[Coding]) -> list[Code]:
    """Codings as the knowledge reads them."""
    return [Code(coding.system, coding.code, coding.display) for coding in codings]


def cvx_codes(codings: Iterable[Coding], knowledge: Knowledge) -> tuple[str, ...]:
    """The CVX codes among the codings, and those that a hospital's own codes stand for, in order."""
    found = []
    for coding in codings:
        sent = coding.code.strip()
        if sent and SYSTEM_OF[coding.system] == CVX:
            found.append(sent)
        elif (coding.system, sent) in knowledge.local_cvx:
            found.append(knowledge.local_cvx[coding.system, sent])
    return tuple(found)


def find_named_vaccines(names: Iterable[str], knowledge: Knowledge) -> tuple[str, ...]:
    """CVX codes of the live vaccines among the names."""
    found = (name for text in names for name in knowledge.vaccine_names.find(text))
    return tuple(dict.fromkeys(code for name in found for code in name.drugs))


def _as_parts(part: Recognition) -> Iterator[DrugMatch]:
    # What was recognised by name alone stays so: it has to be said.
    for match in part.matches:
        yield match if part.by_name else replace(match, matched_by="ingredient")
