"""The words for each kind of doubt about the data. None of them ever reassures.

Fields: ``at`` the line with the date of its result, ``some`` how many entries, ``detail`` and ``quoted`` what
the EHR sent, in brackets or in quotation marks, empty where it sent nothing; ``value`` is never empty.
"""

from __future__ import annotations

from cds.facts import GapKind, LabFlag

AGE_UNKNOWN = "Age unknown: adult limits used."
CHILD_LIMITS = "Limits for the child's age at the specimen."
PREGNANT = "Pregnancy recorded: white cells usually run higher then."

MISSING: dict[str, str] = {
    GapKind.NOT_SUPPLIED: "not supplied, so not checked",
    GapKind.WITHHELD: "not supplied, so not checked",
    GapKind.FAILED: "could not be fetched, so not checked",
    GapKind.INCOMPLETE: "not read to the end",
}
CAME: dict[str, str] = {  # by the detail of what failed: something came, and it is no answer
    "unreadable": "came and could not be read, so not checked",
    "without-loinc": "came without LOINC codes, so not checked",
    "not-asked-for": "other results came than were asked for, so not checked",
}
DRUGS_UNREAD = "what came for medicines could not be read, so drugs could not be checked"
DRUGS_UNCHECKED: dict[str, str] = {
    GapKind.NOT_SUPPLIED: "medicines were not supplied, so drugs could not be checked",
    GapKind.FAILED: "medicines could not be fetched, so drugs could not be checked",
    GapKind.INCOMPLETE: "medicines were not read to the end, so not all drugs could be checked",
}
DRAFT_UNCHECKED = "nobody could tell what a draft orders, so it could not be checked"
COUNTS_UNCHECKED: dict[str, str] = {
    GapKind.FAILED: "White cell counts could not be fetched: low counts were not looked for.",
    GapKind.NOT_SUPPLIED: "White cell counts were not supplied: low counts were not looked for.",
}
COUNTS_UNREAD = "What came for white cell counts is no answer: low counts were not looked for."
UNCHECKED_MEANS = "No white cell count could be looked at, so that silence about them means nothing."
FLAGGED = "{at}: the laboratory flagged it {flag}, but its value{quoted} cannot be read"
FLAGS: dict[LabFlag, str] = {flag: flag.replace("-", " ") for flag in LabFlag}
UNKNOWN_KIND = "{at}: data check {kind}{detail}"

TEMPLATES: dict[str, str] = {
    GapKind.BROKEN_RESOURCE: "{some} could not be read",
    GapKind.WRONG_PATIENT: "{some} of another patient left out",
    GapKind.NO_VALUE: "{at}: a result without a value{detail}; not used",
    GapKind.UNREADABLE_VALUE: "{at}: the value{quoted} could not be read; not used",
    GapKind.UNKNOWN_UNIT: "{at}: the unit of{value} is not known; not used",
    GapKind.DOUBTFUL_UNIT: "{at}: doubtful unit{detail}; used as it stands",
    GapKind.UNIT_CONFLICT: "{at}: code and unit do not agree{detail}; not used",
    GapKind.FUTURE_DATE: "{at}: dated in the future; not used",
    GapKind.RANGE_IGNORED: "{at}: the printed range{detail} is not believable; not used",
    GapKind.STATUS_UNKNOWN: "{at}: result status unknown",
    GapKind.UNRECOGNISED_MEDICATION: "{some} could not be coded: not checked",
    "free-text-only": "{some} known by free text only, in which no drug was recognised",
    GapKind.MATCHED_BY_NAME: "{some} recognised by name only",
    GapKind.NOT_R4: "{some} cited here: not valid FHIR R4; used as far as it could be read",
    "line-over-total": (
        "{at} above the total{detail}: results contradict each other; the lower reading is used"
    ),
    "sum-of-counts": "the lines do not add up to the total{detail}",
    "sum-of-percents": "the differential does not add up to 100 %{detail}: no count calculated from it",
    "sum-of-percents-off": "the differential does not quite add up to 100 %{detail}",
    "calculated-differs": "{at}: reported and calculated count differ{detail}; the lower is used",
    "diluted-sample": (
        "white cells, haemoglobin and platelets fell together within a day: "
        "possibly a diluted or line sample; repeat"
    ),
    "newest-without-differential": "{at}: the newest count has no differential; not known",
    "percent-without-total": "{at}: only a percentage{detail} and no total; count not available",
    "zero-total-with-cells": "a total of 0 with cells counted{detail}: results contradict each other",
    "nucleated-red": "many nucleated red cells per 100 white cells{detail}: a corrected total is better",
    "two-readings": "{at}: two readings of one draw{detail}; the lower is used",
    "bands-missing": "{at}: bands not reported; calculated without them{detail}",
    "bands-unclear": "{at}: not clear whether bands are included{detail}; the lower reading is used",
    "age-unknown": AGE_UNKNOWN,
}
