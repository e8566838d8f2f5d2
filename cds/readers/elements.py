"""The data types of FHIR, with the members that are read; see ``cds.readers.wire``."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Raw, Struct

ABSENT = Raw(b"")


class Element(Struct, frozen=True, gc=False, rename="camel"):
    """Base of all: immutable, and spelled in camelCase on the wire."""


class Coding(Element, frozen=True):
    system: str = ""
    code: str = ""
    display: str = ""


class CodeableConcept(Element, frozen=True):
    coding: tuple[Coding, ...] = ()
    text: str = ""


class Reference(Element, frozen=True):
    reference: str = ""
    display: str = ""
    identifier: Raw = ABSENT


class CodeableReference(Element, frozen=True):
    """R5."""

    concept: CodeableConcept | None = None
    reference: Reference | None = None


class Period(Element, frozen=True):
    start: str = ""
    end: str = ""


class Quantity(Element, frozen=True):
    value: Decimal | None = None
    comparator: str = ""
    unit: str = ""
    code: str = ""


class Range(Element, frozen=True):
    low: Quantity | None = None
    high: Quantity | None = None


class Repeat(Element, frozen=True):
    bounds_period: Period | None = None
    bounds_duration: Quantity | None = None
    count: Decimal | None = None


class Timing(Element, frozen=True):
    event: tuple[str, ...] = ()
    repeat: Repeat | None = None


class Meta(Element, frozen=True):
    version_id: str = ""
    last_updated: str = ""


class Annotation(Element, frozen=True):
    text: str = ""
