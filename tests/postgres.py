"""A real PostgreSQL for tests: Debian's binaries, in a folder of its own, on a free port of this machine.

It is never run by root, who is refused: then ``postgres`` (as Debian's package makes it) runs it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest

PATIENCE = 60
_USER = "leuko"


def find_binaries() -> Path | None:
    """Where ``initdb`` and ``pg_ctl`` are; the newest, if there are several."""
    on_path = shutil.which("pg_ctl")
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name))
    found = [place for place in places if (place / "pg_ctl").exists()]
    return found[-1] if found else Path(on_path).parent if on_path else None


@dataclass(frozen=True)
class Postgres:
    """A server; every database in it is for one test alone."""

    binaries: Path
    folder: Path
    port: int

    def url(self, name: str = "postgres") -> str:
        """The address of the database of that name."""
        return f"postgresql+psycopg://{_USER}@127.0.0.1:{self.port}/{name}"

    def new_database(self, name: str) -> str:
        """Make an empty database; its address."""
        dsn = f"host=127.0.0.1 port={self.port} user={_USER} dbname=postgres"
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=400"
        self._run("pg_ctl", "--wait", f"--log={self.folder}/log", "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it; ``immediate`` is a crash."""
        self._run("pg_ctl", "--wait", f"--mode={mode}", "stop")

    def hang(self) -> None:
        """From now on it says nothing, and keeps its connections."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """It says what it did not."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        master = int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        tasks = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        for process in (master, *map(int, tasks)):
            os.kill(process, number)

    def make(self) -> None:
        """Make its files."""
        self._run("initdb", f"--username={_USER}", "--auth=trust", "--encoding=UTF8", "--no-sync")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.binaries / program), f"--pgdata={self.folder}/data", *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE, cwd=self.folder)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server that is started now and gone afterwards; the test is skipped where there is no PostgreSQL."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("NO POSTGRESQL ON THIS MACHINE (apt-get install postgresql): nothing of it was tried")
    folder = Path(mkdtemp(prefix="leukocds-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = Postgres(binaries, folder, port)
    try:
        server.make()
        server.start()
        try:
            yield server
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                server.stop("immediate")
    finally:
        shutil.rmtree(folder)
