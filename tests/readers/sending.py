"""FHIR as it is sent, built by hand: the clock stands at 20 Nov 2026 12:00 UTC, the patient is ``p1``."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from cds.facts import CellCount, Gap, GapKind
from cds.knowledge.base import Knowledge
from cds.knowledge.load import load_knowledge
from cds.readers.page import Page
from cds.readers.patient_facts import Reading, read_patient_facts

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = "2026-11-20T08:00:00Z"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
CVX = "http://hl7.org/fhir/sid/cvx"
PATIENT = {"resourceType": "Patient", "id": "p1", "birthDate": "1976-05-01"}

Json = dict[str, Any]


@cache
def knowledge() -> Knowledge:
    """The shipped knowledge, loaded once."""
    return load_knowledge()


def read(
    *supplied: object,
    patient_id: str = "p1",
    drafts: object = None,
    selections: Collection[str] | None = None,
    gaps: tuple[Gap, ...] = (),
) -> Reading:
    """Read what is supplied; text and bytes go out as they are, everything else as JSON."""
    return read_patient_facts(
        patient_id=patient_id,
        supplied=[page(value) for value in supplied],
        drafts=None if drafts is None else as_json(drafts),
        selections=selections,
        knowledge=knowledge(),
        as_of=NOW,
        gaps=gaps,
    )


def page(value: object) -> Page:
    """One value of the prefetch."""
    return Page(as_json(value))


def as_json(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return value.encode(errors="replace") if isinstance(value, str) else json.dumps(value).encode()


def bundle(*resources: object, kind: str = "searchset", **members: object) -> Json:
    """A Bundle with an entry for each resource; ``full_url`` is derived from its id."""
    return {"resourceType": "Bundle", "type": kind, "entry": [entry(each) for each in resources], **members}


def entry(resource: object) -> Json:
    wrapped: Json = {"resource": resource}
    if isinstance(resource, dict) and "id" in resource:
        wrapped["fullUrl"] = f"https://ehr.example.org/fhir/{resource['resourceType']}/{resource['id']}"
    return wrapped


def coded(code: str, system: str = LOINC, display: str = "") -> Json:
    coding = {"system": system, "code": code}
    return {"coding": [coding | {"display": display} if display else coding]}


def quantity(value: object, unit: str | None = "10*3/uL", code: str | None = None, **more: object) -> Json:
    sent: Json = {"value": value}
    if unit is not None:
        sent["unit"] = unit
    if code is not None:
        sent |= {"system": "http://unitsofmeasure.org", "code": code}
    return sent | more


def result(
    code: str | Json = "751-8", value: object = None, unit: str | None = "10*3/uL", **members: object
) -> Json:
    """An Observation of today; without ``value`` it has none, unless ``members`` bring one."""
    concept = coded(code) if isinstance(code, str) else code
    sent: Json = {
        "resourceType": "Observation",
        "id": f"o-{concept['coding'][0]['code']}",
        "status": "final",
        "code": concept,
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": TODAY,
    }
    if value is not None:
        sent["valueQuantity"] = quantity(value, unit)
    return without_none(sent | members)


def without_none(members: Json) -> Json:
    """``None`` takes a member away."""
    return {name: value for name, value in members.items() if value is not None}


def medication(
    code: str | None = None, text: str | None = None, system: str = RXNORM, **members: object
) -> Json:
    """An active MedicationRequest of three weeks ago."""
    concept = without_none({"text": text} | (coded(code, system) if code else {}))
    return without_none(
        {
            "resourceType": "MedicationRequest",
            "id": "m1",
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": concept or None,
            "subject": {"reference": "Patient/p1"},
            "authoredOn": "2026-10-30",
        }
        | members
    )


def only_count(*supplied: object) -> CellCount:
    """The one count that is read, without any gap."""
    reading = read(*supplied)
    assert reading.facts.gaps == ()
    (count,) = reading.facts.counts
    return count


def only_gap(*supplied: object) -> Gap:
    """The one gap that is left where nothing could be used."""
    reading = read(*supplied)
    assert reading.facts.counts == ()
    assert reading.facts.fractions == ()
    assert reading.facts.temperatures == ()
    (gap,) = reading.facts.gaps
    return gap


def refused(*supplied: object) -> tuple[GapKind, str, str]:
    """Why the one result is not used: kind, what, detail."""
    gap = only_gap(*supplied)
    return gap.kind, gap.what, gap.detail


def number(text: str) -> Decimal:
    return Decimal(text)
