"""The page ``/metrics``: what was counted, and what is true at the moment of the look."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from cds import __version__
from cds.shown import RecordsState
from cds.telemetry.described import AT_A_LOOK
from cds.telemetry.shared import SharedFolder

CONTENT_TYPE = CONTENT_TYPE_LATEST
_EXPLAINED = {each.name: each for each in AT_A_LOOK}


@dataclass(frozen=True, slots=True)
class Now:
    """What is true of the service at this moment.

    Attributes:
        overlay: the hospital whose folder is laid over the knowledge; empty without one.
        overdue: files of the knowledge whose review is overdue.
        off: what is switched off, as kind (rule or topic), name, tenant (empty: all).
        shadowed: topics in shadow (empty: all), and the tenant (empty: all).
        threads: of all processes together.
        stale: the switches file cannot be used, and the last good one holds.
        records: how the database is; ``None`` without one.
    """

    knowledge: str
    overlay: str = ""
    overdue: int = 0
    off: tuple[tuple[str, str, str], ...] = ()
    shadowed: tuple[tuple[str, str], ...] = ()
    threads: int = 1
    stale: bool = False
    records: RecordsState | None = None


class Exposition:
    """Writes the page. Without ``shared``, what ``registry`` counted is all there is."""

    def __init__(self, registry: CollectorRegistry, shared: SharedFolder | None = None) -> None:
        self._registry = registry
        self._shared = shared

    def write(self, now: Now) -> bytes:
        """The whole page."""
        at_a_look = CollectorRegistry()
        at_a_look.register(_AtALook(now))
        if self._shared is None:
            return generate_latest(self._registry) + generate_latest(at_a_look)
        counted = CollectorRegistry()
        self._shared.register(counted)
        with self._shared.reading():
            page = generate_latest(counted)
        return page + generate_latest(at_a_look)


@dataclass(frozen=True, slots=True)
class _AtALook(Collector):
    now: Now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = self.now
        yield _gauge("leukocds_build_info", [((__version__, platform.python_version()), 1)])
        yield _gauge("leukocds_knowledge_info", [((now.knowledge, now.overlay), 1)])
        yield _gauge("leukocds_knowledge_reviews_overdue", [((), now.overdue)])
        yield _gauge("leukocds_threads", [((), now.threads)])
        if now.records is not None:
            yield _gauge("leukocds_database_up", [((), int(now.records.up))])
        yield _gauge("leukocds_switched_off", [((*each[:2], each[2] or "all"), 1) for each in now.off])
        shadowed = [((topic or "all", tenant or "all"), 1) for topic, tenant in now.shadowed]
        yield _gauge("leukocds_shadowed", shadowed)
        yield _gauge("leukocds_switches_stale", [((), int(now.stale))])


def _gauge(name: str, samples: Iterable[tuple[tuple[str, ...], int]]) -> GaugeMetricFamily:
    described = _EXPLAINED[name]
    family = GaugeMetricFamily(name, described.explained, labels=described.labels)
    for labels, value in samples:
        family.add_metric(labels, value)
    return family


Look = Callable[[], Now]
