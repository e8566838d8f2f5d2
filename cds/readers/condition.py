"""Conditions that the knowledge knows, by code; only Duffy-null also by its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cds.facts import KnownCondition
from cds.knowledge.base import ConditionIndex, Knowledge
from cds.knowledge.code_systems import ICD10CM, SNOMED, SYSTEM_OF
from cds.knowledge.schema.relied_on import DUFFY_NULL, PREGNANCY, PREMATURITY
from cds.readers import wire
from cds.readers.bundle import Gathered
from cds.readers.elements import CodeableConcept
from cds.readers.moments import read_moment
from cds.readers.note import ReadNote
from cds.readers.quantity import NAME_LENGTH, shorten
from cds.readers.sent import Sent

_ACTIVE = frozenset({"active", "recurrence", "relapse"})
_DENIED = frozenset({"refuted", "entered-in-error"})
_SHORTEST_ICD10 = 3


class Conditions(NamedTuple):
    """The problem list. Three of its conditions are facts of the patient besides."""

    known: tuple[KnownCondition, ...]
    duffy_null: bool
    pregnant: bool
    preterm: bool
    notes: tuple[ReadNote, ...]


def read_conditions(gathered: Gathered, knowledge: Knowledge) -> Conditions:
    """Active conditions with a code of the knowledge.

    To be Duffy-null or born before term is for life, so that these count even when marked inactive.
    """
    duffy_words = re.compile("|".join(knowledge.limits.duffy_null.text_patterns), re.IGNORECASE)
    known: list[KnownCondition] = []
    traits: set[str] = set()
    notes: list[ReadNote] = []
    for sent in gathered.of(wire.Condition):
        condition = sent.resource
        if _words(condition.verification_status) & _DENIED:
            notes.append(ReadNote(sent.reference, "not used: refuted or entered in error"))
            continue
        ids = dict.fromkeys(find_conditions(condition.code, knowledge.condition_codes))
        names = _names(condition.code)
        if _is_duffy_null(condition, knowledge) or any(duffy_words.search(name) for name in names):
            ids[DUFFY_NULL] = None
        traits |= ids.keys() & {DUFFY_NULL, PREMATURITY}
        if not _is_active(condition):
            notes.append(ReadNote(sent.reference, "not used: not active"))
            continue
        traits |= ids.keys() & {PREGNANCY}
        known += [_known(each, sent) for each in ids if each in knowledge.conditions]
        notes.append(ReadNote(sent.reference, ", ".join(ids) or "not used: its code is not on the list"))
    known.sort(key=lambda each: (each.condition, each.reference))
    return Conditions(
        tuple(known), DUFFY_NULL in traits, PREGNANCY in traits, PREMATURITY in traits, tuple(notes)
    )


def find_conditions(code: CodeableConcept, index: ConditionIndex) -> Iterator[str]:
    """The ids of the conditions that the codings of a problem, a reaction or a finding stand for."""
    for coding in code.coding:
        system = SYSTEM_OF[coding.system]
        if system == SNOMED:
            found = index.snomed.get(coding.code.strip())
        elif system == ICD10CM:
            found = _nearest_parent(coding.code, index)
        else:
            found = None
        if found is not None:
            yield found


def _nearest_parent(code: str, index: ConditionIndex) -> str | None:
    """ICD-10-CM is a tree in its spelling: C91.00 is a C91.0, which is a C91."""
    code = code.strip().upper()
    while len(code) >= _SHORTEST_ICD10:
        if code in index.icd10cm:
            return index.icd10cm[code]
        code = code[:-1].rstrip(".")
    return None


def _is_duffy_null(condition: wire.Condition, knowledge: Knowledge) -> bool:
    codes = knowledge.limits.duffy_null.conditions_icd10cm
    return any(
        SYSTEM_OF[coding.system] == ICD10CM and coding.code.strip().upper() in codes
        for coding in condition.code.coding
    )


def _is_active(condition: wire.Condition) -> bool:
    """Without a clinical status a condition is active unless it has an end."""
    words = _words(condition.clinical_status)
    return bool(words & _ACTIVE) if words else not condition.abatement_date_time


def _known(condition: str, sent: Sent[wire.Condition]) -> KnownCondition:
    resource = sent.resource
    begun = resource.onset_period.start if resource.onset_period is not None else ""
    recorded = (resource.recorded_date, resource.asserted_date, resource.date_recorded)
    dates = (resource.onset_date_time, begun, *recorded)
    return KnownCondition(
        condition,
        shorten(next(iter(_names(resource.code)), ""), NAME_LENGTH),
        next((moment for text in dates if (moment := read_moment(text))), None),
        sent.reference,
    )


def _words(concept: CodeableConcept | None) -> set[str]:
    """The codes of a status; older releases of FHIR send it as a bare word."""
    if concept is None:
        return set()
    codes = {coding.code.strip().casefold() for coding in concept.coding if coding.code}
    return codes or {concept.text.strip().casefold()} - {""}


def _names(code: CodeableConcept) -> list[str]:
    return [name for name in (code.text, *(coding.display for coding in code.coding)) if name]
