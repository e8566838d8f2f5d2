"""SIGTERM under load: whoever was connected is answered, whoever comes later is refused at the door."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event, Thread

import pytest

from cds.server import _DRAIN_SECONDS
from tests.faults.serving import PATIENCE, Service, post, serving, story, wait_until

pytestmark = pytest.mark.faults
CLIENTS = 24  # more than there are threads, so that some wait their turn


class Clients:
    """Many that ask again and again, and count what becomes of each request that left them."""

    def __init__(self, service: Service, *, keep: bool) -> None:
        self.told = story()
        self.outcomes: Counter[str] = Counter()
        self._service, self._keep, self._stop = service, keep, Event()
        self._threads = [Thread(target=self._ask) for _ in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _ask(self) -> None:
        with closing(HTTPConnection("127.0.0.1", self._service.port, timeout=PATIENCE)) as connection:
            while not self._stop.is_set() and self._is_let_in(connection):
                try:
                    status, body = post(connection, self.told)
                    self.outcomes["answered" if status == 200 and b'"critical"' in body else "wrong"] += 1
                except (OSError, HTTPException) as error:
                    self.outcomes[f"lost ({type(error).__name__})"] += 1
                    connection.close()
                if not self._keep:
                    connection.close()

    def _is_let_in(self, connection: HTTPConnection) -> bool:
        try:
            if connection.sock is None:
                connection.connect()
        except ConnectionRefusedError:
            self.outcomes["refused"] += 1
            return False
        return True


@pytest.mark.parametrize("workers", [1, 2], ids=["one process", "two processes"])
@pytest.mark.parametrize("keep", [True, False], ids=["kept connections", "new connections"])
def test_sigterm_under_load_loses_no_answer(
    keep: bool, workers: int, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    with serving(tmp_path, workers) as service:
        clients = Clients(service, keep=keep)
        try:
            wait_until(lambda: clients.outcomes["answered"] >= 200)
            before = clients.outcomes["answered"]
            service.process.send_signal(signal.SIGTERM)
            start = time.monotonic()
            status = service.process.wait(PATIENCE)
            seconds = time.monotonic() - start
        finally:
            clients.end()

    assert 0 == status
    assert {"answered", "refused"} == {*clients.outcomes}
    assert CLIENTS == clients.outcomes["refused"]
    assert seconds < _DRAIN_SECONDS
    after = clients.outcomes["answered"] - before
    tell(f"{before} answered before, {after} after the signal, 0 lost; gone after {seconds:.1f} s")


def test_who_has_just_connected_is_answered_by_a_process_that_is_being_replaced(tmp_path: Path) -> None:
    """A new call in the moment between its connection and its first byte."""
    told = story()
    with serving(tmp_path) as service:
        (worker,) = service.workers()
        with closing(HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)) as new:
            new.connect()
            with closing(HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)) as later:
                assert 200 == post(later, told)[0]  # so that the first one was let in before
                service.process.send_signal(signal.SIGHUP)
                wait_until(lambda: {*service.workers()} - {worker} != set())
            for _ in range(10):  # and the old process is told to go before it speaks
                with closing(HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)) as other:
                    assert 200 == post(other, told)[0]
            status, body = post(new, told)
        wait_until(lambda: worker not in service.workers())

    assert (200, True) == (status, b'"critical"' in body)


def test_who_connects_and_says_nothing_does_not_hold_up_a_stop(tmp_path: Path) -> None:
    with serving(tmp_path) as service, closing(HTTPConnection("127.0.0.1", service.port)) as silent:
        silent.connect()
        start = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        status = service.process.wait(PATIENCE)
        seconds = time.monotonic() - start

    assert 0 == status
    assert seconds < _DRAIN_SECONDS
