"""The check that a container runs on itself."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from cds.health import find_sickness
from cds.settings import Settings


class Answering(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), type("Handler", (Answering,), {})) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_service_that_answers_is_healthy_also_if_it_listens_everywhere(
    service: HTTPServer, host: str
) -> None:
    assert "" == find_sickness(Settings(host=host, port=service.server_port))


def test_an_error_is_no_health(service: HTTPServer) -> None:
    service.RequestHandlerClass.status = 500  # type: ignore[attr-defined]

    assert "/healthz answers 500" == find_sickness(Settings(port=service.server_port))


def test_nobody_there_is_no_health() -> None:
    with socket.socket() as taken:  # bound, and not listening
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        assert f"no answer from 127.0.0.1:{port}: ConnectionRefusedError" == find_sickness(
            Settings(port=port)
        )


def test_silence_is_no_health() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]

        assert f"no answer from 127.0.0.1:{port}: TimeoutError" == find_sickness(Settings(port=port), 0.05)


def test_the_command_ends_with_one_and_says_why() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "cds.health"],
            env={"LEUKOCDS_PORT": port},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    assert (1, f"no answer from 127.0.0.1:{port}: ConnectionRefusedError\n") == (done.returncode, done.stderr)
