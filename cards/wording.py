"""Numbers, units, dates and lengths as a clinician reads them. Everything here is plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from cards.card import SUMMARY_LIMIT, summary_length
from cds.facts import Precision, When

COUNT_UNIT = "x10^9/L"
QUOTE_LIMIT = 80

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# 10*3/uL, 10^3/uL, x10*9/L ...: an asterisk may vanish on the way to the eye, so a power is always a caret.
# A times sign before it belongs to it, even where that is written against the number.
_POWER = re.compile(r"(?:[x×]\s?|(?<![\d^*.,x×]))10[*^](\d+)(?=\s?/)")
_DECIMALS = 2
_LONG_NUMBER = re.compile(r"(?<![\d.])\d++\.\d{13,}+(?![.\d])")  # smaller decimals count for nothing
_ROUND_NUMBER = Decimal("0.05")  # limits stand on such numbers; rounding may not make one


def clean(text: str) -> str:
    """The text on one line, without characters that cannot be seen."""
    if text.isprintable() and "  " not in text and text == text.strip():
        return text  # as nearly all texts: the only printable space is the plain one
    line = " ".join(text.split())
    if line.isprintable():
        return line
    # controls, zero-width and bidirectional characters, surrogates and private ones
    return " ".join("".join(character for character in line if character.isprintable()).split())


def quote(text: str) -> str:
    """Text of the EHR, on one line and cut to a length for display."""
    line = clean(text)
    return line if len(line) <= QUOTE_LIMIT else line[: QUOTE_LIMIT - 3].rstrip() + "..."


def spell_units(text: str) -> str:
    """Powers of ten as ``x10^9/L``, never ``10*9/L``."""
    if "10*" not in text and text.count("10^") == text.count(f" {COUNT_UNIT}"):
        return text  # without powers or with our own unit alone, as most texts: to look for them takes long
    return _POWER.sub(r"x10^\1", text)


def capitalise(text: str) -> str:
    """The text with its first letter large, the rest untouched."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """The text with a large first letter and a full stop."""
    text = capitalise(text.strip())
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."


def listed(words: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *rest, last = words
    return f"{', '.join(rest)} and {last}" if rest else last


def number(value: Decimal, *limits: Decimal) -> str:
    """A number in the digits that a person reads.

    Two decimals (or two significant digits, if that is more), digits as sent when there are fewer. More
    digits are shown where rounding would make a round number of it or carry it onto or across one of
    ``limits``: 0.4996 is never read as 0.50.
    """
    if not value:
        return "0"
    text = format(value, "f")
    sent = len(text.partition(".")[2])
    wanted = max(_DECIMALS, 1 - value.adjusted())
    if sent <= wanted:
        return text
    for places in range(wanted, min(sent, wanted + 2) + 1):
        rounded = _rounded(value, places, ROUND_HALF_EVEN)
        if rounded == value or not _misleads(value, rounded, limits):
            return format(rounded, "f")
    return without_zeros(_rounded(value, wanted + 2, ROUND_FLOOR), keep=0)


def with_short_numbers(text: str) -> str:
    """A text of ours; a number of more decimals than anybody reads is as ``number`` has it."""
    return _LONG_NUMBER.sub(lambda found: number(Decimal(found[0])), text)


def without_zeros(value: Decimal, *, keep: int = 1) -> str:
    """The number without trailing zeros, but with at least ``keep`` decimals: 0.900 is 0.9, 3.000 is 3.0."""
    shortest = value.normalize()
    return format(_rounded(value, max(keep, _places(shortest)), ROUND_HALF_EVEN), "f")


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _rounded(value: Decimal, places: int, rounding: str) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=rounding)


def _misleads(value: Decimal, rounded: Decimal, limits: tuple[Decimal, ...]) -> bool:
    if rounded % _ROUND_NUMBER == 0:
        return True
    return any(value.compare(limit) != rounded.compare(limit) for limit in limits)


def day(when: When | None) -> str:
    """``18 Nov 2026``, ``Nov 2026 (date imprecise)`` or ``date unknown``."""
    if when is None:
        return "date unknown"
    month = f"{_MONTHS[when.day.month - 1]} {when.day.year}"
    if when.precision is Precision.YEAR:
        return f"{when.day.year} (date imprecise)"
    if when.precision is Precision.MONTH:
        return f"{month} (date imprecise)"
    return f"{when.day.day} {month}"


def day_and_time(when: When | None) -> str:
    """``18 Nov 2026 08:00 UTC``; the day alone where that is all that was sent.

    Where the sender's day is another one the moment stands beside it: ``18 Nov 2026 (17 Nov 21:00 UTC)``.
    """
    text = day(when)
    if when is None or when.precision is not Precision.INSTANT:
        return text
    time = f"{when.earliest.hour:02}:{when.earliest.minute:02} UTC"
    if when.earliest.date() == when.day:
        return f"{text} {time}"
    utc = when._replace(day=when.earliest.date())
    return f"{text} ({day(utc).rsplit(' ', 1)[0]} {time})"


def short_day(when: When | None, as_of: datetime) -> str:
    """``18 Nov``, with the year only where it is another one."""
    if when is None or when.precision in {Precision.YEAR, Precision.MONTH}:
        return day(when).replace(" (", ", ").rstrip(")")
    text = day(when)
    return text.removesuffix(f" {as_of.year}")


def days_old(when: When | None, as_of: datetime) -> int | None:
    """Whole days from the result to now; ``None`` if it is undated or dated vaguely."""
    if when is None or when.precision in {Precision.YEAR, Precision.MONTH}:
        return None
    return max(0, (as_of.date() - when.day).days)


def fit_summary(*candidates: str) -> str:
    """The first candidate that fits a summary; write them from the fullest to the barest.

    Each should keep the number and the drug. If even the barest is too long, its end is cut.
    """
    line = ""
    for candidate in candidates:
        line = spell_units(clean(candidate))
        if summary_length(line) <= SUMMARY_LIMIT:
            return line
    shortened = line
    while summary_length(shortened) > SUMMARY_LIMIT - 3:
        shortened = shortened[:-1]
    return f"{shortened.rstrip()}..."
