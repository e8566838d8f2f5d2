"""How a database is opened, so that nobody waits long for it and no error quotes what was written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, event, make_url

from cds.errors import DatabaseError

PATIENCE = 1.0  # seconds that a connection, and then each statement, may take
READING = {"reading": True}  # execution option of a transaction that writes nothing
_POOL = {"pool_size": 4, "max_overflow": 12, "pool_timeout": PATIENCE}
_SQLITE = "sqlite"


def open_engine(url: str, patience: float = PATIENCE) -> Engine:
    """The database at ``url``; nothing is connected yet.

    ``patience`` is how many seconds connecting, and then each statement, may take. A SQLite file that is
    missing is made, with access for its owner alone. Raises ``DatabaseError`` if it cannot be.
    """
    if make_url(url).get_backend_name() == _SQLITE:
        return _open_sqlite(url, patience)
    return _open_postgresql(url, patience)


def is_sqlite(engine: Engine) -> bool:
    """Whether the database is a file on this machine."""
    return engine.dialect.name == _SQLITE


def is_busy(error: Exception) -> bool:
    """Whether a SQLite file was merely held by others for too long; it is none the worse for it."""
    name = getattr(getattr(error, "orig", None), "sqlite_errorname", "")
    return str(name).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


# --- SQLite ---------------------------------------------------------------------------------------------


def _open_sqlite(url: str, patience: float) -> Engine:
    path = _file_of(url)
    engine = create_engine(
        f"sqlite+pysqlite:///{path}",
        hide_parameters=True,
        connect_args={"timeout": patience, "check_same_thread": False},
        **_POOL,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _file_of(url: str) -> Path:
    """Where the file lies; ``~`` is the home of who runs this, and what lies below it is made if missing."""
    written = make_url(url).database or ""
    path = Path(written).expanduser().absolute()
    try:
        if written.startswith("~"):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise DatabaseError(
            [
                f"{path} cannot be written ({error.strerror}): set LEUKOCDS_DATABASE_URL to sqlite:///FILE"
                " in a folder that this process may write to, or to a PostgreSQL"
            ]
        ) from None
    return path


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")  # readers do not wait for the writer
    cursor.execute("PRAGMA synchronous = NORMAL")  # what is written outlives the process
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # a transaction that reads first and wants to write later would be refused instead of waiting
    reads = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


# --- PostgreSQL -----------------------------------------------------------------------------------------


def _open_postgresql(url: str, patience: float) -> Engine:
    asked = make_url(url)
    sent = asked.translate_connect_args(username="user", database="dbname") | dict(asked.query)
    milliseconds = int(patience * 1000)

    class Patient(psycopg.Connection[Any]):
        """A connection that is given up when the server says nothing, even if the network is in order."""

        def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
            """Called by psycopg wherever it waits for the server."""
            try:
                return super().wait(gen, interval, patience * 1.5 if timeout is None else timeout)
            except psycopg.OperationalError:
                if self.info.transaction_status is TransactionStatus.ACTIVE:
                    self.close()
                raise

    def connect() -> Patient:
        return Patient.connect(
            **{
                "connect_timeout": max(1, round(patience)),
                "application_name": "leukocds",
                "tcp_user_timeout": milliseconds,
                "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}",
                **sent,
            }
        )

    return create_engine(
        "postgresql+psycopg://", creator=connect, hide_parameters=True, pool_pre_ping=True, **_POOL
    )
