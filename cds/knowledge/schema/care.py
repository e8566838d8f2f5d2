"""Causes, tests, precautions and live vaccines.

The files are ``conditions.toml``, ``workup.toml``, ``precautions.toml`` and ``vaccines.toml``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cds.facts import CellLine
from cds.knowledge.schema.base import (
    Confirmation,
    Cvx,
    Entry,
    Loinc,
    Number,
    Sctid,
    Slug,
    SourceId,
    Text,
)


class Condition(Entry):
    """A known cause, recognised by code."""

    id: Slug
    name: Text
    acts_as: Literal[
        "marrow",
        "infection",
        "autoimmune",
        "spleen",
        "nutrition",
        "congenital",
        "toxin",
        "treatment",
        "normal-variant",
        "already-coded",
        "fever",
        "immune-weakness",
    ]
    snomed: tuple[Sctid, ...] = ()
    icd10cm: tuple[Text, ...] = ()  # a code also stands for its children: "B20", "C91"
    seeds: tuple[Text, ...] = ()
    explains: tuple[CellLine, ...] = ()
    blood_disease: bool = False  # blasts are no news
    confirmation: Confirmation


WorkUpSetting = Literal[
    "recheck",  # any low line, or a count that is due
    "every-low",  # any low line that is not simply the expected effect of a treatment
    "new-unexplained",
    "chronic",
    "several-lines",
    "lymphopenia-persistent",
    "stable-mild",
    "fever",
]


class WorkUpTest(Entry):
    """A test worth doing in a setting, suggested only where it is missing."""

    id: Slug
    name: Text
    loinc: tuple[Loinc, ...] = ()
    when: Annotated[tuple[WorkUpSetting, ...], Field(min_length=1)]
    seeds: tuple[Text, ...] = ()
    order: bool = False  # may be offered as a ServiceRequest
    sources: tuple[SourceId, ...]


class Precaution(Entry):
    """One row of the precautions."""

    id: Slug
    row: int
    seeds: tuple[Text, ...] = ()
    evidence: Literal["A", "B", "C", "X"]
    clinician: str = ""
    patient: str = ""
    neutrophils_below: Number | None = None  # shown when neutrophils are low and below this; None: never
    lymphopenia: bool = False  # shown when lymphocytes alone are low
    correction: str = ""  # evidence X: why the seed's wording is not used
    sources: tuple[SourceId, ...]
    confirmation: Confirmation = Confirmation.SOURCED


class LiveVaccine(Entry):
    """A vaccine that replicates; ``names`` are those by which it is recognised where no CVX code is sent."""

    cvx: Cvx
    name: Text
    names: tuple[Text, ...] = ()
    confirmation: Confirmation = Confirmation.SOURCED
