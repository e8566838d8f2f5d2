"""The service behind gunicorn: threads in one or more processes that share what was loaded before."""

from __future__ import annotations

import atexit
import gc
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import click
from flask import Flask, Response
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker

from cds import __version__
from cds.app import create_app, open_memory, utc_now
from cds.errors import ON_THE_WIRE, MalformedHttp, StartError, TenantsError, error_body
from cds.hooks.about import CALLERS_WITHOUT_KEYS, DOOR
from cds.hooks.records import Records
from cds.knowledge.base import Knowledge
from cds.listening import check_addresses, in_address, turn_newcomers_away
from cds.logs import configure_logging, log_event, log_exception
from cds.readers.r4_check import warm_up
from cds.server_log import ServerLog
from cds.setting_safety import warnings_of
from cds.settings import Settings
from cds.standing import overdue_reviews
from cds.telemetry.assembly import Telemetry, open_telemetry
from cds.telemetry.shared import SHARED_MEMORY, SharedFolder
from cds.worker import Worker

_DRAIN_SECONDS = 25  # below the 30 that orchestrators commonly wait after SIGTERM


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, told everything by ``Settings`` and nothing by its own files, variables or arguments.

    ``load`` reads the knowledge: at the start, and again when SIGHUP arrives. It may raise ``StartError``.
    """

    def __init__(self, settings: Settings, load: Callable[[], Knowledge]) -> None:
        configure_logging(settings.log_level)
        check_addresses(settings)
        self._settings = _with_address(settings)
        self._load = load
        self._knowledge = load()
        self._shared = SharedFolder()
        atexit.register(self._shared.remove)
        self._telemetry = open_telemetry(settings, self._shared)
        self._records = open_memory(self._settings)
        self._app = _application(self._settings, self._knowledge, self._telemetry, self._records)
        warm_up()
        _settle()
        super().__init__()

    @property
    def max_body(self) -> int:
        """Bytes of a body that are accepted; asked by the workers."""
        return self._settings.max_body

    def count_refusal(self, reason: str) -> None:
        """Count something that arrived and was no whole HTTP request; told by the workers."""
        self._telemetry.metrics.count_wire_refusal(reason)

    def load_config(self) -> None:
        """Called by gunicorn."""
        settings = self._settings
        host = in_address(settings.host)
        ports = [settings.port, *([settings.metrics_port] if settings.metrics_port else [])]
        for name, value in {
            "bind": [f"{host}:{port}" for port in ports],
            "workers": settings.workers,
            "worker_class": Worker,
            "threads": settings.threads,
            "preload_app": True,
            "keepalive": 30,
            "timeout": 30,
            "graceful_timeout": _DRAIN_SECONDS,
            # heartbeats; a slow disk would stall them
            "worker_tmp_dir": str(SHARED_MEMORY) if SHARED_MEMORY.is_dir() else None,
            "control_socket_disable": True,
            "proc_name": "leukocds",
            "loglevel": "warning",
            "logger_class": ServerLog,
            "when_ready": self._announce,
            "child_exit": self._count_in,
            "pre_fork": self._let_go,
            "worker_exit": self._take_leave,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> _Doors:
        """Called by gunicorn."""
        return _Doors(self._app, self._settings.metrics_port)

    def run(self) -> None:
        """Serve until told to stop."""
        _Master(self).run()

    def renew(self) -> bool:
        """Load all that was loaded at the start again; whether there is something new to serve with.

        The processes that follow share what is loaded here. What cannot be loaded, or fails the self-test, is
        logged, and those that are there go on with what they have.
        """
        is_renewed = self._renew()
        self._telemetry.metrics.count_reload(accepted=is_renewed)
        return is_renewed

    def _renew(self) -> bool:
        try:
            knowledge = self._load()
            app = _application(self._settings, knowledge, self._telemetry, self._records)
            is_sound = _is_sound(app)
            _look_for_keys(app, self._app)
        except StartError as error:
            for problem in error.problems:
                log_event("reload refused", logging.ERROR, problem=problem, knowledge=self._knowledge.version)
        except Exception as error:  # the master would die of it, and the service with it
            log_exception(error, "reload")
        else:
            if is_sound:
                self._knowledge, self._app, self.callable = knowledge, app, None
                gc.unfreeze()
                _settle()
                log_event("reloaded", knowledge=knowledge.version)
                self._warn_of_knowledge()
                return True
            problem = f"{knowledge.version} fails the self-test"
            log_event("reload refused", logging.ERROR, problem=problem, knowledge=self._knowledge.version)
        return False

    def _announce(self, arbiter: Arbiter) -> None:
        host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
        address = f"http://{in_address(host)}:{port}"
        for warning in warnings_of(self._settings):
            click.secho(f"WARNING: {warning}", err=True, bold=True)
            log_event("warning", warning=warning)
        self._warn_of_knowledge()
        log_event("listening", address=address, version=__version__, knowledge=self._knowledge.version)
        if self._settings.metrics_port:
            log_event(
                "metrics", address=f"{address.rpartition(':')[0]}:{self._settings.metrics_port}/metrics"
            )
        click.echo(f"leukocds {__version__} listens on {address}/cds-services", err=True)
        if not self._settings.production:
            click.echo(f"To try it by hand, open {address}/sandbox in a browser", err=True)

    def _let_go(self, _arbiter: Arbiter, _worker: ThreadWorker) -> None:
        """No process inherits a connection or a thread."""
        self._records.release()

    def _take_leave(self, _arbiter: Arbiter, _worker: ThreadWorker) -> None:
        """No process ends before it has written what waits, and has counted what it could not write."""
        self._records.release()
        self._telemetry.metrics.follow_records(self._records.glance())

    def _count_in(self, _arbiter: Arbiter, worker: Worker) -> None:
        """What a worker counted that has ended is not lost; if the worker itself is, that counts too."""
        try:
            if worker.is_lost:
                self._telemetry.metrics.count_lost_process()
            self._shared.bury(worker.pid)
        except OSError as error:  # gunicorn would end the service over it
            log_exception(error, "metrics")

    def _warn_of_knowledge(self) -> None:
        for warning in _doubts_about(self._knowledge):
            log_event("warning", logging.WARNING, warning=warning)


class _Master(Arbiter):  # type: ignore[misc]
    """gunicorn's master, which leaves its workers in peace when there is nothing new for them."""

    def stop(self, graceful: bool = True) -> None:
        """Called by gunicorn when the service ends; the workers let in whoever has connected."""
        if not (self.reexec_pid or self.master_pid):  # or another master would go on with the same listeners
            for listener in self.LISTENERS:
                turn_newcomers_away(listener.sock)
        super().stop(graceful)

    def reload(self) -> None:
        """Called by gunicorn at SIGHUP, and in no other case; it replaces the workers one by one."""
        if self.app.renew():
            super().reload()


class _Doors:
    """What comes in by the port of the monitoring is marked: it gets what is for the monitoring alone."""

    def __init__(self, app: Flask, metrics_port: int) -> None:
        self._app = app
        self._metrics_port = str(metrics_port)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["SERVER_PORT"] == self._metrics_port:  # of the socket: no client can name another
            environ[DOOR] = "metrics"
        return self._app(environ, start_response)


def _refuse_chunk(_error: Exception) -> Response:
    """For a body in chunks that turns out to be malformed while the application reads it."""
    error = MalformedHttp()
    return Response(error_body(error), ON_THE_WIRE[type(error)].status, content_type="application/json")


def _application(settings: Settings, knowledge: Knowledge, telemetry: Telemetry, records: Records) -> Flask:
    app = create_app(settings, knowledge, telemetry=telemetry, records=records)
    app.register_error_handler(ParseException, _refuse_chunk)
    return app


def _is_sound(app: Flask) -> bool:
    """Whether ``app`` passes its self-test; a database that is down at this moment is no fault of its."""
    answer = app.test_client().get("/readyz")
    said = answer.get_json()
    return answer.status_code == HTTPStatus.OK or (said.get("database") == "down" and "selfTest" not in said)


def _look_for_keys(app: Flask, before: Flask) -> None:
    """Raise ``TenantsError`` if a reload would take away the keys of a caller, whose address is away."""
    lost = app.config[CALLERS_WITHOUT_KEYS] - before.config[CALLERS_WITHOUT_KEYS]
    if lost:
        raise TenantsError(f"the keys of {name} cannot be fetched at the moment" for name in sorted(lost))


def _with_address(settings: Settings) -> Settings:
    """A sandbox is reached where it listens, so that its cards can link to its own pages."""
    everywhere = {"0.0.0.0", "::"}  # noqa: S104  (an address nobody can open)
    if settings.public_url or settings.port == 0 or settings.host in everywhere:
        return settings
    return replace(settings, public_url=f"http://{in_address(settings.host)}:{settings.port}")


def _doubts_about(knowledge: Knowledge) -> Iterator[str]:
    """What is in order, but has to be said: overdue reviews, and what a hospital silenced."""
    overdue = overdue_reviews(knowledge, utc_now().date())
    if overdue:
        due, file = overdue[0]
        yield f"{len(overdue)} reviews of the knowledge are overdue, the longest that of {file} since {due}."
    for each in knowledge.house.off if knowledge.house else ():
        if each.kind in {"rule", "topic"}:
            yield f"{knowledge.overlay} has switched off the {each.kind} {each.name}: {each.why}"


def _settle() -> None:
    """Put all that is loaded once and for all out of the garbage collector's sight."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()
