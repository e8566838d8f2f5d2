"""Fever and the days after chemotherapy: each limit at its number, just below and just above it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.cases.asking import Answer, ask
from tests.cases.requests import (
    ANC,
    Json,
    ago,
    condition,
    draft,
    medication_request,
    observation,
    temperature,
)

CARBOPLATIN, ONDANSETRON = "40048", "26225"


def signing(*entries: Json) -> Answer:
    return ask("order-sign", *entries, drafts=[draft(ONDANSETRON, "ondansetron")])


# --- the temperature ------------------------------------------------------------------------------------

DEGREES = [f"{tenth // 10}.{tenth % 10}" for tenth in range(365, 411)]


def _at_nadir(celsius: Json) -> Answer:
    """Neutrophils 0.4 on day 11: no more than a warning, but for the fever."""
    chemotherapy = medication_request(CARBOPLATIN, "carboplatin", since="2026-11-09")
    return signing(observation(ANC, "0.4"), chemotherapy, celsius)


def test_a_temperature_becomes_critical_at_38_exactly_and_stays() -> None:
    heard = {degrees: _at_nadir(temperature(degrees)).highest for degrees in DEGREES}

    expected = {degrees: "critical" if Decimal(degrees) >= 38 else "warning" for degrees in DEGREES}
    assert heard == expected


@pytest.mark.parametrize(("fahrenheit", "expected"), [("100.3", "warning"), ("100.4", "critical")])
def test_and_at_100_point_4_fahrenheit(fahrenheit: str, expected: str) -> None:
    reading = observation("8310-5", fahrenheit, "[degF]", "2026-11-20T09:00:00Z")

    assert _at_nadir(reading).highest == expected


# --- the neutrophils, and how old either may be ---------------------------------------------------------


def feverish(*entries: Json) -> bool:
    return "leukoFever" in signing(*entries).topics


@pytest.mark.parametrize(("anc", "fever"), [("0.50", True), ("0.51", False)])
def test_fever_asks_for_a_half_or_lower(anc: str, fever: bool) -> None:
    assert feverish(observation(ANC, anc), temperature("38.0")) is fever


@pytest.mark.parametrize(("anc", "fever"), [("0.99", True), ("1.00", False)])
def test_or_for_a_fall_below_one(anc: str, fever: bool) -> None:
    falling = [observation(ANC, "1.4", when=ago(2)), observation(ANC, anc)]

    assert feverish(*falling, temperature("38.0")) is fever


@pytest.mark.parametrize(
    ("taken", "fever"), [("2026-11-19T12:00:00Z", True), ("2026-11-19T11:59:00Z", False)]
)
def test_a_temperature_holds_for_a_day(taken: str, fever: bool) -> None:
    assert feverish(observation(ANC, "0.4"), temperature("38.4", taken)) is fever


def test_the_newest_temperature_counts() -> None:
    earlier, later = "2026-11-20T03:00:00Z", "2026-11-20T10:00:00Z"

    assert not feverish(observation(ANC, "0.4"), temperature("38.4", earlier), temperature("36.9", later))
    assert feverish(observation(ANC, "0.4"), temperature("36.9", earlier), temperature("38.4", later))


@pytest.mark.parametrize(("hour", "fever"), [("12:00", True), ("11:59", False)])
def test_a_recorded_fever_holds_for_two_days(hour: str, fever: bool) -> None:
    recorded = condition("386661006", recorded=ago(2, hour), text="Fever")

    assert feverish(observation(ANC, "0.4"), recorded) is fever


@pytest.mark.parametrize(("days", "fever"), [(0, True), (41, True), (42, True), (43, False)])
def test_six_weeks_after_chemotherapy_an_unknown_count_is_suspicious(days: int, fever: bool) -> None:
    dose = medication_request(CARBOPLATIN, "carboplatin", since=ago(days)[:10])

    assert feverish(dose, temperature("38.0")) is fever


# --- expected nadir -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "expected"), [(3, "critical"), (4, "warning"), (35, "warning"), (36, "critical")]
)
def test_a_nadir_is_expected_in_the_window_of_the_drug(days: int, expected: str) -> None:
    dose = medication_request(CARBOPLATIN, "carboplatin", since=ago(days)[:10])

    assert signing(observation(ANC, "0.4"), dose).highest == expected


@pytest.mark.parametrize(("days", "expected"), [(7, "warning"), (8, "critical")])
def test_a_week_below_a_tenth_is_too_long(days: int, expected: str) -> None:
    dose = medication_request(CARBOPLATIN, "carboplatin", since=ago(20)[:10])
    course = [observation(ANC, "0.05", when=ago(days, "12:00")), observation(ANC, "0.06")]

    assert signing(*course, dose).highest == expected
