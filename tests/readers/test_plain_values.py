"""The short way of reading a value comes to what the long way comes to, for whatever is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.readers.decode import Shape
from cds.readers.elements import ABSENT
from cds.readers.meaning import find_meanings
from cds.readers.quantity import NoAmount, read_amount
from cds.readers.result_value import ValueScales
from cds.readers.wire import Component
from tests.readers.sending import knowledge

COMPONENT = Shape(Component)
LISTED = sorted([*knowledge().line_codes, *knowledge().limits.fever.loinc])
SPELLINGS = sorted({spelling for _, spelling in knowledge().units})

numbers = st.one_of(
    st.decimals(min_value=-1, max_value=2000, places=2).map(str),
    st.from_regex(r"-?(0|[1-9][0-9]{0,13})(\.[0-9]{1,14})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
)
units = st.one_of(
    st.sampled_from(["", "10*3/uL", "10*9/L", "K/uL", "/uL", "%", "g/dL", "/L", " 10*9/L  ", "x" * 70]),
    st.sampled_from(SPELLINGS),
    st.text(max_size=5),
)
quantities = st.fixed_dictionaries(
    {"value": numbers},
    optional={
        "unit": units,
        "code": units,
        "comparator": st.sampled_from(["<", ">=", "", "~"]),
    },
)


@given(st.sampled_from(LISTED), quantities, st.booleans())
def test_the_short_way_comes_to_what_the_long_way_comes_to(
    loinc: str, quantity: dict[str, str], absent: bool
) -> None:
    sent = component(quantity, absent=absent)
    (meaning,) = find_meanings([loinc], knowledge())
    scales = ValueScales(knowledge())

    short = scales.plain(sent, meaning)

    amount = read_amount(sent)
    long = amount if isinstance(amount, NoAmount) else scales.scale(amount, meaning, ABSENT)
    assert short is None or short == long
    assert short is None or str(short.value) == str(long[0])


@pytest.mark.parametrize(
    ("loinc", "value", "unit"),
    [
        ("751-8", "4.10", "10*3/uL"),
        ("770-8", "60", "%"),
        ("718-7", "13.9", "g/dL"),
    ],
)
def test_ordinary_results_go_the_short_way(loinc: str, value: str, unit: str) -> None:
    (meaning,) = find_meanings([loinc], knowledge())

    read = ValueScales(knowledge()).plain(component({"value": value, "unit": unit}), meaning)

    assert read is not None
    assert (str(read.value), read.reported) == (value, f"{value} {unit}")


@pytest.mark.parametrize(
    "quantity",
    [
        {"value": "900", "unit": "/uL"},
        {"value": "0.9"},
        {"value": "1e-7", "unit": "10*9/L"},
        {"value": "100000", "unit": "10*9/L"},
        {"value": "-1", "unit": "10*9/L"},
        {"value": "0.1", "unit": "10*9/L", "comparator": "<"},
    ],
    ids=str,
)
def test_what_must_be_weighed_goes_the_long_way(quantity: dict[str, str]) -> None:
    (meaning,) = find_meanings(["751-8"], knowledge())

    assert ValueScales(knowledge()).plain(component(quantity), meaning) is None


def component(quantity: dict[str, str], *, absent: bool = False) -> Component:
    members: dict[str, Any] = {"valueQuantity": "@"}
    if absent:
        members["dataAbsentReason"] = {"text": "x"}
    texts = {name: json.dumps(text) for name, text in quantity.items() if name != "value"}
    texts["value"] = quantity["value"]  # a number with the digits that were drawn
    sent = ",".join(f'"{name}":{text}' for name, text in texts.items())
    read = COMPONENT.read(json.dumps(members).replace('"@"', f"{{{sent}}}").encode())
    assert read is not None
    return read
