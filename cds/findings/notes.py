"""What a card may quote from the knowledge."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DrugNote:
    """What a card may quote of one drug. ``advice_confirmation`` is set where it is not ``confirmation``."""

    id: str
    name: str
    rxcui: str  # empty when unverified
    drug_class: str
    grade: str
    frequency: str
    onset: str
    recovery: str
    advice: str
    confirmation: str  # "sourced", ..., "needs pharmacist review"
    prescriber_decides: bool  # never stopped without the prescriber
    cytotoxic: bool
    sources: tuple[str, ...]
    boxed_warning: str = ""
    advice_confirmation: str = ""


@dataclass(frozen=True, slots=True)
class PairNote:
    """A risky pair of drugs."""

    id: str
    first: DrugNote
    second: DrugNote
    severity: str
    mechanism: str
    effect: str
    advice: str
    confirmation: str
    sources: tuple[str, ...]
    dose_condition: str = ""


@dataclass(frozen=True, slots=True)
class SourceNote:
    id: str
    citation: str
    read_as: str
