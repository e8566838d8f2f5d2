"""What to doubt in the data."""

from __future__ import annotations

from dataclasses import dataclass

from cds.facts.moments import When
from cds.facts.results import LabFlag


@dataclass(frozen=True, slots=True)
class Caveat:
    """Something the reader of a card has to know about the data.

    Attributes:
        kind: a ``GapKind`` value, or a check of the numbers against each other: ``line-over-total``,
            ``sum-of-counts``, ``calculated-differs``, ``diluted-sample``, ``newest-without-differential``.
        what: the line or kind of data concerned.
        detail: values as sent, for display (EHR text: to be escaped).
        count: how many times, when counted together.
        may_hide: it could hide something that matters, so it is worth a card of its own.
        flag: as ``Gap.flag``.
    """

    kind: str
    what: str
    detail: str = ""
    references: tuple[str, ...] = ()
    count: int = 1
    may_hide: bool = False
    measured: When | None = None
    flag: LabFlag | None = None
