"""Codes of results with their usual units and printed ranges, each read once for all requests.

What is remembered is the spelling of a code, a unit or a range and what it means here: nothing of whose
result it was. All of it is read by those who read results in full; what those would remark on is not plain.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from cds.facts import CellLine
from cds.knowledge.base import FromKnowledge, Knowledge
from cds.knowledge.schema import UnitScale
from cds.readers.decode import RANGES
from cds.readers.meaning import Meaning
from cds.readers.observation_code import Codes
from cds.readers.quantity import LARGEST, SMALLEST
from cds.readers.reference_range import LowLimit, Person, find_low_limit
from cds.readers.result_value import PER_MICROLITRE, ValueScales

_REMEMBERED, _LONGEST = 2048, 1000  # codes or ranges, and bytes of one
_MOST_UNITS = 40  # of one code
_ADULT = Person(None, is_child=False)


class PlainUnit(NamedTuple):
    """A unit of one code.

    Attributes:
        scale: how values become base units; ``None`` if they are such already.
        least, greatest: between these a value needs no second look, in base units.
        zero: neither does zero.
        shown: what follows the number when the value is shown.
    """

    scale: UnitScale | None
    least: Decimal
    greatest: Decimal
    zero: bool
    shown: str


class PlainUnits(dict[tuple[str, str], PlainUnit | None]):
    """The units of one code, by ``unit`` and ``code`` of a Quantity; ``None`` for one that is not plain."""

    def __init__(self, meaning: Meaning, knowledge: Knowledge) -> None:
        super().__init__()
        self._meaning = meaning
        self._knowledge = knowledge

    def __missing__(self, key: tuple[str, str]) -> PlainUnit | None:
        found = self._find(*key)
        if found is not None and len(self) < _MOST_UNITS:  # no other text is kept
            self[key] = found
        return found

    def _find(self, unit: str, code: str) -> PlainUnit | None:
        if not unit and not code:
            return None  # the printed range would have to tell
        meaning = self._meaning
        found = ValueScales(self._knowledge).unit(meaning.kind, unit, code)
        if found.scale is None or found.scale.suspect:
            return None
        # so few cells per microlitre may be thousands of them
        small = self._knowledge.limits.consistency.small_per_ul / PER_MICROLITRE
        least = small if found.is_single else SMALLEST
        if meaning.least is not None:
            least = max(least, meaning.least)
        greatest = LARGEST if meaning.greatest is None else min(meaning.greatest, LARGEST)
        return PlainUnit(
            scale=None if found.is_base else found.scale,
            least=least,
            greatest=greatest,
            zero=meaning.least is None,
            shown=f" {unit or code}".rstrip(),
        )


class PlainCode(NamedTuple):
    """A code that means one thing; ``line`` is ``None`` for a body temperature.

    ``what`` is the word of ``Gap.what``.
    """

    meaning: Meaning
    what: str
    line: CellLine | None
    is_share: bool
    units: PlainUnits


class PlainCodes(FromKnowledge):
    """Reads codes and ranges. Made once for the knowledge, shared by all requests."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._codes = Codes.of(knowledge)
        self._remembered_codes = lru_cache(_REMEMBERED)(self._read)
        self._remembered_limits = lru_cache(_REMEMBERED)(self._low_limit)

    def read(self, sent: bytes) -> PlainCode | None:
        """What the JSON of a CodeableConcept means, if it is a result and one thing alone."""
        return self._remembered_codes(sent) if len(sent) <= _LONGEST else self._read(sent)

    def low_limit(self, code: PlainCode, ranges: bytes, unit: str, unit_code: str) -> LowLimit | None:
        """The lower limit for an adult in the JSON of ``referenceRange``, beside a value in that unit.

        ``None`` if there is something to remark, or if it depends on the age.
        """
        find = self._remembered_limits if len(ranges) <= _LONGEST else self._low_limit
        return find(code.meaning, ranges, unit, unit_code)

    def _read(self, sent: bytes) -> PlainCode | None:
        coded = self._codes.read(sent)
        if len(coded.meanings) != 1 or coded.tests:
            return None
        meaning = coded.meanings[0]
        return PlainCode(
            meaning, meaning.what, meaning.line, meaning.is_share, PlainUnits(meaning, self._knowledge)
        )

    def _low_limit(self, meaning: Meaning, sent: bytes, unit: str, unit_code: str) -> LowLimit | None:
        ranges = RANGES.read(sent) or ()
        scale = ValueScales(self._knowledge).unit(meaning.kind, unit, unit_code).scale
        if meaning.line is None or scale is None or any(each.age is not None for each in ranges):
            return None
        line = self._knowledge.lines[meaning.line]
        limit = find_low_limit(ranges, scale, line, _ADULT, self._knowledge.units)
        return None if limit.ignored else limit
