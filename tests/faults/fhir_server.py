"""A FHIR server on this machine: it answers from what it was given, or misbehaves as it is told."""

from __future__ import annotations

import gzip
import json
import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = Any
BASE = "/fhir"
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}
NOT_FOUND = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}
_DRIP = 0.02  # seconds between two bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """One GET: the path below the base with its query, and the headers."""

    path: str
    headers: Mapping[str, str]

    @property
    def resource(self) -> str:
        return urlsplit(self.path).path.strip("/").partition("/")[0]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query))


class Handler(BaseHTTPRequestHandler):
    """Hands each GET to the server's ``behave``."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        asked = Asked(self.path.removeprefix(BASE), dict(self.headers))
        self.server.asked.append(asked)
        self.server.behave(self, asked)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def send(
        self, body: bytes, status: int = 200, media_type: str = "application/fhir+json", **headers: str
    ) -> None:
        self.send_response(status)
        if media_type:
            self.send_header("Content-Type", media_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


Behave = Callable[[Handler, Asked], None]


class Server(ThreadingHTTPServer):
    """Listens on loopback, at a port that is free.

    Attributes:
        asked: everything that it was asked.
        released: set when those who hang may go.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, behave: Behave, context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.scheme = "http" if context is None else "https"
        if context is not None:  # the handshake is left to the thread of each client
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.asked: list[Asked] = []
        self.behave = behave
        self.released = threading.Event()

    @property
    def base(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}{BASE}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has given up is what is tested here."""


@contextmanager
def serving(behave: Behave, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """It runs; with ``context`` over TLS."""
    server = Server(behave, context)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


# --- one that works -------------------------------------------------------------------------------------


@dataclass
class Chart:
    """Answers searches as a server that knows these answers by resource type or by code would.

    Attributes:
        answers: what is answered, by a word of the query or of the path; the first that occurs.
    """

    answers: Mapping[str, Json]
    others: Json = field(default_factory=lambda: EMPTY)

    def __call__(self, handler: Handler, asked: Asked) -> None:
        for word, answer in self.answers.items():
            if word in asked.path:
                return handler.send(as_json(answer))
        return handler.send(as_json(self.others))


def as_json(value: Json) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


# --- those that do not ----------------------------------------------------------------------------------


def refusing(status: int, **headers: str) -> Behave:
    return lambda handler, _asked: handler.send(as_json(NOT_FOUND), status, **headers)


def saying(body: bytes, media_type: str = "application/fhir+json", **headers: str) -> Behave:
    return lambda handler, _asked: handler.send(body, 200, media_type, **headers)


def hang(handler: Handler, asked: Asked) -> None:
    """Takes the question and says nothing."""
    handler.server.released.wait()
    handler.close_connection = True


def drip_headers(handler: Handler, asked: Asked) -> None:
    """A header that grows a letter at a time and never ends."""
    _drip(handler, b"HTTP/1.1 200 OK\r\nX-Slow: ")


def drip_body(handler: Handler, asked: Asked) -> None:
    """A body that grows a letter at a time, fast enough that no single read is ever late."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 1000000\r\n\r\n"
    _drip(handler, head + b'{"resourceType":"Bundle","x":"')


def _drip(handler: Handler, first: bytes) -> None:
    handler.wfile.write(first)
    while not handler.server.released.wait(_DRIP):
        handler.wfile.write(b"x")
    handler.close_connection = True


def reset(handler: Handler, asked: Asked) -> None:
    """Ends the connection in the rudest way."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(handler.connection.detach())
    handler.close_connection = True


def cut(handler: Handler, asked: Asked) -> None:
    """Promises more than it sends."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{")
    handler.close_connection = True


_BOMB = gzip.compress(b'{"resourceType":"Bundle","x":"' + b" " * 20_000_000 + b'"}')


def bomb(handler: Handler, asked: Asked) -> None:
    """A few kilobytes that unpack to twenty megabytes."""
    handler.send(_BOMB, Content_Encoding="gzip")


def endless_pages(handler: Handler, asked: Asked) -> None:
    """Every page has a next one, always at another address."""
    number = int(asked.query.get("page", "0")) + 1
    link = {"relation": "next", "url": f"{handler.server.base}/{asked.resource}?page={number}"}
    handler.send(as_json(EMPTY | {"link": [link]}))
