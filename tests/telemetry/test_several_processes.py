"""Several real processes: every request counts once, whoever answered it and died; switches hold in all."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from prometheus_client.parser import text_string_to_metric_families

from tests.faults.serving import PATIENCE, Service, post, serving, story, wait_until

DECISIONS = {"action": "decision", "hook": "order-sign", "outcome": "cards", "tenant": "sandbox"}


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        return int(listening.getsockname()[1])


def get(port: int, path: str, host: str = "localhost") -> tuple[int, str]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def metrics(port: int) -> dict[str, dict[frozenset[tuple[str, str]], float]]:
    """Samples by name and labels, read as Prometheus reads them."""
    status, page = get(port, "/metrics")
    assert 200 == status
    samples: dict[str, dict[frozenset[tuple[str, str]], float]] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            assert "pid" not in sample.labels
            samples.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return samples


def decisions(port: int) -> float:
    return metrics(port).get("leukocds_requests_total", {}).get(frozenset(DECISIONS.items()), 0.0)


def ask(service: Service, times: int) -> None:
    """So many requests, each on a connection of its own, eight at a time."""

    def one(_: int) -> int:
        with closing(HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)) as connection:
            return post(connection, story())[0]

    with ThreadPoolExecutor(8) as threads:
        assert {200} == {*threads.map(one, range(times))}


def reloads(service: Service) -> float:
    counted = metrics(service.port).get("leukocds_reloads_total", {})
    return counted.get(frozenset({("result", "ok")}), 0.0)


def test_the_sum_over_all_processes_outlives_each_of_them(tmp_path: Path) -> None:
    """Also one that is killed, and all of them at a reload; and with them go their files."""
    with serving(tmp_path, workers=3) as service:
        ask(service, 30)
        assert 30 == decisions(service.port)

        victim = service.workers()[0]
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: len(service.workers()) == 3 and victim not in service.workers())
        assert 30 == decisions(service.port)
        ask(service, 10)

        before = {*service.workers()}
        service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(service.workers()) == 3 and not before & {*service.workers()})
        assert 1 == reloads(service)
        assert 40 == decisions(service.port)
        ask(service, 5)

        samples = metrics(service.port)
        cards = sum(samples["leukocds_cards_total"].values())
        seconds = samples["leukocds_request_duration_seconds_count"]
        (folder,) = folders_of(service)
        wait_until(lambda: not files_of(folder, {victim, *before}))
        assert 45 == decisions(service.port)
        assert 45 == seconds[frozenset({("action", "decision"), ("hook", "order-sign")})]
        assert 0 == cards % 45 < cards
        assert {0.0} == {*samples["leukocds_requests_in_progress"].values()}
        assert {48.0} == {*samples["leukocds_threads"].values()}
    assert not folder.exists()


def lost(service: Service) -> float:
    return metrics(service.port)["leukocds_processes_lost_total"][frozenset()]


def is_replaced(service: Service, victim: int, workers: int = 2) -> bool:
    return len(service.workers()) == workers and victim not in service.workers()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGABRT], ids=["killed", "hung"])
def test_a_process_that_ends_unasked_is_lost(tmp_path: Path, how: signal.Signals) -> None:
    """By the memory's end, say; or because it did not move, which gunicorn ends with SIGABRT."""
    with serving(tmp_path, workers=2) as service:
        assert 0 == lost(service)
        for times in (1, 2):
            victim = service.workers()[0]
            os.kill(victim, how)
            wait_until(lambda victim=victim: is_replaced(service, victim))
            wait_until(lambda times=times: lost(service) == times)


WITHOUT_A_THREAD = """
import pathlib
from cds.cli import main
from cds.worker import Worker

fault, enqueue = pathlib.Path({fault!r}), Worker.enqueue_req

def enqueue_req(worker, connection):
    if fault.exists():
        fault.unlink()
        raise RuntimeError("can't start new thread")
    return enqueue(worker, connection)

Worker.enqueue_req = enqueue_req
main(prog_name="leukocds")
"""


def test_a_process_that_dies_of_a_fault_outside_of_a_request_is_lost(tmp_path: Path) -> None:
    fault = tmp_path / "fault"
    program = (sys.executable, "-c", WITHOUT_A_THREAD.format(fault=str(fault)))
    with serving(tmp_path, program=program) as service:
        (victim,) = service.workers()
        fault.touch()
        with pytest.raises(ConnectionError):
            get(service.port, "/healthz")
        wait_until(lambda: is_replaced(service, victim, workers=1))

        wait_until(lambda: lost(service) == 1)


def test_a_process_that_was_told_to_end_is_not_lost(tmp_path: Path) -> None:
    with serving(tmp_path, workers=2) as service:
        before = {*service.workers()}
        service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(service.workers()) == 2 and not before & {*service.workers()})
        victim = service.workers()[0]
        os.kill(victim, signal.SIGTERM)
        wait_until(lambda: is_replaced(service, victim))
        (folder,) = folders_of(service)
        wait_until(lambda: not files_of(folder, {victim, *before}))  # they are buried, and counted by then

        assert 0 == lost(service)


def test_cards_that_a_process_could_not_write_before_it_ended_are_counted(tmp_path: Path) -> None:
    """Of its own accord or not: here at a reload, while somebody else holds the database."""
    with serving(tmp_path, workers=1) as service:
        ask(service, 1)  # whatever has to be made is made
        with closing(sqlite3.connect(tmp_path / "leukocds.sqlite", isolation_level=None)) as holding:
            wait_until(lambda: metrics(service.port)["leukocds_records_waiting"][frozenset()] == 0)
            holding.execute("BEGIN IMMEDIATE")
            ask(service, 3)
            before = {*service.workers()}
            service.process.send_signal(signal.SIGHUP)
            wait_until(lambda: len(service.workers()) == 1 and not before & {*service.workers()})

        wait_until(lambda: metrics(service.port)["leukocds_records_dropped_total"][frozenset()] == 3)
        assert '"records lost"' in service.log.read_text()


def folders_of(service: Service) -> list[Path]:
    """The private folders that this service has open files in."""
    maps = Path(f"/proc/{service.workers()[0]}/maps").read_text()
    return sorted({Path(line.split()[-1]).parent for line in maps.splitlines() if line.endswith(".db")})


def files_of(folder: Path, pids: set[int]) -> list[str]:
    return [path.name for path in folder.glob("*.db") if path.stem.rpartition("_")[2] in {*map(str, pids)}]


def test_the_folder_is_private_and_what_a_killed_service_left_is_cleared_away(tmp_path: Path) -> None:
    with serving(tmp_path, workers=1) as service:
        ask(service, 1)
        (left,) = folders_of(service)
        worker = service.workers()[0]
        assert 0o700 == left.stat().st_mode & 0o777
        service.process.kill()
        os.kill(worker, signal.SIGKILL)
        service.process.wait(PATIENCE)

    with serving(tmp_path, workers=1) as service:
        assert 0 == decisions(service.port)
        assert not left.exists()


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    key = ec.generate_private_key(ec.SECP384R1()).public_key()
    jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key)) | {"kid": "k1"}
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [jwk]}))
    (tmp_path / "tenants.toml").write_text(
        '[[tenant]]\nname = "north"\nissuer = "https://north.example.org"\njwks_file = "keys.json"\n'
    )
    return {
        "env": "production",
        "tenants": str(tmp_path / "tenants.toml"),
        "public_url": "https://cds.example.org/leuko",
    }


def test_in_production_metrics_have_a_door_of_their_own_with_nothing_else_behind_it(
    tmp_path: Path, production: dict[str, str]
) -> None:
    port = free_port()
    with serving(tmp_path, workers=2, metrics_port=str(port), **production) as service:
        assert 404 == get(service.port, "/metrics")[0]
        assert 404 == get(service.port, "/leuko/metrics")[0]
        # the port of the socket decides, not what the request says of itself
        assert 404 == get(service.port, "/metrics", host=f"localhost:{port}")[0]
        assert [200, 200] == [get(port, path)[0] for path in ("/healthz", "/readyz")]
        assert [404, 404] == [get(port, path)[0] for path in ("/cds-services", "/about/source-attributes")]
        with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
            assert 404 == post(connection, story())[0]
        with closing(HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)) as connection:
            assert 401 == post(connection, story())[0]

        samples = metrics(port)
        assert 1 == samples["leukocds_tokens_refused_total"][frozenset({("reason", "no-token")})]
        (info,) = samples["leukocds_knowledge_info"]
        assert dict(info)["version"] == json.loads(get(port, "/readyz")[1])["knowledge"]


def test_in_production_without_a_port_of_their_own_there_are_none(
    tmp_path: Path, production: dict[str, str]
) -> None:
    with serving(tmp_path, **production) as service:
        assert 404 == get(service.port, "/metrics")[0]


def test_a_changed_switches_file_holds_in_every_process_without_a_signal(tmp_path: Path) -> None:
    switches = tmp_path / "switches.toml"
    switches.write_text("# nothing is off\n")
    told = story()

    def topics(service: Service) -> set[str]:
        with closing(HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)) as connection:
            status, body = post(connection, told)
        assert 200 == status
        return {card["source"]["topic"]["code"] for card in json.loads(body)["cards"]}

    def in_a_row(service: Service, expected: bool) -> bool:
        return all(("leukoOrderRisk" in topics(service)) is expected for _ in range(12))

    with serving(tmp_path, workers=2, switches=str(switches)) as service:
        assert in_a_row(service, True)
        fresh = tmp_path / "fresh"
        fresh.write_text('[[off]]\ntopic = "leukoOrderRisk"\nwhy = "on trial"\n')
        fresh.replace(switches)
        assert 10 > wait_until(lambda: in_a_row(service, False))

        switches.write_text("[[off]\n")
        wait_until(lambda: "leukocds_switches_stale 1.0" in get(service.port, "/metrics")[1])
        victim = service.workers()[0]
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: len(service.workers()) == 2 and victim not in service.workers())
        assert in_a_row(service, False), (
            "a process that starts while the file is broken holds to the last good one"
        )

        events = [json.loads(line) for line in service.log.read_text().splitlines()]
    refused = [event["problem"] for event in events if event["event"] == "switches refused"]
    assert refused
    assert all(str(switches) in problem for problem in refused)


def test_everything_on_standard_output_is_json_whatever_happens(tmp_path: Path) -> None:
    """gunicorn's own words too, and no word of a request in them."""
    canary = "canary-7f3a"
    with serving(tmp_path, workers=1) as service:
        get(service.port, f"/cds-services?patient={canary}")
        get(service.port, f"/{canary}")
        with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE) as line:
            line.sendall(f"GET /{canary} HTTP/9.9\r\n{canary}\r\n\r\n".encode())
            line.recv(1000)
        assert 'leukocds_wire_refusals_total{reason="' in get(service.port, "/metrics")[1]
        victim = service.workers()[0]
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: len(service.workers()) == 1 and victim not in service.workers())
        get(service.port, "/cds-services")
        text = service.log.read_text()

    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    (killed,) = (line for line in lines if line["event"] == "server" and "was sent" in line["message"])
    assert [str(victim), "SIGKILL"] == killed["told"]
    assert canary not in text


def test_every_decision_of_every_process_is_a_line_of_the_audit_trail(tmp_path: Path) -> None:
    """Also while the file is moved away; no line is lost, doubled or cut."""
    trail, old = tmp_path / "audit.ndjson", tmp_path / "audit.ndjson.1"
    with serving(tmp_path, workers=3, audit=str(trail)) as service:
        ask(service, 30)
        trail.rename(old)
        ask(service, 30)
        counted = metrics(service.port)["leukocds_audit_events_total"]

    events = [[json.loads(line) for line in path.read_text().splitlines()] for path in (old, trail)]
    assert [30, 30] == [len(each) for each in events]
    assert 60 == len({event["id"] for each in events for event in each})
    assert {"written": 60.0, "failed": 0.0} == {dict(labels)["result"]: n for labels, n in counted.items()}
