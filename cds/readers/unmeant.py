"""Whether an answer holds nothing but results that nobody here can name, or that nobody asked for."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from cds.knowledge.base import Knowledge
from cds.readers import wire
from cds.readers.bundle import Gathered, gather
from cds.readers.decode import CONCEPT, Shape
from cds.readers.elements import CodeableConcept, Element
from cds.readers.meaning import loinc_codes
from cds.readers.page import Page
from cds.readers.sent import Sent, is_void

_ELSEWHERE = frozenset({"vital-signs", "social-history"})  # categories that no count has
# Units of vital signs, in which no cell is counted, where the category was left out.
_UNITS_ELSEWHERE = frozenset(
    {"/min", "bpm", "mm[Hg]", "mmHg", "Cel", "[degF]", "cm", "m", "[in_i]", "kg", "[lb_av]", "kg/m2", "m2"}
)


class _Filed(Element, frozen=True):
    category: tuple[CodeableConcept, ...] = ()


_FILED = Shape(_Filed)


def holds_only_unmeant(
    sent: Iterable[Page], patient_id: str, knowledge: Knowledge, references: Container[str]
) -> bool:
    """True for results without any LOINC code, and for reports alone whose results were not sent.

    One result with a LOINC code is enough to know that these are coded, and that what is not on our list is
    something else. ``references`` are those of everything that was supplied.
    """
    gathered = gather(sent, patient_id)
    results = _results(gathered)
    if results:
        return not any(_loinc_of(each.resource, knowledge) for each in results)
    reports = [
        each.resource for each in gathered.of(wire.DiagnosticReport) if not is_void(each.resource.status)
    ]
    return any(
        not report.result or any(gathered.resolve(each.reference) not in references for each in report.result)
        for report in reports
    )


def holds_nothing_asked_for(
    sent: Iterable[Page],
    patient_id: str,
    knowledge: Knowledge,
    *,
    asked: frozenset[str],
    others: Iterable[frozenset[str]],
    most: int,
) -> bool:
    """True for results that show that somebody asked for something else.

    None of them is of the codes ``asked`` for, and: all are vital signs or social history, or all are what
    one of our ``others`` asks for, or there are as many as an answer holds at ``most``, so that what was
    asked for may come after them. Other results of the laboratory (cells of another fluid) do answer.
    """
    results = _results(gather(sent, patient_id))
    codes = [_loinc_of(each.resource, knowledge) for each in results]
    if not results or any(asked & of_one for of_one in codes):
        return False
    if 0 < most <= len(results):
        return True
    if any(all(of_one and of_one <= other for of_one in codes) for other in others):
        return True
    return all(_is_filed_elsewhere(each) or _is_measured_elsewhere(each.resource) for each in results)


def may_hold_counts(sent: Iterable[Page], patient_id: str) -> bool:
    """Whether not all of the results are filed among vital signs or social history."""
    results = _results(gather(sent, patient_id))
    return not results or not all(map(_is_filed_elsewhere, results))


def _results(gathered: Gathered) -> list[Sent[wire.Observation]]:
    return [each for each in gathered.of(wire.Observation) if not is_void(each.resource.status)]


def _is_filed_elsewhere(sent: Sent[Any]) -> bool:
    filed = _FILED.read(sent.raw)
    codes = {coding.code for each in filed.category for coding in each.coding} if filed is not None else set()
    return bool(codes) and codes <= _ELSEWHERE


def _is_measured_elsewhere(result: wire.Observation) -> bool:
    units = [part.value_quantity for part in (result, *result.component) if part.value_quantity is not None]
    return bool(units) and all({each.code, each.unit} & _UNITS_ELSEWHERE for each in units)


def _loinc_of(result: wire.Observation, knowledge: Knowledge) -> set[str]:
    codes = (result.code, *(part.code for part in result.component))
    concepts = (CONCEPT.read(code) for code in codes if code)
    return {code for concept in concepts if concept is not None for code in loinc_codes(concept, knowledge)}
