"""The file of the database is its owner's alone, also where it was left open to others."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from cds.errors import DatabaseError
from cds.store.engine import open_engine
from cds.store.records import open_records, upgrade_at

TIGHTENED, LEFT = "database file kept to its owner", "database file is open to others"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "records.sqlite"
    upgrade_at(f"sqlite:///{path}")
    return path


def events(log: io.StringIO) -> list[str]:
    return [json.loads(line)["event"] for line in log.getvalue().splitlines()]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_file_is_its_owners_alone_without_a_word(tmp_path: Path, log: io.StringIO) -> None:
    path = tmp_path / "new.sqlite"
    before = os.umask(0)
    try:
        open_engine(f"sqlite:///{path}").dispose()
    finally:
        os.umask(before)

    assert (0o600, []) == (mode(path), events(log))


@pytest.mark.parametrize(
    ("left", "said"),
    [(0o644, True), (0o666, True), (0o640, True), (0o604, True), (0o601, True), (0o600, False)],
)
def test_an_existing_file_that_others_can_read_is_kept_to_its_owner(
    file: Path, log: io.StringIO, left: int, said: bool
) -> None:
    file.chmod(left)
    open_engine(f"sqlite:///{file}").dispose()
    open_engine(f"sqlite:///{file}").dispose()

    assert [TIGHTENED] * said == events(log)
    assert 0 == mode(file) & 0o077


def test_a_command_that_makes_no_file_tightens_one_as_well(file: Path, log: io.StringIO) -> None:
    file.chmod(0o644)
    open_engine(f"sqlite:///{file}", make=False).dispose()

    assert ([TIGHTENED], 0o600) == (events(log), mode(file))


def test_what_sqlite_keeps_beside_it_is_kept_to_the_owner_too(file: Path, log: io.StringIO) -> None:
    beside = file.with_name(f"{file.name}-wal")
    beside.touch()
    beside.chmod(0o644)
    open_engine(f"sqlite:///{file}").dispose()

    assert ([TIGHTENED], 0o600) == (events(log), mode(beside))


def test_a_file_of_somebody_else_is_said_and_used(
    file: Path, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted", str(self))

    file.chmod(0o644)
    monkeypatch.setattr(Path, "chmod", refuse)
    records = open_records(f"sqlite:///{file}")
    records.release()

    assert [LEFT] == [event for event in events(log) if event.startswith("database file")]
    assert 0o644 == mode(file)
    assert str(file) not in log.getvalue()


def test_a_missing_file_is_told_as_before(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="cannot be written"):
        open_engine(f"sqlite:///{tmp_path}/missing.sqlite", make=False)


@pytest.mark.parametrize("content", [b"root:x:0:0\n", b"SQLite format 2\0", b"S"])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    """A path that was mistyped would otherwise cost another program the access to its file."""
    path = tmp_path / "passwd"
    path.write_bytes(content)
    path.chmod(0o644)

    with pytest.raises(DatabaseError, match="file is not a database"):
        open_engine(f"sqlite:///{path}")
    assert (0o644, content) == (mode(path), path.read_bytes())


def test_an_empty_file_becomes_one(tmp_path: Path) -> None:
    path = tmp_path / "empty.sqlite"
    path.touch()

    open_engine(f"sqlite:///{path}").dispose()
