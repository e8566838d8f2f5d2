"""How long the service takes to be ready, as a multiple of what ``python -c "import flask"`` takes.

    python bench/start.py [--rounds 9]

Measured is what somebody waits for: from starting the process, with the whole knowledge and a database that
is there already, to the first 200 of ``/readyz``. Both are started in turn, so that the ratio means
something where seconds do not; it is that of processor time, since what neighbours on the machine do does not
count. The service's has its end in it too.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.request import urlopen

SERVE = [sys.executable, "-m", "cds", "serve", "--port", "0"]
FLASK = [sys.executable, "-c", "import flask"]


@dataclass(frozen=True, slots=True)
class Start:
    """Milliseconds (medians, ``best_ms`` the least, ``cpu_ms`` of the processor), and the rounds' ratio."""

    cpu_ms: float
    ready_ms: float
    best_ms: float
    least: float
    median: float
    most: float

    def __str__(self) -> str:
        ratio = f"{self.median:.1f} ({self.least:.1f} to {self.most:.1f})"
        return (
            f"Ready after {self.ready_ms:,.0f} ms ({self.best_ms:,.0f} at best); {self.cpu_ms:,.0f} ms of"
            f" processor time, {ratio} times what importing flask takes."
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="How long the service takes to be ready.")
    parser.add_argument("--rounds", type=int, default=9, help="starts of each")
    print(measure_start(parser.parse_args().rounds))


def measure_start(rounds: int) -> Start:
    """Start both so many times, in turn."""
    with TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LEUKOCDS_")}
        environment["LEUKOCDS_DATABASE_URL"] = f"sqlite:///{Path(folder) / 'records.sqlite'}"
        _serve(environment)  # makes the database, and warms the disk's cache
        flask, ready = [], []
        for _ in range(rounds):
            flask.append(_measure(_import_flask))
            ready.append(_measure(lambda: _serve(environment)))
    ratios = [served.cpu / imported.cpu for imported, served in zip(flask, ready, strict=True)]
    return Start(
        cpu_ms=round(statistics.median(each.cpu for each in ready)),
        ready_ms=round(statistics.median(each.wall for each in ready)),
        best_ms=round(min(each.wall for each in ready)),
        least=round(min(ratios), 2),
        median=round(statistics.median(ratios), 2),
        most=round(max(ratios), 2),
    )


class _Took(NamedTuple):
    wall: float  # milliseconds
    cpu: float


def _serve(environment: dict[str, str]) -> float:
    """Start the service and stop it again; when it was ready."""
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(SERVE, env=environment, text=True, **pipes) as service:
        try:
            for line in service.stderr or ():
                if found := re.search(r"listens on (http://\S+)/cds-services", line):
                    urlopen(f"{found[1]}/readyz", timeout=10).close()  # waits; raises unless it is 200
                    return time.perf_counter()
        finally:
            service.terminate()
    raise SystemExit("the service did not start")


def _import_flask() -> float:
    subprocess.run(FLASK, check=True)
    return time.perf_counter()


def _measure(call: Callable[[], float]) -> _Took:
    start, before = time.perf_counter(), getrusage(RUSAGE_CHILDREN)
    wall = call() - start
    after = getrusage(RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return _Took(wall * 1e3, cpu * 1e3)


if __name__ == "__main__":
    main()
