"""Tests that were ordered or done, whenever that was (``cds.rules.work_up`` tells which are at hand)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from cds.facts import OrderedTest
from cds.knowledge.base import Knowledge
from cds.readers import wire
from cds.readers.bundle import Gathered
from cds.readers.meaning import loinc_codes
from cds.readers.moments import read_moment, read_period
from cds.readers.observation import Results
from cds.readers.sent import Sent, is_void

_STANDING = frozenset({"active", "completed", "on-hold", "unknown", ""})


def read_tests(gathered: Gathered, results: Results, knowledge: Knowledge) -> tuple[OrderedTest, ...]:
    """Requests, reports and results.

    The blood count that was read is no test done in this sense: it may be what has to be repeated.
    """
    found = [*results.tests, *_requested(gathered, knowledge)]
    if gathered.of(wire.DiagnosticReport):
        counted = {reference for count in results.counts for reference in count.references}
        counted |= {reference for share in results.fractions for reference in share.references}
        found += _reported(gathered, counted, knowledge)
    return tuple(sorted(set(found), key=lambda test: (test.loinc, test.reference)))


def _requested(gathered: Gathered, knowledge: Knowledge) -> Iterable[OrderedTest]:
    requests: list[Sent[wire.ServiceRequest]] = [*gathered.of(wire.ServiceRequest)]
    requests += cast("list[Sent[wire.ServiceRequest]]", gathered.of(wire.ProcedureRequest))
    for sent in requests:
        request = sent.resource
        if request.status in _STANDING and not request.do_not_perform:
            ordered = read_moment(request.authored_on) or read_moment(request.occurrence_date_time)
            for loinc in loinc_codes(request.code, knowledge):
                yield OrderedTest(loinc, ordered, sent.reference)


def _reported(gathered: Gathered, counted: set[str], knowledge: Knowledge) -> Iterable[OrderedTest]:
    reports_of_counts = {reference.partition("#")[0] for reference in counted}
    for sent in gathered.of(wire.DiagnosticReport):
        report = sent.resource
        listed = {gathered.resolve(result.reference) for result in report.result}
        if not is_void(report.status) and sent.reference not in reports_of_counts and not listed & counted:
            done = read_moment(report.effective_date_time) or read_period(report.effective_period)
            for loinc in loinc_codes(report.code, knowledge):
                yield OrderedTest(loinc, done or read_moment(report.issued), sent.reference)
