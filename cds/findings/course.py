"""How a line came to its newest count, and what is usual for this person."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cds.facts.results import CellCount


class Duration(StrEnum):
    """How long a count has been low: ``limits.duration``."""

    NEW = "new"
    RECENT = "recent"
    CHRONIC = "chronic"
    RECURRING = "recurring"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    FALLING = "falling"
    RISING = "rising"
    STABLE = "stable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Trend:
    """How a line came to its newest count.

    Attributes:
        earlier: earlier usable counts of the line, newest first, at most four.
        last_normal: the newest earlier count that was not low.
        nadir: the lowest count of the episode (may be the newest).
        fall_percent: fall from the baseline (median of the last normals) in percent, rounded down; ``None``
            without a baseline.
        steep: the fall reaches the limit of a "marked fall".
        recovering: rising from the nadir on two draws.
        fall_began: the first count of the present fall; after ``first_low`` if an old mild low crashed.
    """

    earlier: tuple[CellCount, ...] = ()
    last_normal: CellCount | None = None
    first_low: CellCount | None = None
    nadir: CellCount | None = None
    baseline: Decimal | None = None
    direction: Direction = Direction.UNKNOWN
    fall_percent: int | None = None
    steep: bool = False
    recovering: bool = False
    fall_began: CellCount | None = None

    @property
    def crashed(self) -> bool:
        """A deep new fall within a long mild low."""
        return self.fall_began is not None and self.fall_began is not self.first_low


class BaselineKind(StrEnum):
    """Why a low count may be usual for this person: ``limits.duffy_null``."""

    DUFFY_NULL = "duffy-null"  # recorded
    POSSIBLE_LIFELONG = "possible-lifelong"  # not recorded: stable, mild, alone


@dataclass(frozen=True, slots=True)
class Baseline:
    """The patient's own usual count.

    Attributes:
        expected: the newest count lies within what is usual, so that it is no low count by itself.
    """

    kind: BaselineKind
    median: Decimal | None
    values: tuple[CellCount, ...]
    expected: bool
    sources: tuple[str, ...] = ()
