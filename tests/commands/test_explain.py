"""``leukocds explain``: enough to argue with."""

from __future__ import annotations

import json

from click.testing import CliRunner

from cds.cli import main


def observation(reference: str, loinc: str, value: float, when: str) -> dict[str, object]:
    return {
        "resourceType": "Observation",
        "id": reference,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": when,
        "valueQuantity": {
            "value": value,
            "unit": "10*3/uL",
            "system": "http://unitsofmeasure.org",
            "code": "10*3/uL",
        },
    }


BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {"resource": {"resourceType": "Patient", "id": "p1", "birthDate": "1976-05-01"}},
        {"resource": observation("o1", "751-8", 0.3, "2026-11-20T08:00:00Z")},
        {"resource": observation("o2", "751-8", 4.1, "2026-10-11T08:00:00Z")},
        {"resource": observation("o3", "5821-4", 3, "2026-11-20T08:00:00Z")},
        {
            "resource": {
                "resourceType": "MedicationRequest",
                "id": "m1",
                "status": "active",
                "intent": "order",
                "subject": {"reference": "Patient/p1"},
                "authoredOn": "2026-10-17",
                "medicationCodeableConcept": {
                    "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "6835"}]
                },
            }
        },
    ],
}


def explained(bundle: object) -> str:
    result = CliRunner().invoke(
        main, ["explain", "-", "--as-of", "2026-11-20T12:00:00Z"], input=json.dumps(bundle)
    )

    assert result.exit_code == 0, result.output
    return result.output


def test_it_shows_what_was_read_concluded_and_left_silent():
    text = explained(BUNDLE)

    for said in (
        "Observation/o1: neutrophils",
        "Observation/o3: not used",
        "Rule low-count/neutrophils",
        "limit 1.5 (adult)",
        "70 = evidence 30 + timing 25 + fall after a normal count 15",
        "timing +25: typical window, 34 days",
        "leukoFever: silent, because no fever with low or unknown neutrophils in the data",
        "[Andersohn2007]",
    ):
        assert said in text, said


def test_an_unusable_input_is_named():
    result = CliRunner().invoke(main, ["explain", "-"], input="{")

    assert result.exit_code == 2
