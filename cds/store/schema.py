"""Brings a database to the tables that this version works with, however many start at once.

SQLite locks its file for the whole upgrade, PostgreSQL holds an advisory lock: whoever comes second waits
and then finds nothing left to do. An upgrade happens as a whole or not at all.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, inspect, select, text
from sqlalchemy.exc import DBAPIError

from cds.errors import DatabaseError
from cds.store.engine import READING, is_sqlite
from cds.store.tables import SECRETS, STEP

UPGRADE_PATIENCE = 60.0  # seconds that one may wait for another's upgrade, and each step may take
_MIGRATIONS = Path(__file__).parent / "migrations"
_ALEMBIC = Table("alembic_version", MetaData(), Column("version_num", String(32)))
_LOCK = 0x6C65_756B_6F63_6473  # "leukocds"; any number will do, as long as it is always the same
_KEY = "hashes"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Which tables a database has.

    Attributes:
        found: the step that it is at; empty if it has none of our tables.
        wanted: the step that this version works with.
        is_newer: it is at a step that this version does not know.
    """

    found: str
    wanted: str
    is_newer: bool

    @property
    def is_current(self) -> bool:
        """Whether this version can work with it."""
        return self.found == self.wanted

    @property
    def problem(self) -> str:
        """What stands in the way, in one sentence; empty if nothing does."""
        if self.is_current:
            return ""
        if self.is_newer:
            return (
                f"The database is at step {self.found}, made by a newer version than this one, which knows"
                f" {self.wanted} as the last: start the newer version, or restore the database from before."
            )
        at = f"at step {self.found}" if self.found else "empty"
        return f"The database is {at}, but {self.wanted} is needed: run leukocds database upgrade."


def schema_state(connection: Connection) -> SchemaState:
    """Which tables the database at the other end has."""
    found = _step_of(connection)
    return SchemaState(found, STEP, found not in {"", STEP} and found not in _known_steps())


def find_schema(engine: Engine) -> SchemaState:
    """The same, of a database that nobody is connected to yet. Raises ``DatabaseError``."""
    try:
        with engine.connect().execution_options(**READING) as connection:
            return schema_state(connection)
    except DBAPIError as error:
        raise unreachable(engine, error) from None


def upgrade(engine: Engine) -> tuple[str, str]:
    """Bring the database to what this version works with; from which step and to which.

    Raises ``DatabaseError`` if it cannot be reached or was made by a newer version.
    """
    try:
        with engine.begin() as connection:
            if not is_sqlite(engine):
                _wait_for_others(connection)
            before = schema_state(connection)
            if before.is_newer:
                raise DatabaseError([before.problem])
            if not before.is_current:
                _run_migrations(connection)
            _make_key(connection)
            return before.found, before.wanted
    except DBAPIError as error:
        raise unreachable(engine, error) from None


def read_key(connection: Connection) -> bytes:
    """What the keyed hashes of this database are keyed with."""
    return bytes(connection.execute(select(SECRETS.c.value).where(SECRETS.c.name == _KEY)).scalar_one())


def unreachable(engine: Engine, error: DBAPIError) -> DatabaseError:
    """``error`` for a terminal: the database's own words, which name host and user but no password."""
    return DatabaseError([f"{engine.url.database or 'PostgreSQL'}: {error.orig}"])


def _step_of(connection: Connection) -> str:
    if not inspect(connection).has_table(_ALEMBIC.name):
        return ""
    return connection.execute(select(_ALEMBIC.c.version_num)).scalar_one_or_none() or ""


def _known_steps() -> set[str]:
    from alembic.script import ScriptDirectory  # not at the top: few starts need what takes so long to import

    return {step.revision for step in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()}


def _wait_for_others(connection: Connection) -> None:
    milliseconds = int(UPGRADE_PATIENCE * 1000)
    for limit in ("statement_timeout", "lock_timeout"):
        connection.execute(text(f"SET LOCAL {limit} = {milliseconds}"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _run_migrations(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _make_key(connection: Connection) -> None:
    if connection.execute(select(SECRETS.c.name).where(SECRETS.c.name == _KEY)).first() is None:
        connection.execute(SECRETS.insert().values(name=_KEY, value=secrets.token_bytes(_KEY_BYTES)))
