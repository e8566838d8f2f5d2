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

from cds.shown import REMEMBERED, CardOutcome, CountedOutcome, Encounter, Kept, RecordsState, Showing

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
        self._shown: dict[tuple[str, str], tuple[str, str]] = {}
        self._outcomes: dict[tuple[str, str, str], tuple[CardOutcome, str, datetime]] = {}
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
            for card in showing.cards:
                self._shown[showing.tenant, card.uuid] = (card.topic, card.drugs[0] if card.drugs else "")
            _forget_oldest(self._shown)

    def keep_outcomes(
        self, tenant: str, service: str, outcomes: Sequence[CardOutcome], received: datetime
    ) -> Kept:
        """As ``Records`` says; never unavailable."""
        new: list[CountedOutcome] = []
        unknown = 0
        with self._lock:
            for each in outcomes:
                place = (tenant, each.card, each.suggestion)
                known = self._outcomes.get(place)
                if known is not None and known[0].at >= each.at:
                    continue
                self._outcomes[place] = (each, service, received)
                unknown += (tenant, each.card) not in self._shown
                topic, drug = self._shown.get((tenant, each.card), ("", ""))
                new.append(CountedOutcome(each.outcome, each.reason, topic, drug))
            _forget_oldest(self._outcomes)
        return Kept(tuple(new), len(outcomes) - len(new), unknown)

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
            self._marks |= {(encounter, mark): now for mark in marks}
            _forget_oldest(self._marks)

    def state(self) -> RecordsState:
        """Always up."""
        return RecordsState(up=True)

    def glance(self) -> RecordsState:
        """Always up."""
        return RecordsState(up=True)

    def release(self) -> None:
        """There is nothing to let go of."""


def _forget_oldest(kept: dict[Key, Value]) -> None:
    while len(kept) > _MOST:
        del kept[next(iter(kept))]
