"""TOML of somebody else: whatever stands in it, it is a document that can be handled or a ``ValueError``."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds.toml_text import parse_toml_text

UNUSABLE = {
    "no TOML": "x = ",
    "lists without end": f"x = {'[' * 5000}",
    "tables without end": "x = " + "{a = " * 5000,
    "a name of many parts": ".".join(["a"] * 20_000) + " = 1",
    "more digits than are read": f"x = {'9' * 5000}",
    "more digits than are written": f"x = 0x{'9' * 5000}",
    "no such Decimal": "x = 1e999999999999999999999",
    "a list of numbers": f"x = [1, [{2**63}]]",
}


@pytest.mark.parametrize("text", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_what_cannot_be_handled_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_toml_text(text, Decimal)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert {"x": 1} == parse_toml_text("\ufeffx = 1")


def test_tables_and_lists_may_be_nested_fifty_deep() -> None:
    """The document itself is the first."""
    assert {"x": []} == parse_toml_text("x = []")
    parse_toml_text(f"x = {'[' * 49}{']' * 49}")
    with pytest.raises(ValueError, match="nested more than 50 deep"):
        parse_toml_text(f"x = {'[' * 50}{']' * 50}")


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1])
def test_a_whole_number_has_64_bits(number: int) -> None:
    inside = number - 1 if number > 0 else number + 1

    assert {"x": inside} == parse_toml_text(f"x = {inside}")
    with pytest.raises(ValueError, match="a number is too long"):
        parse_toml_text(f"x = {number}")


def test_numbers_with_a_point_become_what_is_wanted() -> None:
    assert {"x": Decimal("0.10")} == parse_toml_text("x = 0.10", Decimal)
    assert {"x": 0.1} == parse_toml_text("x = 0.10")
