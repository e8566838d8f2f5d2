"""Several lines low together, or blasts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cds.facts.results import CellCount


class PatternKind(StrEnum):
    """Findings across cell lines that come before any drug: ``limits.marrow``."""

    BLASTS = "blasts"
    SEVERE_MARROW_FAILURE = "severe-marrow-failure"
    MARROW_FAILURE = "marrow-failure"
    PANCYTOPENIA = "pancytopenia"
    TWO_LINES = "two-lines"


@dataclass(frozen=True, slots=True)
class MarrowPattern:
    """Several lines low together, or blasts.

    Attributes:
        recorded: a condition on the problem list accounts for it; known without that, a cytotoxic dose does.
    """

    kind: PatternKind
    counts: tuple[CellCount, ...]
    known: bool  # a condition on the problem list, or a cytotoxic dose, accounts for it
    new: bool
    sources: tuple[str, ...]
    rule: str = ""
    recorded: bool = False
