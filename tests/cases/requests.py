"""Hook requests as an EHR would post them, written short.

The clock stands at 20 Nov 2026 12:00 UTC, blood is drawn at 08:00 ("today"), the patient is a woman born in
May 1976. Counts are in 10*9/L unless a unit is written; numbers are written as text, so that the JSON holds
exactly their digits. Resources without an id get one when the request is made: ``o1``, ``m1``, ``d1`` ...
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias

import msgspec

from cds.findings import Occasion
from cds.hooks.services import Query, offered_services
from cds.knowledge.base import Knowledge
from cds.knowledge.load import load_knowledge

Json: TypeAlias = dict[str, Any]

NOW = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
TODAY = "2026-11-20T08:00:00Z"
PATIENT = "p1"
ADULT: Json = {"resourceType": "Patient", "id": PATIENT, "gender": "female", "birthDate": "1976-05-01"}
PER_LITRE = "10*9/L"

LOINC, RXNORM, UCUM = (
    "http://loinc.org",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://unitsofmeasure.org",
)
ATC = "http://www.whocc.no/atc"
CVX, SNOMED = "http://hl7.org/fhir/sid/cvx", "http://snomed.info/sct"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"

WBC, ANC, ALC, MONO, EOS, BASO = "6690-2", "751-8", "731-0", "742-7", "711-2", "704-7"
HAEMOGLOBIN, PLATELETS, TEMPERATURE, CBC = "718-7", "777-3", "8310-5", "58410-2"

_encode = msgspec.json.Encoder(decimal_format="number").encode
_CODES = re.compile(r"http://loinc\.org\|([\d-]+)")


@cache
def knowledge() -> Knowledge:
    """The shipped knowledge, loaded once."""
    return load_knowledge()


def ago(days: float, hour: str = "08:00") -> str:
    """An instant so many days before today, at that time of the day (UTC)."""
    return f"{(NOW - timedelta(days=days)).date()}T{hour}:00Z"


def day(days: int) -> str:
    """A date so many days before today."""
    return str((NOW - timedelta(days=days)).date())


# --- resources ------------------------------------------------------------------------------------------


def quantity(value: str, unit: str, **more: str) -> Json:
    """A Quantity; ``unit`` is sent as text only unless ``code`` or ``system`` are given."""
    sent: Json = {"value": msgspec.Raw(value.encode())}
    return sent | ({"unit": unit} if unit else {}) | more


def observation(
    loinc: str,
    value: str | None = None,
    unit: str = PER_LITRE,
    when: str | None = TODAY,
    *,
    status: str = "final",
    system: str = LOINC,
    **members: Any,
) -> Json:
    """One laboratory result. ``members`` replace or add to its members as they are."""
    sent: Json = {
        "resourceType": "Observation",
        "status": status,
        "code": {"coding": [{"system": system, "code": loinc}]},
        "subject": {"reference": f"Patient/{PATIENT}"},
    }
    if when is not None:
        sent["effectiveDateTime"] = when
    if value is not None:
        sent["valueQuantity"] = quantity(value, unit)
    return sent | members


def text_result(loinc: str, text: str, *, low: str = "", unit: str = "", when: str = TODAY) -> Json:
    """A result as ``valueString``; its unit only in the reference range, if there is one."""
    members: Json = {"valueString": text}
    if unit:
        members["referenceRange"] = [{"low": quantity(low, unit)}] if low else []
    return observation(loinc, when=when, **members)


def percent(loinc: str, value: str, when: str = TODAY, **members: Any) -> Json:
    """A share of the white cells."""
    return observation(loinc, value, "%", when, **members)


def temperature(celsius: str, when: str = "2026-11-20T09:00:00Z", loinc: str = TEMPERATURE) -> Json:
    """A body temperature."""
    sent = observation(loinc, celsius, "Cel", when)
    sent["valueQuantity"] |= {"system": UCUM, "code": "Cel"}
    return sent


def medication(rxnorm: str = "", text: str = "") -> Json:
    """``medicationCodeableConcept``: coded, as free text, or both."""
    coding = [{"system": RXNORM, "code": rxnorm} | ({"display": text} if text else {})] if rxnorm else []
    return ({"coding": coding} if coding else {}) | ({"text": text} if text else {})


def medication_request(
    rxnorm: str = "", text: str = "", *, since: str | None = None, status: str = "active", **members: Any
) -> Json:
    """A medicine of the chart, taken since a date."""
    sent: Json = {
        "resourceType": "MedicationRequest",
        "status": status,
        "intent": "order",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "medicationCodeableConcept": medication(rxnorm, text),
    }
    if since is not None:
        sent["authoredOn"] = since
    return sent | members


def draft(rxnorm: str = "", text: str = "", **members: Any) -> Json:
    """A medicine being ordered now."""
    return medication_request(rxnorm, text, since=str(NOW.date()), status="draft") | members


def draft_vaccine(cvx: str, text: str = "") -> Json:
    """A vaccine ordered as a MedicationRequest coded in CVX."""
    concept = {"coding": [{"system": CVX, "code": cvx}]} | ({"text": text} if text else {})
    return draft(medicationCodeableConcept=concept)


def draft_test(loinc: str) -> Json:
    """A test being ordered now."""
    return {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "code": {"coding": [{"system": LOINC, "code": loinc}]},
    }


def condition(code: str, system: str = SNOMED, *, recorded: str = "2020-01-01", text: str = "") -> Json:
    """An active entry of the problem list."""
    active = {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}
    concept = {"coding": [{"system": system, "code": code}]} | ({"text": text} if text else {})
    return {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [active]},
        "code": concept,
        "subject": {"reference": f"Patient/{PATIENT}"},
        "recordedDate": recorded,
    }


def duffy_null() -> Json:
    """Duffy-null as ICD-10-CM has it since fiscal year 2026."""
    return condition("Z67.A1", ICD10CM, text="Duffy null")


# --- the request ----------------------------------------------------------------------------------------


def bundle(resources: Iterable[Json], kind: str = "searchset") -> Json:
    """A Bundle of these resources."""
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": each} for each in resources]}


def named(resources: Iterable[Json], prefix: str = "") -> list[Json]:
    """The resources, each with an id: its own, or ``o1``, ``m1`` ... in their order."""
    given = []
    for number, resource in enumerate(resources, start=1):
        letter = prefix or resource["resourceType"][0].lower()
        given.append(resource if "id" in resource else resource | {"id": f"{letter}{number}"})
    return given


def prefetch_of(resources: Iterable[Json], patient: Json | None = ADULT) -> Json:
    """The resources under the keys whose queries would have returned them; every key is answered."""
    queries = _queries()
    found: dict[str, list[Json]] = {query.key: [] for query in queries}
    for resource in resources:
        found[_key_of(resource, queries)].append(resource)
    prefetch: Json = {key: bundle(entries) for key, entries in found.items()}
    prefetch["patient"] = patient
    return prefetch


def request(
    hook: str = "order-sign",
    *entries: Json,
    drafts: Iterable[Json] = (),
    patient: Json | None = ADULT,
    prefetch: Mapping[str, Any] | None = None,
    **context: Any,
) -> bytes:
    """The body of one call. ``prefetch`` replaces the one made of ``entries``; ``context`` adds to it."""
    about: Json = {"userId": "Practitioner/dr1", "patientId": PATIENT, "encounterId": "e1"}
    if hook != Occasion.PATIENT_VIEW:
        about["draftOrders"] = bundle(named(drafts, "d"), "collection")
    if hook == Occasion.ORDER_SELECT:
        orders = about["draftOrders"]["entry"]
        about["selections"] = [
            f"{each['resource']['resourceType']}/{each['resource']['id']}" for each in orders
        ]
    body = {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": about | context,
        "prefetch": prefetch if prefetch is not None else prefetch_of(named(entries), patient),
    }
    return encode(body)


def encode(body: object) -> bytes:
    """JSON with the numbers exactly as they were written."""
    return _encode(body)


def shift(text: str, days: int) -> str:
    """A FHIR date or instant so many days later."""
    moved = date.fromisoformat(text[:10]) + timedelta(days=days)
    return f"{moved}{text[10:]}"


def scaled(value: str, factor: str) -> str:
    """The number times the factor, written without an exponent."""
    return f"{Decimal(value) * Decimal(factor):f}"


@cache
def _queries() -> tuple[Query, ...]:
    return offered_services(knowledge())["leuko-order-sign"].queries


def _key_of(resource: Json, queries: tuple[Query, ...]) -> str:
    """The key of the query that asks for this resource; a result nobody asks for lies with the counts."""
    kind = resource["resourceType"]
    codes = {coding.get("code") for coding in resource.get("code", {}).get("coding", [])}
    codes |= {
        coding.get("code")
        for part in resource.get("component", [])
        for coding in part.get("code", {}).get("coding", [])
    }
    for query in queries:
        if query.resource == kind and (kind != "Observation" or codes & set(_CODES.findall(query.template))):
            return query.key
    return next(query.key for query in queries if query.required)
