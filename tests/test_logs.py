"""The log: only named fields, and of an exception never its message."""

from __future__ import annotations

import inspect
import io
import json
from collections.abc import Iterator

import pytest

from cds.logs import LOGGER, Fields, configure_logging, log_event, log_exception


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    before = (LOGGER.handlers, LOGGER.level, LOGGER.propagate)
    configure_logging("info", stream)
    yield stream
    LOGGER.handlers, LOGGER.level, LOGGER.propagate = before


def test_a_line_is_one_json_object(lines: io.StringIO) -> None:
    log_event("answered", service="leuko-order-sign", cards=2, topics=("leukoLowCount",), ms=3.1)

    line = json.loads(lines.getvalue())
    assert line.pop("at").endswith("Z")
    expected = {
        "level": "info",
        "event": "answered",
        "service": "leuko-order-sign",
        "cards": 2,
        "topics": ["leukoLowCount"],
        "ms": 3.1,
    }
    assert expected == line


def test_a_field_without_a_name_cannot_be_logged(lines: io.StringIO) -> None:
    with pytest.raises(TypeError, match="not a field of the log: patient"):
        log_event("answered", patient="Jane Doe")  # type: ignore[call-arg]

    assert "" == lines.getvalue()


def test_of_an_exception_only_class_and_place_are_written(lines: io.StringIO) -> None:
    """Its message may quote the value that it choked on."""
    try:
        int("canary-7f3a")
    except ValueError as error:
        log_exception(error, "id-1")

    line = json.loads(lines.getvalue())
    assert ("fault", "ValueError", "id-1") == (line["event"], line["error"], line["request"])
    assert line["frames"][-1].startswith("tests/test_logs.py:")
    assert "canary" not in lines.getvalue()


def test_lines_below_the_level_are_not_written(lines: io.StringIO) -> None:
    configure_logging("error", lines)
    log_event("answered")

    assert "" == lines.getvalue()


def test_every_field_says_what_it_is() -> None:
    """The documents show the fields to those who search the log."""
    fields = inspect.getsource(Fields).partition('"""\n')[2]

    undescribed = [line.strip() for line in fields.splitlines() if ":" in line and "  # " not in line]
    assert [] == undescribed
