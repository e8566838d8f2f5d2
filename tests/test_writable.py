"""Whether a file could be written is told as opening it would tell it, and nothing is made."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cds.writable import check_writable


def test_a_file_that_is_there_or_could_be_made_is_left_as_it_is(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("x")
    before = there.stat()

    check_writable(there)
    check_writable(tmp_path / "new")
    check_writable(tmp_path / "a" / "b" / "new", make_folders=True)

    assert (["there"], before.st_mtime_ns) == (os.listdir(tmp_path), there.stat().st_mtime_ns)


@pytest.mark.parametrize("name", ["", "file/x", "nowhere/x"])
def test_what_cannot_be_opened_is_told_in_the_words_of_the_system(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r".") as tried:
        os.close(os.open(tmp_path / name, os.O_WRONLY | os.O_CREAT, 0o600))

    with pytest.raises(OSError, match=r".") as told:
        check_writable(tmp_path / name)

    assert tried.value.errno == told.value.errno


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    """It would wait for whoever reads it."""
    os.mkfifo(tmp_path / "pipe")

    check_writable(tmp_path / "pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_others_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(PermissionError):
        check_writable(tmp_path / "new")
