"""The real server: SIGHUP reads knowledge and callers again, and a mistake in them changes nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import pytest
import requests

from tests.hooks.jwk_sets import Key, key_set
from tests.hooks.key_server import key_server
from tests.knowledge.overlays import write_overlay

PATIENCE = 60  # seconds; a reload takes one
COLD = '[limits.fever]\ncelsius = 38.3\nsources = ["own-standard"]\n'


@dataclass
class Serving:
    process: subprocess.Popen[str]
    address: str
    log: IO[str]

    def readiness(self) -> dict[str, Any]:
        response = requests.get(f"{self.address}/readyz", timeout=PATIENCE)
        assert 200 == response.status_code
        return dict(response.json())

    def reload(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def workers(self) -> str:
        """The processes that answer."""
        pid = self.process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text()

    def logged(self, event: str) -> dict[str, Any]:
        """The next line of the log about ``event``."""
        for line in self.log:
            told = json.loads(line)
            if told["event"] == event:
                return dict(told)
        raise AssertionError(f"the server ended without {event}")

    def answers_with(self, version: str, times: int = 20) -> bool:
        """Whether, before patience ends, so many answers in a row come from this version."""
        deadline, in_a_row = time.monotonic() + PATIENCE, 0
        while in_a_row < times and time.monotonic() < deadline:
            in_a_row = in_a_row + 1 if self.readiness()["knowledge"] == version else 0
        return in_a_row == times


@contextmanager
def serving(house: Path | None = None, **settings: str) -> Iterator[Serving]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LEUKOCDS_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "cds", "serve", "--port", "0"],
        env=inherited
        | {"LEUKOCDS_DATABASE_URL": "memory", "LEUKOCDS_KNOWLEDGE_OVERLAY": str(house or "")}
        | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        assert process.stdout is not None
        for line in process.stderr:
            if found := re.search(r"listens on (http://\S+)/cds-services", line):
                yield Serving(process, found[1], process.stdout)
                break
        else:
            pytest.fail("the server did not start")
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def test_sighup_brings_new_knowledge_to_every_process(tmp_path: Path) -> None:
    house = write_overlay(tmp_path / "house")
    with serving(house, LEUKOCDS_WORKERS="2") as server:
        before = server.readiness()
        write_overlay(house, COLD)
        server.reload()
        reloaded = server.logged("reloaded")["knowledge"]

        assert ("ready", "Klinikum Süd 2") == (before["status"], before["overlay"])
        assert before["knowledge"] != reloaded
        assert server.answers_with(reloaded)


def test_a_mistake_is_logged_and_the_old_knowledge_stays(tmp_path: Path) -> None:
    house = write_overlay(tmp_path / "house")
    with serving(house) as server:
        before, workers = server.readiness()["knowledge"], server.workers()
        write_overlay(house, COLD.replace("38.3", '"hot"') + '[[off]]\ndrug = "water"\nwhy = "not used"\n')
        server.reload()
        problems = [server.logged("reload refused") for _ in range(2)]

        assert {before} == {problem["knowledge"] for problem in problems}
        assert [
            f"{house}/overlay.toml: limits.fever.celsius: a number is needed, without quotation marks",
            f'{house}/overlay.toml: off[0].drug: there is no drug "water"',
        ] == [problem["problem"] for problem in problems]
        assert server.answers_with(before)
        assert workers == server.workers(), "There was nothing new for them."

        write_overlay(house, COLD)
        server.reload()

        assert server.answers_with(server.logged("reloaded")["knowledge"])


def test_what_is_silenced_and_overdue_is_said_at_the_start(tmp_path: Path) -> None:
    house = write_overlay(
        tmp_path / "house", '[[off]]\nrule = "order-risk/pair"\nwhy = "Our own alert says it."\n'
    )
    path = house / "overlay.toml"
    path.write_text(
        path.read_text("utf-8").replace("2026-11-01", "2020-01-01").replace("2027-11-01", "2021-01-01"),
        "utf-8",
    )
    with serving(house) as server:
        first, second = (server.logged("warning")["warning"] for _ in range(2))

    assert re.fullmatch(
        rf"\d+ reviews of the knowledge are overdue, the longest that of {path} since 2021-01-01\.", first
    )
    assert "Klinikum Süd 2 has switched off the rule order-risk/pair: Our own alert says it." == second


def test_a_mistake_at_the_start_keeps_the_service_from_starting(tmp_path: Path) -> None:
    house = write_overlay(tmp_path / "house", '[[off]]\ndrug = "water"\nwhy = "not used"\n')
    with pytest.raises(pytest.fail.Exception, match="did not start"), serving(house):
        pass


BASE = "https://cds.example.org"
ISSUER = "https://fhir.north.example.org"
VIEW = "/cds-services/leuko-patient-view"
EMPTY = dict.fromkeys(("counts-total", "counts-neutrophils", "counts-lymphocytes"))
BODY = {
    "hook": "patient-view",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"patientId": "1", "userId": "Practitioner/p1"},
    "prefetch": EMPTY,
}


def _call(server: Serving, key: Key) -> int:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": BASE + VIEW, "iat": now, "exp": now + 300, "jti": str(uuid4())}
    headers = {"Authorization": f"Bearer {key.sign(claims)}"}
    return requests.post(server.address + VIEW, json=BODY, headers=headers, timeout=PATIENCE).status_code


def _production(folder: Path, keys: str) -> dict[str, str]:
    """Settings for one caller whose keys are there."""
    (folder / "tenants.toml").write_text(f'[[tenant]]\nname = "north"\nissuer = "{ISSUER}"\n{keys}\n')
    return {
        "LEUKOCDS_ENV": "production",
        "LEUKOCDS_PUBLIC_URL": BASE,
        "LEUKOCDS_TENANTS": str(folder / "tenants.toml"),
        "LEUKOCDS_DATABASE_URL": f"sqlite:///{folder}/records.sqlite",
    }


def test_a_reload_takes_no_keys_away_while_their_address_is_away(tmp_path: Path) -> None:
    key = Key("k1")
    with key_server(tmp_path) as (ehr, certificate):
        ehr.document = key_set(key)
        settings = _production(tmp_path, f'jwks_url = "{ehr.url}"')
        with serving(**settings, LEUKOCDS_CA_FILE=str(certificate)) as server:
            ehr.status = 503
            server.reload()

            assert "the keys of north cannot be fetched" in server.logged("reload refused")["problem"]
            assert 200 == _call(server, key)

            ehr.status = 200
            server.reload()

            assert server.logged("reloaded")


def test_who_had_no_keys_before_keeps_nobody_from_a_reload(tmp_path: Path) -> None:
    with key_server(tmp_path) as (ehr, certificate):
        ehr.status = 503
        settings = _production(tmp_path, f'jwks_url = "{ehr.url}"')
        with serving(**settings, LEUKOCDS_CA_FILE=str(certificate)) as server:
            server.reload()

            assert server.logged("reloaded")


def test_sighup_brings_new_callers_and_a_mistake_keeps_the_old(tmp_path: Path) -> None:
    old, new = Key("old"), Key("new")
    file, keys = tmp_path / "tenants.toml", tmp_path / "keys.json"
    production = _production(tmp_path, 'jwks_file = "keys.json"')
    table = file.read_text()
    keys.write_text(json.dumps(key_set(old)))
    with serving(**production) as server:
        assert (200, 401) == (_call(server, old), _call(server, new))

        file.write_text(f'{table}fail = "empty"\n')
        server.reload()

        assert "would look like all clear" in server.logged("reload refused")["problem"]
        assert (200, 401) == (_call(server, old), _call(server, new))

        file.write_text(table)
        keys.write_text(json.dumps(key_set(new)))
        workers = server.workers()
        server.reload()
        server.logged("reloaded")
        deadline = time.monotonic() + PATIENCE
        while set(workers.split()) & set(server.workers().split()) and time.monotonic() < deadline:
            server.readiness()

        assert (401, 200) == (_call(server, old), _call(server, new))
