"""Writes down in the background what nobody has to wait for, and looks after the database meanwhile.

What is to be written waits in a queue of bounded length. While the database is down, or no thread can be had,
it is held back, and the database is tried once per ``REST``; what does not fit any more is lost, and counted.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Condition, Event, Thread
from time import monotonic, sleep
from typing import Generic, TypeVar

from cds.errors import RecordsUnavailable
from cds.logs import log_event, log_exception

Item = TypeVar("Item")

REST = 1.0  # seconds between two attempts to reach a database that is down
_CHORES = 60.0  # seconds between two turns of what has to be done now and then
_LONGEST = 10_000  # items that may wait
_AT_ONCE = 200  # items per transaction
_LAST_WORDS = 3.0  # seconds for what is still to be written when the process ends


@dataclass(eq=False, slots=True)
class _Shift(Generic[Item]):
    """The work of one thread; what it holds nobody else writes.

    Attributes:
        due: when the chores are, by ``monotonic``.
        held: taken from the queue, and not written yet.
        ending: set when it is to write what waits, and go.
    """

    due: float
    held: list[Item]
    thread: Thread | None = None
    ending: Event = field(default_factory=Event)

    @property
    def is_at_work(self) -> bool:
        """Whether its thread still runs."""
        return self.thread is not None and self.thread.is_alive()


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
        self._news = Condition()
        self._shift: _Shift[Item] | None = None
        self._lacks_thread = False
        self.dropped = 0

    @property
    def waiting(self) -> int:
        """How many items are not written yet."""
        with self._news:
            return len(self._items) + (len(self._shift.held) if self._shift else 0)

    def add(self, item: Item) -> None:
        """Have this written soon; it is lost, and counted, if too much is waiting."""
        with self._news:
            if len(self._items) < self._longest:
                self._items.append(item)
            else:
                self.dropped += 1
            self._news.notify_all()
        self.wake()

    def wake(self) -> None:
        """See to it that the thread runs; if none can be had, the next call tries again."""
        if self._shift is None or not self._shift.is_at_work:
            with self._news:
                if self._shift is None or not self._shift.is_at_work:
                    self._begin(self._shift.held if self._shift else [])

    def look(self) -> None:
        """See to it that the thread runs, and finds out now that the database is down."""
        with self._news:
            self._news.notify_all()
        self.wake()

    def release(self) -> None:
        """End the thread; what waits is written first, or is lost and counted if that takes too long."""
        if self.waiting:
            self.wake()
        with self._news:
            shift = self._shift
            if shift is not None:
                shift.ending.set()
                self._news.notify_all()
        if shift is not None and shift.thread is not None:
            shift.thread.join(_LAST_WORDS)
        with self._news:
            if self._shift is not shift:  # somebody else has ended it
                return
            lost = len(self._items) + (len(shift.held) if shift else 0)
            self._shift = None  # a thread that still writes may end that, and finds nothing more to do
            self._items.clear()
            self.dropped += lost
        self._say_lost(lost)

    def _begin(self, held: list[Item]) -> None:
        shift = _Shift(monotonic() + _CHORES, held)
        shift.thread = Thread(target=self._work, args=(shift,), name="scribe", daemon=True)
        try:
            shift.thread.start()
        except RuntimeError as error:  # the process, or its container, may have no more threads
            if not self._lacks_thread:
                log_event("records wait for a thread", logging.ERROR, error=type(error).__qualname__)
            self._lacks_thread = True
        else:
            self._shift, self._lacks_thread = shift, False

    def _say_lost(self, lost: int) -> None:
        if lost:
            log_event("records lost", logging.ERROR, dropped=lost)

    # --- in its thread ----------------------------------------------------------------------------------

    def _work(self, shift: _Shift[Item]) -> None:
        goes_on = True
        while goes_on:
            try:
                goes_on = self._go_through(shift)
            except Exception as error:  # of the chores, say: nothing is written any more without this thread
                log_exception(error, "records")
                sleep(REST)  # lest it does nothing but fail
                goes_on = self._shift is shift

    def _go_through(self, shift: _Shift[Item]) -> bool:
        """Do what there is to do; False if it was the last time."""
        self._take(shift)
        try:
            if not self._is_up():
                raise RecordsUnavailable
            self._write(shift)
            if monotonic() >= shift.due:
                shift.due = monotonic() + _CHORES
                self._chores()
        except RecordsUnavailable:
            if not self._wait_for_database(shift):
                return False
        with self._news:
            is_done = shift.ending.is_set() and not self._items and not shift.held
            return self._shift is shift and not is_done

    def _take(self, shift: _Shift[Item]) -> None:
        def is_called() -> bool:
            return bool(self._items) or shift.ending.is_set() or not self._is_up()

        with self._news:
            if not shift.held:
                self._news.wait_for(is_called, max(0.0, shift.due - monotonic()))
                if self._shift is shift:
                    shift.held = [self._items.popleft() for _ in range(min(_AT_ONCE, len(self._items)))]

    def _write(self, shift: _Shift[Item]) -> None:
        """Write what is held. What cannot be written together is tried alone, and costs only itself."""
        if not shift.held or self._is_written(shift.held):
            shift.held = []
            return
        lost = 0
        while shift.held:
            is_lost = not self._is_written(shift.held[:1])
            with self._news:
                shift.held = shift.held[1:]
                if is_lost and self._shift is shift:  # else it was counted with all that was held
                    self.dropped += 1
                    lost += 1
        self._say_lost(lost)

    def _is_written(self, items: list[Item]) -> bool:
        """Whether that went well; False if the database is well, and will not take them."""
        try:
            self._commit(items)
        except RecordsUnavailable:
            raise
        except Exception as error:
            log_exception(error, "records")
            return False
        return True

    def _wait_for_database(self, shift: _Shift[Item]) -> bool:
        """Whether it answers again; False if the thread is to end first, and it does not even then."""
        is_ending = False
        while not is_ending:
            is_ending = shift.ending.wait(REST)
            if self._try_again():
                return True
        return False
