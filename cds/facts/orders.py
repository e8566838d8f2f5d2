"""What is being ordered, and what was ordered lately."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cds.facts.medicines import DrugMatch
from cds.facts.moments import When


class DraftAction(StrEnum):
    """What signing the draft would do."""

    ORDER = "order"
    STOP = "stop"  # stopped, cancelled, completed or doNotPerform: not an exposure


@dataclass(frozen=True, slots=True)
class DraftOrder:
    """One entry of ``context.draftOrders``, as far as the rules need it.

    Attributes:
        reference: ``MedicationRequest/d1``; empty if the draft has no id (then nothing can act on it).
        kind: its resource type, e.g. ``MedicationRequest`` or ``ServiceRequest``.
        text: the name as the EHR shows it.
        matches: recognised ingredients (medicines only).
        vaccine: CVX code when the draft is a vaccine.
        coded: as ``MedicationUse.coded``; a vaccine is always.
        tests: LOINC codes when the draft orders tests.
        action: whether signing starts or stops it.
        selected: order-select: whether ``selections`` points at it; always True at order-sign.
        in_force: whether the chart holds it as active already; to delete it would end a treatment.
    """

    reference: str
    kind: str
    text: str
    matches: tuple[DrugMatch, ...] = ()
    vaccine: str | None = None
    tests: tuple[str, ...] = ()
    action: DraftAction = DraftAction.ORDER
    selected: bool = True
    systemic: bool = True
    recognised: bool = True
    coded: bool = True
    in_force: bool = False


@dataclass(frozen=True, slots=True)
class OrderedTest:
    """A test that the chart shows as ordered or done; ``ordered`` is ``None`` if nobody says when."""

    loinc: str
    ordered: When | None
    reference: str
