"""Everything that watches one process, put together from the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from cds.errors import SettingsError
from cds.hooks.exchange import Tracer
from cds.hooks.observed import Observer
from cds.settings import Settings
from cds.telemetry.audit import open_trail
from cds.telemetry.exposition import Exposition
from cds.telemetry.metrics import Metrics
from cds.telemetry.shared import SharedFolder
from cds.trace import Trace, carry_on
from cds.writable import check_writable

if TYPE_CHECKING:
    from cds.telemetry.spans import Spans  # OpenTelemetry is not everywhere


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What watches, made once per service: it outlives a reload, so that nothing begins at nought again.

    Attributes:
        observers: are told of every finished exchange.
        tracer: opens our step in the caller's trace.
        kept_switches: where the last good file of switches is kept for all processes; ``None``: nowhere.
        span: entered around a part of the work that has this name.
    """

    metrics: Metrics
    exposition: Exposition
    observers: tuple[Observer, ...]
    kept_switches: Path | None = None
    tracer: Tracer = carry_on
    span: Callable[[str], AbstractContextManager[object]] = nullcontext


def open_telemetry(settings: Settings, shared: SharedFolder | None = None) -> Telemetry:
    """What the settings ask for. With ``shared``, several processes count together.

    Raises ``SettingsError`` if the audit trail cannot be written as they want it.
    """
    registry = CollectorRegistry()
    if shared is not None:
        shared.share_metrics()
    metrics = Metrics(None if shared else registry)
    spans = _open_spans() if settings.otel else None
    trail = open_trail(settings, lambda written: metrics.count_audit(written=written))
    watching = Telemetry(
        metrics,
        Exposition(registry, shared),
        (metrics.count_exchange, *([trail.record] if trail else [])),
        shared.path / "switches.toml" if shared else None,
        _counted(carry_on, metrics),
    )
    return with_spans(watching, spans) if spans else watching


def check_telemetry(settings: Settings) -> None:
    """Raises ``SettingsError`` with all that ``open_telemetry`` would refuse; makes and sends nothing."""
    problems: list[str] = []
    if settings.audit not in {"off", "stdout"}:
        try:
            check_writable(Path(settings.audit))
        except OSError as error:
            problems.append(f"LEUKOCDS_AUDIT: {settings.audit} cannot be written: {error.strerror}")
        settings = replace(settings, audit="stdout")  # the file would be made
    try:
        open_trail(settings, lambda _: None)
    except SettingsError as error:
        problems += error.problems
    try:
        if settings.otel:
            _open_spans()
    except SettingsError as error:
        problems += error.problems
    if problems:
        raise SettingsError(problems)


def with_spans(telemetry: Telemetry, spans: Spans) -> Telemetry:
    """``telemetry`` that also opens ``spans``."""
    observers = (*telemetry.observers, spans.describe)
    tracer = _counted(spans.exchange, telemetry.metrics)
    return replace(telemetry, observers=observers, tracer=tracer, span=spans.part)


def _counted(tracer: Tracer, metrics: Metrics) -> Tracer:
    """``tracer``, and an exchange counts as being answered for as long as its step is open."""

    @contextmanager
    def opened(header: str) -> Iterator[Trace]:
        with metrics.in_progress(), tracer(header) as trace:
            yield trace

    return opened


def _open_spans() -> Spans:
    try:
        from cds.telemetry.spans import Spans, export_otlp

        export_otlp()
    except ModuleNotFoundError as error:
        problem = f"LEUKOCDS_OTEL needs OpenTelemetry: pip install 'leukocds[otel]' ({error.name} is missing)"
        raise SettingsError([problem]) from None
    return Spans(export_otlp)
