"""What is written in the background: in order, together, held back while the database is down, bounded."""

from __future__ import annotations

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
        self.scribe = Scribe(self._commit, lambda: self.is_up, self._try_again, lambda: None, longest=10)

    def _commit(self, items: list[int]) -> None:
        self.gate.wait()
        if not self.is_up:
            raise RecordsUnavailable
        self.commits += 1
        self.written += items

    def _try_again(self) -> bool:
        self.attempts += 1
        return self.is_up


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
    wait_until(lambda: len(desk.scribe._held) == 1)
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
    wait_until(lambda: len(desk.scribe._held) == 1)
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
