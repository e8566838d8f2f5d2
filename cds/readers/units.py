"""Units as laboratories write them, looked up in a curated table.

A general UCUM converter would read ``K/uL`` as kelvin per microlitre and ``G/L`` as gauss per litre, so
that nothing is ever converted that does not stand in the table of the knowledge.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from cds.facts import GapKind
from cds.knowledge.schema import UnitScale

UnitKind: TypeAlias = Literal["count", "percent", "fraction", "mass", "temperature"]
Units: TypeAlias = Mapping[tuple[str, str], UnitScale]

_KINDS: tuple[UnitKind, ...] = ("count", "percent", "mass", "temperature")
_LEADING_TIMES = re.compile(r"^[x×*](?=\d)")
_POWER = re.compile(r"\*\*|\^")
_EXPONENT = re.compile(r"e\+?0*(?=\d)")
_LONGEST = 40
_GRAMS_PER_LITRE = "g/l"


class Unit(NamedTuple):
    """A unit that was understood (``scale``) or the reason why not (``refused``).

    ``is_base``: values need no conversion. ``is_single``: it counts single cells, not thousands.
    """

    scale: UnitScale | None
    refused: GapKind | None = None
    is_base: bool = False
    is_single: bool = False


def normalise(spelling: str) -> str:
    """The spelling as the table has it: compatibility forms, case, spaces, signs of power and micro undone.

    >>> normalise("x10^3/µL"), normalise("K/mcL"), normalise("thou/cu mm")
    ('10*3/ul', 'k/ul', 'thou/cumm')
    """
    return _normalise(spelling) if len(spelling) <= _LONGEST else ""


@lru_cache(maxsize=2048)
def _normalise(spelling: str) -> str:
    text = "".join(unicodedata.normalize("NFKC", spelling).casefold().split())
    text = text.replace("μ", "u").replace("mcl", "ul")
    text = _LEADING_TIMES.sub("", text)
    return _EXPONENT.sub("e", _POWER.sub("*", text))


def find_scale(units: Units, kind: UnitKind, spelling: str) -> UnitScale | None:
    """The scale of one spelling within one kind of unit."""
    normal = normalise(spelling)
    if kind == "count" and normal == _GRAMS_PER_LITRE and not spelling.strip().startswith("G"):
        return None  # "G/L" is giga per litre; "g/L" is grams, which counts no cells
    return units.get((kind, normal))


def find_unit(units: Units, kind: UnitKind, unit: str, code: str) -> Unit:
    """The scale of a quantity from its ``unit`` and its ``code``, of which either may be missing.

    Both are looked up, because senders put either spelling into either member. Refused as a conflict if
    they differ in scale, or if one of them is a unit of another kind (a percentage where cells are counted).
    """
    found = [scale for text in (unit, code) if text and (scale := find_scale(units, kind, text))]
    if len(found) == 2 and _differ(*found):
        return Unit(None, GapKind.UNIT_CONFLICT)
    for text in (unit, code):
        if text and find_scale(units, kind, text) is None and _is_of_another_kind(units, kind, text):
            return Unit(None, GapKind.UNIT_CONFLICT)
    return as_unit(found[0] if found else None)


def as_unit(scale: UnitScale | None) -> Unit:
    """What must be known of a scale for each value; unknown without one."""
    if scale is None:
        return Unit(None, GapKind.UNKNOWN_UNIT)
    is_base = scale.factor == 1 and scale.divisor == 1 and not scale.subtract
    return Unit(scale, None, is_base, scale.kind == "count" and scale.factor < 1)


def to_base(value: Decimal, scale: UnitScale) -> Decimal:
    """``value`` in 10*9/L, percent, g/dL or degrees Celsius: exact, and as sent where nothing changes."""
    if scale.subtract:
        value -= scale.subtract
    if scale.factor != 1:
        value *= scale.factor
    return value / scale.divisor if scale.divisor != 1 else value


def _differ(one: UnitScale, other: UnitScale) -> bool:
    return (one.factor, one.divisor, one.subtract) != (other.factor, other.divisor, other.subtract)


def _is_of_another_kind(units: Units, kind: UnitKind, spelling: str) -> bool:
    normal = normalise(spelling)
    return any((other, normal) in units for other in _KINDS if other != kind)
