"""Checks of what is said to people: precautions, known causes, and the words of every advice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cds.knowledge.folder import SOURCE_ATTRIBUTES
from cds.knowledge.names import words_of
from cds.knowledge.problems import Problem
from cds.knowledge.tables import Tables

# A card says what was found and what may be considered. It does not prove a cause and does not command.
_FORBIDDEN = re.compile(r"\b(caused by|definitely|must|stop immediately)\b", re.IGNORECASE)
_DOSE = re.compile(
    r"\b\d+(?:[.,]\d+)?\s*(?:mg|mcg|micrograms?|milligrams?|g|units?|IU)\b(?!\s*/\s*d?l\b)", re.I
)
_OF_PATIENTS = range(5, 14)
_PLACEHOLDER = re.compile(r"\{(.*?)\}")
_FILLED_IN = ("version", "knowledge", "released", "revised")


def check_precautions(tables: Tables) -> Iterator[Problem]:
    """A row of grade X says why it is not used, any other row says something; no row number twice."""
    rows: dict[int, str] = {}
    for precaution in tables.precautions:
        here = f"precaution[{precaution.id}]"
        if precaution.evidence == "X" and not precaution.correction:
            yield Problem("precautions.toml", f"{here}.correction", "evidence X needs its correction")
        if precaution.evidence != "X" and not (precaution.clinician or precaution.patient):
            yield Problem("precautions.toml", here, "has neither a clinician's nor a patient's wording")
        if precaution.row in rows:
            message = f"{precaution.row} is already the row of {rows[precaution.row]}"
            yield Problem("precautions.toml", f"{here}.row", message)
        rows.setdefault(precaution.row, precaution.id)


def check_conditions(tables: Tables) -> Iterator[Problem]:
    """A code means one condition."""
    for member in ("snomed", "icd10cm"):
        seen: dict[str, str] = {}
        for condition in tables.conditions:
            for code in getattr(condition, member):
                if code in seen:
                    message = f"{code} already stands in {seen[code]}"
                    yield Problem("conditions.toml", f"condition[{condition.id}].{member}", message)
                seen.setdefault(code, condition.id)


def check_vaccine_names(tables: Tables) -> Iterator[Problem]:
    """A name of a live vaccine means one CVX code."""
    seen: dict[tuple[str, ...], str] = {}
    for vaccine in tables.vaccines:
        for name in vaccine.names:
            words = tuple(words_of(name))
            here = f"vaccine[{vaccine.cvx}].names"
            if not words:
                yield Problem("vaccines.toml", here, f'"{name}" holds no word')
            elif seen.get(words, vaccine.cvx) != vaccine.cvx:
                yield Problem("vaccines.toml", here, f'"{name}" already stands in {seen[words]}')
            seen.setdefault(words, vaccine.cvx)


def check_source_attributes(tables: Tables) -> Iterator[Problem]:
    """All 13 attributes are there in order, and those of patients say whether they are used."""
    if tables.attributes is None:
        return
    numbers = [attribute.number for attribute in tables.attributes.attribute]
    if numbers != [*range(1, 14)]:
        yield Problem(SOURCE_ATTRIBUTES, "attribute", f"1 to 13 are needed in this order, not {numbers}")
    for attribute in tables.attributes.attribute:
        here = f"attribute[{attribute.number}]"
        if (attribute.use is None) is (attribute.number in _OF_PATIENTS):
            needed = "is needed" if attribute.use is None else "belongs to 5 to 13 alone"
            yield Problem(SOURCE_ATTRIBUTES, f"{here}.use", f"this member {needed}")
        for unknown in _PLACEHOLDER.findall(attribute.text):
            if unknown not in _FILLED_IN:
                message = f"{{{unknown}}} is filled in by nothing; known are {', '.join(_FILLED_IN)}"
                yield Problem(SOURCE_ATTRIBUTES, f"{here}.text", message)


def check_words(tables: Tables) -> Iterator[Problem]:
    """No sentence claims a cause, commands or gives a dose."""
    for file, where, text in _explanations(tables):
        if found := _FORBIDDEN.search(text):
            yield Problem(file, where, f'"{found.group()}" is not said on a card')
    for file, where, text in _advice(tables):
        if found := _FORBIDDEN.search(text):
            yield Problem(file, where, f'"{found.group()}" is not said on a card')
        if found := _DOSE.search(text):
            yield Problem(file, where, f'"{found.group()}": a card gives no dose')


def _explanations(tables: Tables) -> Iterator[tuple[str, str, str]]:
    for drug in tables.drugs:
        file = f"drugs/{drug.id}.toml"
        yield file, "effect.explained", drug.effect.explained
        yield file, "onset.explained", drug.onset.explained
        yield file, "recovery.explained", drug.recovery.explained
        yield file, "evidence.frequency", drug.evidence.frequency
        yield file, "evidence.boxed_warning", drug.evidence.boxed_warning
    for pair in tables.pairs:
        yield "interactions.toml", f"pair[{pair.id}].mechanism", pair.mechanism
        yield "interactions.toml", f"pair[{pair.id}].effect", pair.effect
        yield "interactions.toml", f"pair[{pair.id}].dose_condition", pair.dose_condition


def _advice(tables: Tables) -> Iterator[tuple[str, str, str]]:
    for drug in tables.drugs:
        yield f"drugs/{drug.id}.toml", "advice", drug.advice
    for pair in tables.pairs:
        yield "interactions.toml", f"pair[{pair.id}].advice", pair.advice
    for precaution in tables.precautions:
        yield "precautions.toml", f"precaution[{precaution.id}].clinician", precaution.clinician
        yield "precautions.toml", f"precaution[{precaution.id}].patient", precaution.patient
    for index, band in enumerate(tables.clozapine):
        yield "monitoring.toml", f"clozapine_band[{index}].advice", band.advice
