"""The kit's own requests: valid, minimal, about an invented patient, for whatever a service asks."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from cds.conform.json_text import split_url
from cds.conform.templates import fill_in

Json = dict[str, Any]

CANARY = "Conform-Canary-7f3a"  # the invented patient's name: must not come back in an error
USER = "conform-practitioner"
ENCOUNTER = "conform-encounter"
DRAFT = {
    "resourceType": "MedicationRequest",
    "id": "conform-draft",
    "status": "draft",
    "intent": "order",
    "medicationCodeableConcept": {"text": "conformance test tablet"},
    "subject": {"reference": "Patient/{{patient}}"},
    "authoredOn": "{{now}}",
}

_HERE = Path(__file__).parent
HOOKS: Mapping[str, Json] = json.loads((_HERE / "hooks.json").read_text("utf-8"))
_RESOURCES: Mapping[str, Json] = json.loads((_HERE / "resources.json").read_text("utf-8"))


def sample_request(hook: str, prefetch: Mapping[str, str], patient: str, now: datetime) -> Json:
    """A request for ``hook`` with all that ``prefetch`` (key to template) asks for."""
    known = HOOKS.get(hook, HOOKS["encounter-start"])
    context = _filled({**known["required"], **known["optional"]}, patient, now)
    answers = {
        key: sample_answer(template, f"conform-{at}", context, patient, now)
        for at, (key, template) in enumerate(prefetch.items())
    }
    return {
        "hook": hook,
        "hookInstance": str(uuid.uuid4()),
        "context": context,
        **(
            {"prefetch": {key: value for key, value in answers.items() if value is not ...}}
            if answers
            else {}
        ),
    }


def sample_answer(template: str, name: str, context: Json, patient: str, now: datetime) -> Any:
    """What a FHIR server might answer to ``template``; ``...`` if its tokens cannot be filled in.

    A read gives a resource. A search gives a searchset with one match, ``name``, that has the first code and
    status asked for, or with none if the type is not known here.
    """
    query = fill_in(template, context)
    if query is None:
        return ...
    parts = split_url(query)
    path, wanted = parts.path, dict(parse_qsl(parts.query))
    kind, _, identity = path.partition("/")
    resource = sample_resource(kind, patient, now)
    if identity:
        return (resource or {"resourceType": kind}) | {"id": identity}
    if resource is None:
        return {"resourceType": "Bundle", "type": "searchset", "total": 0}
    resource["id"] = name
    system, _, code = wanted.get("code", "").partition(",")[0].rpartition("|")
    if code and "code" in resource:
        resource["code"] = {"coding": [{"system": system, "code": code} if system else {"code": code}]}
    if "status" in wanted and "status" in resource:
        resource["status"] = wanted["status"].partition(",")[0].rpartition("|")[2]
    return searchset(resource)


def sample_resource(kind: str, patient: str, now: datetime) -> Json | None:
    """A minimal R4 resource of this type about ``patient``; ``None`` if there is none here."""
    if kind not in _RESOURCES:
        return None
    filled: Json = _filled(_RESOURCES[kind], patient, now)
    return {"resourceType": kind} | filled


def searchset(*resources: Json) -> Json:
    """What a search answers."""
    entries = [
        {"fullUrl": f"https://fhir.invalid/{each['resourceType']}/{each.get('id')}", "resource": each}
        for each in resources
    ]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _filled(value: Any, patient: str, now: datetime) -> Any:
    if value == "{{draft}}":
        return _filled(deepcopy(DRAFT), patient, now)
    if isinstance(value, dict):
        return {name: _filled(member, patient, now) for name, member in value.items()}
    if isinstance(value, list):
        return [_filled(each, patient, now) for each in value]
    if isinstance(value, str):
        words = {"patient": patient, "user": USER, "encounter": ENCOUNTER, "canary": CANARY}
        words["now"] = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        for name, word in words.items():
            value = value.replace(f"{{{{{name}}}}}", word)
    return value
