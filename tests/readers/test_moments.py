"""FHIR dates and times are as exact as they were sent."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from cds.facts import Precision, When
from cds.readers.elements import Period, Quantity, Repeat, Timing
from cds.readers.moments import days_after, is_future, read_days, read_moment, read_period, read_timing
from tests.readers.sending import NOW, number


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "instant", "day"),
    [
        ("2026-11-20T08:00:00Z", at(2026, 11, 20, 8), date(2026, 11, 20)),
        ("2026-11-20T08:00Z", at(2026, 11, 20, 8), date(2026, 11, 20)),
        ("2026-11-20T08:00:00.123456789Z", at(2026, 11, 20, 8, 0, 0, 123456), date(2026, 11, 20)),
        ("2011-03-04T08:30:00+11:00", at(2011, 3, 3, 21, 30), date(2011, 3, 4)),
        ("2026-11-20T23:30:00-05:00", at(2026, 11, 21, 4, 30), date(2026, 11, 20)),
        ("2026-11-20T24:00:00Z", at(2026, 11, 21), date(2026, 11, 20)),
        ("2026-11-20T08:00:00", at(2026, 11, 20, 8), date(2026, 11, 20)),
        (" 2026-11-20T08:00:00Z ", at(2026, 11, 20, 8), date(2026, 11, 20)),
    ],
)
def test_a_time_is_one_instant_and_keeps_the_day_of_its_sender(
    text: str, instant: datetime, day: date
) -> None:
    assert read_moment(text) == When(instant, instant, day, Precision.INSTANT)


@pytest.mark.parametrize(
    ("text", "first", "last", "precision"),
    [
        ("2026-11-20", at(2026, 11, 20), date(2026, 11, 20), Precision.DAY),
        ("2026-11", at(2026, 11, 1), date(2026, 11, 30), Precision.MONTH),
        ("2024-02", at(2024, 2, 1), date(2024, 2, 29), Precision.MONTH),
        ("2026-12", at(2026, 12, 1), date(2026, 12, 31), Precision.MONTH),
        ("2026", at(2026, 1, 1), date(2026, 12, 31), Precision.YEAR),
    ],
)
def test_a_partial_date_means_all_of_its_time(
    text: str, first: datetime, last: date, precision: Precision
) -> None:
    moment = read_moment(text)

    assert moment is not None
    assert (moment.earliest, moment.latest.date(), moment.precision) == (first, last, precision)
    assert (moment.latest.hour, moment.latest.minute, moment.day) == (23, 59, first.date())


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-13", "2026-02-30", "0000", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59Z",
     "0001-01-01T00:00:00+14:00", "2026-11-20T25:00:00Z", "20/11/2026", "x" * 5000, "2026-11-20T24:30:00Z"],
)  # fmt: skip
def test_what_is_no_date_is_none(text: str) -> None:
    """0001 and 9999 stand for "none" and "for ever" in databases."""
    assert read_moment(text) is None


def test_a_period_counts_by_its_end_else_its_start() -> None:
    assert read_period(Period("2026-11-18", "2026-11-20")) == read_moment("2026-11-20")
    assert read_period(Period("2026-11-18", "")) == read_moment("2026-11-18")
    assert read_period(None) is None


def test_a_timing_counts_by_its_last_event() -> None:
    bounds = Repeat(bounds_period=Period("2026-11-01", "2026-11-19"))

    assert read_timing(Timing(("2026-11-19", "2026-11-20", "2026-11-18"))) == read_moment("2026-11-20")
    assert read_timing(Timing((), bounds)) == read_moment("2026-11-19")
    assert read_timing(None) is None


def test_the_future_begins_beyond_the_tolerance() -> None:
    assert not is_future(read_moment("2026-11-21T12:00:00Z"), NOW, 24)
    assert is_future(read_moment("2026-11-21T12:00:01Z"), NOW, 24)
    assert not is_future(read_moment("2026"), NOW, 24)
    assert not is_future(None, NOW, 24)


@pytest.mark.parametrize(
    ("value", "unit", "days"),
    [("10", "d", "10"), ("2", "wk", "14"), ("1", "mo", "30"), ("1", "a", "365"), ("48", "h", "2"),
     ("3", "days", "3")],
)  # fmt: skip
def test_durations_are_counted_in_days(value: str, unit: str, days: str) -> None:
    assert read_days(Quantity(number(value), unit=unit)) == number(days)


@pytest.mark.parametrize(
    "duration",
    [
        Quantity(unit="d"),
        Quantity(number("1"), unit="fortnight"),
        Quantity(number("1e9"), unit="d"),
        Quantity(number("NaN"), unit="d"),
    ],
)
def test_a_duration_that_cannot_be_read_is_none(duration: Quantity) -> None:
    assert read_days(duration) is None


def test_a_later_day_is_no_more_exact_than_a_day() -> None:
    start = read_moment("2026-11-20T08:00:00Z")
    assert start is not None
    later = days_after(start, 10)

    assert (later.day, later.precision) == (date(2026, 11, 30), Precision.DAY)
