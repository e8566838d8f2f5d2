"""Hypothesis: the same examples on every run of the checks, others only when asked for. A PostgreSQL, and our
log.

``pytest --hypothesis-profile explore`` looks further, each time elsewhere.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from hypothesis import Phase, settings

from cds.logs import LOGGER, configure_logging
from tests.postgres import Postgres, running_postgres

_PHASES = (Phase.explicit, Phase.generate, Phase.shrink)
settings.register_profile(
    "checks", derandomize=True, deadline=None, database=None, max_examples=50, phases=_PHASES
)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("checks")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real server, for those tests that are marked ``postgres``."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Our log, as it is written while a test runs; afterwards it goes where it went before."""
    stream = io.StringIO()
    before = (LOGGER.handlers, LOGGER.level, LOGGER.propagate)
    configure_logging("info", stream)
    yield stream
    LOGGER.handlers, LOGGER.level, LOGGER.propagate = before
