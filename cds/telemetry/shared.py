"""Metrics of several processes as one: each writes files of its own in a private folder, a look adds them up.

The folder lies in memory where there is such a place, is made at the start by the first process, and goes
with it. What a process counted that has ended is added to what all of its kind counted before, so that
processes may come and go for months.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  (what we make there is private by its name and mode)
_PREFIX, _STARTING = "leukocds-run-", ".leukocds-starting-"
_LOCK = "lock"
_LEAST_FREE = 8_000_000  # bytes; a process needs a tenth of them
_ADDED_UP = ("counter", "histogram")


class SharedFolder:
    """The folder of one service. ``path`` is its place."""

    def __init__(self, parent: Path | None = None) -> None:
        """Make it, in ``parent`` or where there is memory, and clear away what dead services left there."""
        in_memory = os.access(SHARED_MEMORY, os.W_OK) and _free(SHARED_MEMORY) > _LEAST_FREE
        parent = parent or (SHARED_MEMORY if in_memory else Path(tempfile.gettempdir()))
        _clear(parent)
        made = Path(tempfile.mkdtemp(prefix=_STARTING, dir=parent))
        self._alive = (made / "alive").open("wb")  # locked as long as one of our processes lives
        fcntl.flock(self._alive, fcntl.LOCK_SH)
        # it gets its name when it is locked, lest another that starts takes it for one that was left
        self.path = made.rename(parent / f"{_PREFIX}{made.name.removeprefix(_STARTING)}")
        self._made_by = os.getpid()
        self._unburied: set[int] = set()

    def share_metrics(self) -> None:
        """Metrics that are made from now on, by this process, keep their numbers here."""
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(self.path)
        # decided by the library at its import otherwise, which would depend on who imports it first
        values.ValueClass = values.MultiProcessValue()

    def register(self, registry: CollectorRegistry) -> None:
        """Let ``registry`` export the sums over all processes."""
        MultiProcessCollector(registry, path=str(self.path))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Entered while files are read: none is added to another meanwhile."""
        with self._locked(fcntl.LOCK_SH):
            yield

    def bury(self, pid: int) -> None:
        """Process ``pid`` has ended: add what it counted to the sum of the dead.

        While files are being read it waits for the next to end, and nobody waits for it: a reader that hangs
        must not hold up the process that would put an end to it.
        """
        self._unburied.add(pid)
        if _free(self.path) < _LEAST_FREE:  # to write into memory that is not there would kill this process
            return
        with suppress(BlockingIOError), self._locked(fcntl.LOCK_EX | fcntl.LOCK_NB):
            while self._unburied:
                self._bury(self._unburied.pop())

    def _bury(self, pid: int) -> None:
        mark_process_dead(pid, str(self.path))
        for kind in _ADDED_UP:
            dead = self.path / f"{kind}_{pid}.db"
            if dead.exists():
                _add_up(dead, self.path / f"{kind}_dead.db")
                dead.unlink()

    def remove(self) -> None:
        """Away with it, if this is the process that made it."""
        if os.getpid() == self._made_by:
            self._alive.close()
            shutil.rmtree(self.path, ignore_errors=True)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        with (self.path / _LOCK).open("wb") as lock:
            fcntl.flock(lock, how)
            yield


def _add_up(dead: Path, total: Path) -> None:
    sums = MmapedDict(str(total))
    for key, value, _timestamp, _place in MmapedDict.read_all_values_from_file(str(dead)):
        sums.write_value(key, sums.read_value(key)[0] + value, 0.0)
    sums.close()


def _free(place: Path) -> int:
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize


def _clear(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        try:
            with (folder / "alive").open("rb") as alive:
                fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # somebody lives there, or it is no folder of ours
            continue
        shutil.rmtree(folder, ignore_errors=True)
