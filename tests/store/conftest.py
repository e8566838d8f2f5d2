"""The records in an empty database: in a file, and once more in a PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cds.hooks.records import MemoryRecords
from cds.store.records import DatabaseRecords, open_records, upgrade_at

POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgres)


def _empty(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder}/records.sqlite"
    return str(request.getfixturevalue("postgres").new_database("records"))


@pytest.fixture(params=["sqlite", POSTGRESQL])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    return _empty(request.param, request, tmp_path)


@pytest.fixture
def ready(url: str) -> str:
    """A database with our tables."""
    upgrade_at(url)
    return url


@pytest.fixture
def records(ready: str) -> Iterator[DatabaseRecords]:
    opened = open_records(ready)
    yield opened
    opened.release()


@pytest.fixture(params=["memory", "sqlite", POSTGRESQL])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MemoryRecords | DatabaseRecords]:
    """Every kind of records; each has to do the same."""
    if request.param == "memory":
        yield MemoryRecords()
        return
    empty = _empty(request.param, request, tmp_path)
    upgrade_at(empty)
    opened = open_records(empty)
    yield opened
    opened.release()
