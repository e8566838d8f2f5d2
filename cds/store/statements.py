"""What is asked of the database, one function per question; each within the transaction it is handed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, select

from cds.shown import CardOutcome, Kept, Showing, Topical, kept_of, latest_of_each
from cds.store.hashes import kept_identifier
from cds.store.tables import OUTCOMES, SAID_BEFORE, SECRETS, SHOWN_CARDS, USED_TOKENS

Item = TypeVar("Item")

_AT_ONCE = 400  # keys per statement


def use_token(connection: Connection, token: bytes, until: datetime) -> bool:
    """Write a token's hash down; False if it stood there already."""
    statement = _if_missing(connection.dialect.name, USED_TOKENS).returning(USED_TOKENS.c.token)
    return connection.execute(statement, {"token": token, "expires": until}).first() is not None


def write_showings(connection: Connection, showings: Iterable[Showing]) -> None:
    """Write cards down; those that stand there already are left as they are."""
    rows = sorted((row for showing in showings for row in _rows(showing)), key=lambda row: str(row["card"]))
    if rows:
        connection.execute(_if_missing(connection.dialect.name, SHOWN_CARDS), rows)


def write_marks(connection: Connection, marks: Mapping[bytes, datetime]) -> None:
    """Remember these marks from their moment on."""
    rows = [{"mark": mark, "at": at} for mark, at in sorted(marks.items())]
    if rows:
        connection.execute(_if_newer(connection.dialect.name, SAID_BEFORE), rows)


def find_marks(connection: Connection, marks: Collection[bytes], since: datetime) -> set[bytes]:
    """Those of ``marks`` that were remembered after ``since``."""
    wanted = select(SAID_BEFORE.c.mark).where(SAID_BEFORE.c.mark.in_(marks), SAID_BEFORE.c.at > since)
    return {bytes(mark) for mark in connection.execute(wanted).scalars()}


def write_outcomes(
    connection: Connection,
    key: bytes,
    tenant: str,
    service: str,
    outcomes: Sequence[CardOutcome],
    received: datetime,
) -> Kept:
    """Write down what became of cards: of two reports on the same, the later one counts, by its own time."""
    # in one order everywhere, so that two writers never wait for each other
    latest = latest_of_each(outcomes, lambda sent: kept_identifier(key, sent))
    rows = [
        {
            "tenant": tenant,
            "card": card,
            "suggestion": suggestion,
            "service": service,
            "outcome": each.outcome,
            "at": each.at,
            "reason": each.reason,
            "commented": each.commented,
            "received": received,
        }
        for (card, suggestion), each in latest.items()
    ]
    written = _insert_newer(connection, rows)
    shown = _find_shown(connection, tenant, {card for card, _ in written})
    return kept_of([(latest[place], shown.get(place[0])) for place in written], len(outcomes))


def try_to_write(connection: Connection) -> None:
    """Write what stands there already."""
    connection.execute(SECRETS.update().values(name=SECRETS.c.name))


def forget_expired(connection: Connection, tokens_before: datetime, marks_before: datetime) -> None:
    """Delete tokens that expired, and marks that were made, before these moments."""
    connection.execute(USED_TOKENS.delete().where(USED_TOKENS.c.expires < tokens_before))
    connection.execute(SAID_BEFORE.delete().where(SAID_BEFORE.c.at < marks_before))


def _rows(showing: Showing) -> Iterator[dict[str, object]]:
    for cards, shadowed in ((showing.cards, False), (showing.shadowed, True)):
        for card in cards:
            yield {
                "card": card.uuid,
                "at": showing.at,
                "tenant": showing.tenant,
                "service": showing.service,
                "hook": showing.hook,
                "topic": card.topic,
                "indicator": card.indicator,
                "drug": card.drug,
                "drugs": " ".join(card.drugs),
                "suggestions": " ".join(card.suggestions),
                "knowledge": showing.knowledge,
                "shadowed": shadowed,
            }


def _insert_newer(connection: Connection, rows: Sequence[dict[str, object]]) -> list[tuple[str, str]]:
    """Card and suggestion of those rows that were not there, or there with an older time."""
    if not rows:
        return []
    statement = _if_newer(connection.dialect.name, OUTCOMES).returning(OUTCOMES.c.card, OUTCOMES.c.suggestion)
    return [(card, suggestion) for card, suggestion in connection.execute(statement, rows)]


def _find_shown(connection: Connection, tenant: str, cards: Collection[str]) -> dict[str, Topical]:
    """Topic and drug of those cards that this tenant was shown."""
    columns = (SHOWN_CARDS.c.card, SHOWN_CARDS.c.topic, SHOWN_CARDS.c.drug)
    found: dict[str, Topical] = {}
    for some in _batches(cards):
        wanted = select(*columns).where(SHOWN_CARDS.c.card.in_(some), SHOWN_CARDS.c.tenant == tenant)
        found |= {card: (topic, drug) for card, topic, drug in connection.execute(wanted)}
    return found


@cache
def _if_missing(dialect: str, table: Table) -> Any:
    """INSERT of rows whose key is not there yet."""
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _if_newer(dialect: str, table: Table) -> Any:
    """INSERT of rows, in place of those with the same key and an older ``at``."""
    statement = _insert(dialect, table)
    key = [*table.primary_key.columns]
    return statement.on_conflict_do_update(
        index_elements=key,
        set_={column.name: statement.excluded[column.name] for column in table.c if column not in {*key}},
        where=table.c.at < statement.excluded.at,
    )


def _insert(dialect: str, table: Table) -> Any:
    # both databases have ON CONFLICT, and SQLAlchemy has it twice
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # not at the top: it takes a while to import

    return postgresql.insert(table)


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
