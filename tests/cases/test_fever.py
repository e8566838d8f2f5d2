"""Fever and the days after chemotherapy: each limit at its number, just below and just above it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.cases.asking import Answer, ask, text_of
from tests.cases.by_name import anc, bounds, taking
from tests.cases.requests import (
    ANC,
    WBC,
    Json,
    ago,
    condition,
    day,
    draft,
    knowledge,
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


# --- a count that is low and may be lower by now --------------------------------------------------------


def fever_said(*entries: Json) -> str:
    """What the fever card says; nothing where there is none."""
    answer = signing(*entries)
    return text_of(answer.card("leukoFever")) if "leukoFever" in answer.topics else ""


@pytest.mark.parametrize(("value", "met"), [("0.51", True), ("0.99", True), ("1.00", True), ("1.01", True)])
@pytest.mark.parametrize("drawn", [9, 10])
def test_a_count_from_before_the_dose_is_no_comfort_however_low_it_was(
    value: str, met: bool, drawn: int
) -> None:
    dose = taking("docetaxel", 9)

    assert bool(fever_said(dose, anc(value, drawn), temperature("39.2"))) is met


@pytest.mark.parametrize(("value", "met"), [("0.99", True), ("1.00", False)])
@pytest.mark.parametrize("days", [2, 40])
def test_after_chemotherapy_a_fresh_count_below_one_is_low_enough(value: str, met: bool, days: int) -> None:
    said = fever_said(taking("docetaxel", days), anc(value), temperature("38.0"))

    assert ("low ANC after cytotoxic treatment" in said) is met


@pytest.mark.parametrize(("total", "met"), [("0.99", True), ("1.00", False)])
def test_a_total_below_one_leaves_no_room_for_more_neutrophils(total: str, met: bool) -> None:
    said = fever_said(observation(WBC, total), temperature("38.0"))

    assert ("a total so low that the ANC has to be low" in said) is met


@pytest.mark.parametrize(
    ("before", "again", "met"),
    [
        ("4.1", "0.80", True),  # counted again: the same
        ("4.1", "0.81", True),  # a little more
        ("1.61", "0.80", True),  # a fall of half
        ("1.59", "0.80", False),
    ],
)
def test_a_second_count_does_not_end_a_marked_fall(before: str, again: str, met: bool) -> None:
    course = anc(before, 10), anc("0.80", 1), anc(again)

    assert ("after a marked fall" in fever_said(*course, temperature("38.0"))) is met


def test_a_recovery_on_two_draws_does() -> None:
    course = anc("4.1", 12), anc("0.55", 4), anc("0.80", 1), anc("0.90")

    assert not fever_said(*course, temperature("38.0"))


@pytest.mark.parametrize(
    ("days", "value", "met"),
    [(15, "0.50", True), (90, "0.50", True), (91, "0.50", False), (35, "0.51", False)],
)
def test_an_old_count_as_low_as_that_leaves_today_unknown(days: int, value: str, met: bool) -> None:
    said = fever_said(anc(value, days), temperature("38.0"))

    assert ("at or below the limit when last counted" in said) is met


def test_a_newer_count_that_is_not_low_says_that_it_is_over() -> None:
    assert not fever_said(anc("0.15", 35), anc("2.1", 20), temperature("39.2"))


# --- treatments that empty the marrow without being dosed like chemotherapy -----------------------------

CANCER = condition("93143009", text="Leukaemia")


@pytest.mark.parametrize(
    "drug", sorted(drug.id for drug in knowledge().drugs.values() if drug.fever_alarm == "always")
)
def test_an_unknown_count_matters_after_every_drug_with_the_alarm(drug: str) -> None:
    name = knowledge().drugs[drug].name

    assert fever_said(taking(drug, 12), temperature("38.0")).count(name) >= 1


@pytest.mark.parametrize("drug", ["methotrexate", "mercaptopurine", "thioguanine", "cladribine"])
def test_with_others_only_where_a_cancer_is_on_record(drug: str) -> None:
    assert not fever_said(taking(drug, 12), temperature("39.2"))
    assert fever_said(taking(drug, 12), CANCER, temperature("38.0"))


def test_a_tablet_counts_while_it_is_taken_and_not_by_the_day_of_its_order() -> None:
    said = fever_said(taking("mercaptopurine", 200), taking("methotrexate", 200), CANCER, temperature("39.2"))

    assert "mercaptopurine and methotrexate are being taken" in said
    assert "Being taken: mercaptopurine and methotrexate (since 4 May 2026)" in said
    assert "last dose" not in said


@pytest.mark.parametrize(("days", "met"), [(20, True), (42, True), (43, False)])
def test_and_for_six_weeks_after_its_last_day(days: int, met: bool) -> None:
    over = taking("venetoclax", 100, status="stopped", **bounds(day(days), day(100)))

    assert bool(fever_said(over, temperature("39.2"))) is met


def test_one_that_was_stopped_long_ago_does_not() -> None:
    over = taking("mercaptopurine", 200, status="stopped")

    assert not fever_said(over, CANCER, temperature("39.2"))


def test_a_count_that_is_fresh_and_not_low_settles_it_beside_a_tablet() -> None:
    taken = taking("mercaptopurine", 200), CANCER, temperature("39.2")

    assert not fever_said(*taken, anc("2.1"))
    assert fever_said(*taken, anc("2.1", 5))


@pytest.mark.parametrize("before", [anc("0.62", 30), anc("0.9", 10), anc("2.1", 10)])
def test_a_count_of_before_takes_nothing_from_a_total_of_today(before: Json) -> None:
    said = fever_said(before, observation(WBC, "0.95"), temperature("38.0"))

    assert "a total so low that the ANC has to be low" in said


def test_neutrophils_that_were_counted_with_the_total_are_known() -> None:
    assert not fever_said(anc("0.9"), observation(WBC, "0.95"), temperature("38.0"))
