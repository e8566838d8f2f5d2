"""Each caveat as one sentence: what could not be used, or only with doubt."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from cards.caveat_templates import (
    AGE_UNKNOWN,
    CAME,
    DRUGS_UNCHECKED,
    DRUGS_UNREAD,
    FLAGGED,
    FLAGS,
    MISSING,
    TEMPLATES,
    UNKNOWN_KIND,
)
from cards.count_words import line_word, short_word
from cards.message import distinct
from cards.wording import (
    capitalise,
    listed,
    number,
    quote,
    sentence,
    short_day,
    spell_units,
    with_short_numbers,
    without_zeros,
)
from cds.facts import CellLine, GapKind
from cds.findings import Assessment, Caveat, Topic

_ALL = frozenset(Topic)
_LINES: frozenset[str] = frozenset(CellLine)
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
_AGE_UNKNOWN = "age-unknown"
_UNREADABLE = {GapKind.UNREADABLE_VALUE, GapKind.UNKNOWN_UNIT, GapKind.UNIT_CONFLICT}
# a number that can be counted with, and all of it: not the first digits of 1E+15 or of 3,000
_READING = re.compile(
    r"^\s*(?P<number>\d{1,12}+(?:\.\d{1,12}+)?)(?![\d.]|,\d|E[+-]?\d)\s*(?P<unit>\S.*)$", re.IGNORECASE
)
_KINDS_OF_GAPS: frozenset[str] = frozenset(GapKind)
_THOUSANDS = re.compile(r"10\s?[*^]\s?[39]|\bk/|thou|\bg/l", re.IGNORECASE)
_SINGLE_CELLS = re.compile(r"^(\{?cells\}?|#)?/(ul|mcl|mm3|cumm)\b", re.IGNORECASE)
COUNT_UNIT_PER_UL = "x10^3/uL"
_SCALE = Decimal(1000)  # cells per microlitre in one 10*9/L


def caveats_for(assessment: Assessment, topics: tuple[Topic, ...]) -> tuple[Caveat, ...]:
    """The caveats that concern a card; those that may hide something first, then what was withheld: an ending
    has room for few."""
    concerned: Iterable[Caveat] = assessment.caveats
    if Topic.DATA_QUALITY not in topics:
        concerned = [each for each in concerned if not _concerned(each, assessment).isdisjoint(topics)]
    return tuple(sorted(concerned, key=lambda each: (not each.may_hide, each.kind != GapKind.WITHHELD)))


def _concerned(caveat: Caveat, assessment: Assessment) -> frozenset[Topic]:
    """The topics that a caveat bears on; without a suspects' card the count's card speaks of medicines."""
    topics = _CONCERNS.get(caveat.what, _OF_COUNTS)
    if caveat.what == "medications" and assessment.decision(Topic.SUSPECTS).urgency is None:
        return topics | {Topic.LOW_COUNT}
    return topics


def caveat_sentences(caveats: Iterable[Caveat], as_of: datetime) -> tuple[str, ...]:
    """A sentence per caveat; what is missing for the same reason shares one."""
    every = tuple(caveats)
    missing: dict[tuple[str, str], list[str]] = {}
    for caveat in every:
        if _shares(caveat):
            missing.setdefault((caveat.kind, _why_missing(caveat)), []).append(_what(caveat))
    return distinct(
        sentence(f"{_why_missing(caveat)}: {', '.join(distinct(missing[caveat.kind, _why_missing(caveat)]))}")
        if _shares(caveat)
        else caveat_sentence(caveat, as_of)
        for caveat in every
    )


def caveat_sentence(caveat: Caveat, as_of: datetime) -> str:
    """One sentence for any caveat; a kind that nobody has put into words yet is named, not dropped."""
    if _is_of_age(caveat):
        return AGE_UNKNOWN
    flag = FLAGS[caveat.flag] if caveat.flag is not None else ""
    if flag and caveat.kind in _UNREADABLE:
        return sentence(_filled(FLAGGED, caveat, as_of, flag=flag))
    words = _words(caveat, as_of)
    return sentence(f"{words}; the laboratory flagged it {flag}" if flag else words)


def _words(caveat: Caveat, as_of: datetime) -> str:
    if caveat.kind in MISSING:
        return f"{_why_missing(caveat)}: {_what(caveat)}"
    if caveat.kind == GapKind.IMPLAUSIBLE:
        return _implausible(caveat, _line(caveat, as_of))
    return _filled(TEMPLATES.get(caveat.kind, UNKNOWN_KIND), caveat, as_of)


def _filled(template: str, caveat: Caveat, as_of: datetime, *, flag: str = "") -> str:
    """The template with what the caveat knows; what the EHR sent is put in and never read as a template."""
    # of a gap it is what was sent; the other details are ours
    detail = caveat.detail if caveat.kind in _KINDS_OF_GAPS else with_short_numbers(caveat.detail)
    sent = spell_units(quote(detail))
    return template.format(
        at=_line(caveat, as_of) if "{at}" in template else "",
        some=_some(caveat) if "{some}" in template else "",
        kind=caveat.kind,
        flag=flag,
        detail=f" ({sent})" if sent else "",
        quoted=f' "{sent}"' if sent else "",
        value=f' "{sent}"' if sent else " a result",
    )


def drugs_unchecked(assessment: Assessment) -> str:
    """Why the drugs of a low count could not be looked at; empty if they could."""
    caveats = [caveat for caveat in assessment.caveats if caveat.what == "medications"]
    if any(caveat.kind == GapKind.FAILED and caveat.detail in CAME for caveat in caveats):
        return DRUGS_UNREAD
    kinds = [caveat.kind for caveat in caveats]
    return next((words for kind, words in DRUGS_UNCHECKED.items() if kind in kinds), "")


def _why_missing(caveat: Caveat) -> str:
    if caveat.kind == GapKind.FAILED and caveat.detail in CAME:
        return CAME[caveat.detail]
    return MISSING[caveat.kind]


def _shares(caveat: Caveat) -> bool:
    return caveat.kind in MISSING and not _is_of_age(caveat)


def _is_of_age(caveat: Caveat) -> bool:
    """Without the patient's entry the age is unknown; that is one thing, said once."""
    return caveat.kind == _AGE_UNKNOWN or (caveat.kind in MISSING and caveat.what == "patient")


def _what(caveat: Caveat) -> str:
    return _WHAT.get(caveat.what, line_word(caveat.what)) or "data"


def _line(caveat: Caveat, as_of: datetime) -> str:
    """The line concerned at the beginning of a sentence, with the date of its result."""
    dated = f" ({short_day(caveat.measured, as_of)})" if caveat.measured is not None else ""
    return f"{short_word(caveat.what) or capitalise(_what(caveat))}{dated}"


def _some(caveat: Caveat) -> str:
    """``1 medicine``, ``3 results``."""
    entry = _ENTRY.get(caveat.what, "result" if caveat.what in _LINES else "entry")
    plural = f"{entry[:-1]}ies" if entry.endswith("y") else f"{entry}s"
    return f"{caveat.count} {entry if caveat.count == 1 else plural}"


def _implausible(caveat: Caveat, at: str) -> str:
    """An impossible value with the likely slip of its unit in words; nothing is divided in silence."""
    readings = [reading for reading in caveat.detail.split("; ") if reading.strip()]
    shown = listed(spell_units(quote(reading)) for reading in readings) if readings else "a value"
    verb = "are" if len(readings) > 1 else "is"
    text = f"{at}: {shown} {verb} not possible; not used"
    slips = [_slip(reading) for reading in readings] if caveat.what in _LINES else []
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
