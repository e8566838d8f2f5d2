"""Plain results are read the short way, and come to what the long way comes to, whatever is sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.facts import PatientFacts
from cds.readers.decode import read_resource
from cds.readers.plain_results import PlainResults
from cds.readers.wire import Observation
from tests.readers.sending import NOW, PATIENT, TODAY, as_json, bundle, knowledge, read, result

LISTED = sorted([*knowledge().line_codes, *knowledge().limits.fever.loinc])
SPELLINGS = sorted({spelling for _, spelling in knowledge().units})
TIMES = [TODAY, "2026-11-20", "2026-11", "2026-11-19T08:00:00Z", "x", ""]
CHILD = PATIENT | {"birthDate": "2020-05-01"}

_numbers = st.one_of(
    st.decimals(min_value=-1, max_value=2000, places=2).map(float),
    st.sampled_from([0, 0.0, 4.1, 0.3, 1e-7, 1e-13, 1e13, 1e22, 5018, 900, 37.2, 98.6]),
)
_units = st.one_of(
    st.sampled_from(["", "10*3/uL", "10*9/L", "K/uL", "/uL", "%", "g/dL", "/L", " 10*9/L  ", "x" * 70]),
    st.sampled_from(SPELLINGS),
    st.text(max_size=5),
)
_quantities = st.fixed_dictionaries(
    {"value": _numbers},
    optional={"unit": _units, "code": _units, "comparator": st.sampled_from(["<", ">=", "", "~"])},
)
_ranges = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "low": _quantities,
            "high": _quantities,
            "age": st.just({"low": {"value": 18, "unit": "a"}}),
            "text": st.just("4 - 10"),
        },
    ),
    max_size=2,
)
_members = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["final", "amended", "corrected", "preliminary", "unknown", "cancelled"]),
        "effectiveDateTime": st.sampled_from(
            [TODAY, "2026-11-20", "2026-11", "2026-11-19T08:00:00Z", "x", ""]
        ),
        "issued": st.sampled_from([TODAY, "2026-11-20T09:00:00Z"]),
        "interpretation": st.sampled_from(
            [[{"coding": [{"code": code}]}] for code in ("N", "L", "LL", "H", "AA", "<")]
        ),
        "dataAbsentReason": st.sampled_from([{"text": "clotted"}, {}]),
        "specimen": st.sampled_from([{"reference": "Specimen/s1"}, {"reference": "Specimen/s2"}]),
        "component": st.just([{"code": {"coding": [{"system": "http://loinc.org", "code": "6690-2"}]}}]),
        "referenceRange": _ranges,
    },
)


@st.composite
def _results(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Several of few codes, so that units and ranges change within one code."""
    codes = draw(st.lists(st.sampled_from(LISTED), min_size=1, max_size=3))
    return [
        result(
            draw(st.sampled_from(codes)), id=f"o{number}", valueQuantity=draw(_quantities), **draw(_members)
        )
        for number in range(draw(st.integers(1, 6)))
    ]


def _the_long_way(*supplied: object) -> PatientFacts:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlainResults, "take", lambda self, sent: None)
        return read(*supplied).facts


@given(_results(), st.sampled_from([PATIENT, CHILD]))
def test_the_short_way_comes_to_what_the_long_way_comes_to(results: list[Any], patient: Any) -> None:
    facts = read(patient, bundle(*results)).facts

    assert _the_long_way(patient, bundle(*results)) == facts
    assert repr(_the_long_way(patient, bundle(*results)).counts) == repr(facts.counts)  # to the digit


def _is_plain(**members: Any) -> bool:
    sent = read_resource(as_json(result(**members)))
    assert isinstance(sent, Observation)
    return PlainResults(knowledge(), NOW).take(sent) is not None


@pytest.mark.parametrize(
    ("code", "value", "unit"),
    [("751-8", 4.1, "10*3/uL"), ("751-8", 900, "/uL"), ("770-8", 60, "%"), ("718-7", 13.9, "g/dL")],
)
def test_ordinary_results_are_plain(code: str, value: float, unit: str) -> None:
    assert _is_plain(code=code, valueQuantity={"value": value, "unit": unit})


@pytest.mark.parametrize(
    "quantity",
    [
        {"value": 0.9},
        {"value": 1e-13, "unit": "10*9/L"},
        {"value": 100000, "unit": "10*9/L"},
        {"value": -1, "unit": "10*9/L"},
        {"value": 0.1, "unit": "10*9/L", "comparator": "<"},
        {"value": 49, "unit": "/uL"},
        {"value": "NaN", "unit": "10*9/L"},
    ],
    ids=str,
)
def test_what_must_be_weighed_is_not_plain(quantity: dict[str, Any]) -> None:
    assert not _is_plain(code="751-8", valueQuantity=quantity)


def test_so_few_cells_per_microlitre_are_weighed_from_fifty_down() -> None:
    assert _is_plain(code="751-8", valueQuantity={"value": 50, "unit": "/uL"})


def test_a_chart_of_very_many_spellings_is_read_the_long_way() -> None:
    """Each result is compared with the spellings before it, so that their number must have an end."""
    plain = PlainResults(knowledge(), NOW)
    taken = []
    for number in range(70):
        sent = result("751-8", 4.1)
        sent["code"]["text"] = f"neutrophils {number}"
        observation = read_resource(as_json(sent))
        assert isinstance(observation, Observation)
        taken.append(plain.take(observation) is not None)

    assert [True] * 60 + [False] * 10 == taken


def test_a_unit_that_is_none_is_not_remembered() -> None:
    """What is kept from one request to the next is what the knowledge knows."""
    sent = read_resource(as_json(result("751-8", valueQuantity={"value": 4.1, "unit": "Jane Doe"})))
    assert isinstance(sent, Observation)
    plain = PlainResults(knowledge(), NOW)
    plain.take(sent)

    assert ("Jane Doe", "") not in plain.columns[0].code.units
