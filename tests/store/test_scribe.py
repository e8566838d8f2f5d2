"""What is written in the background: in order, together, held back while the database is down, bounded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from threading import Event

import pytest

from cds.errors import RecordsUnavailable
from cds.store.scribe import Scribe
from tests.faults.serving import wait_until


class Desk:
    """A database of a list, that can be down, and slow."""

    def __init__(self) -> None:
        self.written: list[int] = []
        self.commits = 0
        self.is_up = True
        self.attempts = 0
        self.gate = Event()
        self.gate.set()
        self.at_gate = 0
        self.faults: list[Exception] = []  # what is raised next
        self.poison: set[int] = set()  # what is never taken
        self.chores_done = 0
        self.chores_fault: Exception | None = None
        self.scribe = Scribe(self._commit, lambda: self.is_up, self._try_again, self._do_chores, longest=10)

    def _commit(self, items: list[int]) -> None:
        self.at_gate += 1
        self.gate.wait()
        if not self.is_up:
            raise RecordsUnavailable
        if self.faults:
            raise self.faults.pop()
        if self.poison & {*items}:
            raise ValueError("canary")
        self.commits += 1
        self.written += items

    def _try_again(self) -> bool:
        self.attempts += 1
        if self.faults:
            raise self.faults.pop()
        return self.is_up

    def _do_chores(self) -> None:
        self.chores_done += 1
        if self.chores_fault is not None:
            raise self.chores_fault


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.gate.set()
    desk.scribe.release()


def test_all_is_written_in_its_order_and_together(desk: Desk) -> None:
    desk.gate.clear()
    for number in range(8):
        desk.scribe.add(number)
    desk.gate.set()
    wait_until(lambda: desk.scribe.waiting == 0)

    assert [*range(8)] == desk.written
    assert desk.commits <= 2


def test_what_does_not_fit_is_dropped_and_counted(desk: Desk) -> None:
    desk.gate.clear()
    desk.scribe.add(0)
    wait_until(lambda: desk.at_gate == 1)
    for number in range(1, 15):
        desk.scribe.add(number)

    assert (11, 4) == (desk.scribe.waiting, desk.scribe.dropped)
    desk.gate.set()
    wait_until(lambda: desk.scribe.waiting == 0)
    assert [*range(11)] == desk.written


def test_what_waits_while_the_database_is_down_is_written_afterwards(desk: Desk) -> None:
    desk.is_up = False
    desk.scribe.add(1)
    wait_until(lambda: desk.attempts > 0)
    held = desk.scribe.waiting
    desk.is_up = True
    wait_until(lambda: desk.scribe.waiting == 0)

    assert 1 == held
    assert [1] == desk.written


def test_a_fall_is_looked_into_though_nothing_is_to_be_written(desk: Desk) -> None:
    desk.scribe.wake()
    desk.is_up = False
    desk.scribe.look()
    wait_until(lambda: desk.attempts > 0)


def test_release_writes_what_waits_and_the_next_item_begins_anew(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.scribe.add(1)
    desk.scribe.release()
    desk.scribe.release()
    first = [*desk.written]
    desk.scribe.add(2)
    desk.scribe.release()

    assert [1] == first
    assert [1, 2] == desk.written
    assert [] == caplog.records


def test_what_is_lost_at_the_end_is_said_and_counted_once(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.is_up = False
    desk.scribe.add(1)
    wait_until(lambda: desk.attempts > 0)
    desk.scribe.add(2)
    desk.scribe.release()
    desk.scribe.release()
    (line,) = caplog.records

    assert ("records lost", {"dropped": 2}) == (line.message, line.fields)  # type: ignore[attr-defined]
    assert (0, 2) == (desk.scribe.waiting, desk.scribe.dropped)


def test_what_was_lost_is_not_written_by_who_goes_on(desk: Desk) -> None:
    """It is counted as lost by then."""
    desk.is_up = False
    desk.scribe.add(1)
    desk.scribe.release()
    desk.is_up = True
    desk.scribe.add(2)
    desk.scribe.release()

    assert ([2], 1) == (desk.written, desk.scribe.dropped)


# --- threads --------------------------------------------------------------------------------------------


class Container:
    """May refuse threads, as one does at the limit of its processes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_full = False
        start = threading.Thread.start

        def try_to_start(thread: threading.Thread) -> None:
            if self.is_full:
                raise RuntimeError("can't start new thread")
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", try_to_start)


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch) -> Container:
    return Container(monkeypatch)


def test_what_found_no_thread_is_written_as_soon_as_there_is_one(
    desk: Desk, container: Container, caplog: pytest.LogCaptureFixture
) -> None:
    """No caller is told of it, and the log once."""
    container.is_full = True
    desk.scribe.add(1)
    desk.scribe.add(2)
    desk.scribe.look()
    waiting = desk.scribe.waiting
    container.is_full = False
    desk.scribe.wake()
    wait_until(lambda: desk.scribe.waiting == 0)

    assert (2, [1, 2], 0) == (waiting, desk.written, desk.scribe.dropped)
    assert ["records wait for a thread"] == [line.message for line in caplog.records]


def test_what_found_no_thread_is_written_at_the_end(desk: Desk, container: Container) -> None:
    container.is_full = True
    desk.scribe.add(1)
    container.is_full = False
    desk.scribe.release()

    assert [1] == desk.written


def test_what_never_found_a_thread_is_lost_and_counted(desk: Desk, container: Container) -> None:
    container.is_full = True
    desk.scribe.add(1)
    desk.scribe.release()

    assert (0, 1) == (desk.scribe.waiting, desk.scribe.dropped)


def test_who_is_too_slow_to_end_writes_nothing_of_who_follows(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it holds is counted as lost by then, and nothing else is."""
    monkeypatch.setattr("cds.store.scribe._LAST_WORDS", 0.05)
    desk.gate.clear()
    desk.scribe.add(1)
    wait_until(lambda: desk.at_gate == 1)
    desk.scribe.release()
    lost = desk.scribe.dropped
    desk.scribe.add(2)
    wait_until(lambda: desk.at_gate == 2)
    slow, follower = _scribes()
    desk.gate.set()
    slow.join(1)
    desk.scribe.add(3)
    wait_until(lambda: desk.scribe.waiting == 0)

    assert not slow.is_alive()
    assert follower.is_alive()
    assert ([1, 2, 3], 1, 1) == (sorted(desk.written), lost, desk.scribe.dropped)


def _scribes() -> list[threading.Thread]:
    """The oldest first."""
    return [thread for thread in threading.enumerate() if thread.name == "scribe"]


# --- faults ---------------------------------------------------------------------------------------------


def test_a_fault_for_the_moment_costs_nothing(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.faults = [ValueError("canary")]
    desk.scribe.add(1)
    wait_until(lambda: desk.scribe.waiting == 0)
    desk.scribe.add(2)
    wait_until(lambda: desk.scribe.waiting == 0)

    assert ([1, 2], 0) == (desk.written, desk.scribe.dropped)
    assert ["fault"] == [line.message for line in caplog.records]


def test_what_can_never_be_written_costs_only_itself(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.gate.clear()
    desk.scribe.add(0)
    wait_until(lambda: desk.at_gate == 1)
    desk.poison = {2, 4}
    for number in range(1, 6):
        desk.scribe.add(number)
    desk.gate.set()
    wait_until(lambda: desk.scribe.waiting == 0)

    assert ([0, 1, 3, 5], 2) == (desk.written, desk.scribe.dropped)
    assert ["fault"] * 3 + ["records lost"] == [line.message for line in caplog.records]
    assert "canary" not in str([vars(line) for line in caplog.records])


@pytest.fixture
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds.store.scribe.REST", 0.01)


@pytest.mark.usefixtures("no_rest")
def test_chores_that_fail_keep_nothing_from_being_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cds.store.scribe._CHORES", 0.0)
    desk.chores_fault = ValueError()
    desk.scribe.wake()
    wait_until(lambda: desk.chores_done > 0)
    desk.scribe.add(1)
    wait_until(lambda: desk.scribe.waiting == 0)
    desk.scribe.release()

    assert ([1], 0) == (desk.written, desk.scribe.dropped)


@pytest.mark.usefixtures("no_rest")
def test_a_fault_while_a_database_is_tried_again_is_not_the_end(desk: Desk) -> None:
    desk.is_up = False
    desk.faults = [ValueError()]
    desk.scribe.add(1)
    wait_until(lambda: not desk.faults)
    desk.is_up = True
    wait_until(lambda: desk.scribe.waiting == 0)

    assert [1] == desk.written


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_followed_by_another_that_writes_what_it_held(desk: Desk) -> None:
    desk.faults = [SystemExit()]  # type: ignore[list-item]  # not caught as an Exception
    desk.scribe.add(1)
    wait_until(lambda: not _scribes())
    held = desk.scribe.waiting
    desk.scribe.add(2)
    wait_until(lambda: desk.scribe.waiting == 0)

    assert (1, [1, 2]) == (held, desk.written)
