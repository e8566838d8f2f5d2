"""Fever with low or unknown neutrophils."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cds.facts.results import CellCount, Temperature
from cds.findings.causes import OtherCause
from cds.findings.low_counts import ExpectedNadir


class FeverDefinition(StrEnum):
    """Which definition a fever meets: ``limits.fever``."""

    NEUTROPHILS_LOW = "neutrophils-at-most"
    NEUTROPHILS_FALLING = "neutrophils-falling"
    CHEMOTHERAPY_WINDOW = "chemotherapy-window"
    NEUTROPHILS_UNKNOWN = "neutrophils-unknown-after-chemotherapy"
    LOW_COUNT_RECORDED = "neutrophils-unknown-low-count-recorded"
    NEUTROPHILS_FELL = "neutrophils-fell-steeply"
    TOTAL_TOO_LOW = "neutrophils-cannot-be-higher"
    LAST_COUNT_SEVERE = "neutrophils-unknown-last-count-severe"


@dataclass(frozen=True, slots=True)
class Fever:
    """Fever with low or unknown neutrophils.

    Attributes:
        recorded: a low count, or treatment for cancer, that the problem list tells of, where no dose does.
        neutrophils_limit: what the definition asks of the neutrophils: "or lower" for ``NEUTROPHILS_LOW``,
            "below" for the others (10*9/L).
        celsius_limit: the temperature from which on it is a fever.
    """

    definition: FeverDefinition
    temperature: Temperature | None  # None: a recorded condition
    condition: OtherCause | None
    neutrophils: CellCount | None
    chemotherapy: ExpectedNadir | None = None
    recorded: OtherCause | None = None
    rule: str = ""
    sources: tuple[str, ...] = ()
    neutrophils_limit: Decimal | None = None
    celsius_limit: Decimal | None = None
