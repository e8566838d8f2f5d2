"""A chart at first sight: enough to tell that nothing is to be said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from cds.facts.cell_lines import CellLine
from cds.facts.moments import When


class ResultColumn(NamedTuple):
    """All results under one code.

    Attributes:
        line: which cells.
        is_share: ``values`` are percentages of the white cells, not numbers of cells.
        values: in the units of ``CellCount.value`` and ``CellFraction.percent``.
        draws: for each value the place of its draw in ``Outline.draws``.
        reference_low: the highest of the laboratory's believed lower limits; ``None`` if none was sent.
    """

    line: CellLine
    is_share: bool
    values: tuple[Decimal, ...]
    draws: tuple[int, ...]
    reference_low: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """A chart at first sight, of which nothing raised a question: enough to tell that nothing is to be said.

    Attributes:
        as_of: "now" for every rule (UTC).
        born: as ``Patient.born``.
        draws: when blood was drawn, in no order.
        drugs: drugs of the knowledge among the medicines of the chart, past ones too.
        ordered: drugs of the knowledge that some draft starts or stops. No draft is a vaccine.
        has_reactions: some allergy or intolerance is recorded.
        conditions: conditions of the knowledge on the problem list, past and refuted ones too.
    """

    as_of: datetime
    born: When | None
    draws: tuple[When, ...]
    columns: tuple[ResultColumn, ...]
    drugs: frozenset[str] = frozenset()
    ordered: frozenset[str] = frozenset()
    has_reactions: bool = False
    conditions: frozenset[str] = frozenset()
