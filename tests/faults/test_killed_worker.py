"""A process of the service is killed in the middle of its work."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from socket import create_connection, socket

import pytest

from tests.faults.serving import Service, post, raw, serving, story, wait_until

pytestmark = pytest.mark.faults


def _half_sent(service: Service, half: bytes, open_ones: ExitStack) -> list[socket]:
    """Clients that have sent the half of a request each, spread over the processes as they come."""
    clients = []
    for _ in range(32):
        client = open_ones.enter_context(create_connection(("127.0.0.1", service.port), timeout=30))
        client.sendall(half)
        clients.append(client)
    return clients


def test_a_killed_process_takes_only_its_own_requests_with_it_and_none_becomes_an_answer(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    request = raw(story())
    half, rest = request[: len(request) // 2], request[len(request) // 2 :]
    with serving(tmp_path, workers=2) as service, ExitStack() as open_ones:
        clients = _half_sent(service, half, open_ones)
        victim, other = service.workers()
        with closing(HTTPConnection("127.0.0.1", service.port, timeout=30)) as connection:
            assert 200 == post(connection, story())[0]  # by now the halves have been read

        os.kill(victim, signal.SIGKILL)
        recovered = wait_until(
            lambda: len(service.workers()) == 2 and victim not in service.workers()  # a new one stands in
        )
        answers = [_rest(client, rest) for client in clients]
        with closing(HTTPConnection("127.0.0.1", service.port, timeout=30)) as connection:
            status, body = post(connection, story())

        assert other in service.workers()
    answered = [answer for answer in answers if answer]
    assert [] == [answer for answer in answered if not _is_whole(answer)]
    assert (200, True) == (status, b'"critical"' in body)
    tell(
        f"{len(answered)} of 32 requests under way answered by the other process, "
        f"{len(answers) - len(answered)} connections broken, no answer cut; replaced after {recovered:.2f} s"
    )


def test_the_only_process_is_replaced_and_answers_on(tmp_path: Path, tell: Callable[[str], None]) -> None:
    with serving(tmp_path, workers=1) as service:
        (victim,) = service.workers()
        os.kill(victim, signal.SIGKILL)

        def answers() -> bool:
            with closing(HTTPConnection("127.0.0.1", service.port, timeout=5)) as connection:
                return victim not in service.workers() and post(connection, story())[0] == 200

        tell(f"the next answer {wait_until(answers):.2f} s after the kill")


def _rest(client: socket, rest: bytes) -> bytes:
    """What came back when the rest was sent; nothing if the connection is broken."""
    try:
        client.sendall(rest)
        return b"".join(iter(lambda: client.recv(65536), b""))
    except (BrokenPipeError, ConnectionResetError):
        return b""


def _is_whole(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.startswith(b"HTTP/1.1 200") and b'"critical"' in body and body.endswith(b"}")
