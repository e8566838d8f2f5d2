"""Comparing counts that may be limits: ``<0.5`` lies below 0.5, ``<=0.5`` not, ``>1.4`` below nothing."""

from __future__ import annotations

from decimal import Decimal

from cds.facts import Bound, CellCount

_A_TRACE = Decimal("1E-9")  # less than any digit a laboratory sends
_BOUND = "bound"  # Calculation.path


def greatest(count: CellCount) -> Decimal | None:
    """The largest value a count can have; ``None`` if it has no upper limit."""
    if count.bound is Bound.ABOVE:
        return None
    return count.value - _A_TRACE if count.bound is Bound.BELOW else count.value


def is_below(count: CellCount, limit: Decimal) -> bool:
    """Whether a count is certainly below a limit."""
    value = greatest(count)
    return value is not None and value < limit


def is_at_most(count: CellCount, limit: Decimal) -> bool:
    """Whether a count is certainly at or below a limit."""
    value = greatest(count)
    return value is not None and value <= limit


def is_at_least(count: CellCount, limit: Decimal) -> bool:
    """Whether a count is certainly at or above a limit."""
    return not count.bound.is_upper and count.value >= limit


def is_bound(count: CellCount) -> bool:
    """Whether the number is only a bound taken from another line."""
    return count.calculation is not None and count.calculation.path == _BOUND
