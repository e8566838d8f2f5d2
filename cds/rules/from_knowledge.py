"""What rules make of the knowledge alone. It is made once and shared by all requests; nothing of a patient
may ever be in it."""

from __future__ import annotations

from typing import Self

from cds.knowledge.base import Knowledge


class FromKnowledge:
    """Base of what depends on nothing but the knowledge: ``of`` gives the one that belongs to it."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Makes it; a subclass says how."""

    @classmethod
    def of(cls, knowledge: Knowledge) -> Self:
        """The one of this knowledge, made when it is first asked for."""
        found = knowledge.remembered.get(cls)
        if not isinstance(found, cls):
            found = knowledge.remembered[cls] = cls(knowledge)  # if two do this at once, either will do
        return found
