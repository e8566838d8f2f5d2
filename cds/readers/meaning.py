"""What a result's code means: the allow-list of the knowledge decides, and never a display text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from cds.facts import CellLine
from cds.knowledge.base import Knowledge
from cds.knowledge.code_systems import LOINC, SYSTEM_OF, plain_address
from cds.readers.elements import CodeableConcept
from cds.readers.units import UnitKind

_LOINC_SHAPE = re.compile(r"\d{1,7}-\d", re.ASCII)
_MASS_UNIT = "g/dL"
_WHOLE = Decimal(100)


class Meaning(NamedTuple):
    """How a value under one LOINC code is to be read.

    Attributes:
        line: which cells; ``None`` for a body temperature.
        kind: the kind of unit the code asks for; ``fraction`` is a share from 0 to 1.
        least, greatest: what is possible at all, in base units; ``None`` if there is no such limit.
        site: where a temperature was taken.
    """

    loinc: str
    line: CellLine | None
    kind: UnitKind
    manual: bool = False
    all_neutrophils: bool = False
    greatest: Decimal | None = None
    least: Decimal | None = None
    site: str = ""

    @property
    def what(self) -> str:
        """The word of ``Gap.what``."""
        return self.line.value if self.line is not None else "temperature"

    @property
    def is_share(self) -> bool:
        """A percentage or fraction of the white cells, not a number of cells."""
        return self.kind in ("percent", "fraction")


def find_meanings(codes: Iterable[str], knowledge: Knowledge) -> tuple[Meaning, ...]:
    """What the LOINC codes of one result mean: nothing, one thing, or several that contradict each other.

    Codes that mean the same are one: two codes of one cell line, or a body temperature coded in general
    and by its site (the code further down the knowledge's list is the more specific one).
    """
    found: dict[object, Meaning] = {}
    for loinc in codes:
        meaning = _meaning_of(loinc, knowledge)
        if meaning is None:
            continue
        key = (meaning.line, meaning.kind)
        earlier = found.setdefault(key, meaning)
        if meaning.line is None and _rank(meaning, knowledge) > _rank(earlier, knowledge):
            found[key] = meaning
    return tuple(found.values())


def loinc_codes(code: CodeableConcept, knowledge: Knowledge) -> tuple[str, ...]:
    """The LOINC codes among the codings, and those that a hospital's own codes stand for, in order."""
    found = []
    for coding in code.coding:
        sent = coding.code.strip()
        if sent and _is_loinc(coding.system, sent):
            found.append(sent)
        elif (coding.system, sent) in knowledge.local_loinc:
            found.append(knowledge.local_loinc[coding.system, sent])
    return tuple(dict.fromkeys(found))


def _is_loinc(system: str, code: str) -> bool:
    """By the address of its system; without one, by its shape."""
    if SYSTEM_OF[system] == LOINC:
        return True
    # a LOINC code carries a check digit, so that hardly any local code looks like one
    return _LOINC_SHAPE.fullmatch(code) is not None and not plain_address(system)


def _meaning_of(loinc: str, knowledge: Knowledge) -> Meaning | None:
    known = knowledge.line_codes.get(loinc)
    if known is not None:
        line = known.line
        kind = _kind(line, known.property, knowledge)
        if kind in ("count", "mass"):
            return Meaning(loinc, line, kind, greatest=knowledge.lines[line].plausible.max_value)
        # nucleated red cells are counted per 100 white cells and can outnumber them
        greatest = None if line is CellLine.NUCLEATED_RED else _WHOLE
        return Meaning(loinc, line, kind, known.manual, known.all_neutrophils, greatest)
    if loinc in knowledge.limits.fever.loinc:
        coldest, hottest = knowledge.limits.fever.plausible_celsius
        site = knowledge.limits.fever.sites.get(loinc, "")
        return Meaning(loinc, None, "temperature", greatest=hottest, least=coldest, site=site)
    return None


def _kind(line: CellLine, property_: str, knowledge: Knowledge) -> UnitKind:
    if property_ == "percent":
        return "percent"
    if property_ == "fraction":
        return "fraction"
    return "mass" if knowledge.lines[line].unit == _MASS_UNIT else "count"


def _rank(meaning: Meaning, knowledge: Knowledge) -> int:
    return knowledge.limits.fever.loinc.index(meaning.loinc)
