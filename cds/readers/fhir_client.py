"""GET from a FHIR server, within a time, within a size, and with a token that nobody else gets to see.

Beyond one more try to connect nothing is repeated. No redirect is followed, no cookie kept, and of the
environment nothing is taken but a proxy (``cds.proxies``). A GET can be broken off from outside
(``cds.underway``), and its body is read as it arrives, never further than agreed.

A failure is a reason code: what was asked, and what came back, is not in it.
"""

from __future__ import annotations

import logging
import os
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from threading import Lock

import requests
import urllib3

from cds import __version__
from cds.proxies import PROXY_FAULTS, proxies_for
from cds.underway import FAILURES, Adapter, Underway, UnusableError, read_body

_REDIRECTS = range(300, 400)
_RETRIES = urllib3.Retry(
    total=1, connect=1, read=False, redirect=0, status=0, other=0, respect_retry_after_header=False
)


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
        try:
            left = underway.check()
            with (
                underway.of_this_thread(),
                self._session().get(
                    url,
                    headers=headers,
                    timeout=(left / 2, left),
                    allow_redirects=False,
                    stream=True,
                    proxies=proxies_for(url),
                ) as answer,
            ):
                _check(answer)
                return read_body(answer, underway, most, allowance.take)
        except (*FAILURES, UnusableError) as error:
            reason = "timeout" if underway.left <= 0 else _reason(error)
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
            session.mount(scheme, Adapter(pool_maxsize=self._connections, max_retries=_RETRIES))
        return session


def _check(answer: requests.Response) -> None:
    status = answer.status_code
    if status in _REDIRECTS:
        raise FhirError("redirect")
    if status != requests.codes.ok:
        raise FhirError(f"http-{status}")
    media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type and not media_type.endswith(("/json", "+json", "/json+fhir")):
        raise FhirError("media-type")


def _reason(error: Exception) -> str:
    if isinstance(error, PROXY_FAULTS):
        return "proxy"
    match error:
        case UnusableError():
            return str(error)
        case requests.exceptions.SSLError() | urllib3.exceptions.SSLError():
            return "tls"
        case requests.Timeout() | urllib3.exceptions.TimeoutError():
            return "timeout"
        case requests.ConnectionError() if isinstance(error.args[0], urllib3.exceptions.MaxRetryError):
            return "unreachable"
        case requests.ConnectionError() | urllib3.exceptions.ProtocolError():
            return "broken-off"
    return "malformed-http"
