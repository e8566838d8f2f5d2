"""What the checks of the container share: saying what was seen, and running the image as a hospital would."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socket import create_server

ROOT = Path(__file__).parent.parent
IMAGE = "localhost/leukocds:check"
HARDENED = [
    *("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "10001:10001"),
    # what a machine without systemd needs; none of it gives the container anything
    *("--runtime", "runc", "--network", "host", "--no-healthcheck"),
    *("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"),
]

said: list[str] = []
failed: list[str] = []


def say(kind: str, text: str) -> None:
    line = f"{kind:<7} {text}"
    said.append(line)
    print(line, flush=True)


def hold(claim: str, holds: bool, seen: object = "") -> None:
    """One claim: it holds, or the check fails with what was seen instead."""
    say("ok" if holds else "FAILED", claim if holds else f"{claim}: {seen}")
    if not holds:
        failed.append(claim)


def run(*command: str, ok: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if ok and done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done


# --- running --------------------------------------------------------------------------------------------


@contextmanager
def container(*options: str, settings: dict[str, str]) -> Iterator[tuple[str, int]]:
    """A container that runs hardened, as its name and port; it is gone afterwards."""
    with create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    name = f"leukocds-check-{port}"
    command = ["podman", "run", "--detach", "--name", name, *HARDENED, *options]
    for variable, value in (settings | {"LEUKOCDS_PORT": str(port)}).items():
        command += ["--env", f"{variable}={value}"]
    run(*command, IMAGE)
    try:
        yield name, port
    finally:
        run("podman", "rm", "--force", "--volumes", "--time", "1", name, ok=False)


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def wait_until_ready(port: int) -> float:
    """Seconds until ``/readyz`` answers 200; at most a minute."""
    start = time.monotonic()
    while time.monotonic() < start + 60:
        with suppress(OSError, HTTPException):
            if get(port, "/readyz")[0] == 200:
                return time.monotonic() - start
        time.sleep(0.02)
    sys.exit("the container did not become ready")
