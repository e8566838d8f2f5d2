"""gunicorn's own words become lines of our log, and never a word of a request."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from gunicorn.config import Config

from cds.logs import LOGGER, configure_logging
from cds.server_log import ServerLog

CANARY = "canary-7f3a"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    before = (LOGGER.handlers, LOGGER.level, LOGGER.propagate)
    configure_logging("warning", stream)
    yield stream
    LOGGER.handlers, LOGGER.level, LOGGER.propagate = before


@pytest.fixture
def server_log() -> ServerLog:
    return ServerLog(Config())


def _line(lines: io.StringIO) -> dict[str, Any]:
    (line,) = lines.getvalue().splitlines()
    return dict(json.loads(line))


def test_of_what_is_put_into_a_message_only_numbers_and_signals_are_told(
    server_log: ServerLog, lines: io.StringIO
) -> None:
    server_log.error("Worker (pid:%s) was sent %s by %s!", 4711, "SIGKILL", f"/patient/{CANARY}")

    line = _line(lines)
    assert ("server", "error") == (line["event"], line["level"])
    assert "Worker (pid:%s) was sent %s by %s!" == line["message"]
    assert ["4711", "SIGKILL"] == line["told"]
    assert CANARY not in lines.getvalue()


def test_of_an_exception_class_and_place_are_told(server_log: ServerLog, lines: io.StringIO) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        server_log.exception("Error handling request %s", f"/?patient={CANARY}")

    line = _line(lines)
    assert ("ValueError", "Error handling request %s") == (line["error"], line["message"])
    assert line["frames"][-1].startswith("tests/test_server_log.py:")
    assert CANARY not in lines.getvalue()


def test_an_exception_as_message_is_told_by_its_class(server_log: ServerLog, lines: io.StringIO) -> None:
    server_log.error(SyntaxError(CANARY))  # type: ignore[arg-type]

    assert ("SyntaxError", "SyntaxError") == (_line(lines)["message"], _line(lines)["error"])
    assert CANARY not in lines.getvalue()


def test_what_the_level_leaves_out_is_not_written(server_log: ServerLog, lines: io.StringIO) -> None:
    server_log.info("Booting worker with pid: %s", 1)

    assert "" == lines.getvalue()


def test_there_is_no_access_log(server_log: ServerLog) -> None:
    assert not server_log.access_log_enabled
