"""Orders that have nothing to do with the count: what a case says must not hang on which one is signed."""

from __future__ import annotations

import pytest

from tests.cases.requests import Json, draft


@pytest.fixture
def neutral() -> Json:
    """A draft that lowers no white cell line."""
    return draft("10582", "levothyroxine")
