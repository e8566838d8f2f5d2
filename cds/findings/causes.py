"""Recorded conditions that can explain a low count."""

from __future__ import annotations

from dataclasses import dataclass

from cds.facts.cell_lines import CellLine
from cds.facts.moments import When


@dataclass(frozen=True, slots=True)
class OtherCause:
    """A condition on the problem list that can explain a low count: said before any drug."""

    condition: str
    name: str
    acts_as: str
    text: str
    reference: str
    recorded: When | None
    lines: tuple[CellLine, ...] = ()
