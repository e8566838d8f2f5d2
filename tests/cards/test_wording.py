"""Numbers, dates and lengths as a clinician reads them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.card import summary_length
from cards.wording import (
    clean,
    day,
    day_and_time,
    days_old,
    fit_summary,
    listed,
    number,
    quote,
    sentence,
    short_day,
    spell_units,
    without_zeros,
)
from cds.facts import Precision
from tests.cards.builders import NOW, when


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.0698133221515123", "1.07"),
        ("0.32", "0.32"),
        ("0.30", "0.30"),
        ("0.3", "0.3"),
        ("16", "16"),
        ("1E+1", "10"),
        ("0.005", "0.005"),
        ("0.0512345", "0.051"),
        ("0", "0"),
        ("0.00", "0"),
        ("210.046", "210.046"),
        ("210.047", "210.047"),
        ("210.041", "210.04"),
    ],
)
def test_a_number_shows_two_decimals_or_what_was_sent(value: str, text: str) -> None:
    assert text == number(Decimal(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.4996", "0.4996"),
        ("0.49951", "0.4995"),
        ("1.4999", "1.4999"),
        ("3.4999999999999996", "3.4999"),
        ("0.09999", "0.09999"),
        ("12.000001", "12"),
        ("0.5004", "0.5004"),
    ],
)
def test_rounding_never_makes_a_round_number(value: str, text: str) -> None:
    assert text == number(Decimal(value))


def test_rounding_never_reaches_the_limit_a_count_was_compared_with() -> None:
    assert "1.468" == number(Decimal("1.4681"), Decimal("1.47"))
    assert "1.47" == number(Decimal("1.4681"))


@given(
    st.decimals(min_value="0.001", max_value="20", places=6),
    st.decimals(min_value="0.05", max_value="10", places=1),
)
def test_a_shown_number_lies_on_the_same_side_of_a_limit(value: Decimal, limit: Decimal) -> None:
    assert (value < limit) == (Decimal(number(value)) < limit)


@pytest.mark.parametrize(
    ("value", "text"), [("0.900", "0.9"), ("3.000", "3.0"), ("3", "3.0"), ("1E+1", "10.0")]
)
def test_converted_numbers_lose_their_zeros_but_one(value: str, text: str) -> None:
    assert text == without_zeros(Decimal(value))


def test_dates_are_as_exact_as_they_were_sent() -> None:
    assert "18 Nov 2026 08:00 UTC" == day_and_time(when("2026-11-18T08:00"))
    assert "18 Nov 2026" == day_and_time(when("2026-11-18"))
    assert "Nov 2026 (date imprecise)" == day(when("2026-11-01", Precision.MONTH))
    assert "2026 (date imprecise)" == day(when("2026-01-01", Precision.YEAR))
    assert "date unknown" == day(None)


def test_a_summary_names_the_year_only_of_another_year() -> None:
    assert "18 Nov" == short_day(when("2026-11-18T08:00"), NOW)
    assert "18 Nov 2025" == short_day(when("2025-11-18"), NOW)
    assert "2026, date imprecise" == short_day(when("2026-01-01", Precision.YEAR), NOW)
    assert "date unknown" == short_day(None, NOW)


def test_age_in_days_is_known_only_of_dated_results() -> None:
    assert 2 == days_old(when("2026-11-18T23:00"), NOW)
    assert days_old(when("2026-01-01", Precision.YEAR), NOW) is None
    assert days_old(None, NOW) is None


@pytest.mark.parametrize("sent", ["10*9/L", "x10*9/L", "10^9/L", "x10^9/L", "x 10*9/L"])
def test_powers_are_spelled_with_a_caret(sent: str) -> None:
    assert "x10^9/L" == spell_units(sent)


@pytest.mark.parametrize(
    ("sent", "spelt"),
    [
        ("0.3x10*9/L", "0.3x10^9/L"),
        ("0.3x10^9/L", "0.3x10^9/L"),
        ("2,x10*3/uL", "2,x10^3/uL"),
        ("0.3 x 10^9/L", "0.3 x10^9/L"),
    ],
)
def test_a_times_sign_is_written_once_wherever_it_stands(sent: str, spelt: str) -> None:
    assert spelt == spell_units(sent)


def test_a_name_with_figures_is_no_unit() -> None:
    assert "Test 10*3 and 110*9/L" == spell_units("Test 10*3 and 110*9/L")


def test_lists_read_as_english() -> None:
    assert "a" == listed(["a"])
    assert "a, b and c" == listed(["a", "b", "c"])
    assert "Rest well." == sentence(" rest well ")


def test_text_of_the_chart_is_one_visible_line_of_bounded_length() -> None:
    assert "a b" == clean(" a\n\tb\x00\u202e ")
    assert "x" * 77 + "..." == quote("x" * 500)


def test_a_summary_takes_the_fullest_wording_that_fits() -> None:
    assert "x" * 139 == fit_summary("x" * 139, "short")
    assert "short" == fit_summary("x" * 140, "short")
    assert "short" == fit_summary("𝛼" * 70, "short")


def test_a_barest_wording_that_is_too_long_is_cut_and_still_fits() -> None:
    cut = fit_summary("ANC 0.3 " + "𝛼" * 100)

    assert cut.startswith("ANC 0.3")
    assert cut.endswith("...")
    assert summary_length(cut) <= 139
