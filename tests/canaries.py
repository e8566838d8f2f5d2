"""Requests in which everything that must not leak is a word that occurs nowhere else."""

from __future__ import annotations

import copy
import re
from typing import Any

Json = dict[str, Any]

TOKEN = "canaryAccessToken7f3a"
NAME = "Canaryname"
IDENTIFIER = "canary-mrn-7f3a"
PATIENT = "canary-patient-7f3a"
USER = "canary-user-7f3a"
ENCOUNTER = "canary-encounter-7f3a"
FREE_TEXT = "canary free text"
VALUE = "731731"  # the last digits of every result
SUBJECT = "canary-subject-7f3a"

# what may stand on a card: results, names of medicines as sent, and the patient's id in a suggested order
OF_THE_CHART = (PATIENT, FREE_TEXT, VALUE)
OF_NOBODY = (TOKEN, NAME, IDENTIFIER, USER, ENCOUNTER, SUBJECT)
ALL = (*OF_THE_CHART, *OF_NOBODY)

_NARRATIVE = {"status": "generated", "div": f"<div>{NAME} {FREE_TEXT}</div>"}


def planted(request: Json) -> Json:
    """The request of a story with a canary for the patient's id and for all that goes with it."""
    sent = copy.deepcopy(request)
    own = sent["context"]["patientId"]
    sent = _renamed(sent, own)
    sent["context"] |= {"patientId": PATIENT, "userId": f"Practitioner/{USER}", "encounterId": ENCOUNTER}
    sent["extension"] = {"internal.epic.cdshooks.request.epic-emp-id": USER}
    prefetch = sent.get("prefetch") or {}
    for value in (sent["context"].get("draftOrders"), *prefetch.values()):
        for resource in resources(value):
            _plant(resource)
    prefetch["item9"] = _odd_things()
    return sent | {"prefetch": prefetch}


def authorization() -> Json:
    return {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": f"patient/*.read {FREE_TEXT}",
        "subject": SUBJECT,
    }


def resources(value: Any) -> list[Json]:
    """All resources in a value, Bundles left out."""
    if isinstance(value, list):
        return [each for item in value for each in resources(item)]
    if not isinstance(value, dict):
        return []
    inner = [each for member in value.values() for each in resources(member)]
    return [value, *inner] if value.get("resourceType", "Bundle") != "Bundle" else inner


def _renamed(value: Any, own: str) -> Any:
    if isinstance(value, dict):
        return {name: _renamed(member, own) for name, member in value.items()}
    if isinstance(value, list):
        return [_renamed(each, own) for each in value]
    if isinstance(value, str):
        return (
            PATIENT if value == own else re.sub(rf"Patient/{re.escape(own)}\b", f"Patient/{PATIENT}", value)
        )
    return value


def _plant(resource: Json) -> None:
    resource["text"] = _NARRATIVE
    resource["identifier"] = [{"system": "urn:mrn", "value": IDENTIFIER}]
    match resource["resourceType"]:
        case "Patient":
            resource["name"] = [{"family": NAME, "text": NAME}]
            resource["telecom"] = [{"value": IDENTIFIER}]
        case "Observation":
            resource["note"] = [{"text": FREE_TEXT}]
            resource["performer"] = [{"display": NAME}]
            quantity = resource.get("valueQuantity")
            if isinstance(quantity, dict) and isinstance(quantity.get("value"), int | float):
                quantity["value"] = float(f"{float(quantity['value']):.3f}{VALUE}")
        case "MedicationRequest":
            resource["note"] = [{"text": FREE_TEXT}]
            resource["requester"] = {"display": NAME, "reference": f"Practitioner/{USER}"}


def _odd_things() -> Json:
    """What ends up in doubts about the data: units, values, codes and names that nobody knows."""
    subject = {"reference": f"Patient/{PATIENT}"}
    neutrophils = {"coding": [{"system": "http://loinc.org", "code": "751-8", "display": FREE_TEXT}]}
    medicine = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "subject": subject,
    }
    odd: list[Json] = [
        {"valueString": FREE_TEXT},
        {"valueQuantity": {"value": float(f"3.0{VALUE}"), "unit": FREE_TEXT}},
        {"valueQuantity": {"value": float(f"3000.0{VALUE}"), "unit": "10*9/L"}},
        {"dataAbsentReason": {"text": FREE_TEXT}},
    ]
    entries = [
        {"resourceType": "Observation", "id": f"{FREE_TEXT} {number}", "status": "final", "subject": subject}
        | {"code": neutrophils}
        | each
        for number, each in enumerate(odd)
    ]
    entries.append(medicine | {"id": "m-odd", "medicationCodeableConcept": {"text": FREE_TEXT}})
    entries.append(medicine | {"id": "m-other", "subject": {"reference": f"Patient/{IDENTIFIER}"}})
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": f"urn:uuid:{FREE_TEXT}", "resource": each} for each in entries],
    }
