"""Whether an answer holds results of which nobody here can say what was measured."""

from __future__ import annotations

from collections.abc import Container, Iterable

from cds.knowledge.base import Knowledge
from cds.readers import wire
from cds.readers.bundle import gather
from cds.readers.decode import CONCEPT
from cds.readers.meaning import loinc_codes
from cds.readers.page import Page
from cds.readers.sent import is_void


def holds_only_unmeant(
    sent: Iterable[Page], patient_id: str, knowledge: Knowledge, references: Container[str]
) -> bool:
    """True for results without any LOINC code, and for reports alone whose results were not sent.

    One result with a LOINC code is enough to know that these are coded, and that what is not on our list is
    something else. ``references`` are those of everything that was supplied.
    """
    gathered = gather(sent, patient_id)
    results = [each.resource for each in gathered.of(wire.Observation) if not is_void(each.resource.status)]
    if results:
        return not any(_has_loinc(result, knowledge) for result in results)
    reports = [
        each.resource for each in gathered.of(wire.DiagnosticReport) if not is_void(each.resource.status)
    ]
    return any(
        not report.result or any(gathered.resolve(each.reference) not in references for each in report.result)
        for report in reports
    )


def _has_loinc(result: wire.Observation, knowledge: Knowledge) -> bool:
    codes = (result.code, *(part.code for part in result.component))
    concepts = (CONCEPT.read(code) for code in codes if code)
    return any(concept is not None and loinc_codes(concept, knowledge) for concept in concepts)
