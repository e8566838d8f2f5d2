"""The trace that an exchange belongs to (W3C Trace Context): taken over from the caller, passed on to others.

Only ``traceparent`` is carried. ``tracestate`` and ``baggage`` may hold what a caller likes, and what is not
read cannot be passed on by mistake.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[!-~]*)?", re.ASCII)
_NOTHING = re.compile("0+")
_SAMPLED = 1  # the one flag whose meaning is known


@dataclass(frozen=True, slots=True)
class Trace:
    """Where we stand in a trace: its id, the id of our own step, and whether somebody records it."""

    trace: str
    step: str
    sampled: bool = False

    @property
    def traceparent(self) -> str:
        """The header for whoever is asked on behalf of this exchange."""
        return f"00-{self.trace}-{self.step}-{'01' if self.sampled else '00'}"


CURRENT: ContextVar[Trace | None] = ContextVar("trace", default=None)


def read_traceparent(header: str) -> Trace | None:
    """The caller's place in its trace; ``None`` if the header is not as W3C Trace Context wants it."""
    found = _TRACEPARENT.fullmatch(header)
    if not found:
        return None
    version, trace, step, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or _NOTHING.fullmatch(trace) or _NOTHING.fullmatch(step):
        return None
    return Trace(trace, step, bool(int(flags, 16) & _SAMPLED))


@contextmanager
def carry_on(header: str) -> Iterator[Trace]:
    """Our own step in the trace of ``header``, or in a new one; ``CURRENT`` for as long as it is entered."""
    parent = read_traceparent(header)
    step = secrets.token_hex(8)
    trace = Trace(parent.trace, step, parent.sampled) if parent else Trace(secrets.token_hex(16), step)
    with current(trace):
        yield trace


@contextmanager
def current(trace: Trace) -> Iterator[None]:
    """Let ``trace`` be ``CURRENT``."""
    token = CURRENT.set(trace)
    try:
        yield
    finally:
        CURRENT.reset(token)
