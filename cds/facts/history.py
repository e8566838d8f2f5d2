"""What the problem list and the allergies tell."""

from __future__ import annotations

from dataclasses import dataclass

from cds.facts.moments import When


@dataclass(frozen=True, slots=True)
class KnownCondition:
    """An active entry of the problem list that the knowledge knows.

    Attributes:
        condition: id in conditions.toml, e.g. ``lupus``.
        text: the name as the EHR shows it; empty where it sent a bare code.
        recorded: when it began or was recorded; ``None`` if undated.
    """

    condition: str
    text: str
    recorded: When | None
    reference: str


@dataclass(frozen=True, slots=True)
class PriorReaction:
    """An AllergyIntolerance that names a low count after a drug."""

    ingredient: str
    text: str
    reference: str
