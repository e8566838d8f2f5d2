"""What holds for every exchange over HTTP, whatever its path: ids, errors, and the observers of it."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from typing import Unpack

from flask import Flask, Response, g, request
from werkzeug import exceptions as werkzeug

from cds.errors import (
    ON_THE_WIRE,
    BodyTooLarge,
    InternalFault,
    MalformedHttp,
    MethodNotAllowed,
    NotAuthenticated,
    RecordsUnavailable,
    RequestError,
    UnknownPath,
    WrongMediaType,
    error_body,
)
from cds.hooks.observed import Action, Exchange, Observer, Seen
from cds.hooks.services import Answer
from cds.logs import Fields, log_event, log_exception
from cds.trace import Trace, carry_on

WSGI = Callable[..., Iterable[bytes]]
Tracer = Callable[[str], AbstractContextManager[Trace]]  # from the caller's traceparent to our own step

_REQUEST_ID = re.compile(r"[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}")
_UNLOGGED = frozenset({"/healthz", "/readyz", "/metrics"})
_TRY_AGAIN = 5  # seconds after which a database may be back
_ACTIONS = {"discover": Action.DISCOVERY, "invoke": Action.DECISION, "feedback": Action.FEEDBACK}


def json_response(body: bytes, status: int = 200) -> Response:
    """``body`` as ``application/json``."""
    return Response(body, status, content_type="application/json")


def read_json_body() -> bytes:
    """The bytes of the request's body. Raises ``WrongMediaType`` or ``BodyTooLarge``."""
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if request.mimetype != "application/json" or encoding not in {"", "identity"}:
        raise WrongMediaType
    limit = request.max_content_length
    body = request.get_data(cache=False)
    if limit is not None and request.content_length is None and len(body) >= limit:
        raise BodyTooLarge(limit)  # sent in chunks: it was read up to the limit and no further
    return body


def note(**fields: Unpack[Fields]) -> None:
    """Add to the log line of this exchange."""
    g.noted.update(fields)


def tell(**seen: Unpack[Seen]) -> None:
    """Add to what the observers of this exchange are told beside the log line."""
    g.seen.update(seen)


def on_fault(speak: Callable[[str], Answer]) -> None:
    """From now on a fault of ours in this exchange is answered with what ``speak`` makes of its reference.

    It is logged and counted as a fault all the same.
    """
    g.on_fault = speak


def register_exchange(app: Flask, *, observers: Sequence[Observer] = (), tracer: Tracer = carry_on) -> None:
    """Give every exchange of ``app`` ids, errors as OperationOutcome, and a log line.

    When the answer is made, ``observers`` are told. One that fails is logged, and the answer still goes out.
    """
    told = (_write_line, *observers)
    app.before_request(lambda: _begin(tracer))
    app.after_request(lambda response: _finish(response, told))
    app.teardown_request(_end)
    app.register_error_handler(RequestError, _refuse)
    app.register_error_handler(werkzeug.HTTPException, _refuse_routing)
    app.register_error_handler(Exception, _fail)


def tidy_paths(app: WSGI, prefix: str) -> WSGI:
    """Serve ``//cds-services//x/`` as ``/cds-services/x``, and the same below ``prefix``.

    A redirect would do for a browser's GET, but it ends a CORS preflight and loses a POST.
    """

    def tidied(environ: dict[str, object], start_response: object) -> Iterable[bytes]:
        path = re.sub(r"/{2,}", "/", str(environ.get("PATH_INFO", "")))
        if prefix and (path == prefix or path.startswith(prefix + "/")):
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}{prefix}"
            path = path.removeprefix(prefix)
        environ["PATH_INFO"] = path.rstrip("/") or "/"
        return app(environ, start_response)

    return tidied


# --- one exchange ---------------------------------------------------------------------------------------


def _begin(tracer: Tracer) -> Response | None:
    g.at, g.started = datetime.now(UTC), time.perf_counter()
    g.open = ExitStack()
    if request.path in _UNLOGGED:
        tracer = carry_on
    g.trace = g.open.enter_context(tracer(request.headers.get("traceparent", "")))
    sent = request.headers.get("X-Request-Id", "")
    g.request_id = sent if _REQUEST_ID.fullmatch(sent) else str(uuid.uuid4())
    g.noted = Fields(request=g.request_id, trace=g.trace.trace)
    g.seen = Seen()
    if request.method == "OPTIONS" and request.url_rule is not None:
        return Response(status=204, headers={"Allow": ", ".join(sorted(request.url_rule.methods or ()))})
    return None


def _finish(response: Response, observers: Iterable[Observer]) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    response.headers["traceresponse"] = g.trace.traceparent
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    if request.path not in _UNLOGGED and request.method != "OPTIONS":
        exchange = _exchange(response.status_code)
        for observe in observers:
            try:
                observe(exchange)
            except Exception as error:  # who only watches must not take the answer with him
                log_exception(error, g.request_id)
    return response


def _end(_error: BaseException | None) -> None:
    if "open" in g:
        g.open.close()


def _exchange(status: int) -> Exchange:
    seconds = time.perf_counter() - g.started
    note(status=status, ms=round(seconds * 1000, 2))
    noted: Fields = g.noted
    return Exchange(
        at=g.at,
        request=g.request_id,
        trace=g.trace.trace,
        action=_ACTIONS.get(request.endpoint or "", Action.OTHER),
        service=noted.get("service", ""),
        hook=noted.get("hook", ""),
        instance=noted.get("instance", ""),
        status=status,
        reason=noted.get("reason", ""),
        seconds=seconds,
        noted=noted,
        **g.seen,
    )


def _write_line(exchange: Exchange) -> None:
    refused = exchange.status >= 400
    fields = Fields(**exchange.noted, outcome=exchange.outcome.value)  # type: ignore[typeddict-item]
    log_event("refused" if refused else "answered", logging.WARNING if refused else logging.INFO, **fields)


# --- errors ---------------------------------------------------------------------------------------------


def _refuse(error: RequestError) -> Response:
    response = json_response(error_body(error), ON_THE_WIRE[type(error)].status)
    reason = type(error).__name__
    if isinstance(error, NotAuthenticated):
        reason = str(error)
        if error.alleged:
            note(alleged=error.alleged)
        if error.found:
            note(found=error.found)
        response.headers["WWW-Authenticate"] = "Bearer"
        del response.headers["Content-Type"]
    if isinstance(error, RecordsUnavailable):
        response.headers["Retry-After"] = str(_TRY_AGAIN)
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(error.allowed)
    note(reason=reason)
    return response


def _refuse_routing(error: werkzeug.HTTPException) -> Response:
    if isinstance(error, werkzeug.MethodNotAllowed):
        return _refuse(MethodNotAllowed(sorted(error.valid_methods or ())))
    if isinstance(error, werkzeug.RequestEntityTooLarge):
        return _refuse(BodyTooLarge(request.max_content_length or 0))
    if error.code == 404:
        return _refuse(UnknownPath())
    if error.code is not None and error.code < 500:
        return _refuse(MalformedHttp())
    return _fail(error)


def _fail(error: Exception) -> Response:
    log_exception(error, g.request_id)
    speak: Callable[[str], Answer] | None = g.get("on_fault")
    if speak is None:
        return _refuse(InternalFault(g.request_id))
    answer = speak(g.request_id)
    note(reason=InternalFault.__name__, cards=len(answer.shown))
    tell(answer=answer)
    return json_response(answer.body)
