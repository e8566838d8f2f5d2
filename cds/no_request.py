"""What arrives and is no request that could be answered: its kinds, and the last words to who sent it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from gunicorn.http.errors import ParseException

from cds.errors import ON_THE_WIRE, RequestError, error_body


class TooSlow(ParseException):  # type: ignore[misc]
    """A request did not arrive in time. Its name is the reason in the log, as are the next three."""


class EndlessHead(ParseException):  # type: ignore[misc]
    """The head of a request is longer than any may be."""


class TooMuchAtOnce(ParseException):  # type: ignore[misc]
    """More requests are half sent than this process can hold."""


class NotTaken(ParseException):  # type: ignore[misc]
    """An answer was not taken: the client sends requests and does not read."""


def last_answer(error: RequestError) -> bytes:
    """The response that says so and that no other will follow; not gunicorn's page of HTML."""
    status, body = ON_THE_WIRE[type(error)].status, error_body(error)
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


class LastReader:
    """Reads the body of ``request``, and lets no other request follow one that cannot be read to its end."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self._reader = request.body.reader

    def read(self, size: int) -> bytes:
        try:
            return bytes(self._reader.read(size))
        except (ParseException, OSError):
            self._request.force_close()
            raise
