"""One question to a FHIR server with all pages of its answer, asked in a thread of its own.

Whoever waits for it can end it at any moment and gets what has come by then.
"""

from __future__ import annotations

import time
from functools import partial
from threading import Lock
from typing import NamedTuple

import msgspec

from cds.hooks.prefetch import Fetched
from cds.hooks.services import Question
from cds.hooks.states import State, kind_of, state_of
from cds.readers.bundle import next_page
from cds.readers.decode import mend_halves, with_room_left
from cds.readers.fhir_address import inside
from cds.readers.fhir_client import Allowance, FhirClient, FhirError
from cds.readers.page import Page
from cds.trace import CURRENT
from cds.underway import Underway

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NO_JSON, _IN_CIRCLE = "invalid-json", "page-loop"
_ROOM = 600  # calls: a thread begins with none, and whoever reads what it brings is far from his beginning


class Wanted(NamedTuple):
    """Something to be asked for.

    Attributes:
        key: of the query; empty for a page or a medication.
        url: where.
        kind: the resource type that has to come back: ``Bundle`` for a search.
        link: how a page was announced; empty for anything else.
        holds: the resource type that a Bundle is to hold; empty if any may.
    """

    key: str
    url: str
    kind: str
    link: str = ""
    holds: str = ""

    @property
    def name(self) -> str:
        """What the log calls it."""
        return self.key or ("page" if self.link else "medication")


class Limits(NamedTuple):
    """How far one question goes: pages, bytes of one page, and the end of its time (``time.monotonic``)."""

    pages: int
    size: int
    until: float


class Job:
    """One question and what became of it.

    Attributes:
        asked: each GET with its outcome.
    """

    def __init__(
        self,
        client: FhirClient,
        wanted: Wanted,
        base: str,
        token: str,
        allowance: Allowance,
        limits: Limits,
    ) -> None:
        self.wanted = wanted
        self.asked: list[Question] = []
        self._client = client
        self._base = base
        self._token = token
        self._allowance = allowance
        self._limits = limits
        self._underway = Underway(limits.until)
        self._pages: list[bytes] = []
        self._followed: list[str] = []
        self._reason = "timeout"  # until it is known better
        self._ended = False
        self._begun = 0.0
        self._lock = Lock()

    def run(self) -> None:
        """Ask, and go on from page to page. Called once, in a thread of its own."""
        url, link, seen = self.wanted.url, self.wanted.link, {self.wanted.url}
        for _ in range(self._limits.pages):
            page = self._get(url)
            if page is None or not self._keep(page, link):
                return
            link = next_page(page) if self.wanted.kind == "Bundle" else ""
            if not link:
                return self._stop("")
            url = inside(self._base, link, url)
            if not url or url in seen:
                return self._stop(_IN_CIRCLE if url else "foreign-link")
            seen.add(url)
        self._stop("too-many-pages")

    def end(self) -> None:
        """Ask no more, and take nothing more in."""
        with self._lock:
            if not self._ended and self._begun:  # what is under way comes too late for anybody to see
                self._tell("timeout")
            self._ended = True
        self._underway.break_off()

    def fetched(self) -> Fetched:
        """What came until it ended."""
        with self._lock:
            return Fetched(self.wanted.key, tuple(self._pages), tuple(self._followed), self._reason)

    # --- in its thread ----------------------------------------------------------------------------------

    def _get(self, url: str) -> bytes | None:
        self._begun = time.monotonic()
        try:
            page = self._client.get(
                url, self._token, self._underway, self._limits.size, self._allowance, _traceparent()
            )
            page = page.removeprefix(_BYTE_ORDER_MARK)
            reason = _fault(page, self.wanted.kind, self.wanted.holds)
            if reason == _NO_JSON:
                page = mend_halves(page)
                reason = _fault(page, self.wanted.kind, self.wanted.holds)
        except FhirError as error:
            page, reason = None, str(error)
        with self._lock:
            if not self._ended:
                self._tell(reason or "ok")
        if reason:
            self._stop(reason)
            return None
        return page

    def _keep(self, page: bytes, link: str) -> bool:
        with self._lock:
            if not self._ended:
                self._pages.append(page)
                self._followed += [link] if link else []
            return not self._ended

    def _stop(self, reason: str) -> None:
        with self._lock:
            if not self._ended:
                self._reason = reason
                self._ended = True
                if reason == _IN_CIRCLE:  # a link that was followed would pass for one that led on
                    self._followed.clear()

    def _tell(self, outcome: str) -> None:
        self.asked.append(Question(self.wanted.name, outcome, time.monotonic() - self._begun))
        self._begun = 0.0


def _traceparent() -> str:
    trace = CURRENT.get()
    return trace.traceparent if trace is not None else ""


def _fault(page: bytes, kind: str, holds: str) -> str:
    """Why this is no answer, as a code; empty if it is one."""
    try:
        with_room_left(_ROOM, partial(msgspec.json.decode, page, type=msgspec.Raw))
    except (msgspec.DecodeError, RecursionError):
        return _NO_JSON
    answer = Page(page)
    came = kind_of(answer)
    if came == "OperationOutcome":
        return "outcome-error"
    if came != kind:
        return "not-a-bundle" if kind == "Bundle" else "wrong-resource"
    match state_of(came, answer, holds or kind):
        case State.FAILED:
            return "outcome-error" if b"OperationOutcome" in page else "without-entries"
        case State.ABSENT:
            return "wrong-resource"
    return ""
