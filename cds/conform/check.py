"""What a check is, and what can become of it.

A check is a function that is given the service under test and yields its faults, one sentence each, ready to
be read by somebody who has seen neither the service nor this kit. No fault, and the claim holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from cds.conform.target import Target

Level = Literal["M", "S", "O"]
Finder = Callable[[Target], Iterator[str]]

# What no published version of the specification asks for can be advised, but not required.
ADVISORY = {
    "3.0b": "the ballot of CDS Hooks 3.0",
    "BP": "the best practices beside the specification",
    "ENG": "our own inference",
    "VND": "documentation of a vendor",
}


class Outcome(Enum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    ADVICE = "advice"
    NOT_APPLICABLE = "not applicable"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One claim about a service.

    Attributes:
        name: the function's name with hyphens.
        claim: one sentence.
        shows: the items of the requirements table that it shows, fully or in part.
        level: M must, S should, O may.
        basis: the version of CDS Hooks since when (``1.0+``), ``hook`` (the hook's own page), ``LM`` (its
            logical model), or a key of ``ADVISORY``.
        find_faults: raises ``NotApplicable`` or ``Skipped`` before the first fault.
    """

    name: str
    claim: str
    shows: tuple[str, ...]
    level: Level
    basis: str
    find_faults: Finder

    @property
    def is_advice(self) -> bool:
        """Whether a fault is no breach of any published specification."""
        return self.basis in ADVISORY


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one check; ``said`` are its faults, or the reason why it could not be tried."""

    check: Check
    outcome: Outcome
    said: tuple[str, ...] = ()


def check(level: Level, basis: str, *shows: str) -> Callable[[Finder], Check]:
    """Make a check of a function; the first line of its docstring is the claim."""

    def make(find_faults: Finder) -> Check:
        claim = (find_faults.__doc__ or "").strip().partition("\n")[0].rstrip(".").replace("``", "`")
        name = find_faults.__name__.replace("_", "-")
        return Check(name, claim, shows, level, basis, find_faults)

    return make
