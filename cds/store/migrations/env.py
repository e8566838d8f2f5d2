"""Run by Alembic, within the transaction that ``cds.store.schema`` has begun."""

from alembic import context

from cds.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
