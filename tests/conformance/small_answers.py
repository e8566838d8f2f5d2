"""What the small service answers: a card per draft order, from two queries that it sends if it has to."""

from __future__ import annotations

import re
import uuid
from typing import Any

import requests

from tests.conformance.small_door import PATIENCE, Json, Refused

TEMPLATES = {
    "patient": "Patient/{{context.patientId}}",
    "results": "Observation?patient={{context.patientId}}&code=http://loinc.org|718-7&_count=5",
}


def make_answer(sent: Json, flaw: str, *, may_fetch: bool) -> Json:
    """A card per draft order. Raises ``Refused`` if data is missing."""
    patient = str(sent["context"]["patientId"]).removeprefix("Patient/")
    if flaw == "bare ids" and "/" in sent["context"]["patientId"]:
        raise Refused(400, "patientId")
    data = _data(sent, patient, flaw, may_fetch)
    person, results = data["patient"], _count(data["results"], patient, flaw)
    if flaw == "first result" and results:
        results = data["results"]["entry"][0]["resource"]["id"]
    if isinstance(person, dict) and person.get("id") != patient and flaw != "any patient":
        raise Refused(412, "the Patient is another one")
    cards = [_card(draft, results, flaw) for draft in _drafts(sent, flaw)]
    return {"cards": cards}


def _data(sent: Json, patient: str, flaw: str, may_fetch: bool) -> Json:
    prefetch = sent.get("prefetch")
    if flaw == "needs prefetch" and prefetch is None:
        raise ZeroDivisionError
    if flaw == "needs results" and "results" not in (prefetch or {"results": None}):
        raise ZeroDivisionError
    prefetch = prefetch if isinstance(prefetch, dict) else {}
    if flaw == "own keys" and {*prefetch} - {*TEMPLATES}:
        raise ZeroDivisionError
    return {
        key: _checked(key, prefetch[key], flaw)
        if key in prefetch
        else _fetched(key, sent, patient, flaw, may_fetch)
        for key in TEMPLATES
    }


def _checked(key: str, value: Any, flaw: str) -> Any:
    kind = value.get("resourceType") if isinstance(value, dict) else None
    entries = value.get("entry", []) if isinstance(value, dict) else []
    if flaw == "null is missing" and value is None:
        raise Refused(412, key)
    if flaw == "empty is missing" and kind == "Bundle" and not entries:
        raise Refused(412, key)
    if flaw == "notes are failures" and any("OperationOutcome" in str(entry) for entry in entries):
        raise Refused(412, key)
    if flaw == "fragile outcome" and kind == "OperationOutcome":
        raise ZeroDivisionError
    if flaw == "next page" and isinstance(value, dict) and "link" in value:
        raise ZeroDivisionError
    if flaw == "silent failures" and kind == "OperationOutcome":
        raise Refused(200)
    wanted = {"patient": "Patient", "results": "Bundle"}[key]
    if value is not None and (kind != wanted or not isinstance(entries, list)):
        if flaw == "nonsense":
            raise ZeroDivisionError
        raise Refused(200 if flaw == "silent nonsense" else 412, key)
    return value


def _fetched(key: str, sent: Json, patient: str, flaw: str, may_fetch: bool) -> Any:
    server, token = sent.get("fhirServer"), (sent.get("fhirAuthorization") or {}).get("access_token")
    if not token or not re.match("http://127", str(server)) or not may_fetch:
        raise Refused(412, key)
    query = TEMPLATES[key].replace("{{context.patientId}}", patient)
    headers = {} if flaw == "no bearer" else {"Authorization": f"Bearer {token}"}
    try:
        reply = requests.get(f"{server}/{query}", headers=headers, timeout=PATIENCE)
        reply.raise_for_status()
        found = reply.json()
    except requests.RequestException:
        if flaw == "silent fetch":
            raise Refused(200) from None
        raise Refused(412, key) from None
    if flaw == "half fetched" and key == "results":
        return None
    return found


def _count(bundle: Json | None, patient: str, flaw: str) -> int:
    entries = (bundle or {}).get("entry", [])
    found = 0
    for entry in entries:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if flaw == "all or nothing" and not isinstance(resource, dict):
            raise Refused(412, "entry")
        theirs = {"reference": f"Patient/{patient}"}
        found += isinstance(resource, dict) and (flaw == "any patient" or resource.get("subject") == theirs)
    return found


def _drafts(sent: Json, flaw: str) -> list[Json]:
    bundle = sent["context"].get("draftOrders")
    entries = bundle.get("entry") if isinstance(bundle, dict) else None
    found = []
    for entry in entries if isinstance(entries, list) else []:
        draft = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(draft, dict):
            if flaw == "odd drafts":
                raise ZeroDivisionError
            continue
        if flaw == "medicines only" and draft.get("resourceType") != "MedicationRequest":
            raise Refused(400, "draft")
        if flaw == "drafts only" and draft.get("status") != "draft":
            raise Refused(400, "draft")
        if flaw == "whole drafts" and "intent" not in draft:
            raise Refused(400, "draft")
        if draft.get("resourceType") == "MedicationRequest":
            found.append(draft)
    return found


def _card(draft: Json, results: int, flaw: str) -> Json:
    name = str((draft.get("medicationCodeableConcept") or {}).get("text", "nothing"))
    shown = name if flaw == "raw names" else re.sub(r"([!\[\]()<>_*`\\])", r"\\\1", name)
    card: Json = {
        "uuid": str(uuid.uuid4()),
        "summary": f"{results} results of {name}"[:100],
        "indicator": "info",
        "detail": f"**Order:** {shown}",
        "source": {
            "label": "Small",
            "url": "https://small.example.org",
            "topic": {"system": "urn:small", "code": "draft"},
        },
        "overrideReasons": [{"system": "urn:small", "code": "known", "display": "Known"}],
        "links": [
            {"label": "Page", "url": "https://small.example.org/page", "type": "absolute"},
            {"label": "App", "url": "https://small.example.org/app", "type": "smart", "appContext": "x"},
        ],
        "extension": {"org.example.small": {"results": results}},
    }
    order = {"resourceType": "ServiceRequest", "status": "draft", "intent": "order"}
    suggestions = [_suggestion({"type": "create", "description": "Order a test", "resource": order})]
    if isinstance(draft.get("id"), str) or flaw == "removes what has no id":
        identity = str(draft.get("id"))
        target = f"MedicationRequest/{identity[:64] if flaw == 'short ids' else identity}"
        action = {"type": "delete", "description": "Remove the draft", "resourceId": target}
        suggestions.append(_suggestion(action))
    return card | {"suggestions": suggestions, "selectionBehavior": "any"}


def _suggestion(action: Json) -> Json:
    return {"uuid": str(uuid.uuid4()), "label": action["description"], "actions": [action]}
