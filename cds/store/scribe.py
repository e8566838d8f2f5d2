"""Writes down in the background what nobody has to wait for, and looks after the database meanwhile.

What is to be written waits in a queue of bounded length. While the database is down it is held back, and
the database is tried once per ``REST``; what does not fit any more is lost, and counted.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from threading import Condition, Event, Thread
from time import monotonic
from typing import Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from cds.errors import RecordsUnavailable
from cds.logs import log_event, log_exception

Item = TypeVar("Item")

REST = 1.0  # seconds between two attempts to reach a database that is down
_CHORES = 60.0  # seconds between two turns of what has to be done now and then
_LONGEST = 10_000  # items that may wait
_AT_ONCE = 200  # items per transaction
_LAST_WORDS = 3.0  # seconds for what is still to be written when the process ends


class Scribe(Generic[Item]):
    """A thread that begins when it is first needed, and again when it is needed after ``release``.

    Args:
        commit: writes these items in one transaction; raises ``RecordsUnavailable``.
        is_up: whether the database is up, as far as is known.
        try_again: tries a database that is down; True if it answers.
        chores: what has to be done now and then; raises ``RecordsUnavailable``.
    """

    def __init__(
        self,
        commit: Callable[[list[Item]], None],
        is_up: Callable[[], bool],
        try_again: Callable[[], bool],
        chores: Callable[[], None],
        longest: int = _LONGEST,
    ) -> None:
        self._commit, self._is_up, self._try_again, self._chores = commit, is_up, try_again, chores
        self._longest = longest
        self._items: deque[Item] = deque()
        self._held: list[Item] = []  # taken from there, and not written yet
        self._news = Condition()
        self._thread: Thread | None = None
        self._ending = Event()
        self.dropped = 0

    @property
    def waiting(self) -> int:
        """How many items are not written yet."""
        with self._news:
            return len(self._items) + len(self._held)

    def add(self, item: Item) -> None:
        """Have this written soon; it is lost, and counted, if too much is waiting."""
        with self._news:
            if len(self._items) < self._longest:
                self._items.append(item)
            else:
                self.dropped += 1
            self._news.notify()
        self.wake()

    def wake(self) -> None:
        """See to it that the thread runs."""
        if self._thread is None:
            with self._news:
                if self._thread is None:
                    self._ending.clear()
                    self._thread = Thread(target=self._work, name="scribe", daemon=True)
                    self._thread.start()

    def look(self) -> None:
        """See to it that the thread runs, and finds out now that the database is down."""
        with self._news:
            self._news.notify()
        self.wake()

    def release(self) -> None:
        """End the thread; what waits is written first, or is lost and counted if that takes too long."""
        with self._news:
            thread, self._thread = self._thread, None
            self._ending.set()
            self._news.notify()
        if thread is not None:
            thread.join(_LAST_WORDS)
        with self._news:
            lost = len(self._items) + len(self._held)
            self._items.clear()
            self._held = []
            self.dropped += lost
        if lost:
            log_event("records lost", logging.ERROR, dropped=lost)

    def _work(self) -> None:
        due = monotonic() + _CHORES
        while True:
            if not self._held:
                self._take(due - monotonic())
            try:
                if not self._is_up():
                    raise RecordsUnavailable
                if self._held:
                    self._commit(self._held)
                    self._held = []
                if monotonic() >= due:
                    due = monotonic() + _CHORES
                    self._chores()
            except SQLAlchemyError as error:  # the database is well, but will never take these
                log_exception(error, "records")
                self.dropped += len(self._held)
                self._held = []
            except RecordsUnavailable:
                if not self._wait_for_database():
                    return
            if self._ending.is_set() and not self.waiting:
                return

    def _take(self, patience: float) -> None:
        with self._news:
            self._news.wait_for(
                lambda: self._items or self._ending.is_set() or not self._is_up(), max(0.0, patience)
            )
            self._held = [self._items.popleft() for _ in range(min(_AT_ONCE, len(self._items)))]

    def _wait_for_database(self) -> bool:
        """Whether it answers again; False if the process ends first, and it does not even then."""
        is_ending = False
        while not is_ending:
            is_ending = self._ending.wait(REST)
            if self._try_again():
                return True
        return False
