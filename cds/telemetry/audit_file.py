"""The file of an audit trail: only ever added to, in whole lines, and its owner's alone.

Several processes may write to it. A line is there as a whole or not at all, also on a disk that fills up. A
file that was moved away is begun anew, so that rotating it needs no signal.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from cds.logs import log_event
from cds.writable import OWNER_ALONE

_PATIENCE = 0.5  # seconds for the other threads of this process
_PAUSES = (0.001, 0.002, 0.004, *[0.008] * 48)  # seconds between looks at a lock: 0.4 in all, then no more


class AppendedFile:
    """A file that is only ever added to, readable by its owner alone."""

    def __init__(self, path: Path, pause: Callable[[float], None] = time.sleep) -> None:
        """Raises ``OSError`` if it cannot be opened for writing. ``pause`` lets so many seconds pass."""
        self._path = path
        self._pause = pause
        self._lock = Lock()
        # process and descriptor: through a descriptor that a fork shares, a lock keeps nobody out
        self._open = (os.getpid(), self._descriptor())

    def write(self, line: bytes) -> None:
        """Write one line, as a whole or not at all.

        Raises ``OSError`` if it cannot be written, a ``BlockingIOError`` if somebody else keeps the file
        locked: whoever may open it can do that, and no decision waits for it.
        """
        if not self._lock.acquire(timeout=_PATIENCE):
            raise BlockingIOError(errno.EWOULDBLOCK, os.strerror(errno.EWOULDBLOCK))
        try:
            with self._locked(self._current()) as descriptor:
                _append(descriptor, line)
        finally:
            self._lock.release()

    @contextmanager
    def _locked(self, descriptor: int) -> Iterator[int]:
        for seconds in (*_PAUSES, None):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if seconds is None:
                    raise
                self._pause(seconds)
        try:
            yield descriptor
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _current(self) -> int:
        process, descriptor = self._open
        if process != os.getpid() or not self._is_there(descriptor):
            if process == os.getpid() and descriptor >= 0:
                os.close(descriptor)
            self._open = (0, -1)
            self._open = (os.getpid(), self._descriptor())
        return self._open[1]

    def _is_there(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.stat(self._path), os.fstat(descriptor))
        except FileNotFoundError:
            return False

    def _descriptor(self) -> int:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, OWNER_ALONE)
        _keep_to_owner(descriptor)
        return descriptor


def refuse_other_files(path: Path) -> None:
    """A mistyped path costs no other file its end or its access: what is there has to begin like an event.

    Raises ``OSError``.
    """
    try:
        if not path.is_file():
            return
        with path.open("rb") as file:
            beginning = file.read(1)
    except OSError:
        return  # it may be written, and not be read
    if beginning not in (b"", b"{"):
        raise OSError(errno.EINVAL, "it holds something else than audit events")


def _keep_to_owner(descriptor: int) -> None:
    """Take from everybody else the access to a file that was there already.

    Done or not done is said in one line of the log: who is not the owner leaves it as it is.
    """
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return
    try:
        if found.st_uid != os.geteuid():
            raise PermissionError
        os.fchmod(descriptor, OWNER_ALONE)
    except OSError as error:
        log_event("audit file is open to others", logging.WARNING, error=type(error).__qualname__)
    else:
        log_event("audit file kept to its owner", logging.WARNING)


def _append(descriptor: int, line: bytes) -> None:
    size = os.fstat(descriptor).st_size
    try:
        written = os.write(descriptor, line)
    except OSError:
        os.ftruncate(descriptor, size)
        raise
    if written < len(line):  # the disk is full in the middle of it
        os.ftruncate(descriptor, size)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
