"""The same number in many spellings: units, text, commas and limits, each read for itself."""

from __future__ import annotations

import pytest

from tests.cases.asking import Answer, ask
from tests.cases.requests import ALC, ANC, UCUM, WBC, Json, draft, observation, quantity, text_result

METHOTREXATE, DIFFERENTIAL = "6851", "57021-8"


def low(answer: Answer) -> bool:
    """Whether any card speaks of a low count."""
    return bool(answer.counts()) or "leukoLowCount" in answer.topics


def test_8a_each_result_has_its_own_unit(neutral: Json) -> None:
    answer = ask(
        "order-sign", observation(WBC, "4.6", "10*9/L"), observation(ANC, "900", "/uL"), drafts=[neutral]
    )

    assert answer.messages == ["warning"]
    assert not answer.lacks("ANC 0.9", "900 /uL", "moderate neutropenia")
    assert not answer.has("contradict", "add up", "differ")


def test_8b_thousands_in_text_are_no_fall(neutral: Json) -> None:
    first = observation(ALC, "1.9", "K/uL", "2026-11-18T08:00:00Z")
    second = text_result(ALC, "1,900", low="1000", unit="cells/uL", when="2026-11-19T08:00:00Z")

    assert ask("order-sign", first, second, drafts=[neutral]).cards == ()


def test_8c_thousands_of_one_and_cells_of_the_other(neutral: Json) -> None:
    answer = ask(
        "order-sign",
        observation(WBC, "4.6", "Thousand/uL"),
        observation(ANC, "892", "cells/uL"),
        drafts=[neutral],
    )

    assert answer.messages == ["warning"]
    assert answer.tier("neutrophils") == "moderate"
    assert not answer.lacks("892 cells/uL")


def test_9_a_thousandfold_slip_is_said_and_not_mended() -> None:
    ranges = [{"low": quantity("2500", "10*3/uL"), "high": quantity("5000", "10*3/uL")}]
    slip = observation("26499-4", "3000", "10*3/uL", referenceRange=ranges)
    answer = ask("order-sign", slip, drafts=[draft(METHOTREXATE, "methotrexate")])

    assert not low(answer)
    assert answer.highest == "info"
    assert "leukoDataQuality" in answer.topics
    assert not answer.lacks("3000 x10^3/uL is not possible; not used", "cells/uL it would be 3.0")
    assert not answer.has("normal")


@pytest.mark.parametrize("hook", ["order-sign", "patient-view"])
def test_9_alone_the_slip_is_one_card(hook: str, neutral: Json) -> None:
    slip = observation("26499-4", "3000", "10*3/uL")
    answer = ask(hook, slip, drafts=[neutral])

    assert answer.topics == ["leukoDataQuality"]
    assert answer.highest == "info"


def test_11a_kelvin_per_microlitre_is_thousands(neutral: Json) -> None:
    value = quantity("11.07", "K/uL", code="K/uL", system=UCUM)

    assert ask("order-sign", observation(WBC, valueQuantity=value), drafts=[neutral]).cards == ()


@pytest.mark.parametrize("unit", ["thou/cu mm", "G/L"])
def test_11bc_a_total_bounds_the_neutrophils(unit: str, neutral: Json) -> None:
    answer = ask("order-sign", observation(WBC, "1.2", unit), drafts=[neutral])

    assert answer.messages == ["warning"]
    assert not answer.lacks("WBC 1.2", "ANC cannot be above 1.2", "differential")
    assert DIFFERENTIAL in answer.tests_offered()


def test_11d_a_mildly_low_total_is_information_beside_a_drug_that_lowers_it() -> None:
    """Beside any other order a total of 3.0 to 3.9 is silent, as it is for paracetamol at 3.6."""
    answer = ask("order-sign", observation(WBC, "3.1", "x10E3/uL"), drafts=[draft("723")])

    assert answer.highest == "info"
    assert not answer.lacks("WBC 3.1")


RANGE = [{"low": quantity("1.8", "10*3/uL"), "high": quantity("7.7", "10*3/uL")}]
BELOW_A_TENTH = {
    "a text": observation(ANC, valueString="<0.1", referenceRange=RANGE),
    "b coded text": observation(ANC, valueCodeableConcept={"text": "LT 0.1"}, referenceRange=RANGE),
}


@pytest.mark.parametrize("result", BELOW_A_TENTH.values(), ids=BELOW_A_TENTH)
def test_15ab_below_a_tenth_is_profound(result: Json, neutral: Json) -> None:
    answer = ask("order-sign", result, drafts=[neutral])

    assert answer.highest == "critical"
    assert answer.tier("neutrophils") == "profound"
    assert not answer.lacks("ANC below 0.1", "profound")


def test_15c_a_comparator_is_a_limit(neutral: Json) -> None:
    value = quantity("0.5", "10*9/L", comparator="<")
    answer = ask("order-sign", observation(ANC, valueQuantity=value), drafts=[neutral])

    assert answer.highest == "critical"
    assert answer.tier("neutrophils") == "severe"
    assert not answer.lacks("ANC below 0.5", "severe")


def test_15d_a_unit_address_in_the_text_is_no_low_count(neutral: Json) -> None:
    text = ">=100UCUM http://unitsofmeasure.org,%"
    answer = ask("order-sign", observation(WBC, valueString=text), drafts=[neutral])

    assert not low(answer)


def test_15e_a_decimal_comma(neutral: Json) -> None:
    answer = ask("order-sign", observation(ANC, valueString="0,4", referenceRange=RANGE), drafts=[neutral])

    assert answer.highest == "critical"
    assert not answer.lacks("ANC 0.4", "severe")
