"""Whatever is sent: no exception, no low count out of nothing, and in time."""

from __future__ import annotations

import json
import time
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds.readers.moments import read_moment
from cds.readers.quantity import Amount, read_text
from cds.readers.units import normalise
from tests.readers.sending import PATIENT, as_json, bundle, coded, medication, quantity, read, result

Json = dict[str, Any]

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        [
            "Patient/p1",
            "http://loinc.org",
            "751-8",
            "final",
            "10*3/uL",
            "2026-11-20",
            "<0.1",
            "\ud800",
            "1e400",
        ]
    ),
)
MEMBERS = st.sampled_from(
    ["resourceType", "id", "code", "coding", "system", "value", "unit", "entry", "resource", "subject",
     "status", "reference", "effectiveDateTime", "valueQuantity", "referenceRange", "low", "text",
     "component", "x"]
)  # fmt: skip
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(MEMBERS, inner, max_size=5)),
    max_leaves=25,
)
MODELS = (
    result(value=0.9, specimen={"reference": "Specimen/s"}, component=[{"code": coded("6690-2")}]),
    result(valueString="<0.1", referenceRange=[{"low": quantity(1.8)}], interpretation=[{"text": "L"}]),
    medication("2626", dosageInstruction=[{"timing": {"repeat": {"count": 1}}, "route": {"text": "x"}}],
               dispenseRequest={"expectedSupplyDuration": {"value": 1, "code": "d"}}),
    PATIENT,
    {"resourceType": "Condition", "id": "c", "code": coded("B20"), "clinicalStatus": coded("active")},
    {"resourceType": "AllergyIntolerance", "id": "a", "code": coded("2626"),
     "reaction": [{"manifestation": [{}]}]},
    {"resourceType": "DiagnosticReport", "id": "r", "result": [{"reference": "Observation/o"}],
     "contained": [result(value=3)]},
    {"resourceType": "ServiceRequest", "id": "s", "code": coded("57021-8"), "authoredOn": "2026-11-20"},
    {"resourceType": "Bundle", "entry": [{"resource": result(value=0.9)}], "link": [{"relation": "next"}]},
    {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x"}]},
    {"resourceType": "ImmunizationRecommendation", "id": "i", "recommendation": [{"vaccineCode": [{}]}]},
)  # fmt: skip
often = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def paths(value: object, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, inner in items for path in [(*here, key), *paths(inner, (*here, key))]]


@st.composite
def damaged(draw: st.DrawFn) -> Json:
    """A good resource with junk in the place of one or two of its members."""
    resource: Any = json.loads(json.dumps(draw(st.sampled_from(MODELS))))
    for _ in range(draw(st.integers(1, 2))):
        *way, last = draw(st.sampled_from(paths(resource)))
        place = resource
        for step in way:
            place = place[step] if _has(place, step) else None
        if _has(place, last):
            place[last] = draw(JUNK)
    return dict(resource)


def _has(place: object, step: str | int) -> bool:
    if isinstance(place, dict):
        return step in place
    return isinstance(place, list) and isinstance(step, int) and step < len(place)


@often
@given(JUNK)
def test_junk_is_read_without_a_fault_and_gives_no_count(junk: object) -> None:
    facts = read(junk, drafts=junk).facts

    assert facts.counts == () or "751-8" in json.dumps(junk)


@often
@given(damaged())
def test_a_damaged_resource_never_loses_its_neighbour(broken: Json) -> None:
    good = result("731-0", 1.5, id="good")
    lymphocytes = [count for count in read(bundle(broken, good)).facts.counts if count.line == "lymphocytes"]

    assert any(count.value == lymphocytes[0].value for count in lymphocytes)
    assert "Observation/good" in lymphocytes[0].references
    read(broken, drafts=bundle(broken))


@often
@given(st.binary(max_size=200))
def test_bytes_are_read_without_a_fault(junk: bytes) -> None:
    read(junk, drafts=junk)


@often
@given(st.text(max_size=60))
def test_text_is_read_without_a_fault(text: str) -> None:
    amount = read_text(text)
    read_moment(text)
    normalise(text)

    assert not isinstance(amount, Amount) or all(number >= 0 for number in amount.numbers)


@often
@given(st.text(max_size=40), st.sampled_from(["valueString", "effectiveDateTime", "status", "issued", "id"]))
def test_any_text_in_a_text_member_is_read_without_a_fault(text: str, member: str) -> None:
    read(result(value=None if member == "valueString" else 0.9, **{member: text}))


def test_thousands_of_odd_entries_take_no_unreasonable_time() -> None:
    """Each takes the second, patient way through decoding."""
    odd = result(value=0.9) | {"status": 5, "code": {"coding": [5] * 10, "text": "751-8"}}
    entries = [odd | {"id": f"o{at}"} for at in range(3_000)]
    sent = as_json(bundle(*entries))
    begun = time.process_time()
    read(sent)

    assert time.process_time() - begun < 5
