"""What could not be used, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cds.facts.moments import When
from cds.facts.results import LabFlag


class GapKind(StrEnum):
    """Why something could not be used. Never read as normal."""

    NOT_SUPPLIED = "not-supplied"  # the key was absent and nothing could be fetched
    WITHHELD = "withheld"  # not supplied where other counts were, or the server that has it was not asked
    FAILED = "failed"  # the EHR or the FHIR server reported an error
    INCOMPLETE = "incomplete"  # further pages were not read
    BROKEN_RESOURCE = "broken-resource"  # an entry that is not a readable resource
    WRONG_PATIENT = "wrong-patient"
    NO_VALUE = "no-value"  # dataAbsentReason, cancelled sample, "see note"
    UNREADABLE_VALUE = "unreadable-value"
    UNKNOWN_UNIT = "unknown-unit"
    DOUBTFUL_UNIT = "doubtful-unit"  # used, but almost always a unit that lost a part (a bare "/L")
    UNIT_CONFLICT = "unit-conflict"  # code says percent, unit says count; or unit and code differ in scale
    IMPLAUSIBLE = "implausible"
    FUTURE_DATE = "future-date"
    RANGE_IGNORED = "range-ignored"
    STATUS_UNKNOWN = "status-unknown"
    UNRECOGNISED_MEDICATION = "unrecognised-medication"
    MATCHED_BY_NAME = "matched-by-name"
    NOT_R4 = "not-r4"  # a cited resource violates FHIR R4


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was sent (or should have been) and could not be used, or only with doubt.

    Attributes:
        kind: why.
        what: what is missing: ``counts``, ``medications``, ``conditions``, ``patient``, ``temperature``,
            ``drafts``, or a cell line.
        reference: the resource concerned, if there is one.
        detail: the offending value as sent (never a name or an identifier), for display.
        measured: the date of the result concerned, if it has one; of further pages, the oldest date of the
            page that was read, if that runs from new to old.
        flag: what the laboratory marked a value that could not be used: low, critically low or critical.
    """

    kind: GapKind
    what: str
    reference: str = ""
    detail: str = ""
    measured: When | None = None
    flag: LabFlag | None = None
