"""The requests that are measured, made from nothing but arithmetic: the same bytes on every machine.

Two sizes: a trimmed chart (30 KB: a patient, six blood draws with ten results each, twelve medicines, one
draft) and one of a hundred draws with all that a US Core Observation may carry (1.3 MB). Each comes twice:
with nothing low, and with methimazole ordered again at an absolute neutrophil count of 0.3. The small one
comes a third time, with nothing low and one old sample that clotted: as silent, but not to be seen at first
sight, so that it is read and judged in full.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain

AS_OF = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PATIENT = "bench-1"

_COUNT, _PERCENT, _GRAMS = "10*3/uL", "%", "g/dL"
# prefetch key: LOINC, display, unit, a normal value, one of severe neutropenia, the range as printed
_RESULTS = {
    "counts-total": [("6690-2", "Leukocytes in Blood", _COUNT, "6.8", "2.1", ("4.0", "11.0"))],
    "counts-neutrophils": [
        ("751-8", "Neutrophils in Blood", _COUNT, "4.1", "0.3", ("1.5", "7.5")),
        ("770-8", "Neutrophils/Leukocytes in Blood", _PERCENT, "60", "14", ("40", "75")),
    ],
    "counts-lymphocytes": [
        ("731-0", "Lymphocytes in Blood", _COUNT, "2.0", "1.5", ("1.0", "4.0")),
        ("736-9", "Lymphocytes/Leukocytes in Blood", _PERCENT, "30", "72", ("20", "50")),
    ],
    "counts-other-lines": [
        ("742-7", "Monocytes in Blood", _COUNT, "0.5", "0.21", ("0.2", "1.0")),
        ("711-2", "Eosinophils in Blood", _COUNT, "0.15", "0.06", ("0.0", "0.5")),
        ("704-7", "Basophils in Blood", _COUNT, "0.04", "0.02", ("0.0", "0.2")),
    ],
    "counts-red-platelets": [
        ("718-7", "Hemoglobin in Blood", _GRAMS, "13.9", "13.4", ("12.0", "16.0")),
        ("777-3", "Platelets in Blood", _COUNT, "240", "231", ("150", "400")),
    ],
}
_MEDICINES = (
    ("314077", "lisinopril 20 MG Oral Tablet"),
    ("617312", "atorvastatin 20 MG Oral Tablet"),
    ("861007", "metformin hydrochloride 500 MG Oral Tablet"),
    ("308136", "amlodipine 2.5 MG Oral Tablet"),
    ("402014", "omeprazole 20 MG Delayed Release Oral Capsule"),
    ("966224", "levothyroxine sodium 0.05 MG Oral Tablet"),
    ("855332", "warfarin sodium 5 MG Oral Tablet"),
    ("197361", "amlodipine 5 MG Oral Tablet"),
    ("314200", "pantoprazole 40 MG Delayed Release Oral Tablet"),
    ("312961", "simvastatin 20 MG Oral Tablet"),
    ("866924", "metoprolol tartrate 25 MG Oral Tablet"),
)
_METHIMAZOLE = ("197941", "methimazole 10 MG Oral Tablet")
_GLUCOPHAGE = ("861004", "metformin hydrochloride 1000 MG Oral Tablet")

_RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_UCUM = "http://unitsofmeasure.org"
_SUBJECT = {"reference": f"Patient/{PATIENT}"}


@dataclass(frozen=True, slots=True)
class Body:
    """One request body.

    Attributes:
        name: as in the table.
        speaks: whether cards are expected.
    """

    name: str
    speaks: bool
    content: bytes


def build_bodies() -> tuple[Body, ...]:
    """Every body, always the same."""
    small, large = (6, False), (100, True)
    return (
        Body("30 KB, silent", False, _request(*small)),
        Body("30 KB, silent but one result is odd", False, _request(*small, odd=True)),
        Body("30 KB, with cards", True, _request(*small, speaks=True)),
        Body("1.3 MB, silent", False, _request(*large)),
        Body("1.3 MB, with cards", True, _request(*large, speaks=True)),
    )


def _request(draws: int, rich: bool, *, speaks: bool = False, odd: bool = False) -> bytes:
    prefetch: dict[str, object] = {"patient": _patient()}
    for key in _RESULTS:
        results = [
            *chain.from_iterable(_draw(key, draw, rich, speaks and draw == 0) for draw in range(draws))
        ]
        if odd and key == "counts-total":
            results[-1] = _clotted(results[-1])
        prefetch[key] = _bundle(results)
    chart = [*_MEDICINES, _METHIMAZOLE if speaks else _GLUCOPHAGE]
    prefetch["medications"] = _bundle(_medicine(number, *each) for number, each in enumerate(chart, start=1))
    prefetch |= {key: _bundle([]) for key in ("temperature", "conditions", "allergies", "tests")}
    draft = _medicine(99, *chart[-1]) | {"id": "draft-1", "status": "draft"}
    request = {
        "hook": "order-sign",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {
            "userId": "Practitioner/example",
            "patientId": PATIENT,
            "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": draft}]},
        },
        "prefetch": prefetch,
    }
    return json.dumps(request, separators=(",", ":")).encode()


def _patient() -> dict[str, object]:
    return {"resourceType": "Patient", "id": PATIENT, "gender": "female", "birthDate": "1971-04-02"}


def _bundle(resources: Iterable[object]) -> dict[str, object]:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _clotted(result: dict[str, object]) -> dict[str, object]:
    """The same result without a value, and the reason why."""
    system = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
    absent = {"coding": [{"system": system, "code": "error"}], "text": "clotted"}
    return {name: value for name, value in result.items() if name != "valueQuantity"} | {
        "dataAbsentReason": absent
    }


def _draw(key: str, draw: int, rich: bool, low: bool) -> Iterator[dict[str, object]]:
    drawn = (AS_OF - timedelta(days=1 + 30 * draw)).isoformat().replace("+00:00", "Z")
    for code, display, unit, normal, when_low, limits in _RESULTS[key]:
        observation: dict[str, object] = {
            "resourceType": "Observation",
            "id": f"o{draw}-{code}",
            "status": "final",
            "code": {
                "coding": [{"system": "http://loinc.org", "code": code, "display": display}],
                "text": display,
            },
            "subject": _SUBJECT,
            "effectiveDateTime": drawn,
            "valueQuantity": _quantity(when_low if low else normal, unit),
        }
        yield observation | (_frills(drawn, code, unit, limits) if rich else {})


def _quantity(value: str, unit: str) -> dict[str, object]:
    return {"value": float(value), "unit": unit, "system": _UCUM, "code": unit}


def _frills(drawn: str, code: str, unit: str, limits: tuple[str, str]) -> dict[str, object]:
    category = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {
        "meta": {
            "versionId": "1",
            "lastUpdated": drawn,
            "profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab"],
        },
        "identifier": [{"system": "urn:oid:2.16.840.1.113883.3.72.5.24", "value": f"{drawn}/{code}"}],
        "category": [{"coding": [{"system": category, "code": "laboratory", "display": "Laboratory"}]}],
        "encounter": {"reference": "Encounter/enc-20261119", "display": "Outpatient visit"},
        "issued": drawn,
        "specimen": {"reference": f"Specimen/{drawn[:10]}", "display": "Venous blood, EDTA"},
        "performer": [{"reference": "Organization/lab-1", "display": "Central Laboratory, Haematology"}],
        "referenceRange": [
            {
                "low": _quantity(limits[0], unit),
                "high": _quantity(limits[1], unit),
                "text": " - ".join(limits),
            }
        ],
    }


def _medicine(number: int, rxcui: str, name: str) -> dict[str, object]:
    started = (AS_OF - timedelta(days=34 if rxcui == _METHIMAZOLE[0] else 200 + number)).date().isoformat()
    return {
        "resourceType": "MedicationRequest",
        "id": f"m{number}",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {
            "coding": [{"system": _RXNORM, "code": rxcui, "display": name}],
            "text": name,
        },
        "subject": _SUBJECT,
        "authoredOn": started,
        "dosageInstruction": [
            {"text": "1 tablet daily", "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}
        ],
    }
