"""Every number of a count that a card prints was sent, or is calculated with its inputs beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases.asking import Answer, ask
from tests.cases.patients import Case, cases
from tests.cases.requests import ANC, PER_LITRE, WBC, Json, ago, observation, percent, scaled

_N = r"(\d+(?:\.\d+)?)"
_WITH_UNIT = re.compile(rf"{_N} (?:x10\^9/L|g/dL)")
_LINES = re.compile(r"All lines \(x10\^9/L[^)]*\): (.*)")
_COURSE = re.compile(
    rf"(?:last normal|lowest|own usual level) (?:below |above |at most )?{_N}", re.IGNORECASE
)
_CALCULATED = re.compile(rf"(?:ANC|neutrophils) {_N} x10\^9/L \(calculated: {_N} x {_N} %\)")
_DEGREES = re.compile(rf"{_N} °C")
_DATE = re.compile(r"\([^()]*\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[^()]*\)")


def printed(answer: Answer) -> set[Decimal]:
    """The numbers that stand for a count of this patient."""
    text = answer.about("leukoFever", "leukoLowCount", "leukoSuspects", "leukoPrecautions", "leukoOrderRisk")
    found = set(_WITH_UNIT.findall(text)) | set(_COURSE.findall(text))
    for lines in _LINES.findall(text):
        found |= set(re.findall(rf" {_N}", _DATE.sub("", lines)))
    return {Decimal(number) for number in found}


def medians(values: Iterable[Decimal]) -> set[Decimal]:
    """What a median of some of the values can be."""
    known = list(values)
    return {(one + other) / 2 for one in known for other in known}


def is_rounding_of(number: Decimal, value: Decimal) -> bool:
    """Whether a person would read one for the other: at most the last digit shown is off."""
    exponent = number.as_tuple().exponent
    return abs(number - value) < Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)


@given(cases(duffy=False))
def test_every_count_printed_was_sent_or_calculated(case: Case) -> None:
    answer = ask(case.hook, *case.entries(), drafts=case.drafts())
    sent = {Decimal(result.value) for result in case.results}
    text = answer.text
    for total, share in re.findall(rf"calculated: {_N} x {_N} %", text):
        assert {Decimal(total), Decimal(share)} <= sent
        sent |= {Decimal(total) * Decimal(share) / 100}
    known = medians(sent)

    assert {
        each for each in printed(answer) if not any(is_rounding_of(each, value) for value in known)
    } == set()


@given(st.integers(1, 40000), st.sampled_from(("1000", "1")), st.sampled_from(("order-sign", "patient-view")))
def test_the_number_of_the_laboratory_is_shown(thousandths: int, factor: str, hook: str) -> None:
    """To two decimals at least where it is the number shown; as sent where the unit differs."""
    value = f"{Decimal(thousandths).scaleb(-3).normalize():f}"
    unit = "/uL" if factor == "1000" else PER_LITRE
    answer = ask(hook, observation("751-8", scaled(value, factor), unit))
    if not answer.counts():
        return

    assert Decimal(answer.counts()[0]["value"]) == Decimal(value)
    shown = _WITH_UNIT.findall(answer.text)
    assert all(is_rounding_of(Decimal(number), Decimal(value)) for number in shown)
    assert unit == PER_LITRE or not answer.lacks(f"reported {scaled(value, factor)} /uL")


@given(st.integers(0, 999), st.integers(0, 100), st.sampled_from(("order-sign", "patient-view")))
def test_a_calculated_count_shows_its_inputs(total: int, share: int, hook: str) -> None:
    sent = f"{total // 100}.{total % 100:02d}"
    answer = ask(hook, observation("6690-2", sent), percent("770-8", str(share)))
    if answer.tier("neutrophils") is None:
        return

    assert not answer.lacks(f"calculated: {sent} x {share} %")
    basis = next(each for each in answer.counts() if each["line"] == "neutrophils")
    assert basis["derived"] is True
    assert Decimal(basis["value"]) == Decimal(sent) * share / 100


def test_an_earlier_calculated_count_is_marked_too() -> None:
    """10.72 x 14 % is 1.5008, which no laboratory has sent."""
    yesterday = [observation("6690-2", "10.72", when=ago(1)), percent("770-8", "14", ago(1))]
    answer = ask("patient-view", *yesterday, observation("751-8", "0.3"))

    assert not answer.lacks("last normal 1.501")
    assert not answer.lacks("calculated")


@given(cases())
def test_the_twin_for_machines_holds_the_numbers_of_the_wire(case: Case) -> None:
    answer = ask(case.hook, *case.entries(), drafts=case.drafts())
    sent = {Decimal(result.value) for result in case.results}

    assert {
        each["value"]
        for each in answer.counts()
        if not each["derived"] and Decimal(each["value"]) not in sent
    } == set()
    assert all(set(each["observations"]) <= _references(case) for each in answer.counts())


def _references(case: Case) -> set[str]:
    return {
        f"Observation/{entry['id']}" for entry in case.entries() if entry["resourceType"] == "Observation"
    }


@pytest.mark.parametrize("sent", ["9" * 31, "1" * 40, "1e15", "1e-13", "1E+308"])
@pytest.mark.parametrize("unit", ["10*3/uL", "/uL"])
def test_a_number_beyond_all_measure_is_said_and_divided_only_if_it_can_be(sent: str, unit: str) -> None:
    answer = ask("order-sign", observation(WBC, sent, unit), observation(ANC, "0.4"))

    assert re.search(r"WBC \([^)]*\): \S+ \S+ is not possible; not used", answer.text)
    assert "would be" not in answer.text


@pytest.mark.parametrize(
    "sent", [f"0.3{'0' * 100_000}", "0.299999999999999988897769753748434595763683319091796875"]
)
@pytest.mark.parametrize("others", [[observation(ANC, "0.4")], [percent("770-8", "20")]])
def test_no_more_digits_are_shown_than_anybody_reads(sent: str, others: list[Json]) -> None:
    answer = ask("order-sign", observation(WBC, sent), *others)

    assert answer.highest == "critical"
    assert not re.search(r"\d\.\d{13}", json.dumps(answer.cards))
