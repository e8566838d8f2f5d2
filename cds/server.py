"""The service behind gunicorn: threads in one or more processes that share what was loaded before."""

from __future__ import annotations

import gc
import logging
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from socket import socket
from uuid import uuid4

import click
from flask import Flask, Response
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.http.errors import ParseException
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from cds import __version__
from cds.app import create_app
from cds.errors import ON_THE_WIRE, InternalFault, MalformedHttp, RequestError, error_body
from cds.knowledge.base import Knowledge
from cds.logs import configure_logging, log_event, log_exception
from cds.readers.r4_check import warm_up
from cds.settings import Settings, warnings_of

_DRAIN_SECONDS = 25  # below the 30 that orchestrators commonly wait after SIGTERM
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  (heartbeats only; a slow disk would stall them)


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, told everything by ``Settings`` and nothing by its own files, variables or arguments."""

    def __init__(self, settings: Settings, knowledge: Knowledge) -> None:
        configure_logging(settings.log_level)
        self._settings = settings
        self._knowledge = knowledge
        self._app = _warmed_up(settings, knowledge)
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn."""
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        for name, value in {
            "bind": f"{host}:{settings.port}",
            "workers": settings.workers,
            "worker_class": _Worker,
            "threads": settings.threads,
            "preload_app": True,
            "keepalive": 30,
            "timeout": 30,
            "graceful_timeout": _DRAIN_SECONDS,
            "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
            "control_socket_disable": True,
            "proc_name": "leukocds",
            "loglevel": "warning",
            "when_ready": self._announce,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Called by gunicorn."""
        return self._app

    def _announce(self, arbiter: Arbiter) -> None:
        host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        for warning in warnings_of(self._settings):
            click.secho(f"WARNING: {warning}", err=True, bold=True)
            log_event("warning", warning=warning)
        log_event("listening", address=address, version=__version__, knowledge=self._knowledge.version)
        click.echo(f"leukocds {__version__} listens on {address}/cds-services", err=True)


class _Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threads, without its HTML pages: what is no HTTP is refused as everything else is."""

    def handle_error(self, _req: object, client: socket, _addr: object, exc: Exception) -> None:
        """Called by gunicorn when it cannot read a request, or the application let an exception through."""
        error: RequestError = MalformedHttp()
        if isinstance(exc, ParseException):
            log_event("refused", logging.WARNING, reason=type(exc).__name__)
        else:
            error = InternalFault(str(uuid4()))
            log_exception(exc, error.reference)
        status, body = ON_THE_WIRE[type(error)].status, error_body(error)
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with suppress(OSError):  # the client may be gone
            write_nonblock(client, head.encode("ascii") + body)


def _refuse_chunk(_error: Exception) -> Response:
    """For a body in chunks that turns out to be malformed while the application reads it."""
    error = MalformedHttp()
    return Response(error_body(error), ON_THE_WIRE[type(error)].status, content_type="application/json")


def _warmed_up(settings: Settings, knowledge: Knowledge) -> Flask:
    """The application, with all that is loaded once and for all put out of the garbage collector's sight."""
    app = create_app(settings, knowledge)
    app.register_error_handler(ParseException, _refuse_chunk)
    warm_up()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    return app
