"""GET from a FHIR server, within a time, within a size, and with a token that nobody else gets to see.

Beyond one more try to connect nothing is repeated. No redirect is followed, no cookie kept, and of the
environment nothing is taken but a proxy (``cds.proxies``). A timeout of ``requests`` is per read and says
nothing of a server that sends a byte a second; so a GET can be broken off from outside, even before its
headers are complete, and its body is read as it arrives, never further than agreed.

A failure is a reason code: what was asked, and what came back, is not in it.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import zlib
from contextlib import suppress
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from threading import Lock
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from cds import __version__
from cds.proxies import PROXY_FAULTS, proxies_for

_CHUNK = 1 << 16
_GZIP = zlib.MAX_WBITS | 16
_REDIRECTS = range(300, 400)
_RETRIES = urllib3.Retry(
    total=1, connect=1, read=False, redirect=0, status=0, other=0, respect_retry_after_header=False
)

# what requests lets through of the layers below; an address that is no UTF-8 in a header is a ValueError
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError, zlib.error)


class FhirError(Exception):
    """No data came. ``str(error)`` is a reason code, and all there is to say."""


class Allowance:
    """The bytes that several answers may have together. Safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._lock = Lock()

    def take(self, size: int) -> bool:
        """Whether so many bytes were still allowed."""
        with self._lock:
            self._left -= size
            return self._left >= 0


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

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # closed already
                # not that of SSLSocket, which would take the ground from under the thread that reads
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


_underway: ContextVar[Underway | None] = ContextVar("the GET of this thread", default=None)


class FhirClient:
    """GETs for all threads of a process; after a fork each process has connections of its own."""

    def __init__(self, connections: int, ca_file: Path | None = None) -> None:
        """``connections`` are kept open per server; ``ca_file`` vouches for it instead of the public CAs."""
        self._connections = connections
        self._verify: bool | str = True if ca_file is None else str(ca_file)
        self._of_process: tuple[int, requests.Session] | None = None
        self._opening = Lock()
        # its warnings quote the address, and with it the patient's id
        logging.getLogger("urllib3").setLevel(logging.CRITICAL)

    def get(
        self, url: str, token: str, underway: Underway, most: int, allowance: Allowance, traceparent: str = ""
    ) -> bytes:
        """The JSON that ``url`` answers, not yet looked at.

        Args:
            token: sent as bearer token unless it is empty.
            underway: ends the wait.
            most: bytes of this answer, unpacked.
            allowance: bytes of all answers together.
            traceparent: sent so that the server can tell to whose question this belongs, unless it is empty.

        Raises ``FhirError``.
        """
        headers = {"Accept": "application/fhir+json", "Accept-Encoding": "gzip"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if traceparent:
            headers["traceparent"] = traceparent
        mark = _underway.set(underway)
        try:
            left = _left(underway)
            with self._session().get(
                url,
                headers=headers,
                timeout=(left / 2, left),
                allow_redirects=False,
                stream=True,
                proxies=proxies_for(url),
            ) as answer:
                _check(answer)
                return _read(answer, underway, most, allowance)
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
            ValueError,
            zlib.error,
        ) as error:
            reason = "timeout" if underway.left <= 0 else _reason(error)
        finally:
            _underway.reset(mark)
            underway.hold(None)
        raise FhirError(reason)  # out here, so that the error with the address in it does not hang on

    def _session(self) -> requests.Session:
        with self._opening:
            if self._of_process is None or self._of_process[0] != os.getpid():
                self._of_process = (os.getpid(), self._open())
            return self._of_process[1]

    def _open(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.verify = self._verify
        session.headers.clear()
        session.headers["User-Agent"] = f"leukocds/{__version__}"
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter(pool_maxsize=self._connections, max_retries=_RETRIES))
        return session


def _left(underway: Underway) -> float:
    left = underway.left
    if left <= 0:
        raise requests.Timeout
    return left


def _check(answer: requests.Response) -> None:
    status = answer.status_code
    if status in _REDIRECTS:
        raise FhirError("redirect")
    if status != requests.codes.ok:
        raise FhirError(f"http-{status}")
    media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type and not media_type.endswith(("/json", "+json", "/json+fhir")):
        raise FhirError("media-type")


def _read(answer: requests.Response, underway: Underway, most: int, allowance: Allowance) -> bytes:
    packing = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in {"identity", "gzip", ""}:
        raise FhirError("encoding")
    unpack = zlib.decompressobj(_GZIP) if packing == "gzip" else None
    parts, size = [], 0
    # read1 gives what has arrived; read would wait until so many bytes have, however long that takes
    while part := answer.raw.read1(_CHUNK, decode_content=False):
        _left(underway)
        if unpack is not None:
            part = unpack.decompress(part, most + 1 - size)
        size += len(part)
        if size > most or not allowance.take(len(part)):
            raise FhirError("too-large")
        parts.append(part)
    _left(underway)  # one that was broken off ends like one that is complete
    if unpack is not None and not unpack.eof:
        raise FhirError("broken-off")
    return b"".join(parts)


def _reason(error: Exception) -> str:
    if isinstance(error, PROXY_FAULTS):
        return "proxy"
    match error:
        case requests.exceptions.SSLError() | urllib3.exceptions.SSLError():
            return "tls"
        case requests.Timeout() | urllib3.exceptions.TimeoutError():
            return "timeout"
        case zlib.error():
            return "encoding"
        case requests.ConnectionError() if isinstance(error.args[0], urllib3.exceptions.MaxRetryError):
            return "unreachable"
        case requests.ConnectionError() | urllib3.exceptions.ProtocolError():
            return "broken-off"
    return "malformed-http"


# --- a connection that tells which GET it serves --------------------------------------------------------


class _Http(HTTPConnection):
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        _hold(self.sock)
        return super().getresponse()


class _Https(HTTPSConnection):
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        _hold(self.sock)
        return super().getresponse()


def _hold(connection: socket.socket) -> None:
    underway = _underway.get()
    if underway is not None:
        underway.hold(connection)


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


_POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _HttpPool, "https": _HttpsPool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> urllib3.ProxyManager:
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        # not even read: over some cookies the standard library stumbles, and tells standard error of it
        original = getattr(resp, "_original_response", None)
        if original is not None:
            del original.msg["Set-Cookie"], original.msg["Set-Cookie2"]
        return super().build_response(req, resp)
