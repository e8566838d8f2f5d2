"""The real server: it says where it listens, answers over a socket, and drains when told to stop."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import requests

PATIENCE = 60  # seconds; the server is up within two
BODY = {
    "hook": "patient-view",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"patientId": "1", "userId": "Practitioner/p1"},
    "prefetch": {"counts-total": None, "counts-neutrophils": None, "counts-lymphocytes": None},
}


@dataclass
class Serving:
    process: subprocess.Popen[str]
    address: str

    @property
    def host_and_port(self) -> tuple[str, int]:
        host, port = self.address.removeprefix("http://").split(":")
        return host, int(port)


def _environment(**settings: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LEUKOCDS_")}
    return inherited | {"LEUKOCDS_DATABASE_URL": "memory"} | settings


@contextmanager
def _serving(**settings: str) -> Iterator[Serving]:
    process = subprocess.Popen(
        [sys.executable, "-m", "cds", "serve", "--port", "0"],
        env=_environment(**settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            found = re.search(r"listens on (http://\S+)/cds-services", line)
            if found:
                yield Serving(process, found[1])
                break
        else:
            pytest.fail("the server did not start")
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def _exchange(serving: Serving, sent: bytes) -> bytes:
    with socket.create_connection(serving.host_and_port, timeout=PATIENCE) as line:
        line.sendall(sent)
        answer = b""
        while chunk := line.recv(10_000):
            answer += chunk
        return answer


def test_it_answers_over_http_and_refuses_in_its_own_words() -> None:
    with _serving() as serving:
        session = requests.Session()
        url = f"{serving.address}/cds-services"
        discovery = session.get(url, timeout=PATIENCE)
        answer = session.post(f"{url}/leuko-patient-view", json=BODY, timeout=PATIENCE)
        large = session.post(
            f"{url}/leuko-patient-view",
            data=b'{"x":"' + b"x" * 30_000_000 + b'"}',
            headers={"Content-Type": "application/json"},
            timeout=PATIENCE,
        )
        chunked = session.post(
            f"{url}/leuko-patient-view",
            data=iter([b"x" * 1_000_000] * 8),
            headers={"Content-Type": "application/json"},
            timeout=PATIENCE,
        )
        garbage = _exchange(serving, b"NO SUCH THING\r\n\r\n")
        bad_chunk = _exchange(
            serving,
            b"POST /cds-services/leuko-patient-view HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n",
        )
        again = session.post(f"{url}/leuko-patient-view", json=BODY, timeout=PATIENCE)

    assert 3 == len(discovery.json()["services"])
    assert (200, {"cards": []}) == (answer.status_code, answer.json())
    assert [413, 413] == [large.status_code, chunked.status_code]
    for refused in (garbage, bad_chunk):
        assert refused.startswith(b"HTTP/1.1 400 ")
        assert "OperationOutcome" == json.loads(refused.partition(b"\r\n\r\n")[2])["resourceType"]
    assert 200 == again.status_code


def test_a_request_under_way_is_answered_before_it_stops() -> None:
    """SIGTERM in the middle of a request: the answer still comes, and the server ends with status 0."""
    body = json.dumps(BODY).encode()
    head = (
        f"POST /cds-services/leuko-patient-view HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    with _serving() as serving, socket.create_connection(serving.host_and_port, timeout=PATIENCE) as line:
        line.sendall(head + body[:20])
        assert 200 == requests.get(f"{serving.address}/healthz", timeout=PATIENCE).status_code
        serving.process.send_signal(signal.SIGTERM)
        rest = threading.Timer(0.3, line.sendall, [body[20:]])
        rest.start()
        answer = b""
        while b'{"cards":[]}' not in answer and (chunk := line.recv(10_000)):
            answer += chunk
        rest.join()
        status = serving.process.wait(timeout=PATIENCE)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b'{"cards":[]}')
    assert 0 == status


def test_a_port_that_is_taken_is_said_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "-m", "cds", "serve", "--port", str(port)],
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    assert (1, "") == (ended.returncode, ended.stdout)
    assert [f"cannot listen on 127.0.0.1:{port}: Address already in use"] == [
        line.partition(";")[0] for line in ended.stderr.splitlines()
    ]


def test_several_processes_answer_and_the_log_is_json() -> None:
    with _serving(LEUKOCDS_WORKERS="2") as serving:
        url = f"{serving.address}/cds-services/leuko-patient-view"
        statuses = {requests.post(url, json=BODY, timeout=PATIENCE).status_code for _ in range(8)}
        serving.process.send_signal(signal.SIGTERM)
        log, _ = serving.process.communicate(timeout=PATIENCE)

    lines: list[dict[str, Any]] = [json.loads(line) for line in log.splitlines()]
    assert {200} == statuses
    assert "listening" == lines[0]["event"]
    assert 8 == sum(line["event"] == "answered" for line in lines)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"LEUKOCDS_HOST": "0.0.0.0"}, "LEUKOCDS_SANDBOX_ANYWHERE=1"),
        ({"LEUKOCDS_ENV": "production", "LEUKOCDS_PUBLIC_URL": "https://x.example.org"}, "LEUKOCDS_TENANTS"),
        (
            {
                "LEUKOCDS_ENV": "production",
                "LEUKOCDS_PUBLIC_URL": "https://x.example.org",
                "LEUKOCDS_TENANTS": "/nowhere/tenants.toml",
            },
            "/nowhere/tenants.toml cannot be read",
        ),
    ],
)
def test_what_is_unsafe_does_not_start(settings: dict[str, str], said: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "cds", "serve", "--port", "0"],
        env=_environment(**settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert 1 == result.returncode
    assert said in result.stderr
    assert "Traceback" not in result.stderr
