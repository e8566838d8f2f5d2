"""The image as the manifests run it: production, PostgreSQL, secrets as files, two replicas."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from deploy.trying import HARDENED, IMAGE, ROOT, container, get, hold, run, say, wait_until_ready
from tests.faults.production import PUBLIC, SERVICE, Hospital, hospital
from tests.faults.serving import story
from tests.postgres import find_binaries, running_postgres

BASE = ROOT / "deploy" / "kubernetes" / "base"


def check_production() -> None:
    """Says loudly if there is no PostgreSQL to check it with."""
    if find_binaries() is None:
        print("SKIPPED: production was NOT checked: PostgreSQL is not installed.", file=sys.stderr)
        return
    with running_postgres() as server, _secrets(server.new_database("container")) as (hospital_, folder):
        mounts = ["--volume", f"{folder}:/run/secrets/leukocds:ro", "--volume", f"{folder}:/etc/leukocds:ro"]
        settings = _settings()
        upgrade = ["podman", "run", "--rm", *HARDENED, *mounts]
        upgrade += [each for name, value in settings.items() for each in ("--env", f"{name}={value}")]
        with ThreadPoolExecutor(2) as both:
            done = [*both.map(lambda _: run(*upgrade, IMAGE, "database", "upgrade", ok=False), range(2))]
        hold(
            "two that upgrade PostgreSQL at once both succeed",
            [each.returncode for each in done] == [0, 0],
            [each.stderr for each in done],
        )
        with ExitStack() as replicas:
            ports = [replicas.enter_context(container(*mounts, settings=settings))[1] for _ in range(2)]
            say("figure", f"two replicas on PostgreSQL ready after {max(map(wait_until_ready, ports)):.1f} s")
            _check_callers(hospital_, ports)


def _check_callers(hospital_: Hospital, ports: list[int]) -> None:
    first, second = ports
    token = hospital_.signer.token(PUBLIC + SERVICE)
    stranger = _post(first, {})
    known = _post(first, hospital_.headers(token=token))
    again = [_post(port, hospital_.headers(token=token))[0] for port in ports]
    hold("a stranger gets an empty 401", stranger == (401, b""), stranger)
    hold("a known caller gets its cards", known[0] == 200 and b'"critical"' in known[1], known)
    hold("its token is taken once by both replicas together", again == [401, 401], again)
    hold("no page of the sandbox is in production", get(second, "/sandbox")[0] == 404)
    hold("no numbers are told on the port of the EHRs", get(second, "/metrics")[0] == 404)


def _post(port: int, headers: dict[str, str]) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", SERVICE, story().request, {"Content-Type": "application/json"} | headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def _settings() -> dict[str, str]:
    """Those of the manifests; two replicas on one machine cannot share a port for their metrics."""
    lines = (BASE / "settings.env").read_text("utf-8").splitlines()
    settings = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return settings | {"LEUKOCDS_PUBLIC_URL": PUBLIC, "LEUKOCDS_METRICS_PORT": "0"}


@contextmanager
def _secrets(database_url: str) -> Iterator[tuple[Hospital, Path]]:
    """What the Secret and the ConfigMaps of the manifests hold, in one folder that the container may read."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known = hospital(folder, database_url)
        (folder / "database-url").write_text(database_url)
        (folder / "switches.toml").write_bytes((BASE / "switches.toml").read_bytes())
        for path in (folder, *folder.iterdir()):
            path.chmod(0o755)
        yield known, folder
