"""What is true of the service at this moment: its knowledge, switches and records, for those who watch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from cds.findings import Occasion
from cds.hooks.observed import Exchange
from cds.hooks.records import Records
from cds.hooks.switches import Switchboard
from cds.knowledge.base import Knowledge
from cds.knowledge.schema.switches import EVERY_TOPIC, Switches
from cds.knowledge.switches import read_switches
from cds.settings import Settings
from cds.telemetry.assembly import Telemetry
from cds.telemetry.exposition import Now


@dataclass(frozen=True, slots=True)
class Standing:
    """Looked at by ``/metrics``; ``clock`` is that of the service, ``threads`` are those of all processes."""

    knowledge: Knowledge
    switchboard: Switchboard
    records: Records
    telemetry: Telemetry
    clock: Callable[[], datetime]
    threads: int = 1

    def page(self) -> bytes:
        """``/metrics`` as it is now."""
        self._follow_records()
        self.telemetry.metrics.expect(self.switchboard.callers, [hook.value for hook in Occasion])
        return self.telemetry.exposition.write(self.look())

    def look(self) -> Now:
        """What is true now."""
        now, known = self.clock(), self.knowledge
        off = [("topic", topic, "") for topic in sorted(known.silenced_topics)]
        off += [("rule", rule, "") for rule in sorted(known.silenced_rules)]
        return Now(
            knowledge=known.version,
            overlay=known.overlay,
            overdue=len(overdue_reviews(known, now.astimezone(UTC).date())),
            off=tuple(dict.fromkeys((*off, *self.switchboard.off(now)))),
            shadowed=tuple(
                ("" if topic == EVERY_TOPIC else topic, tenant)
                for topic, tenant in self.switchboard.shadowed(now)
            ),
            threads=self.threads,
            stale=self.switchboard.is_stale,
            records=self.records.state(),
        )

    def follow(self, _exchange: Exchange) -> None:
        """An observer: after each exchange the numbers of this process's records are brought up to date."""
        self._follow_records()

    def _follow_records(self) -> None:
        self.telemetry.metrics.follow_records(self.records.glance())


def open_switchboard(settings: Settings, knowledge: Knowledge, telemetry: Telemetry) -> Switchboard:
    """What is switched off and in shadow, by the file of the settings; not yet opened."""

    def read(raw: bytes, name: str, tenants: Collection[str]) -> Switches:
        return read_switches(raw, name, knowledge, tenants)

    def count(accepted: bool) -> None:
        telemetry.metrics.count_switches(accepted=accepted)

    return Switchboard(settings.switches, read, telemetry.kept_switches, count)


def overdue_reviews(knowledge: Knowledge, today: date) -> Sequence[tuple[date, str]]:
    """Day and file of every review that should have been held before ``today``, the longest overdue first."""
    return sorted((due, file) for file, due in knowledge.reviews.items() if due < today)
