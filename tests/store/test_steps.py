"""The step that the tables are said to be at is the last of the migrations."""

from __future__ import annotations

from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from cds.store import migrations
from cds.store.schema import find_schema, upgrade
from cds.store.tables import STEP

FOLDER = Path(migrations.__file__).parent


def test_the_tables_are_those_of_the_last_migration() -> None:
    assert ScriptDirectory(str(FOLDER)).get_current_head() == STEP


def test_an_upgraded_database_is_current_an_empty_one_is_not_and_a_newer_one_is_told(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'records.sqlite'}")
    empty = find_schema(engine)
    steps = upgrade(engine)
    current = find_schema(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    newer = find_schema(engine)
    engine.dispose()

    assert ("", STEP) == steps
    assert (False, True, False) == (empty.is_current, current.is_current, newer.is_current)
    assert (False, False, True) == (empty.is_newer, current.is_newer, newer.is_newer)
