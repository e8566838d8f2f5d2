"""When something was, as exactly as it was sent."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple


class Precision(StrEnum):
    """How exactly a moment was sent."""

    INSTANT = "instant"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class When(NamedTuple):
    """A moment as sent, which may be as vague as a year.

    Attributes:
        earliest: the first instant it can mean (UTC).
        latest: the last instant it can mean (UTC); equal to ``earliest`` for a full timestamp.
        day: the calendar day as written by the sender (first day of a vague date), for display.
        precision: how much of it was sent.
    """

    earliest: datetime
    latest: datetime
    day: date
    precision: Precision = Precision.INSTANT

    @property
    def is_vague(self) -> bool:
        """Sent as no more than a month or a year."""
        return self.precision in (Precision.MONTH, Precision.YEAR)

    @property
    def last_day(self) -> date:
        """The last calendar day it can mean, as written by the sender."""
        return self.latest.date() if self.is_vague else self.day
