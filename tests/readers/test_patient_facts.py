"""The whole reading: what is cited, what is noted, and in any order the same."""

from __future__ import annotations

import itertools

from cds.readers.note import ReadNote
from tests.readers.sending import CVX, PATIENT, as_json, bundle, coded, medication, read, result

SENT = [
    PATIENT,
    bundle(result(value=0.3), result("6690-2", 2.1), result("770-8", 14, "%")),
    bundle(medication("6835", "methimazole 5 MG"), medication("2626", id="m2", status="stopped")),
    {"resourceType": "Condition", "id": "c1", "code": coded("55464009", "http://snomed.info/sct")},
]


def test_what_is_cited_is_what_was_sent_byte_for_byte() -> None:
    sent = result(value=0.30)
    reading = read(bundle(sent), medication("2626"))

    assert reading.cited["Observation/o-751-8"] == as_json(sent)
    assert reading.cited["MedicationRequest/m1"] == as_json(medication("2626"))
    assert set(reading.cited) == {"Observation/o-751-8", "MedicationRequest/m1"}
    assert len(reading.cited) == 2
    assert "Observation/gone" not in reading.cited


def test_a_draft_hides_the_request_of_the_chart_that_has_its_id() -> None:
    draft = medication("2626", status="draft")
    reading = read(medication("2626"), drafts=bundle(draft))

    assert reading.cited["MedicationRequest/m1"] == as_json(draft)


def test_a_draft_that_the_chart_holds_as_active_is_known_to_be_in_force() -> None:
    """Some clients submit an order that was signed before, under its own id."""
    statuses = ("active", "stopped", "draft")
    in_force = [
        draft.in_force
        for status in statuses
        for draft in read(
            medication("2626", status=status), drafts=bundle(medication("2626"), medication("6835", id="m2"))
        ).facts.drafts
    ]

    assert [True, False, False, False, False, False] == in_force


def test_a_contained_result_cites_its_report() -> None:
    report = {"resourceType": "DiagnosticReport", "id": "r1", "contained": [result(value=0.3, subject=None)]}
    reading = read(report)

    assert reading.facts.counts[0].references == ("DiagnosticReport/r1#o-751-8",)
    assert reading.cited["DiagnosticReport/r1#o-751-8"] == as_json(report)


def test_what_became_of_each_resource_is_noted() -> None:
    reading = read(
        result(value=0.3),
        result("806-0", 2, "/uL"),
        result("6690-2", 3, status="cancelled"),
        medication("2626"),
        medication("6835", id="m2", intent="proposal"),
    )

    assert set(reading.read) == {
        ReadNote("Observation/o-751-8", "neutrophils"),
        ReadNote("Observation/o-806-0", "not used: its code is not on the list"),
        ReadNote("Observation/o-6690-2", "not used: cancelled"),
        ReadNote("MedicationRequest/m1", "clozapine"),
        ReadNote("MedicationRequest/m2", "not used: proposal"),
    }


def test_the_order_of_the_keys_and_the_cut_of_the_bundles_do_not_matter() -> None:
    whole = read(*SENT).facts
    flat = [entry["resource"] for each in SENT for entry in each.get("entry", [{"resource": each}])]  # type: ignore[attr-defined]

    for order in itertools.permutations(SENT):
        assert read(*order).facts == whole
    assert read(bundle(*flat, kind="collection")).facts == whole
    assert read(*reversed(flat)).facts == whole


def test_nothing_supplied_is_nothing_read_and_no_fault() -> None:
    reading = read()

    assert (reading.facts.counts, reading.facts.gaps, reading.read, len(reading.cited)) == ((), (), (), 0)


def test_a_drafted_vaccine_and_a_count_are_read_together() -> None:
    vaccine = medication(None, medicationCodeableConcept=coded("149", CVX), status="draft")
    facts = read(result("731-0", 0.4), drafts=bundle(vaccine)).facts

    assert facts.drafts[0].vaccine == "149"
    assert facts.counts[0].value < 1
