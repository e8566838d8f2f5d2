"""How a PostgreSQL is opened: every wait for it has an end, on this side too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, create_engine, make_url


def open_postgresql(url: str, patience: float, pool: Mapping[str, Any]) -> Engine:
    """The PostgreSQL at ``url``; nothing is connected yet. See ``cds.store.engine.open_engine``."""
    asked = make_url(url)
    sent = asked.translate_connect_args(username="user", database="dbname") | dict(asked.query)
    milliseconds = int(patience * 1000)

    class Patient(psycopg.Connection[Any]):
        """A connection that is given up when the server says nothing, even if the network is in order."""

        def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
            """Called by psycopg wherever it waits for the server."""
            try:
                return super().wait(gen, interval, patience * 1.5 if timeout is None else timeout)
            except psycopg.OperationalError:
                if self.info.transaction_status is TransactionStatus.ACTIVE:
                    self.close()
                raise

    def connect() -> Patient:
        return Patient.connect(
            **{
                "connect_timeout": max(1, round(patience)),
                "application_name": "leukocds",
                "tcp_user_timeout": milliseconds,
                "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}",
                **sent,
            }
        )

    return create_engine(
        "postgresql+psycopg://", creator=connect, hide_parameters=True, pool_pre_ping=True, **pool
    )
