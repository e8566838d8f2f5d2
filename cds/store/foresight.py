"""Whether the service would start with a database, found out without making, changing or locking it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.pool import NullPool

from cds.errors import DatabaseError
from cds.store.breaker import UNREACHABLE
from cds.store.engine import (
    PATIENCE,
    READING,
    file_of,
    is_below_home,
    is_sqlite_address,
    not_writable,
    open_engine,
)
from cds.store.schema import find_schema, schema_state
from cds.writable import check_folder, check_writable


def check_database(url: str) -> None:
    """Raises ``DatabaseError`` if ``open_records`` would."""
    if is_sqlite_address(url):
        _check_file(file_of(url), make_folders=is_below_home(url))
    else:
        _check_server(url)


def _check_server(url: str) -> None:
    engine = open_engine(url, PATIENCE)
    try:
        with engine.connect().execution_options(**READING) as connection:
            problem = schema_state(connection).problem
    except UNREACHABLE:
        return  # the service starts, and waits for it
    finally:
        engine.dispose()
    if problem:
        raise DatabaseError([problem])


def _check_file(path: Path, *, make_folders: bool) -> None:
    """Tables of an older version are no problem: the service brings a file up to date by itself."""
    try:
        check_writable(path, make_folders=make_folders)
        if not path.exists():
            return
        check_folder(path.parent)  # SQLite makes others beside it
    except OSError as error:
        raise not_writable(path, error) from None
    state = find_schema(_as_it_lies(path))
    if state.is_newer:
        raise DatabaseError([state.problem])


def _as_it_lies(path: Path) -> Engine:
    """The file, to be read alone. To open one that nobody has open would leave files beside it."""
    in_use = path.with_name(f"{path.name}-shm").exists()
    address = f"{path.as_uri()}?mode=ro{'' if in_use else '&immutable=1'}"
    return create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        creator=lambda: sqlite3.connect(address, uri=True, timeout=PATIENCE),
        poolclass=NullPool,
        hide_parameters=True,
    )
