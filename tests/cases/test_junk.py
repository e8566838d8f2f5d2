"""Whatever stands where a value should be: an answer, no exception, and no low count out of nothing."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases.asking import ask, send
from tests.cases.patients import Case, cases
from tests.cases.requests import (
    ADULT,
    ANC,
    WBC,
    bundle,
    draft,
    named,
    observation,
    percent,
    prefetch_of,
    quantity,
    request,
    temperature,
)

LONG = "9" * 20_000
JUNK: tuple[Any, ...] = (
    None,
    "",
    " ",
    {},
    [],
    [{}],
    [None],
    True,
    -1,
    0.5,
    "NaN",
    LONG,
    {"value": None},
    {"resourceType": "Nothing"},
    msgspec.Raw(b"1e400"),
    msgspec.Raw(b"-1e400"),
    msgspec.Raw(b"1e-400"),
    msgspec.Raw(b"123456789012345678901234567890"),
    "\u202e\u0000\ud7ff",
    "<script>alert(1)</script>",
)
NUMBERS = (msgspec.Raw(b"1e400"), msgspec.Raw(b"-1e400"), msgspec.Raw(b"-0.3"), -1)
NO_NUMBER = (None, "", " ", {}, [], [{}], "see note", "clotted", "QNS", LONG, "NaN", "1e400", True)


def name(value: Any) -> str:
    text = value.__repr__()[:20] if not isinstance(value, msgspec.Raw) else bytes(value).decode()
    return text.encode("ascii", "replace").decode()


@pytest.mark.parametrize("junk", NO_NUMBER, ids=name)
@pytest.mark.parametrize("member", ["valueQuantity", "valueString", "valueCodeableConcept", "valueInteger"])
@pytest.mark.parametrize("hook", ["order-sign", "patient-view"])
def test_no_value_is_no_low_count(member: str, junk: Any, hook: str) -> None:
    answer = ask(hook, observation(ANC, **{member: junk}), drafts=[draft("10582")])

    assert answer.counts() == []
    assert "leukoLowCount" not in answer.topics


@pytest.mark.parametrize("junk", [*NO_NUMBER, *NUMBERS], ids=name)
@pytest.mark.parametrize("loinc", [ANC, WBC])
def test_no_number_in_a_quantity_is_no_low_count(loinc: str, junk: Any) -> None:
    answer = ask("patient-view", observation(loinc, valueQuantity={"value": junk, "unit": "10*9/L"}))

    assert answer.counts() == []
    assert "leukoLowCount" not in answer.topics


@pytest.mark.parametrize("junk", [*NO_NUMBER, *NUMBERS], ids=name)
def test_no_share_makes_no_count(junk: Any) -> None:
    share = percent("770-8", "0") | {"valueQuantity": {"value": junk, "unit": "%"}}
    answer = ask("patient-view", observation(WBC, "6.0"), share)

    assert answer.counts() == []


@pytest.mark.parametrize("junk", [*NO_NUMBER, *NUMBERS], ids=name)
def test_no_temperature_makes_no_fever(junk: Any) -> None:
    reading = temperature("36.0") | {"valueQuantity": {"value": junk, "unit": "Cel"}}
    answer = ask("patient-view", observation(ANC, "0.4"), reading)

    assert "leukoFever" not in answer.topics


@pytest.mark.parametrize("junk", ["furlong", "", "mmol/L", "g/L", LONG, None, {}, "%"], ids=name)
def test_no_unit_is_no_low_count(junk: Any) -> None:
    answer = ask("patient-view", observation(ANC, valueQuantity=quantity("0.3", "") | {"unit": junk}))

    assert answer.counts() == []


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every member, however deep."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in inner:
        yield (*path, key)
        yield from _places(member, (*path, key))


def _replaced(sent: Any, path: tuple[Any, ...], junk: Any) -> Any:
    changed = copy.deepcopy(sent)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = junk
    return changed


@given(cases(), st.data(), st.sampled_from(JUNK))
def test_junk_anywhere_in_the_chart_is_answered(case: Case, data: st.DataObject, junk: Any) -> None:
    prefetch = prefetch_of(case.entries())
    places = [path for path in _places(prefetch) if "resource" in path]
    broken = _replaced(prefetch, data.draw(st.sampled_from(places)), junk) if places else prefetch

    send(request(case.hook, drafts=case.drafts(), prefetch=broken), case.hook)


@given(cases(), st.data(), st.sampled_from(JUNK))
def test_junk_anywhere_in_the_drafts_is_answered(case: Case, data: st.DataObject, junk: Any) -> None:
    orders = [draft("6835", "methimazole"), *case.drafts()]
    places = [path for path in _places(orders) if path[1:] not in ((), ("resourceType",), ("id",))]
    broken = _replaced(orders, data.draw(st.sampled_from(places)), junk)

    ask("order-sign", *case.entries(), drafts=broken)


@given(cases(), st.lists(st.sampled_from(JUNK), min_size=1, max_size=3))
def test_junk_between_the_entries_loses_none_of_them(case: Case, junk: list[Any]) -> None:
    clean = ask(case.hook, *case.entries(), drafts=case.drafts())
    prefetch = prefetch_of(case.entries())
    mixed = bundle([])
    mixed["entry"] = [*junk, *({"resource": each} for each in junk)]
    body = request(case.hook, drafts=case.drafts(), prefetch=prefetch | {"more": mixed})
    answer = send(body, case.hook)

    assert {each["line"]: each["tier"] for each in clean.counts()}.items() <= (
        {each["line"]: each["tier"] for each in answer.counts()}.items()
    )


def test_a_list_in_the_place_of_a_bundle_is_said_and_never_silent() -> None:
    """The resources in it are not FHIR as it is sent, but neither are they nothing."""
    low = observation(ANC, "0.3") | {"id": "o1"}
    answered = prefetch_of([], ADULT)
    answer = ask("patient-view", prefetch=answered | {"counts-neutrophils": [low]})

    assert [] == ask("patient-view", prefetch=answered).topics
    assert ["leukoDataQuality"] == answer.topics
    assert "Came and could not be read, so not checked: neutrophils." in answer.text


def test_a_list_of_medicines_is_not_said_to_be_missing() -> None:
    low = named([observation(ANC, "0.3")])
    answer = ask("patient-view", prefetch=prefetch_of(low) | {"medications": [draft("6835")]})

    assert "came and could not be read, so not checked: medications" in answer.text.lower()
    assert "not supplied, so not checked: medications" not in answer.text.lower()
