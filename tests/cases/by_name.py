"""Medicines by their name in the knowledge, and counts by their age, so that a case reads as it is told."""

from __future__ import annotations

from typing import Any

from tests.cases.requests import ANC, Json, ago, day, draft, knowledge, medication_request, observation

TOPICAL: Json = {"dosageInstruction": [{"route": {"text": "topical"}}]}
EYE_DROPS: Json = {"dosageInstruction": [{"route": {"text": "ophthalmic"}}]}


def code_of(name: str) -> str:
    """The RxNorm code of an ingredient."""
    return knowledge().drugs[name].codes.rxnorm[0]


def taking(name: str, days: int, **members: Any) -> Json:
    """A medicine of the chart, started so many days ago."""
    return medication_request(code_of(name), name, since=day(days), **members)


def ordering(name: str, **members: Any) -> Json:
    """A medicine being ordered now."""
    return draft(code_of(name), name, **members)


def anc(value: str, days: float = 0, **members: Any) -> Json:
    """A neutrophil count drawn so many days ago."""
    return observation(ANC, value, when=ago(days), **members)


def bounds(end: str, start: str) -> Json:
    """A dosage that is bounded by two dates."""
    return {"dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"start": start, "end": end}}}}]}


def child_born(birth_date: str) -> Json:
    """A patient of that birth date."""
    return {"resourceType": "Patient", "id": "p1", "gender": "male", "birthDate": birth_date}
