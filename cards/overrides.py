"""The reasons that a clinician may give for setting a card aside: few, and the same for every card.

An EHR maps each code once, so codes never change; new reasons get new codes.
"""

from __future__ import annotations

from cards.card import OverrideReason

_OWN = "urn:leukocds:override"
_HL7 = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"

OVERRIDE_REASONS: tuple[OverrideReason, ...] = (
    OverrideReason(system=_OWN, code="expected-effect", display="Expected effect of treatment"),
    OverrideReason(system=_OWN, code="known-and-followed", display="Already known and followed"),
    OverrideReason(system=_OWN, code="patient-baseline", display="Baseline for this patient"),
    OverrideReason(system=_OWN, code="result-wrong-or-repeated", display="Result wrong or being repeated"),
    OverrideReason(system=_HL7, code="risk-benefit-ratio", display="Benefit outweighs risk"),
    OverrideReason(system=_OWN, code="comfort-care", display="Comfort care"),
    OverrideReason(system=_HL7, code="action-completed", display="Count ordered"),
    OverrideReason(system=_OWN, code="other", display="Other"),
)
