"""Whether the service would start with a database is told as the start would, and nothing is changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cds.errors import DatabaseError
from cds.store.foresight import check_database
from cds.store.records import open_records, upgrade_at
from cds.store.tables import STEP
from tests.postgres import Postgres


def _refusal(url: str) -> str:
    """The same from both; empty if neither refuses."""
    said = []
    for step in (check_database, lambda url: open_records(url).release()):
        try:
            step(url)
            said.append("")
        except DatabaseError as error:
            said.append(str(error))
    assert said[0] == said[1]
    return said[0]


def _content(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    return {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode)
        for path in folder.iterdir()
    }


@pytest.mark.parametrize("name", ["new.sqlite", "current.sqlite", "empty.sqlite"])
def test_a_file_that_can_be_used_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    upgrade_at(f"sqlite:///{tmp_path}/current.sqlite")
    (tmp_path / "current.sqlite").chmod(0o644)
    (tmp_path / "empty.sqlite").touch()
    before = _content(tmp_path)

    check_database(f"sqlite:///{tmp_path}/{name}")

    assert before == _content(tmp_path)


def test_a_file_that_a_service_has_open_is_left_as_it_is(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.sqlite"
    upgrade_at(url)
    with closing(sqlite3.connect(tmp_path / "x.sqlite", isolation_level=None)) as service:
        service.execute("BEGIN IMMEDIATE")
        service.execute("UPDATE alembic_version SET version_num = 'later'")
        service.execute("COMMIT")
        names = {*_content(tmp_path)}

        with pytest.raises(DatabaseError, match="made by a newer version"):
            check_database(url)

        assert {"x.sqlite", "x.sqlite-wal", "x.sqlite-shm"} == names == {*_content(tmp_path)}


def test_what_the_start_refuses_is_refused_in_the_same_words(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear colleague, " * 100)
    (tmp_path / "folder").mkdir()
    upgrade_at(f"sqlite:///{tmp_path}/newer")
    with closing(sqlite3.connect(tmp_path / "newer", isolation_level=None)) as database:
        database.execute("UPDATE alembic_version SET version_num = 'later'")

    assert "file is not a database" in _refusal(f"sqlite:///{tmp_path}/letter")
    assert "cannot be written (Is a directory)" in _refusal(f"sqlite:///{tmp_path}/folder")
    assert "cannot be written (No such file" in _refusal(f"sqlite:///{tmp_path}/nowhere/x")
    assert "cannot be written (Not a directory)" in _refusal(f"sqlite:///{tmp_path}/letter/x")
    assert f"which knows {STEP} as the last" in _refusal(f"sqlite:///{tmp_path}/newer")
    assert "is the port a number?" in _refusal("postgresql+psycopg://x@host:port/x")
    assert "" == _refusal(f"sqlite:///{tmp_path}/new")


def test_a_server_that_does_not_answer_is_waited_for_by_the_service() -> None:
    assert "" == _refusal("postgresql+psycopg://nobody@127.0.0.1:1/x")


@pytest.mark.postgres
def test_a_postgresql_without_our_tables_is_refused_and_not_changed(postgres: Postgres) -> None:
    url = postgres.new_database("foresight")

    assert "run leukocds database upgrade" in _refusal(url)
    upgrade_at(url)
    assert "" == _refusal(url)
