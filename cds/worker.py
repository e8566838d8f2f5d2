"""gunicorn's threads, made safe against slow clients and against being stopped.

A request is gathered without a thread and is given one when all of it has arrived, so that clients who send
slowly, or not at all, take none away from the others; who does not take the answer gives it back soon. A
worker that has to stop lets in everybody who has connected before it gives up its address, so that a client
is either refused or answered.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from mmap import mmap
from selectors import EVENT_READ
from socket import SHUT_WR, socket
from threading import Lock
from time import monotonic
from typing import Any
from uuid import uuid4

from gunicorn.http.errors import InvalidChunkSize, LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.sock import BaseSocket
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker

from cds.arrival import LONGEST_HEAD, Arrival
from cds.errors import HeadTooLarge, InternalFault, MalformedHttp, RequestError
from cds.logs import log_event, log_exception
from cds.no_request import EndlessHead, LastReader, NotTaken, TooMuchAtOnce, TooSlow, last_answer

_ARRIVAL_SECONDS = 10.0  # from the first byte of a request to its last
_UNREAD_SECONDS, _UNREAD_BYTES = 5.0, 64_000_000  # what a refused client may still be sending
_TAKING_SECONDS = 5.0  # that a client may let us wait until it takes its answer
_PARTING_SECONDS = 2.0  # that a client may take to hang up after its last answer
_FIRST_BYTE_SECONDS = 1.0  # that who has just connected has for it when the worker is being stopped
_MOST_GATHERED = 64_000_000  # bytes per process of requests that are not whole yet
_AT_ONCE = 65_536  # bytes
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


_TOO_LARGE = (EndlessHead, LimitRequestHeaders, LimitRequestLine)


class Worker(ThreadWorker):  # type: ignore[misc]
    """One process that answers; without gunicorn's HTML pages: what is no HTTP is refused as all else is."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._gathered = 0
        self._lock = Lock()
        self._parting: dict[TConn, float] = {}
        self._stopping_since: float | None = None
        self._most: int = self.app.max_body + LONGEST_HEAD
        self._has_finished = mmap(-1, 1)  # shared with the master, for when this process is gone

    @property
    def is_lost(self) -> bool:
        """Asked by the master when the process is gone: whether it was killed, hung, or died of a fault.

        If not, it was told to end, and let those go on who were with it.
        """
        return bool(self.aborted or not self._has_finished[0])

    def run(self) -> None:
        """Called by gunicorn; comes back when the worker was told to end and has finished."""
        super().run()
        self._has_finished[0] = 1

    def handle(self, conn: TConn) -> object:
        """Called by gunicorn in a thread: a connection is new, or there is something to read on it.

        While the worker is being stopped nothing is put off any more.
        """
        try:
            if self._gather(conn) or not self.alive:
                self._hand_over(conn)
                return super().handle(conn)
        except OSError:  # the client is gone
            self._forget(conn)
            return False
        except (EndlessHead, InvalidChunkSize, TooMuchAtOnce) as error:
            self._forget(conn)
            self.handle_error(None, conn.sock, conn.client, error)
            return False
        return _DEFER

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """Called by gunicorn when it has read a head. A client that does not take its answer loses it.

        Where nobody can tell where the next request begins, the answer says that it is the last one.
        """
        if getattr(conn, "is_without_leave", False):  # its body may follow all the same
            req.force_close()
        req.body.reader = LastReader(req)
        conn.sock.settimeout(_TAKING_SECONDS)  # of sending it is the whole
        try:
            return bool(super().handle_request(req, conn))
        except TimeoutError:
            self._count(NotTaken())
            return False

    def finish_request(self, conn: TConn, fs: Future[object]) -> None:
        """Called by gunicorn in its loop when ``handle`` has come back.

        gunicorn itself would wait here until a client hangs up, and everybody with it.
        """
        if not fs.cancelled() and fs.exception() is None and fs.result() is False:
            self._part(conn)
            return
        super().finish_request(conn, fs)
        if isinstance(arrival := _arrival_of(conn), Arrival) and arrival.since is not None:
            conn.timeout = arrival.since + _ARRIVAL_SECONDS

    def murder_pending(self) -> None:
        """Called by gunicorn in its loop: those whose time is up are told so.

        Who has not sent a byte is told nothing. When the worker is being stopped there is little time left
        for that byte: it may be on its way, from a client who has just connected and would lose its call.
        """
        now = monotonic()
        if not self.alive and self._stopping_since is None:
            self._stopping_since = now
        for conn in [*self.pending_conns]:
            arrival = _arrival_of(conn)
            is_silent = arrival is None or arrival.since is None
            until = conn.timeout
            if is_silent and self._stopping_since is not None:
                until = min(until, self._stopping_since + _FIRST_BYTE_SECONDS)
            if until > now:
                continue
            self.pending_conns.remove(conn)
            with suppress(KeyError, ValueError):  # gone already
                self.poller.unregister(conn.sock)
            if not is_silent:
                self._forget(conn)
                self.handle_error(None, conn.sock, conn.client, TooSlow())
            self._part(conn)
        for conn in [conn for conn, until in self._parting.items() if until <= now]:
            self._close(conn)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Called by gunicorn; at the end with False, and then for good."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                self._let_in(listener)
                listener.close()

    def handle_error(self, _req: object, client: socket, _addr: object, exc: Exception) -> None:
        """Called by gunicorn when it cannot read a request, or the application let an exception through."""
        error: RequestError = MalformedHttp()
        if isinstance(exc, ParseException):
            self._count(exc)
            if isinstance(exc, _TOO_LARGE):
                limits = self.cfg.limit_request_field_size, self.cfg.limit_request_fields, LONGEST_HEAD
                error = HeadTooLarge(*limits)
        else:
            error = InternalFault(str(uuid4()))
            log_exception(exc, error.reference)
        with suppress(OSError):  # the client may be gone
            write_nonblock(client, last_answer(error))

    def _count(self, refusal: ParseException) -> None:
        log_event("refused", logging.WARNING, reason=type(refusal).__name__)
        self.app.count_refusal(type(refusal).__name__)

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        """Called by gunicorn after an answer. Of a body refused for its size the rest is read off.

        gunicorn itself gives up after 64 KiB and drops the connection it has just promised to keep, and the
        client's next request with it.
        """
        body, until, left = conn.parser.mesg.body, monotonic() + _UNREAD_SECONDS, _UNREAD_BYTES
        if not keepalive or getattr(body, "failed", False):
            return False
        try:
            while left > 0 and (seconds := until - monotonic()) > 0:
                conn.sock.settimeout(seconds)
                data = body.read(_AT_ONCE)
                if not data:
                    return True
                left -= len(data)
        except TimeoutError:
            return False
        finally:
            conn.sock.setblocking(True)
        return False

    def _part(self, conn: TConn) -> None:
        """Say that nothing more will come, and close when the client hangs up: a close at once could take
        the last answer with it.
        """
        try:
            conn.sock.shutdown(SHUT_WR)
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, EVENT_READ, partial(self._on_parting, conn))
        except OSError:  # it has hung up
            self.nr_conns -= 1
            conn.close()
        else:
            self._parting[conn] = monotonic() + _PARTING_SECONDS

    def _on_parting(self, conn: TConn, client: socket) -> None:
        with suppress(OSError):
            if client.recv(_AT_ONCE):
                return  # still sending; the time runs
        self._close(conn)

    def _close(self, conn: TConn) -> None:
        del self._parting[conn]
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

    def _let_in(self, listener: BaseSocket) -> None:
        """Accept everybody who has connected and waits."""
        before = -1
        while self.nr_conns != before:
            before = self.nr_conns
            self.accept(listener)

    def _gather(self, conn: TConn) -> bool:
        """Take in what has arrived, without waiting; whether that is a request, or all there will be."""
        arrival = _arrival_of(conn)
        if arrival is None:
            conn.init()
            arrival = conn.arrival = Arrival()
            self._add(arrival, conn.parser.unreader.take_buffered())  # read on with the request before
        conn.sock.setblocking(False)
        while not arrival.is_whole(self._most):
            if arrival.has_endless_head:
                raise EndlessHead
            if arrival.has_endless_chunk:
                raise InvalidChunkSize(b"")
            if arrival.awaits_leave:
                arrival.awaits_leave = False
                if (arrival.body_length or 0) > self.app.max_body:
                    conn.is_without_leave = True
                    return True
                conn.sock.send(_GO_ON)
            if self._gathered > _MOST_GATHERED:
                raise TooMuchAtOnce
            try:
                data = conn.sock.recv(_AT_ONCE)
            except BlockingIOError:
                return False
            if not data:
                break
            self._add(arrival, data)
        return True

    def _add(self, arrival: Arrival, data: bytes) -> None:
        before = len(arrival.gathered)
        arrival.add(data, monotonic())
        with self._lock:
            self._gathered += len(arrival.gathered) - before

    def _hand_over(self, conn: TConn) -> None:
        """Let gunicorn read what was gathered before it reads on."""
        arrival = self._forget(conn)
        if arrival is not None:
            conn.parser.unreader.unread(bytes(arrival.gathered))

    def _forget(self, conn: TConn) -> Arrival | None:
        arrival = _arrival_of(conn)
        if arrival is not None:
            conn.arrival = None
            with self._lock:
                self._gathered -= len(arrival.gathered)
        return arrival


def _arrival_of(conn: TConn) -> Arrival | None:
    """What has come of the next request on this connection; None between requests."""
    arrival: Arrival | None = getattr(conn, "arrival", None)
    return arrival
