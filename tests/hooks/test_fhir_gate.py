"""The gate before FHIR servers: a slow one takes neither all threads nor everybody's time."""

from __future__ import annotations

import pytest

from cds.hooks.fhir_gate import BUSY, PAUSED, Gate
from tests.clock import Clock

NORTH, SOUTH = "https://north.example.org/R4", "https://south.example.org/R4"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _fill(gate: Gate, server: str, times: int) -> list[str]:
    return [gate.enter(server) for _ in range(times)]


@pytest.mark.parametrize(("threads", "most"), [(1, 1), (2, 1), (4, 3), (16, 12)])
def test_one_server_takes_three_quarters_of_the_threads(threads: int, most: int) -> None:
    gate = Gate(threads)

    assert [""] * most + [BUSY] == _fill(gate, NORTH, most + 1)


def test_others_have_the_rest_but_for_one_thread() -> None:
    """The last one is for calls that need no server."""
    gate = Gate(16)
    _fill(gate, NORTH, 12)

    assert ["", "", "", BUSY] == _fill(gate, SOUTH, 4)


def test_who_leaves_makes_room() -> None:
    gate = Gate(4)
    _fill(gate, NORTH, 3)
    gate.leave(NORTH, answered=True)

    assert ["", BUSY] == _fill(gate, NORTH, 2)


def _unanswered(gate: Gate, times: int) -> None:
    for _ in range(times):
        assert "" == gate.enter(NORTH)
        gate.leave(NORTH, answered=False)


def test_after_three_calls_in_vain_nobody_waits_for_ten_seconds(clock: Clock) -> None:
    gate = Gate(16, clock)
    _unanswered(gate, 3)

    assert PAUSED == gate.enter(NORTH)
    assert "" == gate.enter(SOUTH), "another server is not to blame"
    clock.now += 9.9
    assert PAUSED == gate.enter(NORTH)


def test_then_one_call_finds_out_whether_it_is_back(clock: Clock) -> None:
    gate = Gate(16, clock)
    _unanswered(gate, 3)
    clock.now += 10.0

    assert ["", PAUSED] == _fill(gate, NORTH, 2)
    gate.leave(NORTH, answered=True)
    assert ["", ""] == _fill(gate, NORTH, 2)


def test_if_it_is_not_back_the_pause_begins_anew(clock: Clock) -> None:
    gate = Gate(16, clock)
    _unanswered(gate, 3)
    clock.now += 10.0
    _unanswered(gate, 1)
    clock.now += 9.9

    assert PAUSED == gate.enter(NORTH)


def test_an_answer_in_between_makes_all_well(clock: Clock) -> None:
    """An error is an answer too: whoever refuses is awake."""
    gate = Gate(16, clock)
    _unanswered(gate, 2)
    assert "" == gate.enter(NORTH)
    gate.leave(NORTH, answered=True)
    _unanswered(gate, 2)

    assert "" == gate.enter(NORTH)


def test_a_call_that_asked_nobody_tells_nothing_of_the_server(clock: Clock) -> None:
    gate = Gate(16, clock)
    for _ in range(20):
        assert "" == gate.enter(NORTH)
        gate.leave(NORTH, answered=None)
    _unanswered(gate, 2)
    assert "" == gate.enter(NORTH)
    gate.leave(NORTH, answered=None)
    _unanswered(gate, 1)

    assert PAUSED == gate.enter(NORTH)
