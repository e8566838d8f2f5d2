"""The value of a result, in whatever shape it was sent."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds.facts import Bound, CellLine, GapKind
from cds.readers.quantity import Amount, NoAmount, read_text, shorten
from tests.readers.sending import number, only_count, quantity, read, refused, result

RANGE = [{"low": {"value": 1.8, "unit": "10*3/uL"}, "high": {"value": 7.7, "unit": "10*3/uL"}}]
EXACT, BELOW, AT_MOST, ABOVE = Bound.EXACT, Bound.BELOW, Bound.AT_MOST, Bound.ABOVE


@pytest.mark.parametrize(
    ("text", "value", "bound"),
    [("<0.1", "0.1", BELOW), ("LT 0.1", "0.1", BELOW), ("lt 0.1", "0.1", BELOW), ("<=0.1", "0.1", AT_MOST),
     ("< 0.1", "0.1", BELOW), ("≤0.1", "0.1", AT_MOST), ("less than 0.1", "0.1", BELOW), (">10", "10", ABOVE),
     ("GT 45", "45", ABOVE), (">= 100", "100", ABOVE), ("0.4", "0.4", EXACT), ("0,4", "0.4", EXACT),
     ("0,400", "0.400", EXACT), (" 12 ", "12", EXACT), (".5", "0.5", EXACT), ("0.4 L", "0.4", EXACT),
     ("0.4 LL", "0.4", EXACT), ("0.4*", "0.4", EXACT), ("0.4 (L)", "0.4", EXACT),
     ("1,234.5", "1234.5", EXACT),
     ("0", "0", EXACT), ("12,5", "12.5", EXACT), ("1,234,567", "1234567", EXACT)],
)  # fmt: skip
def test_text_of_a_laboratory_is_a_number(text: str, value: str, bound: Bound) -> None:
    amount = read_text(text)

    assert isinstance(amount, Amount)
    assert (amount.numbers, amount.bound, amount.unit) == ((number(value),), bound, "")


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [("892 cells/uL", "892", "cells/uL"), ("0.4 x10^3/uL LL", "0.4", "x10^3/uL"), ("4.5 G/L", "4.5", "G/L"),
     ("0.3 K/uL *", "0.3", "K/uL"), ("1.2 thou/cu mm", "1.2", "thou/cu mm")],
)  # fmt: skip
def test_a_text_may_carry_its_unit(text: str, value: str, unit: str) -> None:
    amount = read_text(text)

    assert isinstance(amount, Amount)
    assert (amount.numbers, amount.unit) == ((number(value),), unit)


def test_a_comma_before_three_digits_can_mean_two_numbers() -> None:
    amount = read_text("5,018")

    assert isinstance(amount, Amount)
    assert amount.numbers == (number("5018"), number("5.018"))


@pytest.mark.parametrize("text", ["TNP", "clotted", "QNS", "see note", "", "   ", "pending", "x" * 9000])
def test_words_are_no_result(text: str) -> None:
    value = read_text(text)

    assert isinstance(value, NoAmount)
    assert value.kind is GapKind.NO_VALUE


@pytest.mark.parametrize("text", ["-3", "1.2.3", "1,2,3", "see note 5", "1.234,5", "9" * 300, "+-4"])
def test_a_number_that_cannot_be_told_is_unreadable(text: str) -> None:
    value = read_text(text)

    assert isinstance(value, NoAmount)
    assert value.kind is GapKind.UNREADABLE_VALUE


@pytest.mark.parametrize(
    ("members", "value", "bound", "reported"),
    [({"valueQuantity": quantity(0.9)}, "0.9", EXACT, "0.9 10*3/uL"),
     ({"valueQuantity": quantity("0.9")}, "0.9", EXACT, "0.9 10*3/uL"),
     ({"valueQuantity": quantity(900, "/uL")}, "0.9", EXACT, "900 /uL"),
     ({"valueQuantity": quantity(0.5, comparator="<")}, "0.5", BELOW, "<0.5 10*3/uL"),
     ({"valueQuantity": quantity(0.5, comparator="<=")}, "0.5", AT_MOST, "<=0.5 10*3/uL"),
     ({"valueQuantity": quantity(9, comparator=">")}, "9", ABOVE, ">9 10*3/uL"),
     ({"valueQuantity": {"value": 0.9, "code": "10*3/uL"}}, "0.9", EXACT, "0.9 10*3/uL"),
     ({"valueString": "<0.1", "referenceRange": RANGE}, "0.1", BELOW, "<0.1 10*3/uL"),
     ({"valueString": "892 cells/uL"}, "0.892", EXACT, "892 cells/uL"),
     ({"valueCodeableConcept": {"text": "LT 0.1"}, "referenceRange": RANGE}, "0.1", BELOW, "LT 0.1 10*3/uL"),
     ({"valueCodeableConcept": {"coding": [{"code": "x", "display": "0.1 K/uL"}]}}, "0.1", EXACT, "0.1 K/uL"),
     ({"valueInteger": 3, "referenceRange": RANGE}, "3", EXACT, "3 10*3/uL"),
     ({"valueRange": {"low": quantity(0.2), "high": quantity(0.4)}}, "0.4", AT_MOST, "0.2-0.4 10*3/uL"),
     ({"valueRange": {"high": quantity(0.4)}}, "0.4", AT_MOST, "up to 0.4 10*3/uL"),
     ({"valueRange": {"high": quantity(0.4, comparator="<")}}, "0.4", BELOW, "up to <0.4 10*3/uL")],
)  # fmt: skip
def test_each_shape_of_a_value(members: dict[str, object], value: str, bound: Bound, reported: str) -> None:
    count = only_count(result(**members))

    assert (count.line, count.value, count.bound, count.reported) == (
        CellLine.NEUTROPHILS,
        number(value),
        bound,
        reported,
    )


def test_a_value_keeps_the_digits_of_the_wire() -> None:
    body = b'{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"code":"751-8"}]},'
    body += b'"effectiveDateTime":"2026-11-20T08:00:00Z","valueQuantity":{"value":3.10,"unit":"10*3/uL"}}'
    count = only_count(body)

    assert (str(count.value), count.reported) == ("3.10", "3.10 10*3/uL")
    assert only_count(result(value=1.0698133221515123)).value == number("1.0698133221515123")


def test_zero_is_a_value() -> None:
    count = only_count(result(value=0))

    assert (count.value, count.bound) == (Decimal(0), EXACT)


@pytest.mark.parametrize("zero", [b"0E+400000000", b"-0.0", b"0.000", b"0e-99999"])
def test_zero_of_any_spelling_is_plain(zero: bytes) -> None:
    body = b'{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"code":"751-8"}]},'
    count = only_count(body + b'"valueQuantity":{"value":' + zero + b',"unit":"10*3/uL"}}')

    assert count.value == 0
    assert len(count.reported) < 20


@pytest.mark.parametrize(
    ("members", "kind", "detail"),
    [({"valueQuantity": quantity(-1)}, GapKind.UNREADABLE_VALUE, "-1 10*3/uL"),
     ({"valueQuantity": quantity(0.5, comparator="~")}, GapKind.UNREADABLE_VALUE, "~ 0.5"),
     ({"valueQuantity": {"unit": "10*3/uL"}}, GapKind.UNREADABLE_VALUE, "10*3/uL"),
     ({"valueQuantity": quantity("NaN")}, GapKind.UNREADABLE_VALUE, "NaN 10*3/uL"),
     ({"valueQuantity": quantity("Infinity")}, GapKind.UNREADABLE_VALUE, "Infinity 10*3/uL"),
     ({"valueQuantity": quantity("n/a")}, GapKind.UNREADABLE_VALUE, "10*3/uL"),
     ({"valueQuantity": [quantity(0.3)]}, GapKind.UNREADABLE_VALUE, ""),
     ({"valueQuantity": "0.3"}, GapKind.UNREADABLE_VALUE, ""),
     ({"valueString": 0.3}, GapKind.UNREADABLE_VALUE, ""),
     ({"valueQuantity": quantity(3000)}, GapKind.IMPLAUSIBLE, "3000 10*3/uL"),
     ({"valueQuantity": quantity(4.5, "/uL")}, GapKind.IMPLAUSIBLE, "4.5 /uL"),
     ({"valueRatio": {"numerator": quantity(1)}}, GapKind.UNREADABLE_VALUE, "ratio"),
     ({"valueRange": {"low": quantity(1)}}, GapKind.UNREADABLE_VALUE, "range without an upper end"),
     ({"valueRange": {"high": quantity(1, comparator=">")}}, GapKind.UNREADABLE_VALUE,
      "range without an upper end"),
     ({"valueString": "see note 5"}, GapKind.UNREADABLE_VALUE, "see note 5"),
     ({"valueString": "clotted"}, GapKind.NO_VALUE, "clotted"),
     ({"valueCodeableConcept": {}}, GapKind.NO_VALUE, ""),
     ({}, GapKind.NO_VALUE, ""),
     ({"dataAbsentReason": {"coding": [{"code": "error"}]}}, GapKind.NO_VALUE, "error"),
     ({"dataAbsentReason": {"coding": [{"code": "temp-unknown"}]}}, GapKind.NO_VALUE, "temp-unknown"),
     ({"dataAbsentReason": {"text": "haemolysed"}}, GapKind.NO_VALUE, "haemolysed"),
     ({"valueQuantity": quantity(2), "dataAbsentReason": {"text": "error"}}, GapKind.NO_VALUE, "error")],
)  # fmt: skip
def test_a_value_that_cannot_be_used_is_said(members: dict[str, object], kind: GapKind, detail: str) -> None:
    assert refused(result(**members)) == (kind, "neutrophils", detail)


def test_a_masked_value_is_not_even_mentioned() -> None:
    facts = read(result(dataAbsentReason={"coding": [{"code": "masked"}]})).facts

    assert (facts.counts, facts.gaps) == ((), ())


@pytest.mark.parametrize(
    ("token", "kind"),
    [(b"1e400", GapKind.IMPLAUSIBLE), (b"1e999999", GapKind.IMPLAUSIBLE), (b"1e-400", GapKind.IMPLAUSIBLE),
     (b"1e99999999999999999999", GapKind.UNREADABLE_VALUE), (b"9" * 20000, GapKind.IMPLAUSIBLE),
     (b"-1e400", GapKind.UNREADABLE_VALUE)],
)  # fmt: skip
def test_numbers_beyond_all_measure_cost_nothing(token: bytes, kind: GapKind) -> None:
    body = b'{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"code":"751-8"}]},'
    gap = refused(body + b'"valueQuantity":{"value":' + token + b',"unit":"10*3/uL"}}')

    assert gap[:2] == (kind, "neutrophils")
    assert len(gap[2]) <= 60


def test_a_long_fraction_is_read_and_shown_short() -> None:
    body = b'{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"code":"751-8"}]},'
    count = only_count(body + b'"valueQuantity":{"value":0.3' + b"1" * 5000 + b',"unit":"10*3/uL"}}')

    assert number("0.31") < count.value < number("0.32")
    assert len(count.reported) <= 60


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [("5,018", "cells/uL", "5.018"), ("1,900", "cells/uL", "1.9"), ("1,234", "10*3/uL", "1.234")],
)
def test_what_is_possible_tells_thousands_from_decimals(text: str, unit: str, value: str) -> None:
    """1,234 x10*3/uL as a thousand could not be; 5,018 cells/uL as a decimal could not either."""
    count = only_count(result(valueString=f"{text} {unit}"))

    assert count.value == number(value)


def test_a_comma_that_stays_ambiguous_is_refused() -> None:
    kind, _, detail = refused(result("777-3", valueString="1,234 10*3/uL"))

    assert (kind, detail) == (GapKind.UNREADABLE_VALUE, "1,234 10*3/uL")


def test_text_for_display_is_one_short_line() -> None:
    assert shorten("a\n  b\tc") == "a b c"
    assert len(shorten("word " * 100)) == 60
