"""Earlier reactions: an AllergyIntolerance that names a drug of the knowledge and a low count."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cds.facts import PriorReaction
from cds.knowledge.base import Knowledge
from cds.knowledge.codings import Code
from cds.readers import wire
from cds.readers.bundle import Gathered
from cds.readers.condition import find_conditions
from cds.readers.elements import CodeableConcept
from cds.readers.note import ReadNote
from cds.readers.quantity import NAME_LENGTH, shorten

_DENIED = frozenset({"refuted", "entered-in-error"})
_LOW_COUNT = "already-coded"  # the conditions that are a low count: neutropenia, agranulocytosis ...
_SPELLINGS = (("ae", "e"), ("æ", "e"), ("leuc", "leuk"))


def read_reactions(
    gathered: Gathered, knowledge: Knowledge
) -> tuple[tuple[PriorReaction, ...], tuple[ReadNote, ...]]:
    """One reaction for each drug that is named with a low count, by code or in words.

    Only a refuted entry, or one made in error, is left out: a reaction that is over may come again.
    """
    if not gathered.of(wire.AllergyIntolerance):
        return (), ()
    low_counts = frozenset(each.id for each in knowledge.conditions.values() if each.acts_as == _LOW_COUNT)
    words = "|".join(sorted(re.escape(_plain(knowledge.conditions[each].name)) for each in low_counts))
    low_count_words = re.compile(rf"\b(?:{words})", re.IGNORECASE)
    reactions: dict[tuple[str, str], PriorReaction] = {}
    notes: list[ReadNote] = []
    for sent in gathered.of(wire.AllergyIntolerance):
        allergy = sent.resource
        concepts = tuple(_manifestations(allergy))
        is_low_count = any(
            found in low_counts
            for concept in concepts
            for found in find_conditions(concept, knowledge.condition_codes)
        ) or any(low_count_words.search(_plain(text)) for text in _texts(allergy, concepts))
        if _is_denied(allergy) or not is_low_count:
            notes.append(ReadNote(sent.reference, "not used: no low count, or refuted"))
            continue
        drugs = _drugs(allergy, knowledge)
        for drug in drugs:
            reactions[drug, sent.reference] = PriorReaction(drug, _shown(allergy), sent.reference)
        notes.append(ReadNote(sent.reference, f"low count after {', '.join(drugs) or 'another substance'}"))
    in_order = sorted(reactions.values(), key=lambda each: (each.ingredient, each.reference))
    return tuple(in_order), tuple(notes)


def _drugs(allergy: wire.AllergyIntolerance, knowledge: Knowledge) -> list[str]:
    substances = [each.substance for each in allergy.reaction if each.substance is not None]
    concepts = [_substance(allergy), *substances]
    found: dict[str, None] = {}
    for concept in concepts:
        codes = [Code(coding.system, coding.code, coding.display) for coding in concept.coding]
        for match in knowledge.medicines.recognise(codes, (concept.text,), in_passing=True).matches:
            found[match.ingredient] = None
    return list(found)


def _manifestations(allergy: wire.AllergyIntolerance) -> Iterator[CodeableConcept]:
    for reaction in allergy.reaction:
        for sent in reaction.manifestation:
            yield sent if sent.concept is None else sent.concept


def _substance(allergy: wire.AllergyIntolerance) -> CodeableConcept:
    return allergy.code if allergy.code != CodeableConcept() else allergy.substance


def _texts(allergy: wire.AllergyIntolerance, manifestations: tuple[CodeableConcept, ...]) -> Iterator[str]:
    for concept in (*manifestations, _substance(allergy)):
        yield concept.text
        yield from (coding.display for coding in concept.coding)
    yield from (reaction.description for reaction in allergy.reaction)
    yield from (note.text for note in allergy.note)


def _shown(allergy: wire.AllergyIntolerance) -> str:
    """The substance and its manifestation as the EHR shows them."""
    parts = []
    for concept in (_substance(allergy), *_manifestations(allergy)):
        names = (concept.text, *(coding.display for coding in concept.coding))
        parts.append(next((name for name in names if name), ""))
    return shorten(": ".join(part for part in parts if part), NAME_LENGTH)


def _is_denied(allergy: wire.AllergyIntolerance) -> bool:
    status = allergy.verification_status
    if status is None:
        return allergy.status in _DENIED
    return bool({status.text.strip(), *(coding.code for coding in status.coding)} & _DENIED)


def _plain(text: str) -> str:
    """One spelling for leukopenia, leucopenia, leukopaenia and leucopænia."""
    text = text.casefold()
    for variant, plain in _SPELLINGS:
        text = text.replace(variant, plain)
    return text
