"""What a card cites is held against FHIR R4, strictly."""

from __future__ import annotations

import warnings

import pytest

from cds.facts import Gap, GapKind
from cds.readers.r4_check import find_violations, warm_up
from tests.readers.sending import Json, as_json, bundle, medication, read, result

OBSERVATION, REQUEST = "Observation/o-751-8", "MedicationRequest/m1"


def violations(sent: Json, reference: str = OBSERVATION) -> tuple[Gap, ...]:
    return find_violations([reference], {reference: as_json(sent)})


def test_valid_resources_have_no_violation() -> None:
    assert violations(result(value=0.9)) == ()
    assert violations(medication("2626"), REQUEST) == ()


@pytest.mark.parametrize(
    ("sent", "reference", "what", "member"),
    [(result(value=0.9, effectiveDateTime="2026-11-20T08:00:00"), OBSERVATION, "counts", "effectiveDateTime"),
     (result(value=0.9, status=None), OBSERVATION, "counts", "status"),
     (result(value=0.9, widget=1), OBSERVATION, "counts", "widget"),
     (medication("2626", category={"text": "x"}), REQUEST, "medications", "category"),
     (medication("2626", intent=None), REQUEST, "medications", "intent"),
     ({"resourceType": "Condition", "id": "c"}, "Condition/c", "conditions", "subject")],
)  # fmt: skip
def test_a_violation_is_said_by_its_member(sent: Json, reference: str, what: str, member: str) -> None:
    (gap,) = violations(sent, reference)

    assert (gap.kind, gap.what, gap.reference) == (GapKind.NOT_R4, what, reference)
    assert member in gap.detail


def test_no_value_of_the_resource_is_told() -> None:
    (gap,) = violations(result(value=0.9, subject={"reference": 5, "display": "Smith"}, note="Smith"))

    assert "Smith" not in gap.detail


def test_each_reference_is_checked_once_and_unknown_ones_are_passed_over() -> None:
    sent = {
        OBSERVATION: as_json(result(value=0.9, status=None)),
        "Zoo/1": b'{"resourceType":"Zoo"}',
        "X/1": b"{",
    }
    found = find_violations([OBSERVATION, OBSERVATION, "Observation/gone", "Zoo/1", "X/1"], sent)

    assert [gap.reference for gap in found] == [OBSERVATION]


def test_what_was_read_is_what_is_checked() -> None:
    reading = read(bundle(result(value=0.9, category={"text": "lab"})))

    assert [gap.reference for gap in find_violations([OBSERVATION], reading.cited)] == [OBSERVATION]


def test_the_examples_of_the_warm_up_are_valid() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warm_up()
