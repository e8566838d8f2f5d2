"""The switchboard: a change holds within a second, a slip of the pen changes nothing."""

from __future__ import annotations

import io
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from cds.errors import SwitchesError
from cds.hooks.switches import Switchboard
from cds.hooks.tenants import Tenant
from cds.knowledge.schema.switches import Switches
from cds.settings import Preferences

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NORTH = Tenant("north", preferences=Preferences(shadow=frozenset(["leukoFever"])))
SOUTH = Tenant("south")


def _read(raw: bytes, name: str, tenants: Collection[str]) -> Switches:
    """A file here is a list of topics that are off, one per line."""
    if b"broken" in raw:
        raise SwitchesError([f"{name}: broken"])
    if b"fault" in raw:
        raise ZeroDivisionError
    return Switches.model_validate({"off": [{"topic": topic, "why": "x"} for topic in raw.decode().split()]})


@dataclass
class House:
    path: Path
    seconds: float = 100.0
    counted: list[bool] = field(default_factory=list)

    def board(self) -> Switchboard:
        kept = self.path.with_name("kept")
        board = Switchboard(self.path, _read, kept, self.counted.append, lambda: self.seconds)
        board.open([NORTH, SOUTH])
        return board

    def write(self, text: str) -> None:
        """As a volume does it: another file takes the name."""
        fresh = self.path.with_suffix(".fresh")
        fresh.write_text(text, "utf-8")
        fresh.replace(self.path)


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path / "switches.toml")
    house.write("leukoMonitoring")
    return house


def _off(board: Switchboard) -> list[str]:
    return [name for _, name, _ in board.off(NOW)]


def _events(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_change_holds_at_the_next_look_and_looks_are_a_second_apart(house: House) -> None:
    board = house.board()
    assert ["leukoMonitoring"] == _off(board)
    house.write("leukoMonitoring leukoFever")

    house.seconds += 0.99
    assert ["leukoMonitoring"] == _off(board)
    house.seconds += 0.01
    assert ["leukoMonitoring", "leukoFever"] == _off(board)
    assert [True] == house.counted


@pytest.mark.parametrize("broken", ["broken", None])
def test_a_file_that_cannot_be_used_changes_nothing_and_is_said_once(
    house: House, log: io.StringIO, broken: str | None
) -> None:
    board = house.board()
    _off(board)
    if broken is None:
        house.path.unlink()
    else:
        house.write(broken)
    for _ in range(3):
        house.seconds += 1
        assert ["leukoMonitoring"] == _off(board)

    refused = [event for event in _events(log) if event["event"] == "switches refused"]
    assert 1 == len(refused)
    assert str(house.path) in refused[0]["problem"]
    assert ([False], True) == (house.counted, board.is_stale)
    assert "refused" == board.standing(lambda: NOW)["switches"]

    house.write("leukoFever")
    house.seconds += 1
    assert ["leukoFever"] == _off(board)
    assert not board.is_stale


def test_a_fault_of_ours_while_it_is_read_is_one_call_and_is_said_like_a_broken_file(
    house: House, log: io.StringIO
) -> None:
    """The call ends in a fault, whose place is in the log; the file is not looked at again."""
    board = house.board()
    house.write("fault")
    house.seconds += 1

    with pytest.raises(ZeroDivisionError):
        _off(board)

    house.seconds += 1
    assert ["leukoMonitoring"] == _off(board)
    assert ([False], True) == (house.counted, board.is_stale)
    (refused,) = (event for event in _events(log) if event["event"] == "switches refused")
    assert f"{house.path} cannot be used" == refused["problem"]


def test_without_a_last_good_file_what_the_process_has_holds(house: House) -> None:
    board = house.board()
    house.path.with_name("kept").unlink()
    house.write("broken")
    house.seconds += 1

    assert ["leukoMonitoring"] == _off(board)
    assert board.is_stale


def test_a_process_that_starts_while_the_file_is_broken_has_the_last_good_one(house: House) -> None:
    """A new process begins with what the first one read at its start, which may be long ago."""
    first, second = house.board(), house.board()
    house.write("leukoFever")
    house.seconds += 1
    assert ["leukoFever"] == _off(first)
    house.write("broken")
    house.seconds += 1

    assert ["leukoFever"] == _off(second) == _off(first)


def test_a_last_good_file_that_could_not_be_kept_is_not_replaced_by_an_older_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = house.board()
    house.write("leukoFever")
    house.seconds += 1
    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", Mock(side_effect=OSError(28, "No space left on device")))
        assert ["leukoFever"] == _off(board)
    house.write("broken")
    house.seconds += 1

    assert ["leukoFever"] == _off(board)


def test_a_new_process_looks_before_it_answers_anything(house: House) -> None:
    """It begins with what its parent read, and the parent may have looked just now or a month ago."""
    board = house.board()
    assert ["leukoMonitoring"] == _off(board)
    house.write("leukoFever")
    fork = get_context("fork")
    answers = fork.SimpleQueue()
    child = fork.Process(target=lambda: answers.put(_off(board)))
    child.start()
    child.join()

    assert ["leukoFever"] == answers.get()
    assert ["leukoMonitoring"] == _off(board), "the parent has looked a moment ago"


@pytest.mark.parametrize("text", ["broken", None])
def test_at_the_start_a_file_that_cannot_be_used_is_refused(house: House, text: str | None) -> None:
    """Nobody would know what should be off."""
    if text is None:
        house.path.unlink()
    else:
        house.write(text)

    with pytest.raises(SwitchesError, match=r"switches\.toml"):
        house.board()


def test_of_a_file_without_end_no_more_is_read_than_tells_that(house: House) -> None:
    board = house.board()
    house.path.unlink()
    house.path.symlink_to("/dev/zero")
    house.seconds += 1

    assert ["leukoMonitoring"] == _off(board)
    assert [False] == house.counted


def test_what_holds_is_logged_when_it_changes_and_then_no_more(house: House, log: io.StringIO) -> None:
    board = house.board()
    for text in ("leukoMonitoring", "leukoFever", "leukoFever"):
        house.write(text)
        house.seconds += 1
        _off(board)

    told = [event["switches"] for event in _events(log) if event["event"] == "switches"]
    assert [["off topic leukoMonitoring for all"], ["off topic leukoFever for all"]] == told


def test_a_callers_own_shadow_and_that_of_the_file_hold_together(house: House) -> None:
    board = house.board()

    assert Preferences(
        shadow=frozenset(["leukoFever"]), off_topics=frozenset(["leukoMonitoring"])
    ) == board.preferences_of(NORTH, NOW)
    assert frozenset() == board.preferences_of(SOUTH, NOW).shadow
    assert (("leukoFever", "north"),) == board.shadowed(NOW)


def test_without_a_file_nothing_is_off_and_nothing_is_looked_at() -> None:
    board = Switchboard()
    board.open([NORTH])

    assert NORTH.preferences is board.preferences_of(NORTH, NOW)
    assert {"shadow": ["leukoFever"]} == board.standing(lambda: NOW)


def test_what_anybody_may_know_names_no_caller(house: House) -> None:
    board = house.board()

    assert "north" not in str(board.standing(lambda: NOW))
