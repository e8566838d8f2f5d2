"""Bringing a database to the tables of this version: at once, twice, too new, out of reach."""

from __future__ import annotations

import os
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from cds.errors import DatabaseError
from cds.store.engine import open_engine
from cds.store.records import open_records, upgrade_at
from cds.store.schema import find_schema, read_key
from cds.store.tables import METADATA, STEP
from tests.faults.serving import wait_until
from tests.postgres import Postgres
from tests.source_code import ROOT


def _upgrading(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cds", "database", "upgrade"],
        cwd=ROOT,
        env=os.environ | {"LEUKOCDS_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_migrations_make_the_tables_that_are_used(ready: str) -> None:
    engine = open_engine(ready)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, METADATA)
    engine.dispose()

    assert [] == differences


def test_any_number_may_upgrade_at_once(url: str) -> None:
    """One of them does it, the others wait and find it done."""
    processes = [_upgrading(url) for _ in range(4)]
    said = [process.communicate(timeout=60)[0] for process in processes]

    assert [0] * 4 == [process.returncode for process in processes], said
    assert 1 == sum("from empty to step" in each for each in said)
    assert 3 == sum("already at step" in each for each in said)


def test_many_processes_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    """Of the switch to its journal SQLite does not wait for another process."""
    with get_context("fork").Pool(8) as processes:
        for round_ in range(10):
            url = f"sqlite:///{tmp_path}/{round_}.sqlite"

            assert [""] * 8 == processes.map(_open, [url] * 8, chunksize=1)


def _open(url: str) -> str:
    try:
        open_records(url).release()
    except DatabaseError as error:
        return str(error)
    return ""


def test_a_second_upgrade_changes_nothing_and_keeps_the_key(ready: str) -> None:
    engine = open_engine(ready)
    with engine.connect() as connection:
        before = read_key(connection)
    again = upgrade_at(ready)
    with engine.connect() as connection:
        after = read_key(connection)
    engine.dispose()

    assert (STEP, STEP) == again
    assert before == after
    assert 32 == len(before)


def test_a_newer_database_is_neither_used_nor_changed(ready: str) -> None:
    engine = open_engine(ready)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for attempt in (upgrade_at, open_records):
        with pytest.raises(DatabaseError, match="made by a newer version than this one"):
            attempt(ready)
    found = find_schema(engine).found
    engine.dispose()

    assert "9999" == found


@pytest.mark.postgres
def test_a_postgresql_without_our_tables_is_not_changed_by_serving(postgres: Postgres) -> None:
    url = postgres.new_database("bare")
    with pytest.raises(DatabaseError, match="run leukocds database upgrade"):
        open_records(url)
    engine = open_engine(url)
    found = find_schema(engine).found
    engine.dispose()

    assert "" == found


@pytest.mark.postgres
def test_a_postgresql_that_is_out_of_reach_at_the_start_is_used_when_it_is_there(postgres: Postgres) -> None:
    url = postgres.new_database("late")
    upgrade_at(url)
    postgres.stop()
    records = open_records(url)
    before = records.state().up
    postgres.start()
    wait_until(lambda: records.state().up)
    records.release()

    assert not before


def test_a_file_in_a_folder_that_is_not_there_is_told_with_the_setting(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"cannot be written .*: set LEUKOCDS_DATABASE_URL") as caught:
        open_records(f"sqlite:///{tmp_path}/missing/x.sqlite")

    assert f"{tmp_path}/missing/x.sqlite" in str(caught.value)


def test_a_file_below_home_is_made_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    records = open_records("sqlite:///~/.local/state/leukocds/leukocds.sqlite")
    records.release()
    made = tmp_path / ".local" / "state" / "leukocds"

    assert 0o600 == (made / "leukocds.sqlite").stat().st_mode & 0o777
    assert 0o700 == made.stat().st_mode & 0o777


def test_without_a_home_the_setting_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", lambda path: nobody())
    with pytest.raises(DatabaseError, match="no home folder: set LEUKOCDS_DATABASE_URL"):
        open_records("sqlite:///~/leukocds.sqlite")


def test_a_file_that_is_no_database_is_told_before_anything_is_written(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear colleague, " * 100)
    with pytest.raises(DatabaseError, match=r"letter\.txt: file is not a database"):
        open_records(f"sqlite:///{path}")

    assert path.read_text().startswith("Dear colleague")
