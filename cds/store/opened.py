"""The database as a command sees it: there already, with the tables of this version, and time to wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from cds.errors import DatabaseError
from cds.store.engine import open_engine
from cds.store.schema import UPGRADE_PATIENCE, SchemaState, find_schema


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """The database at ``url``, until the end. Raises ``DatabaseError`` if we cannot work with it."""
    engine = open_engine(url, UPGRADE_PATIENCE, make=False)
    try:
        problem = find_schema(engine).problem
        if problem:
            raise DatabaseError([problem])
        yield engine
    finally:
        engine.dispose()


def schema_at(url: str) -> SchemaState:
    """Which tables the database at ``url`` has. Raises ``DatabaseError`` if it cannot be reached."""
    engine = open_engine(url, UPGRADE_PATIENCE, make=False)
    try:
        return find_schema(engine)
    finally:
        engine.dispose()
