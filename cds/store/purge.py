"""Deletes what was kept long enough, a little at a time, so that no call waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, Table, delete, func, select, tuple_
from sqlalchemy.exc import DBAPIError

from cds.shown import REMEMBERED
from cds.store.engine import READING
from cds.store.schema import unreachable
from cds.store.tables import OUTCOMES, SAID_BEFORE, SHOWN_CARDS, USED_TOKENS

_AT_ONCE = 1000  # rows per transaction


def purge(engine: Engine, kept_since: datetime, now: datetime, *, dry_run: bool = False) -> Mapping[str, int]:
    """Delete cards and feedback older than ``kept_since``, and all that is of no use any more.

    Returns how many rows of each table went, or would go if this is a ``dry_run``. Raises ``DatabaseError``.
    """
    due = {
        SHOWN_CARDS: SHOWN_CARDS.c.at < kept_since,
        OUTCOMES: OUTCOMES.c.received < kept_since,
        USED_TOKENS: USED_TOKENS.c.expires < now - REMEMBERED,  # clocks of replicas may differ
        SAID_BEFORE: SAID_BEFORE.c.at < now - REMEMBERED,
    }
    count = _count if dry_run else _delete
    try:
        return {table.name: count(engine, table, is_due) for table, is_due in due.items()}
    except DBAPIError as error:
        raise unreachable(engine, error) from None


def _count(engine: Engine, table: Table, is_due: ColumnElement[bool]) -> int:
    with engine.connect().execution_options(**READING) as connection:
        return connection.execute(select(func.count()).select_from(table).where(is_due)).scalar_one()


def _delete(engine: Engine, table: Table, is_due: ColumnElement[bool]) -> int:
    key = table.primary_key.columns
    some = select(*key).where(is_due).limit(_AT_ONCE)
    deleted = 0
    while True:
        with engine.begin() as connection:
            gone = connection.execute(delete(table).where(tuple_(*key).in_(some)).returning(*key)).all()
        deleted += len(gone)
        if len(gone) < _AT_ONCE:
            return deleted
