"""The laboratory's own lower limit, where it can be believed.

Printed ranges are wrong often enough (a haematocrit's range beside a white cell count, 0 to 0 for "none",
an adult's range for a small child), so that each must pass before it may decide what is low.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from cds.knowledge.schema import Line, UnitScale
from cds.readers.elements import CodeableConcept
from cds.readers.moments import read_days
from cds.readers.quantity import is_number, shorten
from cds.readers.units import Units, find_unit, to_base
from cds.readers.wire import ReferenceRange

_NORMAL = "normal"
_SEX = frozenset({"male", "female", "men", "women", "m", "f", "248153007", "248152002"})


class LowLimit(NamedTuple):
    """The believed limit in the unit of the value, or what was sent and not believed (for display)."""

    value: Decimal | None = None
    ignored: str = ""


class Person(NamedTuple):
    """What of the patient's age at the specimen decides about ranges; ``age_days`` may be unknown."""

    age_days: int | None
    is_child: bool


def find_low_limit(
    ranges: tuple[ReferenceRange, ...], scale: UnitScale, line: Line, person: Person, units: Units
) -> LowLimit:
    """The lowest believable lower limit among the ranges that apply to the patient.

    A range without a lower end says nothing and is no fault. Ranges for a population group are never used;
    ranges for a sex are.
    """
    believed: list[Decimal] = []
    ignored = ""
    for sent in ranges:
        if sent.low is None and sent.high is not None:
            continue
        low = _low(sent, scale, units) if _applies(sent, person) else None
        if low is not None and _is_believable(low, line, person):
            believed.append(low)
        else:
            ignored = ignored or _shown(sent)
    return LowLimit(min(believed)) if believed else LowLimit(None, ignored)


def _applies(sent: ReferenceRange, person: Person) -> bool:
    if sent.type is not None and any(coding.code != _NORMAL for coding in sent.type.coding):
        return False
    if not all(_is_sex(group) for group in sent.applies_to):
        return False
    if sent.age is None:
        return True
    if person.age_days is None:
        return False
    youngest = read_days(sent.age.low) if sent.age.low is not None else None
    oldest = read_days(sent.age.high) if sent.age.high is not None else None
    return (youngest is None or person.age_days >= youngest) and (oldest is None or person.age_days <= oldest)


def _is_sex(group: CodeableConcept) -> bool:
    words = {coding.code.casefold() for coding in group.coding} or {group.text.strip().casefold()}
    return words <= _SEX


def _low(sent: ReferenceRange, scale: UnitScale, units: Units) -> Decimal | None:
    """The lower end in base units; ``None`` if its numbers or its unit are no use."""
    if sent.low is None or sent.low.value is None or not is_number(sent.low.value):
        return None
    high = sent.high.value if sent.high is not None else None
    if high is not None and not (is_number(high) and sent.low.value < high):
        return None
    if sent.low.unit or sent.low.code:
        unit = find_unit(units, scale.kind, sent.low.unit, sent.low.code)
        if unit.scale is None or to_base(Decimal(1), unit.scale) != to_base(Decimal(1), scale):
            return None
    return to_base(sent.low.value, scale)


def _is_believable(low: Decimal, line: Line, person: Person) -> bool:
    plausible = line.plausible
    if plausible.low_limit_min is not None and low < plausible.low_limit_min:
        return False
    highest = plausible.low_limit_max
    if person.is_child:
        highest = plausible.low_limit_max_child or highest
    if highest is not None and low > highest:
        return False
    return not _looks_adult(low, line, person)


def _looks_adult(low: Decimal, line: Line, person: Person) -> bool:
    """An adult's limit printed for a child of an age whose limit is higher."""
    if not person.is_child or line.tiers is None:
        return False
    adult = line.tiers.mild
    return low <= adult and any(
        limit.low > adult and limit.from_days <= (person.age_days or 0) < limit.to_days
        for limit in line.children
    )


def _shown(sent: ReferenceRange) -> str:
    if sent.low is None:
        return shorten(sent.text)
    high = sent.high.value if sent.high is not None else None
    unit = sent.low.unit or sent.low.code
    return shorten(f"{sent.low.value}-{'' if high is None else high} {unit}".strip())
