"""FHIR servers whose HTTP is broken somewhere: a reason code each time, and never another error."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest
from hypothesis import given

from cds.readers.fhir_client import Allowance, FhirClient, FhirError, Underway
from tests.fuzz.test_hook_endpoint import SEEDS, fuzzing

pytestmark = pytest.mark.fuzz

BODY = b'{"resourceType":"Bundle","entry":[]}'
OK = b"HTTP/1.1 200 OK\r\n"
WHOLE = (
    OK + b"Content-Type: application/fhir+json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY),
    OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY),
    OK + b"Content-Encoding: gzip\r\nSet-Cookie: =; domain=..\r\nContent-Length: 9\r\n\r\n\x1f\x8b\x08rubbis",
    b"HTTP/1.0 302 Found\r\nLocation: http://x/\r\nSet-Cookie: a=b; Max-Age=x; Expires=99 Foo\r\n\r\n",
    b"HTTP/1.1 429 Slow\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n",
)
PIECES = (
    b"",
    b"\r\n",
    b"\n",
    b"\x00",
    b"\xff\xfe",
    b":",
    b"-1",
    b"9" * 20,
    b" ",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"x" * 70_000,
    b"chunked",
    b"\r\nTransfer-Encoding: gzip, chunked",
)


class Server(ThreadingTCPServer):
    """Answers each request with ``answer`` and hangs up."""

    daemon_threads = True
    allow_reuse_address = True
    answer = b""

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has given up is no fault."""


class Handler(StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        while self.rfile.readline() not in {b"\r\n", b""}:
            pass
        self.wfile.write(self.server.answer)


@contextmanager
def serving() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as opened:
        yield opened


def spoilt(answer: bytes, chance: random.Random) -> bytes:
    text = bytearray(answer)
    for _ in range(chance.randint(0, 5)):
        at = chance.randrange(len(text) + 1)
        text[at : at + chance.choice((0, 1, 3, 20))] = chance.choice(PIECES)
    return bytes(text)


def test_whatever_comes_back_has_a_reason(server: Server) -> None:
    client = FhirClient(4)
    outcomes = set()

    @fuzzing(1_000)
    @given(seed=SEEDS)
    def ask(seed: int) -> None:
        chance = random.Random(seed)
        server.answer = spoilt(chance.choice(WHOLE), chance)
        try:
            underway = Underway(time.monotonic() + 5)
            client.get(
                f"http://127.0.0.1:{server.server_address[1]}/", "", underway, 50_000, Allowance(10**6)
            )
            outcomes.add("ok")
        except FhirError as error:
            outcomes.add(str(error))

    ask()

    assert {"ok", "redirect", "broken-off", "media-type", "encoding", "too-large", "http-429"} <= outcomes
