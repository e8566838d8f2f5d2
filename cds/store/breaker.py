"""A database that is down costs nobody any time: it is asked again in the background alone.

The first call that finds it down waits for it, no longer than ``cds.store.engine`` says. From then on every
call is refused at once, until ``restored`` is told that it answers again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError as SomeDatabaseError
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, NotSupportedError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cds.errors import DatabaseError, RecordsUnavailable
from cds.logs import log_event
from cds.store.engine import is_busy

UNREACHABLE = (SomeDatabaseError, InterfaceError, PoolTimeout, DatabaseError)
_OUR_FAULT = (DataError, IntegrityError, NotSupportedError, ProgrammingError)  # kinds of SomeDatabaseError


class Breaker:
    """Whether a database is up, as far as this process knows. Safe to share between threads.

    ``on_fall`` is called when it is found down, ``wake`` whenever a call is refused for it: they see to it
    that somebody tries it again.
    """

    def __init__(self, on_fall: Callable[[], None], wake: Callable[[], None]) -> None:
        self._on_fall, self._wake = on_fall, wake
        self.is_up = True

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Around whatever talks to the database; raises ``RecordsUnavailable`` if it is down."""
        if not self.is_up:
            self._wake()
            raise RecordsUnavailable
        try:
            yield
        except UNREACHABLE as error:
            if isinstance(error, _OUR_FAULT):
                raise
            if not is_busy(error):
                self.fallen(error)
            raise RecordsUnavailable from None

    def fallen(self, error: Exception) -> None:
        """It was found down."""
        if self.is_up:
            self.is_up = False
            cause = getattr(error, "orig", None) or error
            log_event("database down", logging.ERROR, error=type(cause).__qualname__)
            self._on_fall()

    def restored(self) -> None:
        """It answers again."""
        if not self.is_up:
            self.is_up = True
            log_event("database up", logging.WARNING)
