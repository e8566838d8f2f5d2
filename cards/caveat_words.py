"""Each caveat as one sentence: what could not be used, or only with doubt. None of them ever reassures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal

from cards.count_words import line_word
from cards.message import distinct
from cards.wording import capitalise, day, listed, number, quote, sentence, spell_units, without_zeros
from cds.facts import CellLine, GapKind
from cds.findings import Assessment, Caveat, Topic

_ALL = frozenset(Topic)
_OF_COUNTS = _ALL - {Topic.SUSPECTS, Topic.PRECAUTIONS}
_CONCERNS = {
    "medications": _ALL - {Topic.LOW_COUNT, Topic.PRECAUTIONS},
    "drafts": _ALL - {Topic.SUSPECTS, Topic.PRECAUTIONS},
    "conditions": frozenset({Topic.FEVER, Topic.LOW_COUNT, Topic.SUSPECTS, Topic.LIVE_VACCINE}),
    "temperature": frozenset({Topic.FEVER, Topic.LOW_COUNT}),
    "reactions": frozenset({Topic.ORDER_RISK, Topic.SUSPECTS}),
    "tests": frozenset({Topic.FEVER, Topic.LOW_COUNT, Topic.MONITORING}),
    "patient": _ALL,
}
_WHAT = {
    "counts": "blood counts",
    "patient": "the patient's birth date",
    "drafts": "draft orders",
    "reactions": "allergies and reactions",
    "tests": "test orders",
    "resource": "entries of an unknown kind",
}
_ENTRY = {
    "counts": "result",
    "medications": "medicine",
    "conditions": "condition",
    "drafts": "draft order",
    "reactions": "reaction",
    "tests": "test order",
}
_MISSING: dict[str, str] = {
    GapKind.NOT_SUPPLIED: "not supplied, so not checked",
    GapKind.FAILED: "could not be fetched, so not checked",
    GapKind.INCOMPLETE: "not read to the end",
}
_READING = re.compile(r"^\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>\S.*)$")
_THOUSANDS = re.compile(r"10\s?[*^]\s?[39]|\bk/|thou|\bg/l", re.IGNORECASE)
_SINGLE_CELLS = re.compile(r"^(\{?cells\}?|#)?/(ul|mcl|mm3|cumm)\b", re.IGNORECASE)
COUNT_UNIT_PER_UL = "x10^3/uL"
_SCALE = Decimal(1000)  # cells per microlitre in one 10*9/L


def caveats_for(assessment: Assessment, topics: tuple[Topic, ...]) -> tuple[Caveat, ...]:
    """The caveats that concern a card; those that may hide something first."""
    concerned = [
        caveat
        for caveat in assessment.caveats
        if Topic.DATA_QUALITY in topics or _concerned(caveat, assessment) & set(topics)
    ]
    return tuple(sorted(concerned, key=lambda caveat: not caveat.may_hide))


def _concerned(caveat: Caveat, assessment: Assessment) -> frozenset[Topic]:
    """The topics that a caveat bears on; without a suspects' card the count's card speaks of medicines."""
    topics = _CONCERNS.get(caveat.what, _OF_COUNTS)
    if caveat.what == "medications" and assessment.decision(Topic.SUSPECTS).urgency is None:
        return topics | {Topic.LOW_COUNT}
    return topics


def caveat_sentences(caveats: Iterable[Caveat]) -> tuple[str, ...]:
    """A sentence per caveat; what is missing for the same reason shares one."""
    by_reason: dict[object, list[Caveat]] = {}
    for caveat in caveats:
        alone = caveat.kind not in _MISSING
        by_reason.setdefault((caveat.kind, caveat) if alone else caveat.kind, []).append(caveat)
    return distinct(
        sentence(f"{_MISSING[same[0].kind]}: {', '.join(distinct(map(_what, same)))}")
        if same[0].kind in _MISSING
        else caveat_sentence(same[0])
        for same in by_reason.values()
    )


def caveat_sentence(caveat: Caveat) -> str:
    """One sentence for any caveat; a kind that nobody has put into words yet is named, not dropped."""
    words = _WORDS.get(caveat.kind, _unknown)
    return sentence(words(caveat))


def _what(caveat: Caveat) -> str:
    return _WHAT.get(caveat.what, line_word(caveat.what)) or "data"


def _line(caveat: Caveat) -> str:
    """The line concerned at the beginning of a sentence, with the date of its result."""
    dated = f" ({day(caveat.measured)})" if caveat.measured is not None else ""
    return f"{capitalise(_what(caveat))}{dated}"


def _some(caveat: Caveat) -> str:
    """``1 medicine``, ``3 results``."""
    entry = _ENTRY.get(caveat.what, "result" if caveat.what in set(CellLine) else "entry")
    plural = f"{entry[:-1]}ies" if entry.endswith("y") else f"{entry}s"
    return f"{caveat.count} {entry if caveat.count == 1 else plural}"


def _detail(caveat: Caveat, before: str = " (", after: str = ")") -> str:
    return f"{before}{spell_units(quote(caveat.detail))}{after}" if caveat.detail else ""


def _quoted(caveat: Caveat) -> str:
    return _detail(caveat, ' "', '"')


def _unknown(caveat: Caveat) -> str:
    return f"{_line(caveat)}: data check {caveat.kind}{_detail(caveat)}"


def _implausible(caveat: Caveat) -> str:
    """An impossible value with the likely slip of its unit in words; nothing is divided in silence."""
    readings = [reading for reading in caveat.detail.split("; ") if reading.strip()]
    shown = listed(spell_units(quote(reading)) for reading in readings) if readings else "a value"
    verb = "are" if len(readings) > 1 else "is"
    text = f"{_line(caveat)}: {shown} {verb} not possible; not used"
    slips = [_slip(reading) for reading in readings] if caveat.what in set(CellLine) else []
    for unit in ("cells/uL", COUNT_UNIT_PER_UL):
        values = [value for named, value in slips if named == unit]
        if values:
            subject = "they" if len(values) > 1 else "it"
            text += f"; if the unit were {unit} {subject} would be {listed(values)}"
    return text


def _slip(reading: str) -> tuple[str, str]:
    """The other scale on which a laboratory may have meant the number, and the number on it in 10*9/L."""
    parts = _READING.match(reading)
    if parts is None:
        return "", ""
    value = Decimal(parts["number"])
    if _THOUSANDS.search(parts["unit"]):
        return "cells/uL", without_zeros(value / _SCALE)
    if _SINGLE_CELLS.match(parts["unit"].replace(" ", "")):
        return COUNT_UNIT_PER_UL, number(value)
    return "", ""


_WORDS: dict[str, Callable[[Caveat], str]] = {
    **{kind: lambda c: f"{_MISSING[c.kind]}: {_what(c)}" for kind in _MISSING},
    GapKind.BROKEN_RESOURCE: lambda c: f"{_some(c)} could not be read",
    GapKind.WRONG_PATIENT: lambda c: f"{_some(c)} of another patient left out",
    GapKind.NO_VALUE: lambda c: f"{_line(c)}: a result without a value{_detail(c)}; not used",
    GapKind.UNREADABLE_VALUE: lambda c: f"{_line(c)}: the value{_quoted(c)} could not be read; not used",
    GapKind.UNKNOWN_UNIT: lambda c: f"{_line(c)}: the unit of{_quoted(c) or ' a result'} not known; not used",
    GapKind.DOUBTFUL_UNIT: lambda c: f"{_line(c)}: doubtful unit{_detail(c)}; used as it stands",
    GapKind.UNIT_CONFLICT: lambda c: f"{_line(c)}: code and unit do not agree{_detail(c)}; not used",
    GapKind.IMPLAUSIBLE: _implausible,
    GapKind.FUTURE_DATE: lambda c: f"{_line(c)}: dated in the future; not used",
    GapKind.RANGE_IGNORED: lambda c: f"{_line(c)}: the printed range{_detail(c)} is not believable; not used",
    GapKind.STATUS_UNKNOWN: lambda c: f"{_line(c)}: result status unknown",
    GapKind.UNRECOGNISED_MEDICATION: lambda c: f"{_some(c)} could not be coded: not checked",
    "free-text-only": lambda c: f"{_some(c)} known by free text only, in which no drug was recognised",
    GapKind.MATCHED_BY_NAME: lambda c: f"{_some(c)} recognised by name only",
    GapKind.NOT_R4: lambda c: f"{_some(c)} cited here not valid FHIR R4; used as far as it could be read",
    "line-over-total": lambda c: (
        f"{_line(c)} above the total{_detail(c)}: results contradict each other; the lower reading is used"
    ),
    "sum-of-counts": lambda c: f"the lines do not add up to the total{_detail(c)}",
    "sum-of-percents": lambda c: (
        f"the differential does not add up to 100 %{_detail(c)}: no count calculated from it"
    ),
    "calculated-differs": lambda c: (
        f"{_line(c)}: reported and calculated count differ{_detail(c)}; the lower is used"
    ),
    "diluted-sample": lambda _: (
        "white cells, haemoglobin and platelets fell together within a day: "
        "possibly a diluted or line sample; repeat"
    ),
    "lone-leukopenia": lambda _: (
        "a low count that nothing else goes with can be false (clumping in the tube): smear or repeat"
    ),
    "newest-without-differential": lambda c: f"{_line(c)}: the newest count has no differential; not known",
    "percent-without-total": lambda c: (
        f"{_line(c)}: only a percentage{_detail(c)} and no total; count not available"
    ),
    "zero-total-with-cells": lambda c: (
        f"a total of 0 with cells counted{_detail(c)}: results contradict each other"
    ),
    "nucleated-red": lambda c: (
        f"many nucleated red cells{_detail(c, ' (', ' per 100 white cells)')}: a corrected total is better"
    ),
    "percent-count-conflict": lambda c: (
        f"{_line(c)}: percentage and count point different ways{_detail(c)}; the count decides"
    ),
    "two-readings": lambda c: f"{_line(c)}: two readings of one draw{_detail(c)}; the lower is used",
    "bands-missing": lambda c: f"{_line(c)}: bands not reported; calculated without them{_detail(c)}",
    "bands-unclear": lambda c: (
        f"{_line(c)}: not clear whether bands are included{_detail(c)}; the lower reading is used"
    ),
    "old-count": lambda c: f"{_line(c)}: the last count is old{_detail(c)}",
    "no-recent-count": lambda c: f"{_line(c)}: no recent count{_detail(c)}",
    "age-unknown": lambda _: AGE_UNKNOWN,
    "adult-limits-used": lambda _: "adult limits used",
    "child-limits-used": lambda _: CHILD_LIMITS,
    "preterm": lambda _: "born before term: limits for term infants do not apply; discuss with neonatology",
    "neonate": lambda _: "first days of life: limits are uncertain; discuss with neonatology",
    "pregnancy": lambda _: PREGNANT,
}

AGE_UNKNOWN = "Age unknown: adult limits used."
CHILD_LIMITS = "Limits for the child's age at the specimen."
PREGNANT = "Pregnancy recorded: white cells usually run higher then."
