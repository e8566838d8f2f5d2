"""How a database is opened, so that nobody waits long for it and no error quotes what was written."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from time import monotonic, sleep

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from cds.errors import DatabaseError
from cds.setting_values import IN_MEMORY
from cds.store.ownership import keep_to_owner
from cds.writable import OWNER_ALONE

PATIENCE = 1.0  # seconds that a connection, and then each statement, may take
READING = {"reading": True}  # execution option of a transaction that writes nothing
_POOL = {"pool_size": 4, "max_overflow": 4, "pool_timeout": PATIENCE}  # connections of one process
_SQLITE = "sqlite"
_SQLITE_BEGINS = b"SQLite format 3\0"
_SAY_WHERE = "set LEUKOCDS_DATABASE_URL to sqlite:///FILE where this process may write, or to a PostgreSQL"
_A_MOMENT = 0.01  # seconds


def open_engine(url: str, patience: float = PATIENCE, *, make: bool = True, again: bool = False) -> Engine:
    """The database at ``url``; nothing is connected yet.

    ``patience`` is how many seconds connecting, and then each statement, may take. A SQLite file that is
    missing is made, with access for its owner alone, unless told not to ``make`` it; one that others may
    read is kept to its owner, unless it is opened ``again`` and that was seen to. Raises ``DatabaseError``
    if it cannot be made, or is missing.
    """
    if url == IN_MEMORY:
        raise DatabaseError(["LEUKOCDS_DATABASE_URL is memory: what is kept there is seen by one process."])
    if is_sqlite_address(url):
        return _open_sqlite(_opened_file(url, make=make, again=again), patience)
    # not at the top: a file needs no driver, and the driver takes a while to import
    from cds.store.postgresql import open_postgresql

    return open_postgresql(url, patience, _POOL)


def _address(url: str) -> URL:
    """``url`` taken apart. What is said of a wrong one quotes nothing of it, since it holds a password."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseError(
            ["LEUKOCDS_DATABASE_URL is no address of a database; is the port a number?"]
        ) from None
    if "@" in (address.host or ""):
        raise DatabaseError(["LEUKOCDS_DATABASE_URL: an @ in user or password has to be written as %40."])
    return address


def is_sqlite_address(url: str) -> bool:
    """Whether ``url`` is that of a file. Raises ``DatabaseError`` if it is no address."""
    return _address(url).get_backend_name() == _SQLITE


def is_sqlite(engine: Engine) -> bool:
    """Whether the database is a file on this machine."""
    return engine.dialect.name == _SQLITE


def is_busy(error: Exception) -> bool:
    """Whether a SQLite file was merely held by others for too long; it is none the worse for it."""
    name = getattr(getattr(error, "orig", error), "sqlite_errorname", "")
    return str(name).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _open_sqlite(path: Path, patience: float) -> Engine:
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        hide_parameters=True,
        connect_args={"timeout": patience, "check_same_thread": False},
        **_POOL,
    )
    event.listen(engine, "connect", lambda connection, _record: _prepare_sqlite(connection, patience))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def file_of(url: str) -> Path:
    """Where the SQLite file lies; ``~`` is the home of who runs this, or else ``DatabaseError`` is raised."""
    written = make_url(url).database or ""
    try:
        return Path(written).expanduser().absolute()
    except RuntimeError:
        raise DatabaseError([f"{written}: there is no home folder: {_SAY_WHERE}"]) from None


def is_below_home(url: str) -> bool:
    """Whether the folders of the SQLite file are made, if they are missing."""
    return (make_url(url).database or "").startswith("~")


def not_writable(path: Path, error: OSError) -> DatabaseError:
    """``error`` for a terminal, with what can be done."""
    return DatabaseError([f"{path} cannot be written ({error.strerror}): {_SAY_WHERE}"])


def _opened_file(url: str, *, make: bool, again: bool) -> Path:
    path = file_of(url)
    try:
        if make and is_below_home(url):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | (os.O_CREAT if make else 0), OWNER_ALONE)
        try:
            beginning = os.read(descriptor, len(_SQLITE_BEGINS))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise not_writable(path, error) from None
    if beginning not in (b"", _SQLITE_BEGINS):  # before anything is done to the file that a slip has named
        raise DatabaseError([f"{path}: file is not a database"])
    if not again:
        keep_to_owner(path)
    return path


def _prepare_sqlite(connection: sqlite3.Connection, patience: float) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    cursor = connection.cursor()
    _use_wal(cursor, monotonic() + patience)
    cursor.execute("PRAGMA synchronous = NORMAL")  # what is written outlives the process
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _use_wal(cursor: sqlite3.Cursor, deadline: float) -> None:
    """Readers do not wait for the writer. It is kept in the file; whoever comes first sets it.

    In this one matter SQLite does not wait by itself for another process that does the same.
    """
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or monotonic() > deadline:
                raise
            sleep(_A_MOMENT)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # a transaction that reads first and wants to write later would be refused instead of waiting
    reads = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
