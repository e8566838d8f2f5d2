"""Traces by OpenTelemetry, for those who collect them: needs ``leukocds[otel]`` and ``LEUKOCDS_OTEL=1``.

A span has a name of ours and what stands in ``_attributes``, and no more. Exceptions are not recorded: their
messages may quote what they choked on. Where spans go is told to OpenTelemetry by its own variables, such as
``OTEL_EXPORTER_OTLP_ENDPOINT``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    get_current_span,
    set_span_in_context,
)

from cds import __version__
from cds.hooks.observed import Exchange, Outcome
from cds.trace import Trace, current, read_traceparent

Attributes = dict[str, str | int]


class Spans:
    """Opens spans. Each process has a provider of its own, made when it opens its first."""

    def __init__(self, exporter: Callable[[], SpanExporter]) -> None:
        """``exporter`` makes what a process sends its spans with."""
        self._exporter = exporter
        self._of_process: tuple[int, TracerProvider] | None = None
        self._opening = Lock()

    @contextmanager
    def exchange(self, header: str) -> Iterator[Trace]:
        """The span of an exchange, below the step that ``header``, a ``traceparent``, names."""
        parent = read_traceparent(header)
        with self._open("exchange", SpanKind.SERVER, _context(parent) if parent else Context()) as trace:
            yield trace

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """The span of a part of the work, below that of its exchange."""
        with self._open(name, SpanKind.INTERNAL, None):
            yield

    def describe(self, exchange: Exchange) -> None:
        """An observer: tells the span of the exchange what became of it."""
        span = get_current_span()
        span.update_name(f"{exchange.action.value} {exchange.hook}".strip())
        span.set_attributes(_attributes(exchange))
        if exchange.outcome in {Outcome.FAULT, Outcome.UNAVAILABLE}:
            span.set_status(StatusCode.ERROR)

    def flush(self) -> None:
        """Send what this process has not sent yet."""
        if self._of_process is not None and self._of_process[0] == os.getpid():
            self._of_process[1].force_flush()

    @contextmanager
    def _open(self, name: str, kind: SpanKind, context: Context | None) -> Iterator[Trace]:
        with self._tracer().start_as_current_span(
            name, context, kind, record_exception=False, set_status_on_exception=False
        ) as span:
            trace = _trace(span)
            with current(trace):
                yield trace

    def _tracer(self) -> Tracer:
        with self._opening:
            if self._of_process is None or self._of_process[0] != os.getpid():
                resource = Resource.create({"service.name": "leukocds", "service.version": __version__})
                provider = TracerProvider(resource=resource)
                provider.add_span_processor(BatchSpanProcessor(self._exporter()))
                self._of_process = (os.getpid(), provider)
            return self._of_process[1].get_tracer("leukocds", __version__)


def export_otlp() -> SpanExporter:
    """Sends spans by OTLP over HTTP, as the ``OTEL_EXPORTER_OTLP_...`` variables say."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    exporter: SpanExporter = OTLPSpanExporter()
    return exporter


def _attributes(exchange: Exchange) -> Attributes:
    told: Attributes = {
        "http.response.status_code": exchange.status,
        "leukocds.request": exchange.request,
        "leukocds.action": exchange.action.value,
        "leukocds.outcome": exchange.outcome.value,
        "leukocds.tenant": exchange.tenant,
        "leukocds.hook": exchange.hook,
        "leukocds.instance": exchange.instance,
        "leukocds.knowledge": exchange.knowledge,
        "leukocds.reason": exchange.reason,
    }
    if exchange.answer is not None:
        told["leukocds.cards"] = len(exchange.answer.shown)
    return {name: value for name, value in told.items() if value != ""}


def _context(parent: Trace) -> Context:
    flags = TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT)
    remote = SpanContext(int(parent.trace, 16), int(parent.step, 16), is_remote=True, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(remote), Context())


def _trace(span: Span) -> Trace:
    context = span.get_span_context()
    return Trace(f"{context.trace_id:032x}", f"{context.span_id:016x}", context.trace_flags.sampled)
