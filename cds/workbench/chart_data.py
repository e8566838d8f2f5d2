"""What the page is sent of one patient: plain JSON, one class per object.

Values are in the unit of their line; moments are RFC 3339 in UTC or ``null``; days are ``YYYY-MM-DD`` as the
sender wrote them, or empty. Words such as ``severe`` or ``leading`` are codes of ``cds.findings``.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class TierData(Struct, frozen=True):
    """A tier holds for counts below its limit."""

    name: str
    below: float


class CountData(Struct, frozen=True, kw_only=True):
    """One result of one line.

    Attributes:
        shown: the number in the digits that a card would show.
        severity: tier; ``none`` if not low, empty for a line that is not graded.
        limit: what it was compared with, and ``basis`` whose limit that is.
        flag: the laboratory's own flag.
        calculated: the arithmetic, of a count that nobody reported.
    """

    value: float
    shown: str
    reported: str
    at: datetime | None
    day: str
    precision: str
    bound: str = "exact"
    severity: str = ""
    limit: str = ""
    basis: str = ""
    flag: str = ""
    status: str
    calculated: str = ""
    references: list[str]


class LineData(Struct, frozen=True):
    """One cell line, its newest count first."""

    id: str
    short: str
    name: str
    unit: str
    speaks: str
    tiers: list[TierData]
    counts: list[CountData]


class ExposureData(Struct, frozen=True):
    """One unbroken time on one medicine.

    Attributes:
        drug: its id in the knowledge; empty for a medicine of which the knowledge says nothing.
        end: last day; ``None`` while ongoing or unknown. ``end_presumed``: nobody said so.
        standing: as a suspect; empty for none.
    """

    drug: str
    name: str
    kind: str
    texts: list[str]
    statuses: list[str]
    start: datetime | None
    end: datetime | None
    end_presumed: bool
    ongoing: bool
    doses: list[datetime]
    systemic: bool
    occasional: bool
    matched_by: str
    standing: str
    score: int | None
    references: list[str]


class DraftData(Struct, frozen=True):
    """A draft order as it was read; ``urgency`` is that of its loudest risk."""

    reference: str
    kind: str
    text: str
    drugs: list[str]
    action: str
    recognised: bool
    urgency: str


class WrittenData(Struct, frozen=True):
    """A condition that the knowledge knows."""

    text: str
    day: str
    reference: str


class ReactionData(Struct, frozen=True):
    """A recorded reaction that the knowledge knows."""

    text: str
    drugs: list[str]
    reference: str


class TemperatureData(Struct, frozen=True):
    celsius: float
    reported: str
    site: str
    at: datetime | None


class SuspectPart(Struct, frozen=True):
    """One part of a suspect's score: the points, and the rule that gave them."""

    name: str
    points: int
    reason: str
    days: int | None
    names: list[str]


class SuspectData(Struct, frozen=True):
    drug: str
    line: str
    standing: str
    score: int
    parts: list[SuspectPart]


class ChartData(Struct, frozen=True):
    """One patient at one moment. ``topics``: those that speak, with their indicator."""

    as_of: datetime
    occasion: str
    knowledge: str
    deceased: bool
    lines: list[LineData]
    exposures: list[ExposureData]
    drafts: list[DraftData]
    conditions: list[WrittenData]
    reactions: list[ReactionData]
    temperatures: list[TemperatureData]
    suspects: list[SuspectData]
    topics: dict[str, str]
