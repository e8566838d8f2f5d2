"""What the service remembers, in a database that several processes share.

It is the twin of ``cds.hooks.records.MemoryRecords``. A token is written before its call is answered, and
feedback before it is thanked for; shown cards are written in the background, so that no answer waits for
them. It starts without a database that does not answer, and works as soon as that does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from cds.errors import DatabaseError, RecordsUnavailable
from cds.shown import REMEMBERED, CardOutcome, Encounter, Kept, RecordsState, Showing
from cds.store.breaker import UNREACHABLE, Breaker
from cds.store.engine import PATIENCE, READING, is_sqlite, open_engine
from cds.store.hashes import keyed_hash
from cds.store.schema import UPGRADE_PATIENCE, read_key, schema_state, upgrade
from cds.store.scribe import Scribe
from cds.store.statements import (
    find_marks,
    forget_expired,
    try_to_write,
    use_token,
    write_marks,
    write_outcomes,
    write_showings,
)

# so long an expired token is kept on, for a replica whose clock is behind
_CLOCKS_DIFFER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Marks:
    """Marks that are to be remembered, hashed already."""

    marks: frozenset[bytes]
    at: datetime


class DatabaseRecords:
    """The records in the database at ``url``. Safe to share between threads, and after ``release`` by forks.

    Nothing is connected yet; see ``open_records``. Raises ``DatabaseError`` if a SQLite file cannot be made.
    """

    def __init__(self, url: str, patience: float = PATIENCE) -> None:
        self._engine = open_engine(url, patience)
        self._key = b""
        self._seen: datetime | None = None  # the latest now that we were told
        self._scribe: Scribe[Showing | _Marks] = Scribe(
            self._write, lambda: self._breaker.is_up, self._try_again, self._do_chores
        )
        self._breaker = Breaker(self._scribe.look, self._scribe.wake)

    @property
    def engine(self) -> Engine:
        """The database, for those who ask it other things."""
        return self._engine

    def check(self) -> None:
        """Find out whether the database answers. Raises ``DatabaseError`` if it does, but cannot be used."""
        try:
            self._prepare()
        except DatabaseError:
            raise
        except UNREACHABLE as error:
            self._breaker.fallen(error)

    def use_token(self, issuer: str, token_id: str, *, until: datetime, now: datetime) -> bool:
        """Remember a token until ``until``; False if it was used before. Raises ``RecordsUnavailable``."""
        self._seen = now
        self._scribe.wake()
        with self._transaction() as connection:
            return use_token(connection, keyed_hash(self._key, "token", issuer, token_id), until)

    def keep_showing(self, showing: Showing) -> None:
        """Write down which cards were sent, soon."""
        if showing.cards or showing.shadowed:
            self._scribe.add(showing)

    def keep_outcomes(
        self, tenant: str, service: str, outcomes: Sequence[CardOutcome], received: datetime
    ) -> Kept:
        """Write down what became of cards; the same again changes nothing. Raises ``RecordsUnavailable``."""
        with self._transaction() as connection:
            return write_outcomes(connection, self._key, tenant, service, outcomes, received)

    def find_repeats(self, encounter: Encounter, marks: Collection[str], now: datetime) -> frozenset[str]:
        """Those of ``marks`` that were remembered for this encounter; none if that cannot be told."""
        try:
            with self._transaction(reading=True) as connection:
                hashed = {self._hash(encounter, mark): mark for mark in marks}
                found = find_marks(connection, hashed, now - REMEMBERED)
        except RecordsUnavailable:
            return frozenset()  # what may have been said is said again
        return frozenset(hashed[each] for each in found)

    def remember_marks(self, encounter: Encounter, marks: Collection[str], now: datetime) -> None:
        """Remember what was said in this encounter, for ``REMEMBERED``."""
        self._seen = now
        if marks and self._key:  # without a key the database was never reached: then it is said again
            self._scribe.add(_Marks(frozenset(self._hash(encounter, mark) for mark in marks), now))

    def state(self) -> RecordsState:
        """How the database is; asks it, unless it is known to be down."""
        try:
            with self._transaction(reading=True) as connection:
                connection.exec_driver_sql("SELECT 1")
        except RecordsUnavailable:
            pass  # the breaker knows by now
        return self.glance()

    def glance(self) -> RecordsState:
        """How the database was when last asked."""
        return RecordsState(self._breaker.is_up, self._scribe.waiting, self._scribe.dropped)

    def release(self) -> None:
        """Write what waits, and let go of threads and connections: before a fork, and at the end."""
        self._scribe.release()
        self._engine.dispose()

    # --- in the background ------------------------------------------------------------------------------

    def _write(self, items: list[Showing | _Marks]) -> None:
        with self._transaction() as connection:
            write_showings(connection, (each for each in items if isinstance(each, Showing)))
            marks = [each for each in items if isinstance(each, _Marks)]
            write_marks(connection, {mark: each.at for each in marks for mark in each.marks})

    def _do_chores(self) -> None:
        if self._seen is not None:
            with self._transaction() as connection:
                forget_expired(connection, self._seen - _CLOCKS_DIFFER, self._seen - REMEMBERED)

    def _try_again(self) -> bool:
        try:
            self._prepare()
            with self._engine.begin() as connection:
                try_to_write(connection)  # a full disk can be read
        except UNREACHABLE:
            return False
        self._breaker.restored()
        return True

    # --- to the database --------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self, *, reading: bool = False) -> Iterator[Connection]:
        with self._breaker.guard():
            if not self._key:
                self._prepare()
            options = READING if reading else {}
            with self._engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection

    def _prepare(self) -> None:
        """See that the tables are those we work with, and learn the key of the hashes."""
        with self._engine.connect().execution_options(**READING) as connection, connection.begin():
            problem = schema_state(connection).problem
            if problem:
                raise DatabaseError([problem])
            self._key = read_key(connection)

    def _hash(self, encounter: Encounter, mark: str) -> bytes:
        return keyed_hash(self._key, "said", encounter.tenant, encounter.patient, encounter.encounter, mark)


def open_records(url: str) -> DatabaseRecords:
    """The records in the database at ``url``.

    A SQLite file is made and upgraded as needed; the tables of a PostgreSQL are changed by ``leukocds
    database upgrade`` alone, and one that cannot be reached is waited for while the service runs. Raises
    ``DatabaseError`` if the database can be reached, but not used.
    """
    records = DatabaseRecords(url)
    try:
        if is_sqlite(records.engine):
            upgrade_at(url, again=True)
        records.check()
    finally:
        records.release()
    return records


def upgrade_at(url: str, *, again: bool = False) -> tuple[str, str]:
    """Bring the tables at ``url`` to what this version works with; from which step and to which.

    ``again`` is as for ``open_engine``. Raises ``DatabaseError``.
    """
    engine = open_engine(url, UPGRADE_PATIENCE, again=again)
    try:
        return upgrade(engine)
    finally:
        engine.dispose()
