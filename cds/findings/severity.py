"""How low a count is, against which limit, and how old."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, StrEnum


class Severity(IntEnum):
    """Tier of a low count."""

    NONE = 0
    MILD = 1
    MODERATE = 2
    SEVERE = 3
    PROFOUND = 4


class LimitBasis(StrEnum):
    """Where a lower limit comes from."""

    ADULT = "adult"
    LABORATORY = "laboratory"
    CHILD = "child"
    DUFFY_NULL = "duffy-null"


@dataclass(frozen=True, slots=True)
class Limit:
    """The limit that a count was compared with (10*9/L) and its source."""

    value: Decimal
    basis: LimitBasis
    sources: tuple[str, ...]


class Freshness(StrEnum):
    """How old the newest usable count is: ``limits.freshness``."""

    CURRENT = "current"
    RECENT = "recent"
    AGEING = "ageing"
    OLD = "old"
    HISTORICAL = "historical"
    UNDATED = "undated"
