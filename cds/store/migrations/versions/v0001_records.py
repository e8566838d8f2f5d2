"""Used tokens, shown cards, what became of them, and what was said before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Called by Alembic."""
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "used_tokens",
        sa.Column("token", sa.LargeBinary, primary_key=True),
        sa.Column("expires", _INSTANT, nullable=False),
    )
    op.create_index("ix_used_tokens_expires", "used_tokens", ["expires"])
    op.create_table(
        "shown_cards",
        sa.Column("card", sa.String(40), primary_key=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("hook", sa.String(64), nullable=False),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("indicator", sa.String(16), nullable=False),
        sa.Column("drug", sa.String(100), nullable=False),
        sa.Column("drugs", sa.Text, nullable=False),
        sa.Column("suggestions", sa.Text, nullable=False),
        sa.Column("knowledge", sa.String(100), nullable=False),
        sa.Column("shadowed", sa.Boolean, nullable=False),
    )
    op.create_index("shown_cards_at", "shown_cards", ["at"])
    op.create_table(
        "outcomes",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("card", sa.String(40), primary_key=True),
        sa.Column("suggestion", sa.String(40), primary_key=True),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("commented", sa.Boolean, nullable=False),
        sa.Column("received", _INSTANT, nullable=False),
    )
    op.create_index("outcomes_received", "outcomes", ["received"])
    op.create_table(
        "said_before",
        sa.Column("mark", sa.LargeBinary, primary_key=True),
        sa.Column("at", _INSTANT, nullable=False),
    )
    op.create_index("ix_said_before_at", "said_before", ["at"])


def downgrade() -> None:
    """Called by Alembic."""
    for table in ("said_before", "outcomes", "shown_cards", "used_tokens", "secrets"):
        op.drop_table(table)
