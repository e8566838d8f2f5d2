"""One count in words: the number with its origin and date, and the word for how low it is."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from cards.wording import (
    COUNT_UNIT,
    capitalise,
    clean,
    day_and_time,
    days_old,
    number,
    quote,
    sentence,
    short_day,
    with_short_numbers,
    without_zeros,
)
from cds.facts import Bound, CellCount, CellLine, LabFlag, ResultStatus
from cds.findings import Assessment, Duration, Freshness, LineState, LowCount, Severity

_WORDS: dict[str, str] = {CellLine.LEUKOCYTES: "total white cells", CellLine.CD4: "CD4 cells"}
_SHORT: dict[str, str] = {CellLine.LEUKOCYTES: "WBC", CellLine.NEUTROPHILS: "ANC"}
_UNITS = {CellLine.HAEMOGLOBIN: "g/dL", CellLine.CD4: "/uL"}
_STATUS = {
    ResultStatus.PRELIMINARY: "preliminary",
    ResultStatus.CORRECTED: "corrected result",
    ResultStatus.AMENDED: "amended result",
    ResultStatus.UNKNOWN: "status unknown",
}
_BOUND = {Bound.EXACT: "", Bound.BELOW: "below ", Bound.AT_MOST: "at most ", Bound.ABOVE: "above "}
_COUNTED_PER_UL = {line for line, unit in _UNITS.items() if unit == "/uL"}
_PER_UL = Decimal(1000)  # cells per microlitre in one 10*9/L
_AGE_MATTERS = {Freshness.RECENT, Freshness.AGEING, Freshness.OLD, Freshness.HISTORICAL}
_NUMBER = re.compile(r"\d[\d.,]*")
_THOUSANDS = re.compile(r"^[1-9]\d{0,2}(,\d{3})+(\.\d+)?$")


class LowCountWords(NamedTuple):
    """One low count in words. The first three head a summary, from the fullest to the barest.

    Attributes:
        full: ``ANC 0.32 x10^9/L (18 Nov, new): severe neutropenia``.
        dated: ``ANC 0.32 x10^9/L (18 Nov, new)``.
        bare: ``ANC 0.32 x10^9/L``.
        found: ``ANC 0.32 x10^9/L, laboratory result of 18 Nov 2026 08:00 UTC: severe neutropenia.``
        verdict: ``severe neutropenia``.
    """

    full: str
    dated: str
    bare: str
    found: str
    verdict: str


def line_word(line: CellLine | str) -> str:
    """``neutrophils``, ``total white cells``, ``nucleated red`` ...; other words come back unchanged."""
    return _WORDS.get(line) or line.replace("-", " ")


def short_word(line: CellLine | str) -> str:
    """``ANC``, ``WBC``; empty for a line that is called by its name."""
    return _SHORT.get(line, "")


def short_name(assessment: Assessment, line: CellLine) -> str:
    """``ANC`` for neutrophils, as the knowledge names each line."""
    named: tuple[LowCount | LineState, ...] = (*assessment.low_counts, *assessment.lines)
    return next((each.short for each in named if each.line is line), _SHORT.get(line, line_word(line)))


def is_upper_bound(count: CellCount) -> bool:
    """The number is another line's: "neutrophils cannot outnumber all white cells"."""
    return count.calculation is not None and count.calculation.path == "bound"


# --- the number -----------------------------------------------------------------------------------------


def amount(count: CellCount, *limits: Decimal) -> str:
    """The number alone: ``0.3``, ``below 0.1``, ``at most 1.2``."""
    if is_upper_bound(count):
        return f"at most {_digits(count, *limits)}"
    return f"{_BOUND[count.bound]}{_digits(count, *limits)}"


def measured(count: CellCount, name: str, *limits: Decimal) -> str:
    """``ANC 0.3 x10^9/L``, ``ANC below 0.1 x10^9/L``, ``ANC 0.5 x10^9/L or lower``, ``ANC cannot be above
    1.2 x10^9/L``."""
    unit = unit_of(count.line)
    if is_upper_bound(count):
        return f"{name} cannot be above {_digits(count, *limits)} {unit}"
    if count.bound is Bound.AT_MOST:
        return f"{name} {_digits(count, *limits)} {unit} or lower"
    return f"{name} {amount(count, *limits)} {unit}"


def unit_of(line: CellLine) -> str:
    """The unit in which a line's values are shown; CD4 cells are counted per microlitre by custom."""
    return _UNITS.get(line, COUNT_UNIT)


def on_its_scale(line: CellLine, value: Decimal) -> Decimal:
    """A count or limit (10*9/L; haemoglobin: g/dL) as a number of the unit in which its line is shown."""
    return (value * _PER_UL).normalize() if line in _COUNTED_PER_UL else value


def origin(count: CellCount) -> str:
    """`` (calculated: 2.5 x 20 %)`` or `` (reported 900 /uL)``; empty if sent as shown."""
    if is_upper_bound(count):
        return ""
    if count.calculation is not None:
        return f" (calculated: {clean(with_short_numbers(count.calculation.text))})"
    if _sent_at_this_scale(count, _number_sent(count)):
        return ""
    return f" (reported {quote(count.reported)})"


def result(count: CellCount) -> str:
    """``laboratory result of 18 Nov 2026 08:00 UTC, preliminary``."""
    status = _STATUS.get(count.status)
    text = f"laboratory result of {day_and_time(count.measured)}"
    if count.measured is None:
        text = "laboratory result, date unknown"
    return f"{text}, {status}" if status else text


def described(count: CellCount, name: str, *limits: Decimal) -> str:
    """Number, origin, date and status: what a reader needs to find the result in the chart."""
    return f"{measured(count, name, *limits)}{origin(count)}, {result(count)}"


def _digits(count: CellCount, *limits: Decimal) -> str:
    sent = _number_sent(count)
    shown = on_its_scale(count.line, count.value) if sent is None else sent
    text = number(shown, *[on_its_scale(count.line, limit) for limit in limits])
    if text == "0":
        return text
    if count.calculation is not None and not is_upper_bound(count):
        return without_zeros(Decimal(text), keep=2)
    return text if _sent_at_this_scale(count, sent) else without_zeros(Decimal(text))


def _sent_at_this_scale(count: CellCount, sent: Decimal | None) -> bool:
    """Whether the number on the wire is the number shown: then only the spelling of the unit may differ."""
    return sent is not None or not count.reported or is_upper_bound(count)


def _number_sent(count: CellCount) -> Decimal | None:
    """The number with the digits of the wire, if it is the one that is shown."""
    if count.line not in _COUNTED_PER_UL and count.reported.startswith(f"{count.value:f} "):
        return count.value  # as nearly all: there is no need to look for it
    found = _NUMBER.search(count.reported)
    if found is None:
        return None
    digits = found.group().rstrip(".,")
    if "," in digits:
        digits = digits.replace(",", "" if _THOUSANDS.match(digits) else ".")
    try:
        value = Decimal(digits)
    except InvalidOperation:
        return None
    return value if value == on_its_scale(count.line, count.value) else None


# --- when, and how sure ---------------------------------------------------------------------------------


def qualifiers(
    count: CellCount, as_of: datetime, freshness: Freshness | None = None, duration: Duration | None = None
) -> str:
    """``(18 Nov, preliminary, new)``: what stands behind the number in a summary."""
    words = [short_day(count.measured, as_of)]
    if status := _STATUS.get(count.status):
        words.append(status)
    if count.calculation is not None and not is_upper_bound(count):
        words.append("calculated")
    age = days_old(count.measured, as_of)
    if age is not None and freshness in _AGE_MATTERS:
        words.append(f"{age} days old")
    if duration is not None and duration is not Duration.UNKNOWN:
        words.append(duration.value)
    return f"({', '.join(words)})"


def verdict(low: LowCount) -> str:
    """``severe neutropenia``, ``low CD4 count, moderate``: the plain word that follows the number."""
    if low.baseline is not None and low.baseline.expected:
        return f"within the range expected for {baseline_word(low)}"
    if low.severity is Severity.NONE:
        return f"{low.name} below this laboratory's range" if low.below_laboratory else f"{low.name} not low"
    tier = low.severity.name.lower()
    if low.count.bound.is_upper and low.severity < Severity.PROFOUND:
        tier = f"at least {tier}"
    plain = f"low {low.name}" if low.word == "low" else low.word
    text = f"{plain}, {tier}" if plain.startswith("low ") else f"{tier} {plain}"
    if _is_agranulocytosis(low):
        text = f"{text} (agranulocytosis)"
    return text


def _is_agranulocytosis(low: LowCount) -> bool:
    # The word of the drug literature; an expected nadir is not called so.
    return low.line is CellLine.NEUTROPHILS and low.severity is Severity.PROFOUND and low.nadir is None


def baseline_word(low: LowCount) -> str:
    """The name of a usual low count."""
    recorded = low.baseline is not None and low.baseline.kind.value == "duffy-null"
    return "Duffy-null" if recorded else "this patient"


def low_count_words(low: LowCount, as_of: datetime) -> LowCountWords:
    """All that cards say of one low count in the same words."""
    count, word = low.count, verdict(low)
    value = measured(count, low.short, low.limit.value)
    duration = None if low.nadir is not None else low.duration
    bare = capitalise(value)
    dated = f"{bare} {qualifiers(count, as_of, low.freshness, duration)}"
    doubt = "; results contradict each other" if low.contradicted else ""
    found = f"{value}{origin(count)}, {result(count)}: {word}{doubt}."
    return LowCountWords(f"{dated}: {word}{doubt}", dated, bare, found, word)


def flag_sentence(count: CellCount) -> str:
    """What the laboratory itself said, where that is louder than the number; else empty."""
    return sentence("the laboratory marked this critical") if count.flag is LabFlag.CRITICALLY_LOW else ""


# --- which count leads ----------------------------------------------------------------------------------


def leading_count(assessment: Assessment) -> LowCount | None:
    """The low count that heads a card: the first, as the rules put the loudest first."""
    return assessment.low_counts[0] if assessment.low_counts else None


def low_count_of(assessment: Assessment, line: CellLine) -> LowCount | None:
    """The finding on one line, if it is low."""
    return next((low for low in assessment.low_counts if low.line is line), None)


def state_of(assessment: Assessment, line: CellLine) -> LineState | None:
    """The newest usable count of one line, low or not."""
    return next((state for state in assessment.lines if state.line is line), None)
