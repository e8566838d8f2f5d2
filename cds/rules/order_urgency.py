"""How loud a draft of a drug that lowers a low line is; no other draft of its class is louder."""

from __future__ import annotations

from cds.facts import CellLine
from cds.findings import LowCount, Severity, Standing, Suspect, Urgency
from cds.knowledge.schema import Drug

_STRONG = frozenset({"A", "B"})


def is_strong(drug: Drug) -> bool:
    """Whether the evidence against the drug is strong."""
    return drug.evidence.grade in _STRONG


def urgency_of_reorder(drug: Drug, low: LowCount, suspect: Suspect | None) -> Urgency:
    """Of a drug that is taken and ordered again, or of one of its class in its place."""
    urgency = Urgency.WARNING if is_strong(drug) else Urgency.INFO
    if suspect is not None and suspect.standing is Standing.UNLIKELY:
        urgency = Urgency.INFO
    expected = suspect is not None and suspect.standing is Standing.EXPECTED
    if low.is_severe_neutropenia and urgency is Urgency.WARNING and not expected:
        urgency = Urgency.CRITICAL
    return _quietened(urgency, low)


def urgency_of_start(drug: Drug, low: LowCount) -> Urgency:
    """An antibiotic acts on counts only after days, so that its first dose is no warning at a mild count."""
    slow = drug.treats_infection and low.severity < Severity.MODERATE
    return _quietened(Urgency.WARNING if is_strong(drug) and not slow else Urgency.INFO, low)


def _quietened(urgency: Urgency, low: LowCount) -> Urgency:
    """A mildly low total, a mildly low lymphocyte count or an old count makes no loud order card."""
    quiet = (
        (low.line is CellLine.LEUKOCYTES and low.severity is Severity.MILD)
        or (low.line is CellLine.LYMPHOCYTES and low.severity < Severity.SEVERE)
        or bool({"old", "undated"} & set(low.reasons))
    )
    return min(urgency, Urgency.INFO) if quiet else urgency
