"""The address of a database: what is wrong with it is told without quoting it."""

from __future__ import annotations

import pytest

from cds.errors import DatabaseError
from cds.store.engine import open_engine


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("u:sword@fish@127.0.0.1/db", "an @ in user or password has to be written as %40"),
        ("u:swordfish@127.0.0.1:port/db", "is the port a number?"),
        ("u:swordfish@[::1/db", "is no address of a database"),
    ],
)
def test_an_address_that_cannot_be_read_is_told_without_its_password(address: str, told: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        open_engine(f"postgresql+psycopg://{address}")

    (problem,) = caught.value.problems
    assert told in problem
    assert "fish" not in problem
    assert caught.value.__cause__ is None
