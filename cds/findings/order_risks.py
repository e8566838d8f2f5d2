"""What a draft order adds to a count."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cds.facts.cell_lines import CellLine
from cds.facts.orders import DraftOrder
from cds.facts.results import CellCount, CellFraction
from cds.findings.notes import DrugNote, PairNote
from cds.findings.severity import Severity
from cds.findings.suspects import Suspect
from cds.findings.topics import Urgency


class RiskReason(StrEnum):
    """Why signing a draft matters."""

    SUSPECT_REORDERED = "suspect-reordered"
    SUSPECT_STARTED = "suspect-started"
    REEXPOSURE = "reexposure"
    SAME_CLASS = "same-class"
    LABEL_LIMIT = "label-limit"
    RISKY_PAIR = "risky-pair"
    LIVE_VACCINE = "live-vaccine"


@dataclass(frozen=True, slots=True)
class LabelLimit:
    """A count below which a label asks for action, as crossed by a draft.

    Attributes:
        kind: ``do-not-start``, ``hold``, ``stop``, ``next-dose`` or (go on, with more counts) ``monitor``.
        below_per_ul: the limit in cells per microlitre, as printed.
        at_or_below: the count of the limit itself crosses it too.
        status: where it is from, for display: "label", "UK guidance (BSR/SPS)".
    """

    kind: str
    line: CellLine
    below_per_ul: Decimal
    status: str
    confirmation: str
    advice: str = ""
    policy: str = "label"
    sources: tuple[str, ...] = ()
    at_or_below: bool = False


@dataclass(frozen=True, slots=True)
class OrderRisk:
    """*This draft order* adds risk to *this* count.

    Attributes:
        relative: the drug that went with a fall, of today or earlier: this one, or one of its class.
        earlier: the lowest count of an earlier fall.
        reaction: a recorded reaction, as the EHR shows it.
        related: references of requests or reactions it rests on.
        share: percentage of CD4 cells on which the risk of a live vaccine rests, where that is no count.
        may_treat: perhaps the treatment of a fever that nobody measured: taking it back is not offered.
        taken: the drug is being taken already, though it was begun too late to be a suspect.
    """

    draft: DraftOrder
    why: RiskReason
    urgency: Urgency
    drug: DrugNote | None = None
    count: CellCount | None = None
    severity: Severity = Severity.NONE
    label_limit: LabelLimit | None = None
    pair: PairNote | None = None
    suspect: Suspect | None = None
    vaccine: str = ""
    share: CellFraction | None = None
    relative: DrugNote | None = None
    earlier: CellCount | None = None
    reaction: str = ""
    related: tuple[str, ...] = ()
    may_treat: bool = False
    taken: bool = False
    rule: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StopNote:
    """The draft stops a suspect: at most an info, never scolded."""

    draft: DraftOrder
    drug: DrugNote
    count: CellCount | None
