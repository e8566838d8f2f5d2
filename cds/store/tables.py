"""What is kept: five small tables, the same in SQLite and PostgreSQL. Migrations make them."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite knows no zones: there it is kept without, as text that can be sorted."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Called by SQLAlchemy."""
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Called by SQLAlchemy."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


STEP = "0001"  # the last of the migrations: the one that leads to these tables
METADATA = MetaData()

# one row: what the keyed hashes below are keyed with, made by the first who opens the database
SECRETS = Table(
    "secrets",
    METADATA,
    Column("name", String(20), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

# a keyed hash of issuer and jti, never the token; kept for as long as the token would be let in
USED_TOKENS = Table(
    "used_tokens",
    METADATA,
    Column("token", LargeBinary, primary_key=True),
    Column("expires", Instant, nullable=False, index=True),
)

# identifiers that this service made up, and what it spoke of; nothing about whom
SHOWN_CARDS = Table(
    "shown_cards",
    METADATA,
    Column("card", String(40), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("tenant", String(64), nullable=False),
    Column("service", String(64), nullable=False),
    Column("hook", String(64), nullable=False),
    Column("topic", String(64), nullable=False),
    Column("indicator", String(16), nullable=False),
    Column("drug", String(100), nullable=False),  # the foremost
    Column("drugs", Text, nullable=False),  # all of them, parted by spaces
    Column("suggestions", Text, nullable=False),  # their identifiers, parted by spaces
    Column("knowledge", String(100), nullable=False),
    Column("shadowed", Boolean, nullable=False),  # worked out, but not sent
    Index("shown_cards_at", "at"),
)

# one row per card, or per accepted suggestion of it; joined to shown_cards by tenant and card
OUTCOMES = Table(
    "outcomes",
    METADATA,
    Column("tenant", String(64), primary_key=True),
    Column("card", String(40), primary_key=True),
    Column("suggestion", String(40), primary_key=True),  # empty if overridden
    Column("service", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("at", Instant, nullable=False),  # as the client said
    Column("reason", String(64), nullable=False),  # one of our own codes, or other
    Column("commented", Boolean, nullable=False),
    Column("received", Instant, nullable=False),
    Index("outcomes_received", "received"),
)

# only where a tenant wants repeats left out: a keyed hash of caller, patient, encounter and what was said
SAID_BEFORE = Table(
    "said_before",
    METADATA,
    Column("mark", LargeBinary, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
)
