"""What RxNav has answered, kept in a SQLite file that all processes of a service may share.

Only codes and what they contain are kept: nothing tells who asked, when, or for whom.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from cds.errors import SettingsError
from cds.knowledge.lookup import Contents, Ingredient, System
from cds.writable import check_writable

_DAY = 86_400
_KNOWN_SECONDS, _UNKNOWN_SECONDS = 30 * _DAY, _DAY  # a code unknown today may be in next week's release
_BUSY_SECONDS = 0.1
_CREATE = """
CREATE TABLE IF NOT EXISTS answer (system TEXT, code TEXT, until REAL NOT NULL, contents TEXT,
    PRIMARY KEY (system, code)) WITHOUT ROWID
"""


class Kept(NamedTuple):
    """An answer of before: the contents, or ``None`` for a code that RxNav did not know."""

    contents: Contents | None


class RxNavCache:
    """May be used by many threads; a fault of the file is raised as ``sqlite3.Error``."""

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.time) -> None:
        """Open the file, or a memory of this process; raises ``SettingsError`` if it cannot be one.

        ``clock`` gives now in seconds since 1970; what is out of date is thrown away.
        """
        self._clock = clock
        self._path = path
        self._lock = Lock()
        self._process = os.getpid()
        try:
            if path is not None:
                check_writable(path)
            self._connection = self._open()
            self._connection.execute(_CREATE)
            self._connection.execute("DELETE FROM answer WHERE until < ?", (clock(),))
            if path is not None:
                self._connection.close()
                self._process = 0  # whoever asks first opens it, in the process that asks
        except (OSError, sqlite3.Error) as fault:
            raise _unusable(path, fault) from fault

    def get(self, system: System, code: str) -> Kept | None:
        """What is kept of a code and still good; ``None`` if it has to be asked."""
        with self._lock:
            question = "SELECT contents FROM answer WHERE system = ? AND code = ? AND until >= ?"
            row = self._own().execute(question, (system, code, self._clock())).fetchone()
        return Kept(_unpacked(row[0]) if row[0] is not None else None) if row is not None else None

    def put(self, system: System, code: str, contents: Contents | None) -> None:
        """Keep an answer: 30 days, or one day if the code was not known."""
        until = self._clock() + (_UNKNOWN_SECONDS if contents is None else _KNOWN_SECONDS)
        packed = None if contents is None else _packed(contents)
        with self._lock:
            statement = "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)"
            self._own().execute(statement, (system, code, until, packed))

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def _open(self) -> sqlite3.Connection:
        place = str(self._path) if self._path is not None else ":memory:"
        return sqlite3.connect(place, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)

    def _own(self) -> sqlite3.Connection:
        # No connection of SQLite survives a fork: a worker process opens its own.
        if self._process != os.getpid():
            self._process, self._connection = os.getpid(), self._open()
            self._connection.execute(_CREATE)
        return self._connection


def check_cache(path: Path) -> None:
    """Raises ``SettingsError`` if the file at ``path`` cannot be a cache; makes and changes nothing."""
    try:
        check_writable(path)
        if path.exists():
            address = f"{path.resolve().as_uri()}?mode=ro"
            with closing(sqlite3.connect(address, timeout=_BUSY_SECONDS, uri=True)) as database:
                database.execute("PRAGMA schema_version").fetchone()
    except (OSError, sqlite3.Error) as fault:
        raise _unusable(path, fault) from fault


def _unusable(path: Path | None, fault: Exception) -> SettingsError:
    why = fault.strerror if isinstance(fault, OSError) else fault
    return SettingsError([f"LEUKOCDS_RXNAV_CACHE: {path} cannot be used: {why}"])


def _packed(contents: Contents) -> str:
    return json.dumps([contents.retired, contents.local_form, contents.ingredients])


def _unpacked(text: str) -> Contents:
    retired, local_form, ingredients = json.loads(text)
    told = tuple(Ingredient(tuple(codes), name) for codes, name in ingredients)
    return Contents(told, bool(retired), bool(local_form))
