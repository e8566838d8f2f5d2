"""Asks RxNav, or a copy of it, about codes that are known nowhere here. Off unless a site switches it on.

Only a code leaves the machine: an RxNorm code or an NDC, in the address of a GET. Nobody waits longer than
the deadline: threads of its own do the work, and go on for a few seconds to fill the cache when the one who
asked has given up. After a failure nothing is asked for half a minute.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock, local

import requests

from cds import __version__
from cds.knowledge.lookup import Contents, Ingredient, System
from cds.logs import log_event
from cds.rxnorm.rxnav_answers import History, UnreadableAnswerError, read_history, read_package, read_related
from cds.rxnorm.rxnav_cache import RxNavCache

_THREADS = 2  # NLM asks for at most 20 requests a second
_PAUSE_SECONDS = 30
_LATE_SECONDS = 5  # so much longer than the deadline an answer is still waited for, to be kept
_MOST_BYTES = 1_000_000
_CURATED = frozenset({"obsolete", "quantified", "notcurrent"})

_left: ContextVar[list[float] | None] = ContextVar("seconds left for RxNav in this answer", default=None)


class _RefusedError(Exception):
    """RxNav did not answer with a document."""


class RxNav:
    """One RxNav.

    Attributes:
        failed: how many codes it left open, by reason.
    """

    def __init__(self, url: str, deadline: float, cache: RxNavCache) -> None:
        """``url`` without a slash at its end; ``deadline`` in seconds."""
        self.failed: Counter[str] = Counter()
        self._url = url
        self._deadline = deadline
        self._cache = cache
        self._threads: tuple[int, ThreadPoolExecutor] | None = None
        self._starting = Lock()
        self._own = local()
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
            kept = self._cache.get(system, code, time.time())
        except sqlite3.Error:
            self._note("cache")
            kept = None
        if kept is not None:
            return kept.contents
        left = _left.get() or [self._deadline]
        begun = time.monotonic()
        if left[0] <= 0 or begun < self._silent_until:
            self.failed["not-asked"] += 1
            return None
        try:
            until = begun + left[0] + _LATE_SECONDS
            return self._started().submit(self._ask, system, code, until).result(timeout=left[0])
        except (TimeoutError, requests.Timeout):
            self._fail("deadline")
        except requests.RequestException:
            self._fail("unreachable")
        except _RefusedError as refused:
            self._fail(str(refused))
        except UnreadableAnswerError:
            self._fail("unreadable")
        finally:
            left[0] -= time.monotonic() - begun
        return None

    def close(self) -> None:
        """Ask nothing more."""
        if self._threads is not None:
            self._threads[1].shutdown(wait=True, cancel_futures=True)
        self._cache.close()

    def _started(self) -> ThreadPoolExecutor:
        # No thread survives a fork: a worker process starts its own.
        with self._starting:
            if self._threads is None or self._threads[0] != os.getpid():
                self._threads = (os.getpid(), ThreadPoolExecutor(_THREADS, "rxnav"))
            return self._threads[1]

    def _fail(self, reason: str) -> None:
        self._silent_until = time.monotonic() + _PAUSE_SECONDS
        self._note(reason)

    def _note(self, reason: str) -> None:
        self.failed[reason] += 1
        log_event("rxnav", logging.WARNING, reason=reason, failed=self.failed.total())

    # --- in a thread of its own -------------------------------------------------------------------------

    def _ask(self, system: System, code: str, until: float) -> Contents | None:
        contents = self._contents(system, code, until)
        try:
            self._cache.put(system, code, contents, time.time())
        except sqlite3.Error:
            self._note("cache")
        return contents

    def _contents(self, system: System, code: str, until: float) -> Contents | None:
        if system == "ndc":
            package = read_package(self._get("/ndcstatus.json", {"ndc": code}, until))
            return None if package is None else self._contents("rxnorm", package, until)
        history = read_history(self._get(f"/rxcui/{code}/historystatus.json", {}, until))
        if history.status == "active":
            return self._told(self._related(code, until), history, retired=False)
        if history.status in _CURATED and history.ingredients:
            return Contents(history.ingredients, retired=True, local_form=history.local_form)
        if history.status == "obsolete":
            return self._told(self._related(code, until), history, retired=True)
        # Several successors have to agree: which of them was meant, nobody knows.
        said = [self._related(each, until) for each in history.successors]
        alike = len({frozenset(ingredient.codes for ingredient in each) for each in said}) == 1
        return self._told(said[0], history, retired=True) if alike else None

    def _told(self, plain: tuple[Ingredient, ...], history: History, *, retired: bool) -> Contents | None:
        """The ingredients, each with its salt where ``history`` tells it; ``None`` if there are none."""
        salts = {each.codes[-1]: each.codes for each in history.ingredients}
        told = tuple(Ingredient(salts.get(each.codes[-1], each.codes), each.name) for each in plain)
        return Contents(told, retired, history.local_form) if told else None

    def _related(self, code: str, until: float) -> tuple[Ingredient, ...]:
        return read_related(self._get(f"/rxcui/{code}/related.json", {"tty": "IN"}, until))

    def _get(self, path: str, query: dict[str, str], until: float) -> bytes:
        left = until - time.monotonic()
        if left <= 0:
            raise requests.Timeout
        answer = self._session().get(
            self._url + path, params=query, timeout=left, allow_redirects=False, stream=True
        )
        with answer:
            if answer.status_code != requests.codes.ok:
                raise _RefusedError(f"http-{answer.status_code}")
            body = b"".join(self._read(answer, until))
        return body

    def _read(self, answer: requests.Response, until: float) -> Iterator[bytes]:
        read = 0
        for chunk in answer.iter_content(1 << 16):
            read += len(chunk)
            if read > _MOST_BYTES:
                raise UnreadableAnswerError
            if time.monotonic() > until:
                raise requests.Timeout
            yield chunk

    def _session(self) -> requests.Session:
        # a Session is not made to be shared by threads
        if not hasattr(self._own, "session"):
            self._own.session = requests.Session()
            self._own.session.headers.update(
                {"User-Agent": f"leukocds/{__version__}", "Accept": "application/json"}
            )
        session: requests.Session = self._own.session
        return session
