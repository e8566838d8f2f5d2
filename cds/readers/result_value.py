"""A result's number in the one unit in which all rules compare, or the reason why it has none.

A value is used only at the scale that its unit names. What is impossible there is refused and shown as sent,
never divided by a thousand in silence.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from cds.facts import Bound, CellLine, GapKind
from cds.knowledge.base import Knowledge
from cds.knowledge.schema import UnitScale
from cds.readers.decode import RANGES, Bytes
from cds.readers.elements import Quantity
from cds.readers.meaning import Meaning
from cds.readers.quantity import Amount, NoAmount, is_number, shorten
from cds.readers.units import Unit, UnitKind, as_unit, find_scale, find_unit, to_base
from cds.readers.wire import ReferenceRange

PER_MICROLITRE = Decimal(1000)  # 10*9/L is so many thousands of cells per microlitre


class Scaled(NamedTuple):
    """A usable value: 10*9/L, percent, g/dL or degrees Celsius by the kind of ``scale``."""

    value: Decimal
    bound: Bound
    reported: str
    scale: UnitScale


class ValueScales:
    """Finds the scale of values; the same unit is looked up once."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._units: dict[tuple[UnitKind, str, str], Unit] = {}

    def scale(self, amount: Amount, meaning: Meaning, ranges: Bytes) -> Scaled | NoAmount:
        """``amount`` in base units; its reference ranges are read only if the value alone is not enough."""
        shown = amount.reported
        if amount.unit or amount.code:
            unit = self.unit(meaning.kind, amount.unit, amount.code)
        else:
            unit, shown_unit = self._unit_of_ranges(amount, meaning, _read(ranges))
            shown = f"{shown} {shown_unit}".rstrip()
        if unit.scale is None:
            return NoAmount(unit.refused, shown)
        bases = amount.numbers if unit.is_base else [to_base(each, unit.scale) for each in amount.numbers]
        possible = [
            value
            for number, value in zip(amount.numbers, bases, strict=True)
            if self._is_possible(number, value, unit, meaning, ranges)
        ]
        if len(possible) != 1:
            return NoAmount(GapKind.UNREADABLE_VALUE if possible else GapKind.IMPLAUSIBLE, shown)
        return Scaled(possible[0], amount.bound, shown, unit.scale)

    def unit(self, kind: UnitKind, unit: str, code: str) -> Unit:
        """What ``unit`` and ``code`` of a Quantity mean for a result of this kind."""
        key = (kind, unit, code)
        found = self._units.get(key)
        if found is None:
            found = self._units[key] = self._find_unit(kind, unit, code)
        return found

    def _find_unit(self, kind: UnitKind, unit: str, code: str) -> Unit:
        units = self._knowledge.units
        if kind == "fraction":  # a code for a share from 0 to 1 may still come with a per cent sign
            percent = find_unit(units, "percent", unit, code)
            if percent.scale is not None:
                return percent
        return find_unit(units, kind, unit, code)

    # --- a value without a unit -------------------------------------------------------------------------

    def _unit_of_ranges(
        self, amount: Amount, meaning: Meaning, ranges: tuple[ReferenceRange, ...]
    ) -> tuple[Unit, str]:
        """The unit printed with the reference range, else the one scale that its numbers can have."""
        limits = [limit for sent in ranges for limit in (sent.low, sent.high) if limit is not None]
        for limit in limits:
            if limit.unit or limit.code:
                return self.unit(meaning.kind, limit.unit, limit.code), shorten(limit.unit or limit.code)
        return as_unit(self._scale_of_numbers(amount, meaning, limits)), ""

    def _scale_of_numbers(self, amount: Amount, meaning: Meaning, limits: list[Quantity]) -> UnitScale | None:
        units = self._knowledge.units
        numbers = [limit.value for limit in limits if limit.value is not None and is_number(limit.value)]
        if meaning.kind == "fraction":
            return find_scale(units, "fraction", "1")
        if meaning.kind == "percent":
            # above one it cannot be a share from 0 to 1; "0.6" alone could be 0.6 % or 60 %
            certain = any(number > 1 for number in (*amount.numbers, *numbers)) or not any(amount.numbers)
            return find_scale(units, "percent", "%") if certain else None
        if meaning.kind == "count" and meaning.line is not None and numbers:
            return self._scale_of_low_limit(min(numbers), meaning.line)
        return None

    def _scale_of_low_limit(self, low: Decimal, line: CellLine) -> UnitScale | None:
        """The one scale at which the range's lower end is believable."""
        plausible = self._knowledge.lines[line].plausible
        lowest, highest = plausible.low_limit_min, plausible.low_limit_max
        if not low or lowest is None or highest is None:
            return None
        scales = {
            scale.factor: scale
            for (kind, _), scale in self._knowledge.units.items()
            if kind == "count" and not scale.suspect and lowest <= to_base(low, scale) <= highest
        }
        return next(iter(scales.values())) if len(scales) == 1 else None

    # --- what is possible -------------------------------------------------------------------------------

    def _is_possible(
        self, number: Decimal, value: Decimal, unit: Unit, meaning: Meaning, ranges: Bytes
    ) -> bool:
        if meaning.greatest is not None and value > meaning.greatest:
            return False
        if meaning.least is not None and value < meaning.least:
            return False
        if not unit.is_single or meaning.line is None or unit.scale is None or not number:
            return True
        if value * PER_MICROLITRE >= self._knowledge.limits.consistency.small_per_ul:
            return True
        # so few cells per microlitre are real only as a whole number of cells
        if unit.scale.suspect or number != number.to_integral_value():
            return False
        return not self._is_range_too_small(unit.scale, meaning.line, _read(ranges))

    def _is_range_too_small(
        self, scale: UnitScale, line: CellLine, ranges: tuple[ReferenceRange, ...]
    ) -> bool:
        """A range of 4 to 11 "cells per microlitre": range and value were given the wrong unit together."""
        lowest = self._knowledge.lines[line].plausible.low_limit_min or 0
        small = self._knowledge.limits.consistency.small_per_ul
        lows = [sent.low.value for sent in ranges if sent.low is not None and is_number(sent.low.value)]
        return any(low and low < small and to_base(low, scale) < lowest for low in lows)


def _read(ranges: Bytes) -> tuple[ReferenceRange, ...]:
    return RANGES.read(ranges) or () if ranges else ()
