"""A FHIR server that hangs, with as many calls as there are threads: other callers are still answered."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.faults import fhir_server as stub
from tests.faults.callers import PUBLIC_URL, Caller, write_callers
from tests.faults.ehr import record
from tests.faults.fhir_server import serving as fhir_serving
from tests.faults.serving import PATIENCE, Service, serving, story, wait_until

pytestmark = pytest.mark.faults

THREADS = 16
PRESSING = 32  # clients of the caller whose server hangs, each with one call after the other
ROUNDS = 4
CALLS = 60  # of the other caller, meanwhile
DEADLINE = 2.0
AUTHORIZATION = {
    "access_token": "t",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.read",
    "subject": "client",
}


def _call(
    service: Service, caller: Caller, request: dict[str, Any], path: str
) -> tuple[int, dict[str, Any], float]:
    """Status, body and seconds of one call on a connection of its own."""
    begun = time.monotonic()
    connection = HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)
    try:
        headers = caller.bearer(path, datetime.now(UTC)) | {"Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(request), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()), time.monotonic() - begun
    finally:
        connection.close()


def test_a_hanging_fhir_server_with_all_threads_busy(tmp_path: Path, tell: Callable[[str], None]) -> None:
    told = story()
    whole = json.loads(told.request)
    path = f"/cds-services/{told.service}"
    lock = threading.Lock()
    north_answers: Counter[str] = Counter()
    north_seconds: list[float] = []
    with fhir_serving(stub.hang) as hanging, fhir_serving(record(whole)) as working:
        north, south = Caller("north", hanging.base), Caller("south", working.base)
        asking = {"fhirAuthorization": AUTHORIZATION, "prefetch": {}}
        settings = {
            "env": "production",
            "public_url": PUBLIC_URL,
            "tenants": str(write_callers(tmp_path, north, south)),
            "allow_http_fhir": "1",
            "fhir_deadline": str(DEADLINE),
        }
        with serving(tmp_path, workers=1, threads=THREADS, **settings) as service:

            def press() -> None:
                for _ in range(ROUNDS):
                    status, body, seconds = _call(
                        service, north, whole | asking | {"fhirServer": hanging.base}, path
                    )
                    said = body["issue"][0]["diagnostics"] if status == 412 else ""
                    reason = said.rpartition("(")[2].partition(")")[0]
                    with lock:
                        north_answers[f"{status} {reason}"] += 1
                        north_seconds.append(seconds)

            pressing = [threading.Thread(target=press) for _ in range(PRESSING)]
            for thread in pressing:
                thread.start()
            wait_until(lambda: bool(hanging.asked))  # from now on threads are waiting in vain
            prefetched = [_call(service, south, whole, path) for _ in range(CALLS)]
            fetched = [
                _call(service, south, whole | asking | {"fhirServer": working.base}, path) for _ in range(10)
            ]
            for thread in pressing:
                thread.join()

    assert {200} == {status for status, _, _ in prefetched + fetched}
    assert all(body["cards"] for _, body, _ in prefetched + fetched)
    # not one waited for the server that hangs
    assert max(seconds for _, _, seconds in prefetched) < DEADLINE
    assert {"412 timeout", "412 fhir-busy", "412 fhir-paused"} >= north_answers.keys()
    assert ROUNDS * PRESSING == north_answers.total()
    assert max(north_seconds) < DEADLINE + PATIENCE / 6
    slow = [seconds * 1000 for _, _, seconds in prefetched]
    asked = [seconds * 1000 for _, _, seconds in fetched]
    tell(
        f"{THREADS} threads; {PRESSING} clients of a caller whose FHIR server hangs"
        f" ({', '.join(f'{number} x {what}' for what, number in sorted(north_answers.items()))},"
        f" at most {max(north_seconds):.2f} s); the other caller meanwhile: {CALLS} calls, all answered,"
        f" median {median(slow):.0f} ms, at most {max(slow):.0f} ms; 10 that fetched all they needed,"
        f" at most {max(asked):.0f} ms"
    )
