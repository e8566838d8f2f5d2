"""Strict FHIR R4 for what a card cites: the only place that knows ``fhir.resources``.

Reading is tolerant, so that one odd member never hides a result; but what a card rests on is held against
the standard, and a violation is said on the card. R4B is the nearest release that the package has; the
resources read here are the same in R4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import msgspec
from fhir.resources.R4B import get_fhir_model_class
from pydantic import BaseModel, ValidationError

from cds.facts import Gap, GapKind
from cds.readers.r4_usual import is_of_usual_form
from cds.readers.wire import OtherOrder

_WHAT = {
    "Observation": "counts",
    "DiagnosticReport": "counts",
    "MedicationRequest": "medications",
    "Condition": "conditions",
    "AllergyIntolerance": "reactions",
    "ServiceRequest": "tests",
    "ImmunizationRecommendation": "drafts",
    "Immunization": "drafts",
}
_SHOWN_FAULTS = 3
_kind = msgspec.json.Decoder(OtherOrder)

_EXAMPLES = (
    b'{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"x"}]},'
    b'"subject":{"reference":"Patient/x"},"effectiveDateTime":"2000-01-01T00:00:00Z",'
    b'"valueQuantity":{"value":1,"unit":"x"},"referenceRange":[{"low":{"value":1}}],'
    b'"interpretation":[{"text":"x"}]}',
    b'{"resourceType":"MedicationRequest","status":"active","intent":"order","authoredOn":"2000-01-01",'
    b'"subject":{"reference":"Patient/x"},"medicationCodeableConcept":{"text":"x"},'
    b'"dosageInstruction":[{"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}},'
    b'"doseAndRate":[{"doseQuantity":{"value":1}}]}],"dispenseRequest":{"validityPeriod":{"start":"2000-01-01"}}}',
)


def find_violations(references: Iterable[str], cited: Mapping[str, bytes]) -> tuple[Gap, ...]:
    """A gap for each cited resource that violates FHIR R4; ``detail`` names the members, not their values.

    References that were not supplied and types that R4 does not have (an older release) are passed over.
    """
    gaps: list[Gap] = []
    for reference in dict.fromkeys(references):
        sent = cited.get(reference)
        if sent is None or is_of_usual_form(sent):
            continue
        kind = _kind_of(sent)
        if kind not in _WHAT:
            continue
        faults = _faults(kind, sent)
        if faults:
            gaps.append(Gap(GapKind.NOT_R4, _WHAT[kind], reference, faults))
    return tuple(gaps)


def warm_up() -> None:
    """Build the models that nearly every card needs; they are made at their first use, which is slow."""
    for example in _EXAMPLES:
        _faults(_kind_of(example), example)


def _kind_of(sent: bytes) -> str:
    try:
        return _kind.decode(sent).resource_type
    except ValueError:
        return ""


@cache
def _model(kind: str) -> type[BaseModel]:
    model: type[BaseModel] = get_fhir_model_class(kind)
    return model


def _faults(kind: str, sent: bytes) -> str:
    try:
        _model(kind).model_validate_json(sent)
    except ValidationError as error:
        members = dict.fromkeys(".".join(map(str, fault["loc"])) for fault in error.errors())
        shown = [member or "resource" for member in members][:_SHOWN_FAULTS]
        return ", ".join(shown) + (" ..." if len(members) > _SHOWN_FAULTS else "")
    return ""
