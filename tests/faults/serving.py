"""A real service on this machine, in processes of its own, and clients that speak to it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import MappingProxyType

from cds.settings import PREFIX
from cds.stories import Story, load_story
from tests.source_code import ROOT

PATIENCE = 60  # seconds until a service has to be up, or gone


@dataclass(frozen=True)
class Service:
    """One that runs.

    Attributes:
        process: its master.
        port: on 127.0.0.1.
        log: where its log goes, one JSON object per line.
    """

    process: subprocess.Popen[str]
    port: int
    log: Path

    def workers(self) -> list[int]:
        """The process ids of those that answer."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]


@contextmanager
def serving(
    folder: Path,
    workers: int = 1,
    threads: int = 16,
    program: Sequence[str] = (sys.executable, "-m", "cds"),
    environment: Mapping[str, str] = MappingProxyType({}),
    **settings: str,
) -> Iterator[Service]:
    """The service, started with ``settings`` (by field name) and writing into ``folder``; then stopped."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    wanted = {"port": "0", "workers": str(workers), "threads": str(threads), **settings}
    wanted.setdefault("database_url", f"sqlite:///{folder}/leukocds.sqlite")
    ours = {f"{PREFIX}{name.upper()}": value for name, value in wanted.items()}
    log = folder / "log"
    with (
        log.open("w") as lines,
        subprocess.Popen(
            [*program, "serve"],
            cwd=ROOT,
            env={**inherited, **ours, **environment},
            stdout=lines,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        try:
            service = Service(process, _port_of(process), log)
            wait_until(lambda: len(service.workers()) == workers)
            yield service
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _port_of(process: subprocess.Popen[str]) -> int:
    said = ""
    for line in process.stderr or ():
        said += line
        if found := re.search(r"listens on http://\S+:(\d+)/cds-services", line):
            return int(found[1])
    raise AssertionError(f"the service did not start: {said}")


def story(name: str = "methimazole-reordered-at-anc-0.3") -> Story:
    """A story of ``fixtures``, told now."""
    return load_story(ROOT / "fixtures" / name, datetime.now(UTC))


def post(connection: HTTPConnection, told: Story) -> tuple[int, bytes]:
    """Status and body of the answer to a story."""
    connection.request(
        "POST", f"/cds-services/{told.service}", told.request, {"Content-Type": "application/json"}
    )
    answer = connection.getresponse()
    return answer.status, answer.read()


def raw(told: Story) -> bytes:
    """The same request as the bytes that travel."""
    head = (
        f"POST /cds-services/{told.service} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(told.request)}\r\n\r\n"
    )
    return head.encode() + told.request


def wait_until(holds: Callable[[], bool], patience: float = PATIENCE) -> float:
    """Seconds until ``holds()`` is true; it is asked again and again, and may fail to reach the service."""
    start = time.monotonic()
    while time.monotonic() < start + patience:
        try:
            if holds():
                return time.monotonic() - start
        except (OSError, HTTPException):
            pass
        time.sleep(0.005)
    raise AssertionError(f"not within {patience} s")
