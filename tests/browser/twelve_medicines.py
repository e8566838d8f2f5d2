"""A patient with twelve medicines, some with long names, and counts that fell over months."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

LONG_NAME = "Supercalifragilistic herbal preparation of an unknown maker, forte, prolonged release"
MEDICINES = (
    "trimethoprim-sulfamethoxazole 800 MG / 160 MG Oral Tablet [Bactrim DS double strength]",
    "azathioprine",
    "carbamazepine",
    "clozapine",
    "methimazole",
    "sulfasalazine",
    "valganciclovir",
    "mycophenolate mofetil",
    "lisinopril",
    LONG_NAME,
    "omeprazole",
    "rituximab",
)
DRAWS = (
    (200, 6.1, 4.0, 1.6),
    (120, 5.2, 3.1, 1.5),
    (60, 3.4, 1.6, 1.2),
    (20, 2.1, 0.7, 0.9),
    (6, 1.6, 0.4, 0.8),
)


def twelve_medicines(now: datetime) -> dict[str, Any]:
    """The Bundle, told at ``now``."""
    about = {"subject": {"reference": "Patient/twelve"}}
    resources: list[dict[str, Any]] = [
        {
            "resourceType": "Patient",
            "id": "twelve",
            "gender": "male",
            "birthDate": "1950-01-02",
            "name": [{"given": ["Hubert"], "family": "Wolfeschlegelsteinhausenbergerdorff"}],
        },
        {"resourceType": "Encounter", "id": "e1", "status": "finished"} | about,
    ]
    for days, *counts in DRAWS:
        for code, value in zip(("6690-2", "751-8", "731-0"), counts, strict=True):
            resources.append(
                {
                    "resourceType": "Observation",
                    "id": f"o-{code}-{days}",
                    "status": "final",
                    "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
                    "effectiveDateTime": (now - timedelta(days=days)).isoformat(),
                    "valueQuantity": {"value": value, "unit": "10*9/L"},
                }
                | about
            )
    for place, name in enumerate(MEDICINES):
        resources.append(
            {
                "resourceType": "MedicationRequest",
                "id": f"m{place}",
                "status": "active" if place % 3 else "stopped",
                "intent": "order",
                "medicationCodeableConcept": {"text": name},
                "authoredOn": (now - timedelta(days=15 * (place + 1))).date().isoformat(),
            }
            | about
        )
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": each} for each in resources],
    }
