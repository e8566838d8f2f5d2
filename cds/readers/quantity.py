"""The value of a result in whatever shape it was sent: a number or a limit of it, and its unit.

Nothing is guessed here. A comma that may separate thousands or decimals gives two candidates, between which
only the unit and what is possible can decide (``cds.readers.result_value``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from cds.facts import Bound, GapKind
from cds.readers.elements import CodeableConcept, Quantity, Range
from cds.readers.wire import Component

DISPLAY_LENGTH = 60
NAME_LENGTH = 120  # of medicines, tests and conditions
_LONGEST_TEXT = 200  # a longer one is a report, not a number
_LARGEST_POWER = 12  # beyond 10**12 or below 10**-12 nothing is counted, and arithmetic gets dear
LARGEST, SMALLEST = Decimal(10) ** _LARGEST_POWER, Decimal(10) ** -_LARGEST_POWER

_BOUNDS: Mapping[str, Bound] = MappingProxyType(
    {
        "": Bound.EXACT,
        "<": Bound.BELOW,
        "<=": Bound.AT_MOST,
        "≤": Bound.AT_MOST,
        "lt": Bound.BELOW,
        "lessthan": Bound.BELOW,
        ">": Bound.ABOVE,
        ">=": Bound.ABOVE,
        "≥": Bound.ABOVE,
        "gt": Bound.ABOVE,
        "greaterthan": Bound.ABOVE,
        "morethan": Bound.ABOVE,
    }
)
_NUMBER_IN_TEXT = re.compile(
    r"\s*(?P<bound><=?|>=?|≤|≥|(?:lt|gt)\b|(?:less|greater|more)\s+than\b)?\s*"
    r"(?P<number>[-+]?(?:\d{1,18}(?:[.,]\d{1,18})*|[.,]\d{1,18}))(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_FLAG_AT_THE_END = re.compile(r"(?:^|[\s(\[])(?:[LH]{1,2}|A|\*+|!+|↓+|↑+)[)\]]?\s*$", re.IGNORECASE)
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_LOW_IN_WORDS = re.compile(r"\s*(?:critical(?:ly)?|very|panic)?\s*low\b|\s*LL?\s*$", re.IGNORECASE)


class Amount(NamedTuple):
    """A number as sent.

    Attributes:
        numbers: the number; two candidates if a comma can be read in two ways.
        bound: whether it is the value or a limit of it.
        unit, code: as sent, either may be empty; a text may carry its unit after the number.
        reported: the whole as sent, for display.
    """

    numbers: tuple[Decimal, ...]
    bound: Bound
    unit: str
    code: str
    reported: str


class NoAmount(NamedTuple):
    """Why there is no number; ``kind`` is ``None`` where nothing must be said (masked)."""

    kind: GapKind | None
    detail: str = ""
    low: bool = False  # the text itself says "low"


Value: TypeAlias = Amount | NoAmount


def read_amount(sent: Component) -> Value:
    """The value of an Observation or of one of its components."""
    reason = sent.data_absent_reason
    if reason is not None and (reason.coding or reason.text):
        return _absent(reason)
    if sent.value_quantity is not None:
        return _of_quantity(sent.value_quantity)
    if sent.value_string:
        return read_text(sent.value_string)
    if sent.value_codeable_concept is not None:
        return _of_concept(sent.value_codeable_concept)
    if sent.value_integer is not None:
        return _of_number(sent.value_integer, Bound.EXACT, "", "", "")
    if sent.value_range is not None:
        return _of_range(sent.value_range)
    if sent.value_ratio:
        return NoAmount(GapKind.UNREADABLE_VALUE, "ratio")
    return NoAmount(GapKind.NO_VALUE)


def read_text(text: str) -> Value:
    """A number in words of a laboratory: ``<0.1``, ``LT 0.1``, ``0,4``, ``5,018``, ``892 cells/uL L``.

    Text without any number ("TNP", "clotted", "see note") is no result; a number that stands in other text
    ("see 4 notes") is unreadable.
    """
    found = _NUMBER_IN_TEXT.match(text) if len(text) <= _LONGEST_TEXT else None
    shown = shorten(text)
    if found is None:
        if any(character.isdigit() for character in text):
            return NoAmount(GapKind.UNREADABLE_VALUE, shown)
        if _LOW_IN_WORDS.match(shown):
            return NoAmount(GapKind.UNREADABLE_VALUE, shown, low=True)
        return NoAmount(GapKind.NO_VALUE, shown)
    numbers = _candidates(found["number"])
    if not numbers or any(number.is_signed() and number for number in numbers):
        return NoAmount(GapKind.UNREADABLE_VALUE, shown)
    bound = _BOUNDS["".join((found["bound"] or "").casefold().split())]
    unit = _FLAG_AT_THE_END.sub("", found["rest"]).strip()
    return Amount(numbers, bound, unit, "", shown)


def is_number(value: Decimal | None) -> bool:
    """A finite number of a size that can be calculated with."""
    return value is not None and value.is_finite() and abs(value.adjusted()) <= _LARGEST_POWER


def shorten(text: str, longest: int = DISPLAY_LENGTH) -> str:
    """Text of the sender, on one line and cut to a length for display."""
    text = " ".join(text[: 4 * longest].split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _absent(reason: CodeableConcept) -> NoAmount:
    code = next((coding.code for coding in reason.coding if coding.code), "")
    if code == "masked":
        return NoAmount(None)
    return NoAmount(GapKind.NO_VALUE, shorten(code or reason.text))


def _of_quantity(sent: Quantity) -> Value:
    if sent.value is None:
        return NoAmount(GapKind.UNREADABLE_VALUE, shorten(sent.unit or sent.code))
    bound = Bound.EXACT if not sent.comparator else _BOUNDS.get(sent.comparator.strip().casefold())
    if bound is None:
        return NoAmount(GapKind.UNREADABLE_VALUE, shorten(f"{sent.comparator} {sent.value}"))
    return _of_number(sent.value, bound, sent.unit, sent.code, sent.comparator)


def _of_number(value: Decimal, bound: Bound, unit: str, code: str, comparator: str) -> Value:
    if not value.is_finite():
        return NoAmount(GapKind.UNREADABLE_VALUE, shorten(f"{value} {unit or code}"))
    if not SMALLEST <= value <= LARGEST:
        if value:
            kind = GapKind.UNREADABLE_VALUE if value < 0 else GapKind.IMPLAUSIBLE
            return NoAmount(kind, shorten(f"{value} {unit or code}"))
        value = _plain_zero(value)
    digits = str(value)
    if "E" in digits:
        digits = f"{value:f}"
    reported = f"{comparator}{digits} {unit or code}".rstrip()
    if len(reported) > DISPLAY_LENGTH:
        reported = shorten(reported)
    return Amount((value,), bound, unit, code, reported)


def _plain_zero(value: Decimal) -> Decimal:
    # 0E+999999 is zero too, but would be written with a million digits
    exponent = value.as_tuple().exponent
    return abs(value) if isinstance(exponent, int) and -_LARGEST_POWER <= exponent <= 0 else Decimal(0)


def _of_concept(sent: CodeableConcept) -> Value:
    for text in (sent.text, *(coding.display for coding in sent.coding)):
        if text:
            return read_text(text)
    return NoAmount(GapKind.NO_VALUE)


def _of_range(sent: Range) -> Value:
    """A value between two numbers is the higher one or lower."""
    if sent.high is None:
        return NoAmount(GapKind.UNREADABLE_VALUE, "range without an upper end")
    high = _of_quantity(sent.high)
    if isinstance(high, NoAmount):
        return high
    if high.bound is Bound.ABOVE:
        return NoAmount(GapKind.UNREADABLE_VALUE, "range without an upper end")
    low = _of_quantity(sent.low) if sent.low is not None else None
    start = f"{low.numbers[0]:f}-" if isinstance(low, Amount) else "up to "
    bound = Bound.BELOW if high.bound is Bound.BELOW else Bound.AT_MOST
    return high._replace(bound=bound, reported=shorten(start + high.reported))


def _candidates(number: str) -> tuple[Decimal, ...]:
    """What the digits can mean; none if a comma and a point contradict each other.

    One comma before exactly three digits separates thousands or decimals: both are candidates.
    """
    commas, points = number.count(","), number.count(".")
    thousands = _THOUSANDS.fullmatch(number) is not None
    if not commas:
        return (Decimal(number),) if points <= 1 else ()
    if commas == 1 and not points:
        decimal = Decimal(number.replace(",", "."))
        return (Decimal(number.replace(",", "")), decimal) if thousands else (decimal,)
    return (Decimal(number.replace(",", "")),) if thousands else ()
