"""Every spelling of a unit is read at its scale, and no other."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds.facts import GapKind
from cds.readers.units import find_scale, find_unit, normalise, to_base
from tests.readers.sending import knowledge, number

UNITS = knowledge().units
THOUSANDS = [
    "10*3/uL", "10^3/uL", "10**3/uL", "10e3/ul", "10x3/ul", "103/ul", "x10E3/uL", "x10E+03/uL",
    "x10(3)/ul", "10[3]", "10s3/ul", "1000/uL", "1000/mcl", "K/uL", "K/mcL", "k/mm3", "thou/uL",
    "thou/mm3", "thou/cumm", "thou/cu mm", "thous/mcl", "thousand/uL", "Thousand/uL", "th/uL", "th/mm3",
    "th/cumm", "10*3/mm3", "10*9/L", "10^9/L", "x10*9/L", "x10^9/L", "x10e+09/l", "10e9/L",
    "10*9{cells}/L", "G/L", "GPt/L", "Gpt/l", "Tsd/ul", "/nL", "10*6/mL", "×10⁹/L", "10³/µL", "x10^3/μL",
    "x 10^3/uL", "X10*3/UL", "K/µL", "10E+9/L",
]  # fmt: skip
SINGLE_CELLS = [
    "/uL", "{cells}/uL", "cells/uL", "cells/mcL", "#/uL", "/mm3", "cells/mm3", "#/mm3", "/cumm", "cumm",
    "cu mm", "/cu mm", "cells/cumm", "cells/cu mm", "Zellen/ul", "Leu/ul", "{WBC}/uL", "pro uL", "10*6/L",
    "MPt/L", "10*3/mL", "/µL", "Cells/µL", "10^6/L",
]  # fmt: skip
REFUSED = [
    "mmol/L", "mg/dL", "", "fl", "U/L", "1", "g/L", "g/l", "%", "copies/mL", "x" * 1000, "10*30/uL",
    "M/uL",
]  # fmt: skip


@pytest.mark.parametrize("spelling", THOUSANDS)
def test_thousands_per_microlitre_are_the_base(spelling: str) -> None:
    assert factor("count", spelling) == 1


@pytest.mark.parametrize("spelling", SINGLE_CELLS)
def test_cells_per_microlitre_are_a_thousandth(spelling: str) -> None:
    assert factor("count", spelling) == number("0.001")


@pytest.mark.parametrize("spelling", REFUSED)
def test_what_counts_no_cells_has_no_scale(spelling: str) -> None:
    assert find_scale(UNITS, "count", spelling) is None


def test_giga_and_grams_are_told_apart_by_their_case() -> None:
    """G/L is giga per litre; g/L is grams, of haemoglobin say."""
    assert factor("count", "G/L") == 1
    assert find_scale(UNITS, "count", "g/L") is None
    assert factor("mass", "g/L") == number("0.1")
    assert factor("mass", "g/dL") == 1


def test_every_spelling_of_the_knowledge_is_written_as_it_is_looked_up() -> None:
    wrong = [spelling for _, spelling in UNITS if normalise(spelling) != spelling]

    assert wrong == []


@pytest.mark.parametrize(
    ("value", "unit", "celsius"),
    [("38.4", "Cel", "38.4"), ("100.4", "[degF]", "38"), ("100.4", "°F", "38"), ("101.3", "F", "38.5"),
     ("98.6", "degF", "37"), ("38", "℃", "38"), ("38.0", "C", "38.0"), ("38.0", "°C", "38.0")],
)  # fmt: skip
def test_degrees_are_exact(value: str, unit: str, celsius: str) -> None:
    scale = find_scale(UNITS, "temperature", unit)

    assert scale is not None
    assert to_base(number(value), scale) == number(celsius)


def test_a_unit_and_a_code_of_one_scale_agree_however_they_are_spelt() -> None:
    assert scale_of("x10*9/L", "10*9/L") == 1
    assert scale_of("K/uL", "10*3/uL") == 1
    assert scale_of("K/uL", "K/uL") == 1


def test_one_of_unit_and_code_is_enough() -> None:
    assert scale_of("K/ul", "") == 1
    assert scale_of("", "/uL") == number("0.001")
    assert scale_of("own words", "10*3/uL") == 1
    assert scale_of("cells/uL", "258947003") == number("0.001")


@pytest.mark.parametrize(
    ("kind", "unit", "code"),
    [("count", "10*3/uL", "/uL"), ("count", "/uL", "10*9/L"), ("count", "%", ""), ("count", "10*3/uL", "%"),
     ("percent", "10*3/uL", ""), ("percent", "%", "/uL"), ("temperature", "Cel", "[degF]"),
     ("count", "g/dL", "")],
)  # fmt: skip
def test_scales_that_differ_and_units_of_another_kind_are_a_conflict(kind: str, unit: str, code: str) -> None:
    assert find_unit(UNITS, kind, unit, code).refused is GapKind.UNIT_CONFLICT  # type: ignore[arg-type]


@pytest.mark.parametrize(("unit", "code"), [("mmol/L", ""), ("", "mmol/L"), ("", ""), ("own", "words")])
def test_a_unit_that_is_not_in_the_table_is_unknown(unit: str, code: str) -> None:
    found = find_unit(UNITS, "count", unit, code)

    assert (found.scale, found.refused) == (None, GapKind.UNKNOWN_UNIT)


def test_values_keep_their_digits() -> None:
    thousands, single = find_scale(UNITS, "count", "K/uL"), find_scale(UNITS, "count", "/uL")
    assert thousands is not None
    assert single is not None

    assert str(to_base(number("3.10"), thousands)) == "3.10"
    assert str(to_base(number("892"), single)) == "0.892"


def factor(kind: str, spelling: str) -> Decimal:
    scale = find_scale(UNITS, kind, spelling)  # type: ignore[arg-type]
    assert scale is not None, f"{spelling} is not known"
    return scale.factor


def scale_of(unit: str, code: str) -> Decimal:
    scale = find_unit(UNITS, "count", unit, code).scale
    assert scale is not None
    return scale.factor
