"""Medicines of the chart, and how they were recognised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from cds.facts.moments import When


@dataclass(frozen=True, slots=True)
class DrugMatch:
    """How a medicine was recognised.

    Attributes:
        ingredient: the id of a drug in the knowledge, e.g. ``methimazole``.
        matched_by: ``rxnorm``, ``historic``, ``ndc``, ``atc``, ``snomed``, ``local`` (a hospital's own code),
            ``ingredient`` or ``name``.
        code: the code or the word that matched.
        leads: False for a name with which the text of the order does not begin.
    """

    ingredient: str
    matched_by: str
    code: str
    leads: bool = True


class MedicationUse(NamedTuple):
    """One MedicationRequest of the chart (not a draft): a possible exposure.

    Attributes:
        reference: ``MedicationRequest/m1``.
        text: the medicine's name as the EHR shows it.
        matches: recognised ingredients; empty if the medicine was not recognised or not in the knowledge.
        recognised: False if it has neither a usable code nor a name, so nobody can tell what it is.
        coded: some code of it was understood; without one, and without a match, its name is all there is.
        status: MedicationRequest.status as sent (``active``, ``stopped``, ...).
        start: first day of use; ``None`` if unknown.
        end: last day of use where known (bounds, validity or supply end); ``None`` if open or unknown.
        systemic: False for creams, eye drops, nasal and inhaled forms.
        as_needed: PRN.
        single_dose: one dose only (a count of 1, or a one-day supply).
    """

    reference: str
    text: str
    matches: tuple[DrugMatch, ...]
    status: str
    start: When | None
    end: When | None
    recognised: bool = True
    coded: bool = True
    systemic: bool = True
    as_needed: bool = False
    single_dose: bool = False

    @property
    def ongoing(self) -> bool:
        """True while the request says that the medicine is being taken."""
        return self.status in {"active", "unknown", ""}
