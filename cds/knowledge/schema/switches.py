"""What is switched off, or held back in shadow, while the service runs: the switches file.

[[off]]
topic = "leukoMonitoring"        # or rule = "order-risk/pair/I03"; as in a hospital's own folder
why = "Counts of the new analyser arrive a day late."
tenant = "north-hospital"        # only for this caller; without it for all
until = 2026-12-01T00:00:00Z     # from then on it holds no longer; without it, until it is taken out

[[shadow]]
topic = "leukoSuspects"          # or "*": all of them
tenant = "south-clinic"
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime, model_validator

from cds.knowledge.schema.base import Entry, Slug, Text

EVERY_TOPIC = "*"


class Switch(Entry):
    """What both kinds have in common."""

    topic: Text | None = None
    tenant: Slug | None = None
    until: AwareDatetime | None = None

    def holds(self, tenant: str, now: datetime) -> bool:
        """Whether it holds for this caller at this moment."""
        return self.tenant in {None, tenant} and self.holds_at(now)

    def holds_at(self, now: datetime) -> bool:
        """Whether it holds for anybody at this moment."""
        return self.until is None or now < self.until


class SwitchedOff(Switch):
    """A topic or a rule of which nothing is said; exactly one of the two."""

    rule: Text | None = None
    why: Text

    @model_validator(mode="after")
    def _names_one_thing(self) -> SwitchedOff:
        if (self.topic is None) == (self.rule is None):
            raise ValueError("name exactly one of topic, rule")
        return self

    @property
    def kind(self) -> str:
        """``topic`` or ``rule``."""
        return "topic" if self.rule is None else "rule"

    @property
    def name(self) -> str:
        """Which one."""
        return self.rule or self.topic or ""


class Shadowed(Switch):
    """A topic that is worked out and counted, and not shown."""

    topic: Text
    why: Text | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What holds for one caller at one moment: topics and rules without a word, topics in shadow."""

    off_topics: frozenset[str] = frozenset()
    off_rules: frozenset[str] = frozenset()
    shadow: frozenset[str] = frozenset()


class Switches(Entry):
    """The whole file. An empty one switches nothing off."""

    off: tuple[SwitchedOff, ...] = ()
    shadow: tuple[Shadowed, ...] = ()

    def held(self, tenant: str, now: datetime) -> Held:
        """What holds for this caller at this moment."""
        off = [each for each in self.off if each.holds(tenant, now)]
        return Held(
            off_topics=frozenset(each.topic for each in off if each.topic is not None),
            off_rules=frozenset(each.rule for each in off if each.rule is not None),
            shadow=frozenset(each.topic for each in self.shadow if each.holds(tenant, now)),
        )

    def for_caller(self, tenant: str) -> Switches:
        """Those that hold for this caller, or for all."""
        own = (None, tenant)
        return Switches(
            off=tuple(each for each in self.off if each.tenant in own),
            shadow=tuple(each for each in self.shadow if each.tenant in own),
        )

    def told(self, now: datetime) -> tuple[str, ...]:
        """All that holds at this moment, one phrase each: ``off topic leukoMonitoring for all``."""
        off = (
            f"off {each.kind} {each.name} for {each.tenant or 'all'}"
            for each in self.off
            if each.holds_at(now)
        )
        shadow = (
            f"shadow topic {each.topic} for {each.tenant or 'all'}"
            for each in self.shadow
            if each.holds_at(now)
        )
        return (*off, *shadow)
