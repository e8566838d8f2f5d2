"""Results of the laboratory and of the bedside: counts, shares and temperatures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from cds.facts.cell_lines import CellLine
from cds.facts.moments import When


class Bound(StrEnum):
    """Whether a number is the value itself or a limit of it (``<0.1``, ``<=0.1``, ``>10``)."""

    EXACT = "exact"
    BELOW = "below"  # the true value is below the number
    AT_MOST = "at-most"  # the true value is the number or lower
    ABOVE = "above"  # the true value is above (or at) the number

    @property
    def is_upper(self) -> bool:
        """Whether the true value may be anything down to zero."""
        return self in (Bound.BELOW, Bound.AT_MOST)


class ResultStatus(StrEnum):
    """Observation.status, as far as a result can be used at all."""

    FINAL = "final"
    AMENDED = "amended"
    CORRECTED = "corrected"
    PRELIMINARY = "preliminary"
    UNKNOWN = "unknown"  # "unknown", absent or not a FHIR code


class LabFlag(StrEnum):
    """The laboratory's own interpretation of one result."""

    LOW = "low"
    CRITICALLY_LOW = "critically-low"
    CRITICAL = "critical"  # in which direction is not said: only of a value that nobody could read
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Calculation:
    """How a count that nobody reported was worked out.

    Attributes:
        path: ``segmented``, ``segmented+bands``, ``percent`` or ``segmented-percent``; ``bound`` where the
            number is that of all white cells or of the granulocytes, which neutrophils cannot outnumber;
            ``contradicted`` where more were reported than there are white cells in all.
        text: the arithmetic in symbols, e.g. ``2.5 x 20 %``; numbers as reported.
    """

    path: str
    text: str


class CellCount(NamedTuple):
    """One result: so many cells of one line per litre of blood.

    Attributes:
        line: which cells.
        value: 10*9/L (haemoglobin: g/dL); never rounded.
        measured: when the blood was drawn, as well as it is known; ``None`` if undated.
        reported: the value and unit as sent, e.g. ``900 /uL``, for display.
        bound: ``EXACT`` unless a comparator (``<0.1``) was sent.
        status: how final the result is.
        reference_low: the laboratory's lower limit in the unit of ``value``; ``None`` when none was sent
            or it cannot be believed.
        flag: the laboratory's own flag, if any.
        draw: a key shared by the results of one blood draw.
        references: the Observations it rests on.
        calculation: present when the count was calculated, not reported.
    """

    line: CellLine
    value: Decimal
    measured: When | None
    reported: str
    bound: Bound = Bound.EXACT
    status: ResultStatus = ResultStatus.FINAL
    reference_low: Decimal | None = None
    flag: LabFlag | None = None
    draw: str = ""
    references: tuple[str, ...] = ()
    calculation: Calculation | None = None


class CellFraction(NamedTuple):
    """One result of a differential: the share of one line among the white cells, in percent."""

    line: CellLine
    percent: Decimal
    measured: When | None
    manual: bool = False
    all_neutrophils: bool = False  # code says "neutrophils" (not segmented only)
    status: ResultStatus = ResultStatus.FINAL
    draw: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Temperature:
    """A body temperature in degrees Celsius, with the site as its code says."""

    celsius: Decimal
    measured: When | None
    site: str
    reported: str
    reference: str
