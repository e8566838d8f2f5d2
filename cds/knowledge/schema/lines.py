"""Cell lines and the units of their counts: ``cell_lines.toml`` and ``units.toml``."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from cds.facts import CellLine
from cds.knowledge.schema.base import Confirmation, Day, Entry, Loinc, Number, Slug, SourceId, Text


class Tiers(Entry):
    """Adult limits of one line; a count is in a tier when it is strictly below its limit."""

    mild: Number
    moderate: Number | None = None
    severe: Number | None = None
    profound: Number | None = None
    sources: tuple[SourceId, ...]


class AgeLimit(Entry):
    """Lower limit of one line for ages ``from_days <= age < to_days`` at the time of the specimen."""

    from_days: Day
    to_days: Day
    low: Number
    sources: tuple[SourceId, ...]
    confirmation: Confirmation = Confirmation.SOURCED


class Plausible(Entry):
    """What a result and a printed lower limit can be; anything outside is not believed."""

    max_value: Number
    low_limit_min: Number | None = None
    low_limit_max: Number | None = None
    low_limit_max_child: Number | None = None
    sources: tuple[SourceId, ...] = ()


class LineCodes(Entry):
    """LOINC codes by property: counts per volume, percentages, and pure fractions (0 to 1)."""

    count: tuple[Loinc, ...] = ()
    percent: tuple[Loinc, ...] = ()
    percent_manual: tuple[Loinc, ...] = ()
    fraction: tuple[Loinc, ...] = ()


class Line(Entry):
    """One cell line: how it is named, coded and graded.

    ``speaks`` is ``card`` (may make a card), ``table`` (a line of the table at most) or ``context``.
    """

    id: CellLine
    name: Text  # "neutrophils"
    short: Text  # "ANC"
    low_word: Text = "low"  # "neutropenia"
    unit: Literal["10*9/L", "g/dL", "/uL"] = "10*9/L"  # for display only
    speaks: Literal["card", "table", "context"]
    group: Slug  # prefetch group: one query each
    codes: LineCodes
    tiers: Tiers | None = None
    duffy_null_low: Number | None = None
    children: tuple[AgeLimit, ...] = ()
    plausible: Plausible
    protects_against: str = ""  # "bacterial and fungal infection"
    # other scales, versioned
    footnotes: dict[Literal["mild", "moderate", "severe", "profound"], Text] = Field(default_factory=dict)


class UnitScale(Entry):
    """Spellings of one scale, already normalised as units.py does it.

    ``(value - subtract) * factor / divisor`` is in 10*9/L, percent, g/dL or degrees Celsius. The three
    members keep Fahrenheit exact: (100.4 - 32) * 5 / 9 is 38.0. A spelling occurs once within a kind; two
    kinds may share one (``g/l`` is giga per litre in a count and grams per litre in a mass).
    """

    kind: Literal["count", "percent", "fraction", "mass", "temperature"]
    factor: Number
    divisor: Annotated[Number, Field(gt=0)] = Decimal(1)
    subtract: Number = Decimal(0)
    spellings: tuple[Text, ...]
    suspect: bool = False  # accepted, but said
