"""The threads in which one process asks FHIR servers: so many for all servers together, and shared fairly.

A server gets another thread only while more are free than it has. So one that hangs takes half of them at
most, two take a third each, and whoever comes next finds some that are free.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Condition


class NoThreadError(Exception):
    """The process, or its container, may have no more threads."""


class FhirThreads:
    """Of one process. Safe to share between threads."""

    def __init__(self, most: int) -> None:
        """``most`` are there at once at most; each is started when it is first needed, and stays."""
        self._most = most
        self._pool = ThreadPoolExecutor(most, "fhir")
        self._busy: Counter[str] = Counter()
        self._room = Condition()

    def run(self, server: str, questions: Iterable[Callable[[], None]], seconds: float) -> list[Future[None]]:
        """Ask ``server`` side by side, for so long at most; gives what was begun by then, done or not.

        Raises ``NoThreadError`` if one cannot be begun; those before it may still be under way.
        """
        until = time.monotonic() + seconds
        begun: list[Future[None]] = []
        for question in questions:
            if not self._take(server, until):
                break
            begun.append(self._begin(server, question))
        wait(begun, timeout=max(0.0, until - time.monotonic()))
        return begun

    def _take(self, server: str, until: float) -> bool:
        """Whether a thread for this server came free in time."""
        with self._room:
            if not self._room.wait_for(lambda: self._has_room(server), until - time.monotonic()):
                return False
            self._busy[server] += 1
            return True

    def _has_room(self, server: str) -> bool:
        return self._busy[server] < self._most - self._busy.total()

    def _begin(self, server: str, question: Callable[[], None]) -> Future[None]:
        try:
            begun = self._pool.submit(question)
        except RuntimeError:
            self._leave(server)
            raise NoThreadError from None
        begun.add_done_callback(lambda _: self._leave(server))
        return begun

    def _leave(self, server: str) -> None:
        with self._room:
            self._busy[server] -= 1
            self._room.notify_all()
