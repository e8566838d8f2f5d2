"""The switches file in use: looked at for a change while the service runs, and never worse than it was.

Every process looks for itself, at most once a second, so that a changed file holds within seconds and no
signal is needed. A file that cannot be used is said and counted, and what held before holds on: nothing that
was switched off comes back because of a slip of the pen.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from cds.errors import SwitchesError
from cds.hooks.tenants import Tenant
from cds.knowledge.schema.switches import Held, Switches
from cds.logs import log_event
from cds.settings import Preferences

ReadSwitches = Callable[[bytes, str, Collection[str]], Switches]  # bytes, name of the file, known callers
_PAUSE = 1.0  # seconds between two looks
_LONGEST = 1_000_000  # bytes; what is longer is another file, and would be read by every process


class Switchboard:
    """What is switched off and in shadow now, for whom. Safe to share between threads."""

    def __init__(
        self,
        path: Path | None = None,
        read: ReadSwitches = lambda *_: Switches(),
        kept: Path | None = None,
        count: Callable[[bool], None] = lambda _: None,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        """Without ``path`` nothing is switched off.

        ``kept`` is where the last good file is kept for processes that start while it is broken; ``count`` is
        told of every reading whether it could be used; ``tick`` counts seconds.
        """
        self._path, self._read, self._kept, self._count, self._tick = path, read, kept, count, tick
        self._tenants: tuple[Tenant, ...] = ()
        self._switches = Switches()
        self._seen: object = None
        self._said: tuple[str, ...] = ()
        self._next_look = 0.0
        self._process = 0
        self._lock = Lock()
        self.is_stale = False

    def open(self, tenants: Iterable[Tenant]) -> None:
        """Read the file for the first time. Raises ``SwitchesError``: nobody knows what should be off."""
        self._tenants = tuple(tenants)
        if self._path is not None:
            self._seen = _signature(self._path)
            self._take(self._path)

    @property
    def callers(self) -> tuple[str, ...]:
        """The names of the callers that there are."""
        return tuple(tenant.name for tenant in self._tenants)

    def preferences_of(self, tenant: Tenant, now: datetime) -> Preferences:
        """The preferences of ``tenant`` with what is switched off for it at this moment."""
        chosen = tenant.preferences
        if self._path is None:
            return chosen
        return as_held(chosen, self.current(now).held(tenant.name, now))

    def current(self, now: datetime) -> Switches:
        """What the file says, a second ago at most; ``now`` is to tell in the log what holds."""
        # nobody waits for another's look, but for the first: a process begins with what was read long ago
        is_first = self._process != os.getpid()
        if self._path is not None and self._is_due() and self._lock.acquire(blocking=is_first):
            try:
                if self._is_due():
                    self._next_look = self._tick() + _PAUSE
                    self._look(self._path)
                    self._say(now)
                    self._process = os.getpid()
            finally:
                self._lock.release()
        return self._switches

    def _is_due(self) -> bool:
        return self._process != os.getpid() or self._tick() >= self._next_look

    def off(self, now: datetime) -> tuple[tuple[str, str, str], ...]:
        """Kind, name and caller (empty: all) of what is switched off at this moment."""
        off = (each for each in self.current(now).off if each.holds_at(now))
        return tuple((each.kind, each.name, each.tenant or "") for each in off)

    def shadowed(self, now: datetime) -> tuple[tuple[str, str], ...]:
        """Topic and caller (empty: all) of what is in shadow at this moment, by this file or the callers'."""
        shadow = [each for each in self.current(now).shadow if each.holds_at(now)]
        found = [(each.topic, each.tenant or "") for each in shadow]
        found += [
            (topic, tenant.name) for tenant in self._tenants for topic in sorted(tenant.preferences.shadow)
        ]
        return tuple(dict.fromkeys(found))

    def standing(self, clock: Callable[[], datetime]) -> Mapping[str, object]:
        """What anybody may know of it: what is off and in shadow, without a word on which caller."""
        now = clock()
        off = dict.fromkeys(f"{kind} {name}" for kind, name, _ in self.off(now))
        shadow = dict.fromkeys(topic for topic, _ in self.shadowed(now))
        told = {"off": [*off], "shadow": [*shadow], "switches": "refused" if self.is_stale else ""}
        return {name: value for name, value in told.items() if value}

    # --- the file ---------------------------------------------------------------------------------------

    def _look(self, path: Path) -> None:
        signature = _signature(path)
        if signature == self._seen:
            return
        self._seen = signature
        problems: tuple[str, ...] = (f"{path} cannot be used",)  # all there is to say of a fault of ours
        try:
            self._take(path)
            problems = ()
        except SwitchesError as error:
            problems = error.problems
        finally:  # the file is not looked at again until it changes: now or never it is said
            self._judge(problems)

    def _judge(self, problems: tuple[str, ...]) -> None:
        """The file was read, and these are its problems."""
        self.is_stale = bool(problems)
        for problem in problems:
            log_event("switches refused", logging.ERROR, problem=problem)
        self._count(not problems)
        if problems:
            self._take_kept()

    def _take(self, path: Path) -> None:
        raw = read_switches_file(path)
        self._switches = self._parse(raw)
        if self._kept is not None:
            _keep(raw, self._kept)

    def _take_kept(self) -> None:
        """What the last good file said, which another process may have read after this one began."""
        if self._kept is not None:
            # none there, or kept under other knowledge: then what this process has holds on
            with suppress(OSError, SwitchesError):
                self._switches = self._parse(self._kept.read_bytes())

    def _parse(self, raw: bytes) -> Switches:
        return self._read(raw, str(self._path), self.callers)

    def _say(self, now: datetime) -> None:
        said = self._switches.told(now)
        if said != self._said:
            self._said = said
            log_event("switches", logging.WARNING, switches=said)


def as_held(chosen: Preferences, held: Held) -> Preferences:
    """The preferences with what is switched off and in shadow."""
    return replace(
        chosen, off_topics=held.off_topics, off_rules=held.off_rules, shadow=chosen.shadow | held.shadow
    )


def read_switches_file(path: Path) -> bytes:
    """The bytes of the switches file, as yet unread. Raises ``SwitchesError``."""
    try:
        with path.open("rb") as file:
            raw = file.read(_LONGEST + 1)
    except OSError as error:
        raise SwitchesError([f"{path} cannot be read: {error.strerror}"]) from None
    if len(raw) > _LONGEST:
        raise SwitchesError([f"{path} is no file of switches: it has more than {_LONGEST:,} bytes"])
    return raw


def _keep(raw: bytes, kept: Path) -> None:
    fresh = kept.with_name(f"{kept.name}.{os.getpid()}")
    try:
        fresh.write_bytes(raw)
        fresh.replace(kept)
    except OSError:  # better none than one that is no longer the last
        with suppress(OSError):
            kept.unlink()


def _signature(path: Path) -> object:
    """What changes when the file does, also where a whole folder is exchanged for another."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
