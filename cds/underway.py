"""GETs that end in time, whoever answers them: for an EHR's keys, a patient's data, or what a code contains.

A timeout of ``requests`` is per read and says nothing of a server that sends a byte a second; so a GET can be
broken off from outside, even before its headers are complete, and its body is read as it arrives, never
further than agreed.
"""

from __future__ import annotations

import socket
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from threading import Lock
from typing import Any, TypeVar

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from cds import __version__

Answer = TypeVar("Answer")

FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)
"""What ``requests`` lets through of the layers below; an address in a header that is no UTF-8: ValueError."""

_CHUNK = 1 << 16
_GZIP = zlib.MAX_WBITS | 16
_LAST_WORDS = 0.2  # seconds in which a thread ends whose GET was broken off


class UnusableError(Exception):
    """What came cannot be used. ``str(error)`` is a reason code, and all there is to say."""


class Underway:
    """One GET, which whoever waits for it can break off from another thread.

    ``until`` is the end of its time on the clock of ``time.monotonic``.
    """

    def __init__(self, until: float) -> None:
        self._until = until
        self._socket: socket.socket | None = None
        self._broken_off = False
        self._lock = Lock()

    @property
    def left(self) -> float:
        """Seconds; not above 0 when the time is over."""
        return 0.0 if self._broken_off else self._until - time.monotonic()

    def check(self) -> float:
        """Seconds that are left. Raises ``requests.Timeout`` if there are none."""
        left = self.left
        if left <= 0:
            raise requests.Timeout
        return left

    def break_off(self) -> None:
        """Wake up whoever reads; there is nothing more to come."""
        with self._lock:
            self._broken_off = True
            self._shut()

    def hold(self, connection: socket.socket | None) -> None:
        """``connection`` is what this GET reads from now on; with ``None`` it reads no more."""
        with self._lock:
            self._socket = connection
            if self._broken_off:
                self._shut()

    @contextmanager
    def of_this_thread(self) -> Iterator[None]:
        """What this thread asks inside, through ``Adapter``, can be broken off."""
        mark = _underway.set(self)
        try:
            yield
        finally:
            _underway.reset(mark)
            self.hold(None)

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # closed already
                # not that of SSLSocket, which would take the ground from under the thread that reads
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


_underway: ContextVar[Underway | None] = ContextVar("the GET of this thread", default=None)


def get_in_time(seconds: float, get: Callable[[Underway], Answer]) -> Answer:
    """What ``get`` brings. It has a thread of its own, so that nobody waits longer, whatever keeps it.

    A connection can be broken off; the search for a name cannot, and is left to itself.

    Raises ``TimeoutError`` when the time is over, ``UnusableError`` if no thread can be had, and whatever
    ``get`` raises.
    """
    underway = Underway(time.monotonic() + seconds)
    thread = ThreadPoolExecutor(1, "get")
    try:
        try:
            got = thread.submit(_run, underway, get)
        except RuntimeError:  # the process, or its container, may have no more threads
            raise UnusableError("no-thread") from None
        try:
            return got.result(timeout=seconds)
        except TimeoutError:
            underway.break_off()
            wait([got], timeout=_LAST_WORDS)  # a process that is forked next should not find it half-way
            raise
    finally:
        thread.shutdown(wait=False)


def _run(underway: Underway, get: Callable[[Underway], Answer]) -> Answer:
    with underway.of_this_thread():
        return get(underway)


def read_body(
    answer: requests.Response, underway: Underway, most: int, take: Callable[[int], bool] | None = None
) -> bytes:
    """The body, unpacked, of an answer that is streamed.

    Args:
        most: bytes of it, unpacked.
        take: told the size of each part; whether so much more is allowed. Without it, it is.

    Raises ``UnusableError``, or one of ``FAILURES``.
    """
    packing = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in {"identity", "gzip", ""}:
        raise UnusableError("encoding")
    unpack = zlib.decompressobj(_GZIP) if packing == "gzip" else None
    parts, size = [], 0
    # read1 gives what has arrived; read would wait until so many bytes have, however long that takes
    while part := answer.raw.read1(_CHUNK, decode_content=False):
        underway.check()
        if unpack is not None:
            try:
                part = unpack.decompress(part, most + 1 - size)
            except zlib.error:
                raise UnusableError("encoding") from None
        size += len(part)
        if size > most or (take is not None and not take(len(part))):
            raise UnusableError("too-large")
        parts.append(part)
    underway.check()  # one that was broken off ends like one that is complete
    if unpack is not None and not unpack.eof:
        raise UnusableError("broken-off")
    return b"".join(parts)


def open_session() -> requests.Session:
    """A session that says who asks, keeps no cookie, and whose GETs can be broken off.

    It takes nothing from the environment; which proxy a GET goes through is told with it (``cds.proxies``).
    """
    session = requests.Session()
    session.trust_env = False  # else a password for that host might be looked up in ~/.netrc and sent
    session.headers.clear()
    session.headers["User-Agent"] = f"leukocds/{__version__}"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter())
    return session


# --- a connection that tells which GET it serves --------------------------------------------------------


class Adapter(HTTPAdapter):
    """For the sessions of ``requests``: what they ask can be broken off, and no cookie is read."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Called by ``requests``."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> urllib3.ProxyManager:
        """Called by ``requests``."""
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """Called by ``requests``."""
        # not even read: over some cookies the standard library stumbles, and tells standard error of it
        original = getattr(resp, "_original_response", None)
        if original is not None:
            for name in ("Set-Cookie", "Set-Cookie2"):
                if name in original.msg:
                    del original.msg[name]
        return super().build_response(req, resp)


class _Http(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _hold(super()._new_conn())

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        _hold(self.sock)
        return super().getresponse()


class _Https(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _hold(super()._new_conn())  # a proxy, too, may take its time

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        _hold(self.sock)
        return super().getresponse()


def _hold(connection: socket.socket) -> socket.socket:
    underway = _underway.get()
    if underway is not None:
        underway.hold(connection)
    return connection


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


_POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _HttpPool, "https": _HttpsPool}
