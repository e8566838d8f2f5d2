"""The threads that ask FHIR servers: bounded for all together, none starved; a lack of them is no fault."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event, Lock, Semaphore, Thread

import pytest

from cds.hooks.fhir_gate import Gate
from cds.hooks.fhir_job import Wanted
from cds.hooks.fhir_servers import FhirServers
from cds.hooks.fhir_threads import FhirThreads, NoThreadError
from cds.settings import Settings
from tests.faults import fhir_server as stub
from tests.faults.ehr import COUNTS, PATIENCE, call, record, request_of, service

MOST = 8
SERVERS = [f"https://{name}.example.org/R4" for name in "abcdefgh"]


class Asking:
    """Questions that hang until they are told to go on; counts how many hang at once."""

    def __init__(self) -> None:
        self.go_on = Event()
        self.begun = Semaphore(0)
        self.hanging: Counter[str] = Counter()
        self.peak = 0
        self._lock = Lock()

    def question(self, server: str) -> Callable[[], None]:
        def ask() -> None:
            with self._lock:
                self.hanging[server] += 1
                self.peak = max(self.peak, self.hanging.total())
            self.begun.release()
            assert self.go_on.wait(PATIENCE)
            with self._lock:
                self.hanging[server] -= 1

        return ask

    def have_begun(self, number: int) -> bool:
        return all(self.begun.acquire(timeout=PATIENCE) for _ in range(number))


def test_a_server_that_hangs_takes_half_and_another_finds_room() -> None:
    asking, threads = Asking(), FhirThreads(MOST)
    with ThreadPoolExecutor(1) as calls:
        hanging = calls.submit(threads.run, SERVERS[0], [asking.question(SERVERS[0])] * 11, PATIENCE)
        assert asking.have_begun(MOST // 2)
        answered = threads.run(SERVERS[1], [lambda: None] * 11, PATIENCE)

        assert 11 == len(answered)
        assert MOST // 2 == asking.peak

        asking.go_on.set()

    assert 11 == len(hanging.result()), "what waited for a thread got one in the end"
    assert all(each.done() for each in [*answered, *hanging.result()])


def test_eight_servers_that_hang_have_no_more_threads_than_one_process_may() -> None:
    asking, threads = Asking(), FhirThreads(MOST)
    with ThreadPoolExecutor(len(SERVERS)) as calls:
        asked = [
            calls.submit(threads.run, server, [asking.question(server)] * 6, PATIENCE) for server in SERVERS
        ]
        assert asking.have_begun(MOST)
        asking.go_on.set()

    assert MOST == asking.peak
    assert {6} == {len(each.result()) for each in asked}


def test_who_finds_no_room_in_time_is_told_so_by_what_was_begun() -> None:
    asking, threads = Asking(), FhirThreads(MOST)
    begun = threads.run(SERVERS[0], [asking.question(SERVERS[0])] * 11, 0.0)

    assert MOST // 2 == len(begun)

    asking.go_on.set()


def test_all_servers_of_a_process_share_its_threads() -> None:
    asking = Asking()

    def hang(handler: stub.Handler, asked: stub.Asked) -> None:
        asking.question(asked.path)()
        handler.send(b"{}")

    servers = FhirServers(Settings(threads=1, allow_http_fhir=True), Gate(64))
    until = time.monotonic() + PATIENCE

    def ask(base: str) -> str:
        wanted = Wanted("patient", f"{base}/Patient/1", "Patient")
        jobs = [servers.job(wanted, base, "", servers.allowance(), until) for _ in range(4)]
        return servers.ask(base, jobs, PATIENCE)

    with ThreadPoolExecutor(8) as calls, ExitStack() as running:
        bases = [running.enter_context(stub.serving(hang)).base for _ in range(8)]
        asked = [calls.submit(ask, base) for base in bases]
        assert asking.have_begun(4)
        asking.go_on.set()

        assert {""} == {each.result() for each in asked}
    assert 4 == asking.peak


# --- a process that may have no more --------------------------------------------------------------------


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Event:
    """While it is set, no thread that asks can be started, as at the limit of a container."""
    at_its_limit, start = Event(), Thread.start

    def refuse(thread: Thread) -> None:
        if at_its_limit.is_set() and thread.name.startswith("fhir"):
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(Thread, "start", refuse)
    return at_its_limit


def test_what_cannot_be_begun_leaves_its_place(limited: Event) -> None:
    threads = FhirThreads(MOST)
    limited.set()
    for _ in range(MOST):
        with pytest.raises(NoThreadError):
            threads.run(SERVERS[0], [lambda: None], PATIENCE)
    limited.clear()

    assert 11 == len(threads.run(SERVERS[0], [lambda: None] * 11, PATIENCE))


def test_a_lack_of_threads_is_told_as_busy_and_blamed_on_no_server(limited: Event) -> None:
    request = request_of()
    with stub.serving(record(request)) as server:
        client = service(server.base)
        limited.set()
        refused = [call(client, request, server.base, without=COUNTS) for _ in range(4)]
        limited.clear()
        answered = call(client, request, server.base, without=COUNTS)

    assert {412} == {answer.status_code for answer in refused}
    assert all("fhir-busy" in answer.get_data(as_text=True) for answer in refused)
    assert 200 == answered.status_code, "after three calls in vain it would be left alone"


def test_a_lack_in_the_midst_of_a_call_ends_what_was_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    start = Thread.start

    def refuse(thread: Thread) -> None:
        if thread.name.startswith("fhir"):
            started.append(thread.name)
            if len(started) > 1:
                raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(Thread, "start", refuse)
    request = request_of()
    with stub.serving(stub.hang) as server, ThreadPoolExecutor(1) as calls:
        client = service(server.base)
        answer = calls.submit(call, client, request, server.base, without=COUNTS)

        assert "fhir-busy" in answer.result(PATIENCE / 2).get_data(as_text=True)
