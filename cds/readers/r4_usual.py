"""The usual forms of what a card rests on, narrow enough to be valid FHIR R4 without a model being built.

``fhir.resources`` is the authority for what R4 allows, and slow: a tenth of a millisecond for each resource.
What fits here is valid there too (tests hold that); what does not fit may be, and is asked there. So nothing
here may be wider than the standard: no member but those listed, no null, and patterns that leave out the rare
forms.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

_DAY = (
    r"(?:19|20)\d\d-"
    r"(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
_TIME = r"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)"

# a word, or words with one blank between them, fit every kind of string; other scripts are left to the models
_Text: TypeAlias = Annotated[str, Meta(pattern=r"\A[!-~¡-ɏ]+(?: [!-~¡-ɏ]+)*\Z", max_length=1000)]
_Word: TypeAlias = Annotated[str, Meta(pattern=r"\A[!-~]+\Z", max_length=1000)]
_Id: TypeAlias = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9.-]{1,64}\Z")]
_DateTime: TypeAlias = Annotated[str, Meta(pattern=rf"\A{_DAY}(?:{_TIME})?\Z")]
_Instant: TypeAlias = Annotated[str, Meta(pattern=rf"\A{_DAY}{_TIME}\Z")]
_Number: TypeAlias = Annotated[float, Meta(ge=0, le=1_000_000)]
_Count: TypeAlias = Annotated[int, Meta(ge=1, le=1000)]


class _Usual(Struct, forbid_unknown_fields=True, rename="camel", gc=False):
    id: _Id | UnsetType = UNSET


class _Coding(_Usual):
    system: _Word | UnsetType = UNSET
    version: _Text | UnsetType = UNSET
    code: _Text | UnsetType = UNSET
    display: _Text | UnsetType = UNSET
    user_selected: bool | UnsetType = UNSET


class _Concept(_Usual):
    coding: list[_Coding] | UnsetType = UNSET
    text: _Text | UnsetType = UNSET


class _Reference(_Usual):
    reference: _Word | UnsetType = UNSET
    type: _Word | UnsetType = UNSET
    display: _Text | UnsetType = UNSET


class _Identifier(_Usual):
    use: Literal["usual", "official", "temp", "secondary", "old"] | UnsetType = UNSET
    type: _Concept | UnsetType = UNSET
    system: _Word | UnsetType = UNSET
    value: _Text | UnsetType = UNSET


class _Period(_Usual):
    start: _DateTime | UnsetType = UNSET
    end: _DateTime | UnsetType = UNSET


class _SimpleQuantity(_Usual):
    value: _Number | UnsetType = UNSET
    unit: _Text | UnsetType = UNSET
    system: _Word | UnsetType = UNSET
    code: _Text | UnsetType = UNSET


class _Quantity(_SimpleQuantity):
    comparator: Literal["<", "<=", ">=", ">"] | UnsetType = UNSET


class _Meta(_Usual):
    version_id: _Id | UnsetType = UNSET
    last_updated: _Instant | UnsetType = UNSET
    source: _Word | UnsetType = UNSET
    profile: list[_Word] | UnsetType = UNSET
    tag: list[_Coding] | UnsetType = UNSET


class _ReferenceRange(_Usual):
    low: _SimpleQuantity | UnsetType = UNSET
    high: _SimpleQuantity | UnsetType = UNSET
    type: _Concept | UnsetType = UNSET
    applies_to: list[_Concept] | UnsetType = UNSET
    text: _Text | UnsetType = UNSET


class _Observation(_Usual, kw_only=True, tag_field="resourceType", tag="Observation"):
    meta: _Meta | UnsetType = UNSET
    identifier: list[_Identifier] | UnsetType = UNSET
    status: _Word
    category: list[_Concept] | UnsetType = UNSET
    code: _Concept
    subject: _Reference | UnsetType = UNSET
    encounter: _Reference | UnsetType = UNSET
    effective_date_time: _DateTime | UnsetType = UNSET
    issued: _Instant | UnsetType = UNSET
    performer: list[_Reference] | UnsetType = UNSET
    value_quantity: _Quantity | UnsetType = UNSET
    interpretation: list[_Concept] | UnsetType = UNSET
    specimen: _Reference | UnsetType = UNSET
    reference_range: list[_ReferenceRange] | UnsetType = UNSET


class _Repeat(_Usual):
    bounds_period: _Period | UnsetType = UNSET
    count: _Count | UnsetType = UNSET
    frequency: _Count | UnsetType = UNSET
    period: _Number | UnsetType = UNSET
    period_unit: Literal["s", "min", "h", "d", "wk", "mo", "a"] | UnsetType = UNSET


class _Timing(_Usual):
    repeat: _Repeat | UnsetType = UNSET
    code: _Concept | UnsetType = UNSET


class _DoseAndRate(_Usual):
    type: _Concept | UnsetType = UNSET
    dose_quantity: _SimpleQuantity | UnsetType = UNSET


class _Dosage(_Usual):
    sequence: _Count | UnsetType = UNSET
    text: _Text | UnsetType = UNSET
    timing: _Timing | UnsetType = UNSET
    as_needed_boolean: bool | UnsetType = UNSET
    route: _Concept | UnsetType = UNSET
    dose_and_rate: list[_DoseAndRate] | UnsetType = UNSET


class _DispenseRequest(_Usual):
    validity_period: _Period | UnsetType = UNSET
    number_of_repeats_allowed: _Count | UnsetType = UNSET
    quantity: _SimpleQuantity | UnsetType = UNSET
    expected_supply_duration: _SimpleQuantity | UnsetType = UNSET


class _MedicationRequest(_Usual, kw_only=True, tag_field="resourceType", tag="MedicationRequest"):
    meta: _Meta | UnsetType = UNSET
    identifier: list[_Identifier] | UnsetType = UNSET
    status: _Word
    intent: _Word
    category: list[_Concept] | UnsetType = UNSET
    priority: _Word | UnsetType = UNSET
    medication_codeable_concept: _Concept
    subject: _Reference
    encounter: _Reference | UnsetType = UNSET
    authored_on: _DateTime | UnsetType = UNSET
    requester: _Reference | UnsetType = UNSET
    reason_code: list[_Concept] | UnsetType = UNSET
    dosage_instruction: list[_Dosage] | UnsetType = UNSET
    dispense_request: _DispenseRequest | UnsetType = UNSET


_decoder: Final = msgspec.json.Decoder(_Observation | _MedicationRequest)


def is_of_usual_form(sent: bytes) -> bool:
    """Whether the JSON of a resource has one of the forms that need no further look to be valid R4."""
    try:
        _decoder.decode(sent)
    except (ValueError, RecursionError):  # msgspec's errors, and bytes that are not UTF-8
        return False
    return True
