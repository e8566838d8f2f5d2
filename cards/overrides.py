"""The reasons that a clinician may give for setting a card aside: few, and the same for every finding.

A card on what could not be used offers only those that fit it: there is no effect to expect, no baseline and
no risk in a result that nobody could read. An EHR maps each code once, so codes never change; new reasons get
new codes.
"""

from __future__ import annotations

from cards.card import OverrideReason

_OWN = "urn:leukocds:override"
_HL7 = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"

_KNOWN = OverrideReason(system=_OWN, code="known-and-followed", display="Already known and followed")
_WRONG = OverrideReason(
    system=_OWN, code="result-wrong-or-repeated", display="Result wrong or being repeated"
)
_COMFORT = OverrideReason(system=_OWN, code="comfort-care", display="Comfort care")
_ORDERED = OverrideReason(system=_HL7, code="action-completed", display="Count ordered")
_OTHER = OverrideReason(system=_OWN, code="other", display="Other")

OVERRIDE_REASONS: tuple[OverrideReason, ...] = (
    OverrideReason(system=_OWN, code="expected-effect", display="Expected effect of treatment"),
    _KNOWN,
    OverrideReason(system=_OWN, code="patient-baseline", display="Baseline for this patient"),
    _WRONG,
    OverrideReason(system=_HL7, code="risk-benefit-ratio", display="Benefit outweighs risk"),
    _COMFORT,
    _ORDERED,
    _OTHER,
)
"""All of them, for a finding."""

UNUSABLE_RESULT_REASONS = (_KNOWN, _WRONG, _COMFORT, _ORDERED, _OTHER)
"""For results that contradict each other or could not be read or fetched."""

NOTHING_SEEN_REASONS = (_KNOWN, _COMFORT, _ORDERED, _OTHER)
"""For a card that stands where nobody could look at any count."""
