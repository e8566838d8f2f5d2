"""What the service says of itself: is it alive, is it ready, and on what do its answers rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
from flask import Flask, Response, request

from cds.errors import UnknownPath
from cds.hooks.exchange import json_response
from cds.logs import log_event
from cds.shown import RecordsState

SOURCE_ATTRIBUTES = "/about/source-attributes"
CALLERS_WITHOUT_KEYS = "CALLERS_WITHOUT_KEYS"  # in the configuration: names of callers, see cds.hooks.routes
DOOR = "leukocds.door"  # in the WSGI environment of what came in by the port of the monitoring

_FOR_OPERATIONS = frozenset({"/metrics", "/healthz", "/readyz"})

_HTML, _JSON = "text/html", "application/json"


@dataclass(frozen=True, slots=True)
class About:
    """What is said.

    Attributes:
        knowledge: its version.
        overlay: the hospital whose folder is laid over the knowledge; empty without one.
        find_fault: tries the service on a known case; one sentence if it fails, empty if not.
        page: the source attributes as an HTML page, and ``data`` as JSON.
        metrics: writes ``/metrics``; ``None`` without any.
        metrics_type: its media type.
        open_metrics: they are served at every door, as in a sandbox.
        records: how the database is; ``None`` without one.
        needs_records: nobody is let in without the database, so that without it the service is not ready.
    """

    knowledge: str
    overlay: str
    find_fault: Callable[[], str]
    page: bytes
    data: bytes
    metrics: Callable[[], bytes] | None = None
    metrics_type: str = "text/plain"
    open_metrics: bool = False
    records: Callable[[], RecordsState] | None = None
    needs_records: bool = False


def register_about(
    app: Flask, about: About, standing: Callable[[], Mapping[str, object]] = dict[str, object]
) -> None:
    """Serve ``/healthz``, ``/readyz`` and the source attributes, to anybody who asks, and the metrics to few.

    Through the door of the monitoring there is nothing else. ``standing`` is what is off and in shadow.
    """

    @app.before_request
    def keep_to_the_door() -> None:
        if DOOR in request.environ and request.path not in _FOR_OPERATIONS:
            raise UnknownPath

    @app.get("/metrics")
    def metrics() -> Response:
        if about.metrics is None or not (about.open_metrics or DOOR in request.environ):
            raise UnknownPath
        return Response(about.metrics(), content_type=about.metrics_type)

    @app.get("/healthz")
    def healthy() -> Response:
        return json_response(b'{"status":"alive"}')

    @app.get("/readyz")
    def ready() -> Response:
        fault = about.find_fault()
        is_up = about.records is None or about.records().up
        is_ready = not fault and (is_up or not about.needs_records)
        said: dict[str, object] = {
            "status": "ready" if is_ready else "not ready",
            "knowledge": about.knowledge,
        }
        if about.records is not None:
            said["database"] = "up" if is_up else "down"
        if about.overlay:
            said["overlay"] = about.overlay
        said |= standing()
        if fault:
            said["selfTest"] = fault
            log_event("self-test failed", logging.ERROR, knowledge=about.knowledge, problem=fault)
        return json_response(msgspec.json.encode(said), 200 if is_ready else 503)

    @app.get(SOURCE_ATTRIBUTES)
    def attributes() -> Response:
        wanted = request.accept_mimetypes.best_match([_HTML, _JSON], default=_HTML)
        response = json_response(about.data) if wanted == _JSON else _html_response(about.page)
        response.vary.add("Accept")
        return response

    @app.get(f"{SOURCE_ATTRIBUTES}.json")
    def attributes_as_json() -> Response:
        return json_response(about.data)


def _html_response(page: bytes) -> Response:
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response
