"""How much the service carries for minutes on end, and whether any patient gets another's values.

    python bench/load.py --minutes 10 [--write]

A real server on loopback, asked as fast as it answers for 200 patients in turn, at three hooks. No two
patients have a count in common, so that every number in an answer tells whose it is. Ends with 1 if an
answer was wrong, missing or another patient's, or if memory grew.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

MEASURED = Path(__file__).with_name("load.json")
PATIENTS = 200
HOOKS = ("order-sign", "order-select", "patient-view")
WARM_UP = 0.5  # of the time; what is loaded and cached lazily is there by then
LONG_ENOUGH = 300  # seconds, to tell growth from warming up
MOST_GROWTH = 0.005  # of the memory, per minute after the warm-up

_NUMBER = re.compile(r"(?<![\d.])\d{1,3}\.\d{3}(?![\d.])")
_DIGITS = [number for number in range(101, 1000) if number % 10]  # a last nought would not be shown
_RXNORM, _UCUM = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://unitsofmeasure.org"


# --- what is asked --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as bytes that travel, and the counts that may stand in its answer."""

    hook: str
    request: bytes
    own: frozenset[str]


def build_calls(now: datetime) -> list[Call]:
    """Every patient at every hook, in an order without order."""
    calls = [_call(number, hook, now) for number in range(PATIENTS) for hook in HOOKS]
    random.Random(1).shuffle(calls)
    return calls


def _call(number: int, hook: str, now: datetime) -> Call:
    patient = f"load-{number}"
    digits = _DIGITS[number]
    counts = {"6690-2": f"2.{digits}", "751-8": f"0.{digits}", "731-0": f"1.{digits}"}
    earlier = {"751-8": f"4.{digits}"}
    draft = _medicine(patient, "draft", "197941", "methimazole 10 MG Oral Tablet", now, "draft")
    drafts = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": draft}]}
    context: dict[str, Any] = {"userId": "Practitioner/load", "patientId": patient}
    if hook != "patient-view":
        context["draftOrders"] = drafts
    if hook == "order-select":
        context["selections"] = ["MedicationRequest/draft"]
    chart = _medicine(patient, "chart", "197941", "methimazole 10 MG Oral Tablet", now - timedelta(days=34))
    results = [_result(patient, code, value, now - timedelta(days=1)) for code, value in counts.items()]
    results += [_result(patient, code, value, now - timedelta(days=60)) for code, value in earlier.items()]
    prefetch = {
        "patient": {"resourceType": "Patient", "id": patient, "gender": "female", "birthDate": "1971-04-02"},
        "counts-total": _bundle(results),
        "medications": _bundle([chart]),
    }
    prefetch |= {key: _bundle([]) for key in ("temperature", "conditions", "allergies", "tests")}
    instance = f"00000000-0000-4000-8000-{number:012d}"
    body = {"hook": hook, "hookInstance": instance, "context": context, "prefetch": prefetch}
    content = json.dumps(body).encode()
    head = (
        f"POST /cds-services/leuko-{hook} HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return Call(hook, head.encode() + content, frozenset({*counts.values(), *earlier.values()}))


def _bundle(resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": each} for each in resources],
    }


def _result(patient: str, code: str, value: str, drawn: datetime) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"{patient}-{code}-{value.replace('.', '-')}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": drawn.isoformat(timespec="seconds"),
        "valueQuantity": {"value": float(value), "unit": "10*3/uL", "system": _UCUM, "code": "10*3/uL"},
    }


def _medicine(
    patient: str, name: str, rxcui: str, display: str, since: datetime, status: str = "active"
) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": status,
        "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": _RXNORM, "code": rxcui, "display": display}]},
        "subject": {"reference": f"Patient/{patient}"},
        "authoredOn": since.isoformat(timespec="seconds"),
    }


# --- asking ---------------------------------------------------------------------------------------------


class Load:
    """Clients that ask as fast as they are answered, and look at every answer."""

    def __init__(self, port: int, calls: list[Call], clients: int) -> None:
        self.outcomes: Counter[str] = Counter()
        self.milliseconds = array("f")
        self._port, self._calls = port, calls
        self._next, self._lock, self._stop = 0, Lock(), Event()
        self._threads = [Thread(target=self._ask, daemon=True) for _ in range(clients)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _ask(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._stop.is_set():
            with self._lock:
                call = self._calls[self._next % len(self._calls)]
                self._next += 1
            start = time.perf_counter()
            try:
                outcome = self._outcome(connection, call)
            except (OSError, HTTPException) as error:
                outcome = f"broken: {type(error).__name__}"
                connection.close()
            taken = (time.perf_counter() - start) * 1000
            with self._lock:
                self.outcomes[outcome] += 1
                self.milliseconds.append(taken)
        connection.close()

    def _outcome(self, connection: HTTPConnection, call: Call) -> str:
        if connection.sock is None:
            connection.connect()
        connection.sock.sendall(call.request)
        answer = connection.response_class(connection.sock, method="POST")
        answer.begin()
        body = answer.read()
        if answer.status != 200:
            return f"HTTP {answer.status}"
        return judge(call, body)


def judge(call: Call, body: bytes) -> str:
    """The hook if the answer has cards with this patient's counts alone; else what is wrong with it."""
    numbers = set(_NUMBER.findall(body.decode()))
    if not numbers & call.own:
        return "wrong: nothing of its own patient"
    strangers = numbers - call.own
    return "wrong: another patient's value" if strangers else call.hook


# --- the server -----------------------------------------------------------------------------------------


@contextmanager
def serving(workers: int) -> Iterator[tuple[subprocess.Popen[str], int]]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LEUKOCDS_")}
    with tempfile.TemporaryDirectory() as folder:
        database = {"LEUKOCDS_DATABASE_URL": f"sqlite:///{folder}/leukocds.sqlite"}
        with subprocess.Popen(
            [sys.executable, "-m", "cds", "serve", "--port", "0", "--workers", str(workers)],
            env=inherited | database,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                for line in process.stderr or ():
                    if found := re.search(r"listens on http://\S+:(\d+)/cds-services", line):
                        yield process, int(found[1])
                        break
                else:
                    raise SystemExit("the service did not start")
            finally:
                process.terminate()


def memory_of(master: int) -> tuple[float, ...]:
    """Megabytes that each of the processes has in memory, what they share counted in each (RSS)."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return tuple(_megabytes(pid) for pid in sorted(children, key=int))


def _megabytes(pid: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+)", status, re.MULTILINE)[1]) / 1024  # type: ignore[index]


def records_of(port: int) -> dict[str, float]:
    """What the service says of its own records."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return {name: float(value) for name, value in re.findall(r"^leukocds_(records_\w+) (\S+)$", text, re.M)}


def _by_minute(samples: list[tuple[float, float]]) -> Iterator[float]:
    minute = 0
    for at, value in samples:
        if at >= minute * 60:
            minute += 1
            yield value


def slope(samples: list[tuple[float, float]]) -> float:
    """Growth per minute, by least squares."""
    return statistics.linear_regression([at / 60 for at, _ in samples], [value for _, value in samples]).slope


def main() -> int:
    parser = argparse.ArgumentParser(description="How much the service carries.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--write", action="store_true", help=f"keep the result in {MEASURED.name}")
    options = parser.parse_args()
    seconds = options.minutes * 60
    samples: list[tuple[float, float]] = []
    with serving(options.workers) as (process, port):
        load = Load(port, build_calls(datetime.now(UTC)), options.clients)
        start = time.monotonic()
        load.start()
        while (at := time.monotonic() - start) < seconds:
            samples.append((at, sum(memory_of(process.pid))))
            time.sleep(min(1.0, seconds / 30))
        taken = time.monotonic() - start
        load.stop()
        records = records_of(port)
    result = _result_of(load, samples, taken, records, options)
    for name, value in result.items():
        print(f"{name:<22} {value}")
    if options.write:
        MEASURED.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    return 1 if result["wrong"] or not result["memory_is_flat"] else 0


def _result_of(
    load: Load,
    samples: list[tuple[float, float]],
    taken: float,
    records: dict[str, float],
    options: argparse.Namespace,
) -> dict[str, Any]:
    warm = [sample for sample in samples if sample[0] >= taken * WARM_UP]
    growth = slope(warm)
    cuts = statistics.quantiles(load.milliseconds, n=1000)
    right = {hook: load.outcomes[hook] for hook in HOOKS}
    return {
        "day": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}",
        "minutes": round(taken / 60, 1),
        "processes": options.workers,
        "clients": options.clients,
        "patients": PATIENTS,
        "answers": right,
        "wrong": {each: count for each, count in load.outcomes.items() if each not in HOOKS},
        "per_second": round(sum(right.values()) / taken),
        "median_ms": round(cuts[499], 1),
        "p95_ms": round(cuts[949], 1),
        "p99_ms": round(cuts[989], 1),
        "memory_mb_warm": round(warm[0][1], 1),
        "memory_mb_end": round(statistics.median(value for _, value in samples[-10:]), 1),
        "memory_mb_per_minute": round(growth, 3),
        "memory_mb_by_minute": [round(value, 1) for value in _by_minute(samples)],
        "memory_is_flat": growth <= MOST_GROWTH * warm[0][1] if taken >= LONG_ENOUGH else "too short to tell",
        "records": records,
    }


if __name__ == "__main__":
    sys.exit(main())
