"""Conditions on the problem list that can explain a low count: said before any drug."""

from __future__ import annotations

from cds.facts import PatientFacts
from cds.findings import OtherCause
from cds.knowledge.base import Knowledge

# Conditions that give context to other rules and explain no low count by themselves.
_CONTEXT = frozenset({"fever", "immune-weakness", "normal-variant"})


def find_other_causes(facts: PatientFacts, knowledge: Knowledge) -> tuple[OtherCause, ...]:
    """Every recorded condition the knowledge lists as a cause, once each, newest record first."""
    causes: dict[str, OtherCause] = {}
    for known in facts.conditions:
        condition = knowledge.conditions.get(known.condition)
        if condition is None or condition.acts_as in _CONTEXT:
            continue
        causes.setdefault(
            condition.id,
            OtherCause(
                condition=condition.id,
                name=condition.name,
                acts_as=condition.acts_as,
                text=known.text,
                reference=known.reference,
                recorded=known.recorded,
                lines=condition.explains,
            ),
        )
    return tuple(causes.values())
