"""What the service remembers: used tokens, shown cards and what became of them, as the hooks see it.

``Records`` is the shape; ``MemoryRecords`` keeps all of it in this process until it stops. What outlives a
process and is shared between several is handed in by ``cds.app``.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence
from datetime import datetime
from threading import Lock
from typing import Protocol, TypeVar

from cds.shown import (
    REMEMBERED,
    CardOutcome,
    Encounter,
    Kept,
    RecordsState,
    Showing,
    Topical,
    kept_of,
    latest_of_each,
    our_identifier,
)

Key = TypeVar("Key")
Value = TypeVar("Value")

_MOST = 100_000  # of each kind; the oldest go first


class Records(Protocol):
    """A memory of the service. Safe to share between threads."""

    def use_token(self, issuer: str, token_id: str, *, until: datetime, now: datetime) -> bool:
        """Remember a token until ``until``; False if it was used before. Raises ``RecordsUnavailable``."""
        ...

    def keep_showing(self, showing: Showing) -> None:
        """Write down which cards were sent. Returns at once, raises nothing; ``state`` tells of losses."""
        ...

    def keep_outcomes(
        self, tenant: str, service: str, outcomes: Sequence[CardOutcome], received: datetime
    ) -> Kept:
        """Write down what became of cards; the same again changes nothing. Raises ``RecordsUnavailable``."""
        ...

    def find_repeats(self, encounter: Encounter, marks: Collection[str], now: datetime) -> frozenset[str]:
        """Those of ``marks`` that were remembered for this encounter; none if that cannot be told."""
        ...

    def remember_marks(self, encounter: Encounter, marks: Collection[str], now: datetime) -> None:
        """Remember what was said in this encounter, for ``REMEMBERED``. Returns at once, raises nothing."""
        ...

    def state(self) -> RecordsState:
        """How the records are; asks them, but waits no longer than a moment."""
        ...

    def glance(self) -> RecordsState:
        """How the records were when last asked; asks nobody, and costs nothing."""
        ...


class MemoryRecords:
    """Everything in this process: for a sandbox, and for tests. Lost when it stops, bounded meanwhile."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tokens: set[tuple[str, str]] = set()
        self._expiries: list[tuple[datetime, tuple[str, str]]] = []
        self._shown: dict[tuple[str, str], Topical] = {}
        self._outcomes: dict[tuple[str, str, str], datetime] = {}  # the moments of those that count
        self._marks: dict[tuple[Encounter, str], datetime] = {}

    def use_token(self, issuer: str, token_id: str, *, until: datetime, now: datetime) -> bool:
        """As ``Records`` says; never unavailable."""
        with self._lock:
            while self._expiries and self._expiries[0][0] < now:
                self._tokens.discard(heapq.heappop(self._expiries)[1])
            if (issuer, token_id) in self._tokens:
                return False
            self._tokens.add((issuer, token_id))
            heapq.heappush(self._expiries, (until, (issuer, token_id)))
            return True

    def keep_showing(self, showing: Showing) -> None:
        """As ``Records`` says."""
        with self._lock:
            for card in (*showing.cards, *showing.shadowed):
                self._shown.setdefault((showing.tenant, card.uuid), (card.topic, card.drug))
            _forget_oldest(self._shown)

    def keep_outcomes(
        self, tenant: str, service: str, outcomes: Sequence[CardOutcome], received: datetime
    ) -> Kept:
        """As ``Records`` says; never unavailable."""
        del service, received  # nobody asks for them here
        new: list[tuple[CardOutcome, Topical | None]] = []
        with self._lock:
            for (card, suggestion), each in latest_of_each(outcomes, _name).items():
                place = (tenant, card, suggestion)
                known = self._outcomes.get(place)
                if known is None or known < each.at:
                    self._outcomes[place] = each.at
                    new.append((each, self._shown.get((tenant, card))))
            _forget_oldest(self._outcomes)
        return kept_of(new, len(outcomes))

    def find_repeats(self, encounter: Encounter, marks: Collection[str], now: datetime) -> frozenset[str]:
        """As ``Records`` says."""
        with self._lock:
            return frozenset(
                mark
                for mark in marks
                if (at := self._marks.get((encounter, mark))) is not None and now - at < REMEMBERED
            )

    def remember_marks(self, encounter: Encounter, marks: Collection[str], now: datetime) -> None:
        """As ``Records`` says."""
        with self._lock:
            for mark in marks:
                before = self._marks.pop((encounter, mark), now)
                self._marks[encounter, mark] = max(before, now)  # now the last to be forgotten
            _forget_oldest(self._marks)

    def state(self) -> RecordsState:
        """Always up."""
        return RecordsState(up=True)

    def glance(self) -> RecordsState:
        """Always up."""
        return RecordsState(up=True)

    def release(self) -> None:
        """There is nothing to let go of."""


def _name(sent: str) -> str:
    """The name under which an identifier is kept that was sent back."""
    return our_identifier(sent) or sent


def _forget_oldest(kept: dict[Key, Value]) -> None:
    while len(kept) > _MOST:
        del kept[next(iter(kept))]
