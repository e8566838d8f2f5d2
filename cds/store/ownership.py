"""Keeps the file of a SQLite database to its owner, as it is made: to nobody else it tells anything."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path

from cds.logs import log_event
from cds.writable import OWNER_ALONE

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_BESIDE = ("-wal", "-shm", "-journal")  # SQLite's own; new ones are made with the access of the file itself


def keep_to_owner(path: Path) -> None:
    """Take from everybody else the access to an existing file, and to what SQLite keeps beside it.

    Done or not done is said in one line of the log: who is not the owner may not, and goes on all the same.
    By name, since to open and close such a file would take from this process the locks that it has on it.
    """
    files = [path, *(path.with_name(path.name + ending) for ending in _BESIDE)]
    open_to_others = [file for file in files if _is_open_to_others(file)]
    if not open_to_others:
        return
    try:
        for file in open_to_others:
            file.chmod(OWNER_ALONE)
    except OSError as error:
        log_event("database file is open to others", logging.WARNING, error=type(error).__qualname__)
    else:
        log_event("database file kept to its owner", logging.WARNING)


def _is_open_to_others(file: Path) -> bool:
    try:
        mode = os.stat(file).st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) and bool(mode & _OTHERS)
