"""Clients that send a byte now and then take no thread away from the others, and are told off in time."""

from __future__ import annotations

import re
import selectors
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from socket import SO_RCVBUF, SOL_SOCKET, create_connection, socket

import pytest

from cds.worker import _ARRIVAL_SECONDS
from tests.faults.serving import Service, post, raw, serving, story, wait_until

pytestmark = pytest.mark.faults
SLOW, ASKED = 200, 100


@contextmanager
def slow_clients(service: Service, sent: bytes) -> Iterator[list[socket]]:
    clients = [create_connection(("127.0.0.1", service.port), timeout=30) for _ in range(SLOW)]
    try:
        for client in clients:
            client.sendall(sent)
        yield clients
    finally:
        for client in clients:
            client.close()


def milliseconds(service: Service, clients: list[socket]) -> list[float]:
    """How long each of ``ASKED`` answers took, while the others send one byte each in between."""
    told, taken = story(), []
    with closing(HTTPConnection("127.0.0.1", service.port, timeout=30)) as connection:
        for number in range(ASKED):
            for client in clients[number % 10 :: 10]:
                client.sendall(b" ")
            start = time.monotonic()
            status, _ = post(connection, told)
            taken.append((time.monotonic() - start) * 1000)
            assert 200 == status
    return taken


@pytest.mark.parametrize("sent", ["nothing", "half a head", "half a body"])
def test_slow_clients_take_no_thread_from_others(
    sent: str, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    request = raw(story())
    part = {"nothing": b"", "half a head": request[:40], "half a body": request[: len(request) // 2]}[sent]
    with serving(tmp_path, threads=4) as service:
        alone = milliseconds(service, [])
        with slow_clients(service, part) as clients:
            among = milliseconds(service, [] if sent == "nothing" else clients)

    before, after = statistics.median(alone), statistics.median(among)
    assert max(among) < 1000  # with a thread taken it would be seconds, or never
    tell(
        f"{SLOW} slow clients before 4 threads: median {after:.1f} ms, worst {max(among):.0f} ms"
        f" (alone {before:.1f} ms, worst {max(alone):.0f} ms)"
    )


def test_clients_that_do_not_hang_up_keep_nobody_waiting(tmp_path: Path, tell: Callable[[str], None]) -> None:
    request = raw(story())  # asks for the connection to be closed
    with serving(tmp_path, threads=4) as service, slow_clients(service, request) as clients:
        for client in clients:
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
        among = milliseconds(service, [])

    assert max(among) < 1000
    tell(
        f"{SLOW} answered clients linger: median {statistics.median(among):.1f} ms, worst {max(among):.0f} ms"
    )


def test_clients_that_take_no_answer_give_their_threads_back(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    """They ask again and again on one connection and read nothing, until nothing more can be sent to them."""
    requests = b"GET /about/source-attributes HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200
    deaf = [socket() for _ in range(8)]
    with serving(tmp_path, threads=4) as service:
        for client in deaf:
            client.setsockopt(SOL_SOCKET, SO_RCVBUF, 2048)
            client.connect(("127.0.0.1", service.port))
            client.sendall(requests)
        seconds = wait_until(lambda: service.log.read_text().count('"NotTaken"') == len(deaf))
        with closing(HTTPConnection("127.0.0.1", service.port, timeout=30)) as connection:
            status, _ = post(connection, story())
        for client in deaf:
            client.close()

    assert 200 == status
    tell(f"8 clients that read nothing have given 4 threads back after {seconds:.1f} s")


def test_slow_clients_are_told_off_in_time(tmp_path: Path, tell: Callable[[str], None]) -> None:
    request = raw(story())
    with serving(tmp_path) as service:
        start = time.monotonic()
        with slow_clients(service, request[: len(request) // 2]) as clients:
            ended = list(_ends(clients, _ARRIVAL_SECONDS + 5))
        seconds = [at - start for at, _ in ended]

    assert SLOW == len(ended)
    assert {b"HTTP/1.1 400 Bad Request"} == {said.partition(b"\r\n")[0] for _, said in ended}
    assert min(seconds) > _ARRIVAL_SECONDS - 1
    tell(f"all {SLOW} told after {min(seconds):.1f} to {max(seconds):.1f} s")


def test_half_sent_requests_together_may_be_so_large_and_no_larger(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    head = raw(story()).partition(b"Content-Length")[0] + b"Content-Length: 5000000\r\n\r\n"
    with serving(tmp_path) as service, slow_clients(service, head) as clients:
        for client in clients[:40]:  # 160 MB together
            with suppress(BrokenPipeError, ConnectionResetError):  # told off while still sending
                client.sendall(b" " * 4_000_000)
        refused = len([*_ends(clients[:40], _ARRIVAL_SECONDS / 3)])
        (worker,) = service.workers()
        memory = int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{worker}/status").read_text())[1]) / 1000
        with closing(HTTPConnection("127.0.0.1", service.port, timeout=30)) as connection:
            status, _ = post(connection, story())

    assert 200 == status
    assert 0 < refused < 40
    assert memory < 300
    tell(f"of 40 with 4 MB each {refused} were refused; the process never held more than {memory:.0f} MB")


def _ends(clients: list[socket], patience: float) -> Iterator[tuple[float, bytes]]:
    """When each client was spoken to, and what it was told."""
    with selectors.DefaultSelector() as waiting:
        for client in clients:
            waiting.register(client, selectors.EVENT_READ)
        deadline = time.monotonic() + patience
        while waiting.get_map() and time.monotonic() < deadline:
            for key, _ in waiting.select(deadline - time.monotonic()):
                waiting.unregister(key.fileobj)
                with suppress(ConnectionResetError):
                    yield time.monotonic(), key.fileobj.recv(1000)  # type: ignore[union-attr]
