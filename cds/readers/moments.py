"""FHIR dates and times as ``When``: as exact as they were sent, and never more.

A time without a zone is taken as UTC and keeps its day. What cannot be read is no date at all (``None``);
so are years like 0001 and 9999, which stand for "none" and "for ever" in databases.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from cds.facts import Precision, When
from cds.readers.elements import Period, Quantity, Timing

_YEAR = re.compile(r"\d{4}")
_MONTH = re.compile(r"(\d{4})-(\d\d)")
_LAST = time.max
_LONGEST = 40
_YEARS = range(1800, 3000)
_LARGEST_POWER = 6
_HOURS = frozenset({"h", "hr", "hour"})
_DAYS = {
    "d": 1,
    "day": 1,
    "wk": 7,
    "week": 7,
    "mo": 30,
    "month": 30,
    "a": 365,
    "yr": 365,
    "y": 365,
    "year": 365,
}


def read_moment(text: str) -> When | None:
    """A FHIR ``date``, ``dateTime`` or ``instant``; ``None`` if it is empty or cannot be read.

    Also read: no seconds, no zone, more than six digits of a second, 24:00 for the end of a day.
    """
    return _read(text) if len(text) <= _LONGEST else None


def forget() -> None:
    """Whatever moments were read before: for who measures how long it takes to read them."""
    _read.cache_clear()


@lru_cache(maxsize=8192)  # the results of one draw all have the same time
def _read(text: str) -> When | None:
    try:
        moment = _parse(text.strip())
    except (ValueError, OverflowError):  # overflow: the first or last day of the calendar, in another zone
        return None
    return moment if moment.earliest.year in _YEARS else None


def read_period(period: Period | None) -> When | None:
    """The end of a period, else its start."""
    if period is None:
        return None
    return read_moment(period.end) or read_moment(period.start)


def read_timing(timing: Timing | None) -> When | None:
    """The last event of a timing, else the end of its bounds."""
    if timing is None:
        return None
    events = [moment for event in timing.event if (moment := read_moment(event))]
    if events:
        return max(events, key=lambda moment: moment.latest)
    return read_period(timing.repeat.bounds_period) if timing.repeat else None


def read_days(duration: Quantity) -> Decimal | None:
    """A duration in days; months and years by their usual length."""
    unit = (duration.code or duration.unit).strip().casefold().removesuffix("s")
    value = duration.value
    if value is None or not value.is_finite() or abs(value.adjusted()) > _LARGEST_POWER:
        return None
    if unit in _HOURS:
        return value / 24
    return value * _DAYS[unit] if unit in _DAYS else None


def days_after(moment: When, days: int) -> When:
    """The same moment so many days later, exact to the day at best."""
    later = timedelta(days=days)
    precision = Precision.DAY if moment.precision is Precision.INSTANT else moment.precision
    return When(moment.earliest + later, moment.latest + later, moment.day + later, precision)


def is_future(moment: When | None, as_of: datetime, tolerance_hours: int) -> bool:
    """Whether even its first instant lies beyond ``as_of`` by more than the tolerance."""
    return moment is not None and moment.earliest - as_of > timedelta(hours=tolerance_hours)


def _parse(text: str) -> When:
    if len(text) > len("2026-11-20"):
        return _instant(text)
    if len(text) == len("2026-11-20"):
        day = date.fromisoformat(text)
        return _vague(day, day, Precision.DAY)
    if _YEAR.fullmatch(text):
        year = int(text)
        return _vague(date(year, 1, 1), date(year, 12, 31), Precision.YEAR)
    if month := _MONTH.fullmatch(text):
        year, number = int(month[1]), int(month[2])
        last = date(year, number, monthrange(year, number)[1])
        return _vague(last.replace(day=1), last, Precision.MONTH)
    day = date.fromisoformat(text)
    return _vague(day, day, Precision.DAY)


def _instant(text: str) -> When:
    ends_the_day = text.startswith("T24:00", len("2026-11-20"))
    moment = datetime.fromisoformat(text.replace("T24", "T00", 1) if ends_the_day else text)
    day = moment.date()
    if moment.tzinfo is None:
        instant = moment.replace(tzinfo=UTC)
    else:
        instant = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    if ends_the_day:
        instant += timedelta(days=1)
    return When(instant, instant, day)


def _vague(first: date, last: date, precision: Precision) -> When:
    return When(datetime.combine(first, time.min, UTC), datetime.combine(last, _LAST, UTC), first, precision)
