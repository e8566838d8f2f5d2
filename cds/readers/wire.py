"""The members of FHIR resources that are read, and no others.

One struct per resource or data type, named as FHIR names it. Whatever is not listed here is skipped while
decoding and never built. Every member has a default, because senders leave out anything; a member of the
wrong shape is dropped by ``cds.readers.decode``. Members of R4 come first; those marked with an older or
newer release are read because clients of that release do call.

Numbers are ``Decimal`` with the digits of the wire. ``Raw`` members keep the sender's bytes. Some are raw
because they must be echoed or hold a resource of any type; others (a code, a subject, a reference range)
because the same bytes come back in a thousand results, so that whoever reads them decodes them once.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Raw

from cds.readers.elements import (
    ABSENT,
    Annotation,
    CodeableConcept,
    CodeableReference,
    Element,
    Period,
    Quantity,
    Range,
    Reference,
    Timing,
)

# --- bundles --------------------------------------------------------------------------------------------


class Search(Element, frozen=True):
    mode: str = ""


class Response(Element, frozen=True):
    status: str = ""


class BundleEntry(Element, frozen=True):
    """Also the wrapper ``{response, resource}`` of a prefetch value before CDS Hooks 1.0."""

    full_url: str = ""
    resource: Raw = ABSENT
    search: Search | None = None
    response: Response | None = None


class Link(Element, frozen=True):
    relation: str = ""
    url: str = ""


class Resource(Element, frozen=True, tag_field="resourceType"):
    """A resource by its type, which is the name of the class."""

    id: str = ""
    meta: Raw = ABSENT


class Bundle(Resource, frozen=True):
    entry: tuple[BundleEntry, ...] = ()
    link: tuple[Link, ...] = ()
    total: object = None


class LooseBundle(Element, frozen=True):
    """A Bundle that has to be read member by member, because one of them has the wrong shape."""

    entry: Raw = ABSENT
    link: Raw = ABSENT
    total: object = None


class Issue(Element, frozen=True):
    severity: str = ""
    code: str = ""


class OperationOutcome(Resource, frozen=True):
    issue: tuple[Issue, ...] = ()


# --- results --------------------------------------------------------------------------------------------


class ReferenceRange(Element, frozen=True):
    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None
    applies_to: tuple[CodeableConcept, ...] = ()
    age: Range | None = None
    text: str = ""


class Component(Element, frozen=True):
    """What Observation and Observation.component share.

    ``code``, ``interpretation`` (a list of CodeableConcept) and ``reference_range`` are raw.
    """

    code: Raw = ABSENT
    value_quantity: Quantity | None = None
    value_string: str = ""
    value_codeable_concept: CodeableConcept | None = None
    value_integer: Decimal | None = None
    value_range: Range | None = None
    value_ratio: Raw = ABSENT
    value_boolean: bool | None = None
    data_absent_reason: CodeableConcept | None = None
    interpretation: Raw = ABSENT
    reference_range: Raw = ABSENT


class Observation(Component, frozen=True, tag_field="resourceType"):
    id: str = ""
    meta: Raw = ABSENT
    status: str = ""
    subject: Raw = ABSENT
    effective_date_time: str = ""
    effective_period: Period | None = None
    effective_timing: Timing | None = None
    effective_instant: str = ""
    issued: str = ""
    specimen: Raw = ABSENT
    has_member: tuple[Reference, ...] = ()
    component: tuple[Component, ...] = ()
    contained: tuple[Raw, ...] = ()


class DiagnosticReport(Resource, frozen=True):
    status: str = ""
    code: CodeableConcept = CodeableConcept()
    subject: Raw = ABSENT
    effective_date_time: str = ""
    effective_period: Period | None = None
    issued: str = ""
    specimen: tuple[Reference, ...] = ()
    result: tuple[Reference, ...] = ()
    contained: tuple[Raw, ...] = ()


class Collection(Element, frozen=True):
    collected_date_time: str = ""
    collected_period: Period | None = None


class Specimen(Resource, frozen=True):
    subject: Raw = ABSENT
    collection: Collection | None = None


# --- medicines and orders -------------------------------------------------------------------------------


class Ingredient(Element, frozen=True):
    item_codeable_concept: CodeableConcept | None = None
    item_reference: Reference | None = None
    item: CodeableReference | None = None  # R5


class Medication(Resource, frozen=True):
    code: CodeableConcept = CodeableConcept()
    form: CodeableConcept | None = None
    ingredient: tuple[Ingredient, ...] = ()
    contained: tuple[Raw, ...] = ()


class Substance(Resource, frozen=True):
    """An ingredient that is no product by itself."""

    code: CodeableConcept = CodeableConcept()


class Dosage(Element, frozen=True):
    timing: Timing | None = None
    as_needed_boolean: bool | None = None
    as_needed_codeable_concept: CodeableConcept | None = None
    as_needed: bool | None = None  # R5
    route: CodeableConcept | None = None


class DispenseRequest(Element, frozen=True):
    validity_period: Period | None = None
    number_of_repeats_allowed: Decimal | None = None
    expected_supply_duration: Quantity | None = None


class MedicationRequest(Resource, frozen=True):
    status: str = ""
    intent: str = ""
    do_not_perform: bool = False
    reported_boolean: bool | None = None
    reported_reference: Reference | None = None
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    medication: CodeableReference | None = None  # R5
    subject: Raw = ABSENT
    authored_on: str = ""
    dosage_instruction: tuple[Dosage, ...] = ()
    dispense_request: DispenseRequest | None = None
    contained: tuple[Raw, ...] = ()


class MedicationOrder(MedicationRequest, frozen=True):
    """DSTU2."""

    patient: Raw = ABSENT
    date_written: str = ""


class ServiceRequest(Resource, frozen=True):
    status: str = ""
    intent: str = ""
    do_not_perform: bool = False
    code: CodeableConcept = CodeableConcept()
    subject: Raw = ABSENT
    occurrence_date_time: str = ""
    authored_on: str = ""


class ProcedureRequest(ServiceRequest, frozen=True):
    """STU3."""


class Recommendation(Element, frozen=True):
    vaccine_code: tuple[CodeableConcept, ...] = ()
    forecast_status: CodeableConcept = CodeableConcept()


class ImmunizationRecommendation(Resource, frozen=True):
    patient: Raw = ABSENT
    recommendation: tuple[Recommendation, ...] = ()


class Immunization(Resource, frozen=True):
    status: str = ""
    patient: Raw = ABSENT
    vaccine_code: CodeableConcept = CodeableConcept()


class OtherOrder(Element, frozen=True):
    """Any other resource; among the drafts its kind matters."""

    resource_type: str = ""
    id: str = ""
    meta: Raw = ABSENT
    status: str = ""
    do_not_perform: bool = False
    subject: Raw = ABSENT
    code: CodeableConcept = CodeableConcept()


# --- the patient ----------------------------------------------------------------------------------------


class Patient(Resource, frozen=True):
    """Two members, and never a name, race, ethnicity, language or address."""

    birth_date: str = ""
    deceased_boolean: bool | None = None
    deceased_date_time: str = ""


class Condition(Resource, frozen=True):
    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    code: CodeableConcept = CodeableConcept()
    subject: Raw = ABSENT
    patient: Raw = ABSENT  # DSTU2
    onset_date_time: str = ""
    onset_period: Period | None = None
    recorded_date: str = ""
    asserted_date: str = ""  # STU3
    date_recorded: str = ""  # DSTU2
    abatement_date_time: str = ""


class Manifestation(CodeableConcept, frozen=True):
    concept: CodeableConcept | None = None  # R5


class Reaction(Element, frozen=True):
    substance: CodeableConcept | None = None
    manifestation: tuple[Manifestation, ...] = ()
    description: str = ""


class AllergyIntolerance(Resource, frozen=True):
    verification_status: CodeableConcept | None = None
    status: str = ""  # DSTU2
    code: CodeableConcept = CodeableConcept()
    substance: CodeableConcept = CodeableConcept()  # DSTU2
    patient: Raw = ABSENT
    reaction: tuple[Reaction, ...] = ()
    note: tuple[Annotation, ...] = ()
