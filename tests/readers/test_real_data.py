"""Data that nobody here wrote: the examples of FHIR R4, invented patients of a generator, recorded calls.

They lie outside the project and are read only where they are at hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cds.facts import CellLine, LabFlag
from cds.readers.r4_check import find_violations
from tests.readers.sending import PATIENT, number, read

DATA = Path(__file__).parents[3] / "shared" / "data"
EXAMPLES = sorted((DATA / "real" / "hl7-fhir-r4-examples").glob("*.json"))
GENERATED = sorted((DATA / "real" / "synthea-r4").glob("*.json"))
CAPTURES = sorted((DATA / "client-captures").glob("*.json"))

pytestmark = pytest.mark.skipif(not EXAMPLES, reason="the data of others are not at hand")


def subject_of(resource: dict[str, Any]) -> str:
    return str(resource.get("subject", {}).get("reference", "p1")).rpartition("/")[2]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_example_of_the_standard_is_read(path: Path) -> None:
    sent = path.read_bytes()
    reading = read(sent, PATIENT, patient_id=subject_of(json.loads(sent)))
    read(drafts=sent)

    assert find_violations(reading.cited, reading.cited) == () or "Bundle" in path.name


def test_the_blood_count_of_the_standard() -> None:
    """Normal white cells, low neutrophils and lymphocytes; only the report has a date and a subject."""
    facts = read((DATA / "real/hl7-fhir-r4-examples/Bundle-101.json").read_bytes(), patient_id="pat2").facts
    counts = {count.line: count for count in facts.counts}
    neutrophils = counts[CellLine.NEUTROPHILS]

    assert {line: str(count.value) for line, count in counts.items()} == {
        CellLine.LEUKOCYTES: "4.6",
        CellLine.NEUTROPHILS: "0.9",
        CellLine.LYMPHOCYTES: "0.9",
        CellLine.MONOCYTES: "0.9",
        CellLine.EOSINOPHILS: "0.92",
        CellLine.BASOPHILS: "0.92",
        CellLine.HAEMOGLOBIN: "17.6",
        CellLine.PLATELETS: "444",
    }
    assert (neutrophils.flag, neutrophils.reference_low) == (LabFlag.CRITICALLY_LOW, number("2.0"))
    assert neutrophils.reported == "0.9 x10*9/L"
    assert {count.draw for count in facts.counts} == {"report:DiagnosticReport/101@2011-03-04"}
    assert {str(share.percent) for share in facts.fractions} == {"20"}
    assert facts.gaps == ()


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.stem[:12])
def test_a_generated_patient_is_read_whole(path: Path) -> None:
    """Subjects are URNs; the white cells fall and recover around chemotherapy."""
    sent = path.read_bytes()
    resources = [entry["resource"] for entry in json.loads(sent)["entry"]]
    patient = next(each for each in resources if each["resourceType"] == "Patient")
    facts = read(sent, patient_id=patient["id"]).facts
    leukocytes = [count.value for count in facts.counts if count.line is CellLine.LEUKOCYTES]
    sent_as_leukocytes = [each for each in resources if "6690-2" in json.dumps(each.get("code", {}))]

    assert facts.gaps == ()
    assert facts.patient.born is not None
    assert len(leukocytes) == len(sent_as_leukocytes)
    assert min(leukocytes) < 4
    assert len(facts.medications) == sum(each["resourceType"] == "MedicationRequest" for each in resources)
    assert read(sent, patient_id="somebody-else").facts.counts == ()


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_a_recorded_call_is_read(path: Path) -> None:
    body = json.loads(path.read_text("utf-8"))["body"]
    context = body.get("context", {})
    supplied = [value for value in (body.get("prefetch") or {}).values() if value is not None]
    patient_id = context.get("patientId", "p1")
    reading = read(*supplied, patient_id=patient_id, drafts=context.get("draftOrders"))

    assert len(reading.facts.drafts) == len(context.get("draftOrders", {}).get("entry", []))
    assert all(gap.what != "resource" for gap in reading.facts.gaps)
