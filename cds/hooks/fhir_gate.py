"""Keeps one slow FHIR server from taking all threads with it.

Two limits, per process. A bulkhead: so many calls may be waiting for one server, and so many for all servers
together, and always some threads are left for calls that need no server. A breaker: a server that did not
answer several calls in a row is left alone for a while; then a single call finds out whether it is back.
Whoever is not let through is told at once and waits for nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

BUSY = "fhir-busy"
PAUSED = "fhir-paused"

_PATIENCE = 3  # unanswered calls in a row
_PAUSE_SECONDS = 10.0


@dataclass(slots=True)
class _Health:
    unanswered: int = 0
    silent_until: float = 0.0


class Gate:
    """Lets calls through to FHIR servers. Safe to share between threads."""

    def __init__(self, threads: int, clock: Callable[[], float] = time.monotonic) -> None:
        """``threads`` answer calls in this process; ``clock`` counts seconds."""
        self._most = max(1, threads * 3 // 4)
        self._most_in_all = max(1, threads - 1)
        self._waiting: Counter[str] = Counter()
        self._health: dict[str, _Health] = {}
        self._clock = clock
        self._lock = Lock()

    def enter(self, server: str) -> str:
        """Empty if a call may wait for this server, else why not. Whoever enters has to leave."""
        with self._lock:
            health = self._health.setdefault(server, _Health())
            if self._waiting[server] >= self._most or self._waiting.total() >= self._most_in_all:
                return BUSY
            if health.unanswered >= _PATIENCE:
                now = self._clock()
                if now < health.silent_until:
                    return PAUSED
                health.silent_until = now + _PAUSE_SECONDS  # for all but this one, which tries
            self._waiting[server] += 1
            return ""

    def leave(self, server: str, *, answered: bool | None) -> None:
        """A call waits no more; ``answered`` if anything came, an error included; ``None``: not asked."""
        with self._lock:
            self._waiting[server] -= 1
            if answered is None:
                return
            health = self._health[server]
            health.unanswered = 0 if answered else health.unanswered + 1
            if health.unanswered >= _PATIENCE:
                health.silent_until = self._clock() + _PAUSE_SECONDS
