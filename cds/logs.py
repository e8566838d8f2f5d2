"""The log: one JSON object per line, made of fields that are named here and nowhere else.

No body, name, value, free text or token has a field, so none can be logged by mistake; of an exception only
the class and the place are written, because its message may quote what it choked on.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO, TypedDict, Unpack

LOGGER = logging.getLogger("leukocds")
_HERE = Path(__file__).parent.parent
_FRAMES = 6  # the innermost are enough to find the line


class Fields(TypedDict, total=False):
    """Everything that a line may say."""

    request: str  # our id of the exchange, also sent as X-Request-Id
    trace: str  # id of the trace that it belongs to (W3C Trace Context)
    service: str  # id of the service that was asked
    hook: str  # the hook that it answers
    instance: str  # hookInstance, if it is a UUID
    caller: str  # the tenant's name
    status: int  # of HTTP
    reason: str  # a code: why a token was refused, which error was answered
    alleged: str  # caller that a refused token claims to be of; unproven
    found: str  # in it, instead of what is expected: an address without its query, a word, or seconds
    outcome: str  # what became of it; see docs/metrics.md
    cards: int  # that were sent
    shadowed: Sequence[str]  # topics that would have spoken, were they not in shadow
    repeated: int  # cards that were not sent again
    topics: Sequence[str]  # those that speak
    gaps: Mapping[str, int]  # what could not be used, by kind
    supplied: int  # queries that the EHR had answered
    fetched: int  # queries that the FHIR server answered
    unfetched: Mapping[str, int]  # queries, pages and medications that did not come, by reason
    fhir_ms: float  # how long the FHIR server took in all
    accepted: int  # outcomes in the feedback
    overridden: int  # outcomes in the feedback
    reasoned: int  # of those overridden, how many with a reason or a comment
    known: int  # sent before, and kept already
    unknown: int  # about cards that this caller was not shown
    ms: float  # how long the exchange took
    knowledge: str  # version of the knowledge
    version: str  # of the service
    address: str  # that is listened on
    failed: int  # questions to RxNav since the start
    dropped: int  # answers whose shown cards were not written down
    switches: Sequence[str]  # what is switched off and in shadow, as the switches file names it
    warning: str  # one of our own, from the settings or the knowledge
    problem: str  # what keeps new knowledge out, or fails in the self-test
    message: str  # of gunicorn, before anything is put into it
    told: Sequence[str]  # the numbers and signals that were to be put in
    error: str  # class of an exception
    frames: Sequence[str]  # file:line function, outermost first


def log_event(event: str, level: int = logging.INFO, **fields: Unpack[Fields]) -> None:
    """Write one line. A field that is not named in ``Fields`` is a ``TypeError``."""
    unknown = fields.keys() - Fields.__annotations__.keys()
    if unknown:
        raise TypeError(f"not a field of the log: {', '.join(sorted(unknown))}")
    LOGGER.log(level, event, extra={"fields": fields})


def log_exception(error: BaseException, request: str) -> None:
    """Write where ``error`` came from, without its message."""
    log_event(
        "fault", logging.ERROR, request=request, error=type(error).__qualname__, frames=places_of(error)
    )


def configure_logging(level: str, stream: TextIO | None = None) -> None:
    """Send the lines of ``level`` and above to ``stream`` (standard output)."""
    handler = logging.StreamHandler(sys.stdout if stream is None else stream)
    handler.setFormatter(_JsonLines())
    LOGGER.handlers = [handler]
    LOGGER.setLevel(level.upper())
    LOGGER.propagate = False


def in_milliseconds(at: datetime) -> str:
    """A moment in UTC as our lines have it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def places_of(error: BaseException) -> list[str]:
    """Where ``error`` came from: ``file:line function``, outermost first."""
    places = []
    for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]:
        path = Path(frame.filename)
        shown = path.relative_to(_HERE) if path.is_relative_to(_HERE) else path.name
        places.append(f"{shown}:{frame.lineno} {frame.name}")
    return places


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = in_milliseconds(datetime.fromtimestamp(record.created, UTC))
        line = {"at": at, "level": record.levelname.lower(), "event": record.msg}
        return json.dumps(line | getattr(record, "fields", {}))
