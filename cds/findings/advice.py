"""What to do: precautions and tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Precaution:
    """One row of the infection precautions, fitted to the line and tier."""

    id: str
    row: int
    evidence: str
    clinician: str
    patient: str
    confirmation: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkUp:
    """A test that is worth doing and was not found in the data."""

    id: str
    name: str
    loinc: str
    orderable: bool
    when: str
