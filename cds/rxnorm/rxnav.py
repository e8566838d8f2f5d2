"""Asks RxNav, or a copy of it, about codes that are known nowhere here. Off unless a site switches it on.

Only a code leaves the machine: an RxNorm code or an NDC, in the address of a GET. Nobody waits longer than
the deadline: threads of its own do the work, and go on for a few seconds to fill the cache when the one who
asked has given up. Then they end, whatever RxNav does (``cds.underway``). After a failure nothing is asked
for half a minute.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from threading import Lock

import requests
import urllib3

from cds.knowledge.lookup import Contents, Ingredient, System
from cds.logs import log_event
from cds.proxies import PROXY_FAULTS, proxies_for
from cds.rxnorm.rxnav_answers import History, UnreadableAnswerError, read_history, read_package, read_related
from cds.rxnorm.rxnav_cache import RxNavCache
from cds.underway import FAILURES, Underway, UnusableError, get_in_time, open_session, read_body

Get = Callable[[str, dict[str, str]], bytes]  # of a path below the address, with a query

_THREADS = 2  # NLM asks for at most 20 requests a second
_PAUSE_SECONDS = 30
_LATE_SECONDS = 5  # so much longer than the deadline an answer is still waited for, to be kept
_MOST_BYTES = 1_000_000
_CURATED = frozenset({"obsolete", "quantified", "notcurrent"})

_left: ContextVar[list[float] | None] = ContextVar("seconds left for RxNav in this answer", default=None)


class RxNav:
    """One RxNav.

    Attributes:
        failed: how many codes it left open, by reason.
    """

    def __init__(
        self, url: str, deadline: float, cache: RxNavCache, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``url`` without a slash at its end; ``deadline`` in seconds; ``clock`` counts them."""
        self.failed: Counter[str] = Counter()
        self._url = url
        self._deadline = deadline
        self._cache = cache
        self._clock = clock
        self._threads: tuple[int, ThreadPoolExecutor] | None = None
        self._starting = Lock()
        self._idle: list[requests.Session] = []  # of this process, in nobody's use
        self._silent_until = 0.0

    @contextmanager
    def one_answer(self) -> Iterator[None]:
        """All lookups inside wait for RxNav no longer than the deadline, taken together."""
        token = _left.set([self._deadline])
        try:
            yield
        finally:
            _left.reset(token)

    def lookup(self, system: System, code: str) -> Contents | None:
        """What a code contains; ``None`` if RxNav does not know it, or did not say so in time."""
        try:
            kept = self._cache.get(system, code)
        except sqlite3.Error:
            self._note("cache")
            kept = None
        if kept is not None:
            return kept.contents
        left = _left.get() or [self._deadline]
        begun = self._clock()
        if left[0] <= 0 or begun < self._silent_until:
            self.failed["not-asked"] += 1
            return None
        try:
            return self._begin(system, code, begun + left[0] + _LATE_SECONDS).result(timeout=left[0])
        except (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError):
            self._fail("deadline")
        except PROXY_FAULTS:
            self._fail("proxy")
        except UnusableError as error:
            self._fail(str(error))
        except UnreadableAnswerError:
            self._fail("unreadable")
        except FAILURES:
            self._fail("unreachable")
        finally:
            left[0] -= self._clock() - begun
        return None

    def close(self) -> None:
        """Ask nothing more."""
        if self._threads is not None:
            self._threads[1].shutdown(wait=True, cancel_futures=True)
        while self._idle:
            self._idle.pop().close()
        self._cache.close()

    def _begin(self, system: System, code: str, until: float) -> Future[Contents | None]:
        try:
            return self._started().submit(self._ask, system, code, until)
        except RuntimeError:  # the process, or its container, may have no more threads
            raise UnusableError("no-thread") from None

    def _started(self) -> ThreadPoolExecutor:
        # No thread survives a fork: a worker process starts its own.
        with self._starting:
            if self._threads is None or self._threads[0] != os.getpid():
                self._threads = (os.getpid(), ThreadPoolExecutor(_THREADS, "rxnav"))
                self._idle = []
            return self._threads[1]

    def _fail(self, reason: str) -> None:
        self._silent_until = self._clock() + _PAUSE_SECONDS
        self._note(reason)

    def _note(self, reason: str) -> None:
        self.failed[reason] += 1
        log_event("rxnav", logging.WARNING, reason=reason, failed=self.failed.total())

    # --- in a thread of its own -------------------------------------------------------------------------

    def _ask(self, system: System, code: str, until: float) -> Contents | None:
        contents = self._ask_in_time(system, code, until - self._clock())
        try:
            self._cache.put(system, code, contents)
        except sqlite3.Error:
            self._note("cache")
        return contents

    def _ask_in_time(self, system: System, code: str, seconds: float) -> Contents | None:
        if seconds <= 0:
            raise requests.Timeout
        # not made to be shared: one that was broken off may still be in use, and is not taken again
        session = self._take_session()

        def ask(underway: Underway) -> Contents | None:
            return self._contents(system, code, partial(self._get, session, underway))

        try:
            contents = get_in_time(seconds, ask)
        except TimeoutError:
            raise  # its thread may still read, and ends it by itself
        except (*FAILURES, UnusableError, UnreadableAnswerError):
            session.close()
            raise
        self._idle.append(session)
        return contents

    def _take_session(self) -> requests.Session:
        try:
            return self._idle.pop()
        except IndexError:
            return open_session()

    def _contents(self, system: System, code: str, get: Get) -> Contents | None:
        if system == "ndc":
            package = read_package(get("/ndcstatus.json", {"ndc": code}))
            return None if package is None else self._contents("rxnorm", package, get)
        history = read_history(get(f"/rxcui/{code}/historystatus.json", {}))
        if history.status == "active":
            return self._told(self._related(code, get), history, retired=False)
        if history.status in _CURATED and history.ingredients:
            return Contents(history.ingredients, retired=True, local_form=history.local_form)
        if history.status == "obsolete":
            return self._told(self._related(code, get), history, retired=True)
        # Several successors have to agree: which of them was meant, nobody knows.
        said = [self._related(each, get) for each in history.successors]
        alike = len({frozenset(ingredient.codes for ingredient in each) for each in said}) == 1
        return self._told(said[0], history, retired=True) if alike else None

    def _told(self, plain: tuple[Ingredient, ...], history: History, *, retired: bool) -> Contents | None:
        """The ingredients, each with its salt where ``history`` tells it; ``None`` if there are none."""
        salts = {each.codes[-1]: each.codes for each in history.ingredients}
        told = tuple(Ingredient(salts.get(each.codes[-1], each.codes), each.name) for each in plain)
        return Contents(told, retired, history.local_form) if told else None

    def _related(self, code: str, get: Get) -> tuple[Ingredient, ...]:
        return read_related(get(f"/rxcui/{code}/related.json", {"tty": "IN"}))

    def _get(self, session: requests.Session, underway: Underway, path: str, query: dict[str, str]) -> bytes:
        url = self._url + path
        with session.get(
            url,
            params=query,
            headers={"Accept": "application/json", "Accept-Encoding": "gzip"},
            timeout=underway.check(),
            allow_redirects=False,
            stream=True,
            proxies=proxies_for(url),
        ) as answer:
            if answer.status_code != requests.codes.ok:
                raise UnusableError(f"http-{answer.status_code}")
            return read_body(answer, underway, _MOST_BYTES)
