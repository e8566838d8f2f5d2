"""The local index of a whole RxNorm release, as the service asks it: read-only, from many threads."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from cds.errors import RxNormIndexError
from cds.knowledge.lookup import Contents, Ingredient, System
from cds.rxnorm import tables

_REMEMBERED = 4096  # codes; the medicines of a hospital's ordinary day


@dataclass(frozen=True, slots=True)
class About:
    """Where an index comes from: the zip, its date as written there (may be empty), and what is in it."""

    release: str
    released: str
    made_on: str
    ingredients: int
    codes: int
    retired: int
    ndcs: int


class RxNormIndex:
    """Answers from one index file.

    ``lookup`` may be called by many threads. SQLite's connection is opened by the process that uses it,
    because none survives a fork.
    """

    def __init__(self, path: Path) -> None:
        """Raises ``RxNormIndexError`` if the file is missing, something else, or of another version."""
        self._path = path
        self.about = _check(path)
        self._lock = Lock()
        self._connection: tuple[int, sqlite3.Connection] | None = None
        self.lookup = lru_cache(maxsize=_REMEMBERED)(self._lookup)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection[1].close()
                self._connection = None

    def _lookup(self, system: System, code: str) -> Contents | None:
        question = tables.READ_PACKAGE if system == "ndc" else tables.READ_CODE
        with self._lock:
            rows = self._opened().execute(question, (int(code),)).fetchall()
        if not rows:
            return None
        return Contents(
            ingredients=tuple(
                Ingredient(tuple(str(each) for each in (precise, ingredient) if each), name)
                for _, _, ingredient, precise, name in rows
            ),
            retired=bool(rows[0][0]),
            local_form=bool(rows[0][1]),
        )

    def _opened(self) -> sqlite3.Connection:
        process = os.getpid()
        if self._connection is None or self._connection[0] != process:
            self._connection = (process, _open(self._path))
        return self._connection[1]


def _open(path: Path) -> sqlite3.Connection:
    # A new release replaces the file, it is never written to: no lock has to be taken to read it.
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level=None)


def _check(path: Path) -> About:
    if not path.is_file():
        raise RxNormIndexError([f"LEUKOCDS_RXNORM_INDEX: there is no file {path}"])
    try:
        with closing(_open(path)) as database:
            (made_by,) = database.execute("PRAGMA application_id").fetchone()
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if made_by != tables.APPLICATION_ID:
                raise RxNormIndexError([f"LEUKOCDS_RXNORM_INDEX: {path} was not made by import-rxnorm"])
            if version != tables.SCHEMA_VERSION:
                raise RxNormIndexError(
                    [
                        f"LEUKOCDS_RXNORM_INDEX: {path} has version {version}, this program reads"
                        f" {tables.SCHEMA_VERSION}; make it again with leukocds knowledge import-rxnorm"
                    ]
                )
            return About(*database.execute(tables.READ_ABOUT).fetchone())
    except (sqlite3.DatabaseError, TypeError) as fault:
        raise RxNormIndexError([f"LEUKOCDS_RXNORM_INDEX: {path} cannot be read as an index"]) from fault
