"""FHIR data dropped on the page, made into the hook request that an EHR holding them would send.

An EHR runs the prefetch templates of discovery against its data. So does this, for a Bundle or a single
resource: each template gets what it asks for, newest first, and what none of them asks for is not sent but
counted, because in a hospital it would not arrive either.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
from msgspec import Struct

from cds.errors import MalformedJson, WrongShape
from cds.findings import Occasion
from cds.hooks.services import Query

Resource = Mapping[str, Any]

_CODED_BY = {"code": "code", "clinical-status": "clinicalStatus"}  # search parameter to element
_DATES = ("effectiveDateTime", "effectiveInstant", "issued", "authoredOn", "recordedDate", "onsetDateTime")
_ALONG = {"MedicationRequest": "Medication"}  # goes with the requests that point at it
_ORDERS = ("MedicationRequest", "ServiceRequest")


class Opened(Struct, frozen=True):
    """What became of a document.

    Attributes:
        request: the hook request, of the patient who is meant.
        patients: ids of all patients whom the document is about.
        left_out: resource type to how many resources no template asks for.
    """

    request: dict[str, Any]
    patients: list[str]
    left_out: dict[str, int]


def open_document(body: bytes, queries: Sequence[Query], patient: str) -> Opened:
    """The hook request that ``body`` is, or that an EHR with these data would send.

    ``patient`` is the id of the one who is meant; empty: the first. Raises ``MalformedJson`` or
    ``WrongShape``.
    """
    try:
        document = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedJson(f"This is not JSON: {error}.") from None
    if not isinstance(document, dict):
        raise WrongShape("This is neither a FHIR resource nor a hook request.")
    if "resourceType" not in document:
        return _open_request(document)
    entries = [*_entries(document)]
    resources = [entry["resource"] for entry in entries]
    patients = _patients(resources)
    chosen = patient or next(iter(patients), "unknown")
    mine = [entry for entry in entries if len(patients) < 2 or _is_about(entry, chosen)]
    drafts = [entry for entry in mine if _is_draft(entry["resource"])]
    chart = [entry for entry in mine if not _is_draft(entry["resource"])]
    prefetch = {query.key: _answer(query, chart, chosen) for query in queries}
    context: dict[str, Any] = {"userId": "Practitioner/sandbox", "patientId": chosen}
    if drafts:
        context["draftOrders"] = {"resourceType": "Bundle", "type": "collection", "entry": drafts}
    return Opened(
        request={"hook": Occasion.PATIENT_VIEW.value, "context": context, "prefetch": prefetch},
        patients=patients,
        left_out=_left_out(chart, prefetch),
    )


def _open_request(document: dict[str, Any]) -> Opened:
    context = document.get("context")
    patient = context.get("patientId") if isinstance(context, dict) else None
    if "hook" not in document or not isinstance(patient, str):
        raise WrongShape("This is neither a FHIR resource nor a hook request with context.patientId.")
    return Opened(document, [patient], {})


def _entries(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if document["resourceType"] != "Bundle":
        yield {"resource": document}
        return
    for entry in _list(document.get("entry")):
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            kept = {name: entry[name] for name in ("fullUrl", "resource") if name in entry}
            if kept["resource"].get("resourceType") == "Bundle":  # a searchset within a collection
                yield from _entries(kept["resource"])
            else:
                yield kept


# --- what a template asks for ---------------------------------------------------------------------------


def _answer(query: Query, entries: Iterable[dict[str, Any]], patient: str) -> Any:
    """What an EHR answers to one template: a resource, a searchset, or ``null`` for a read without result."""
    path, wanted = _parts(query.template)
    if "/" in path:
        return next(
            (
                entry["resource"]
                for entry in entries
                if entry["resource"].get("resourceType") == query.resource
                and entry["resource"].get("id", patient) == patient
            ),
            None,
        )
    found = [entry for entry in entries if _fits(entry["resource"], query.resource, wanted)]
    found.sort(key=lambda entry: _date(entry["resource"]), reverse=True)
    found = found[: int(wanted.get("_count", ["1000"])[0])]
    along = _ALONG.get(query.resource)
    included = [entry for entry in entries if found and entry["resource"].get("resourceType") == along]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(found),
        "entry": [*found, *included],
    }


def _parts(template: str) -> tuple[str, dict[str, list[str]]]:
    """The path of a template and its parameters, each with the values of which one has to fit."""
    address = urlsplit(template)
    parameters = {
        name: [value for text in values for value in re.split(r"(?<!\\),", text)]
        for name, values in parse_qs(address.query).items()
    }
    return unquote(address.path), parameters


def _fits(resource: Resource, kind: str, wanted: Mapping[str, list[str]]) -> bool:
    if resource.get("resourceType") != kind:
        return False
    for parameter, element in _CODED_BY.items():
        if parameter in wanted and _tokens(resource.get(element)).isdisjoint(wanted[parameter]):
            return False
    return "status" not in wanted or resource.get("status") in wanted["status"]


def _tokens(concept: object) -> set[str]:
    """A CodeableConcept as the search tokens that find it."""
    codings = _list(concept.get("coding")) if isinstance(concept, dict) else []
    tokens = set()
    for coding in codings:
        if isinstance(coding, dict) and isinstance(coding.get("code"), str):
            tokens |= {coding["code"], f"{coding.get('system', '')}|{coding['code']}"}
    return tokens


def _date(resource: Resource) -> str:
    """Its date as sent, which sorts well enough as text; empty without one."""
    return next((value for name in _DATES if isinstance(value := resource.get(name), str)), "")


def _left_out(entries: Iterable[dict[str, Any]], prefetch: Mapping[str, Any]) -> dict[str, int]:
    sent = {id(resource) for answer in prefetch.values() for resource in _held(answer)}
    return dict(
        Counter(
            str(entry["resource"].get("resourceType", "unknown"))
            for entry in entries
            if id(entry["resource"]) not in sent
        )
    )


def _held(answer: Any) -> Iterator[object]:
    if answer is not None:
        yield answer
        yield from (entry["resource"] for entry in _list(answer.get("entry")))


# --- whose data -----------------------------------------------------------------------------------------


def _patients(resources: Iterable[Resource]) -> list[str]:
    """Patients of the document, by their own resources; without any, by those it speaks of."""
    own, spoken_of = {}, {}
    for resource in resources:
        identity = resource.get("id")
        if resource.get("resourceType") == "Patient" and isinstance(identity, str):
            own[identity] = True
        elif reference := _subject(resource):
            spoken_of[reference] = True
    return list(own or spoken_of)


def _is_about(entry: Mapping[str, Any], patient: str) -> bool:
    resource = entry["resource"]
    if resource.get("resourceType") == "Patient":
        return bool(resource.get("id") == patient)
    return _subject(resource) in {"", patient}


def _subject(resource: Resource) -> str:
    """The bare id of whom it is about; empty if it does not say."""
    subject = resource.get("subject") or resource.get("patient")
    reference = subject.get("reference") if isinstance(subject, dict) else ""
    return re.split(r"[/:]", reference)[-1] if isinstance(reference, str) else ""


def _is_draft(resource: Resource) -> bool:
    return resource.get("resourceType") in _ORDERS and resource.get("status") == "draft"


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
