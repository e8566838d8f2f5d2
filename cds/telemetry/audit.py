"""The audit trail: one line per decision and per feedback, appended to a file or written to standard output.

What cannot be written is counted and said in the log; the decision is answered all the same, since a full
disk harms no patient and a missing warning may.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Protocol

import msgspec

from cds.errors import SettingsError
from cds.hooks.observed import Action, Exchange
from cds.logs import log_event
from cds.settings import Settings
from cds.telemetry.audit_event import Describer, Name, by_hash, by_reference, unnamed
from cds.telemetry.audit_file import AppendedFile, refuse_other_files

_SHORTEST_KEY = 32  # bytes
_AUDITED = frozenset({Action.DECISION, Action.FEEDBACK})


class Sink(Protocol):
    """Where lines go. Raises ``OSError`` if one cannot be written."""

    def write(self, line: bytes) -> None:
        """Write one line, as a whole or not at all."""
        ...


class StandardOutput:
    """Lines among those of the log; ``resourceType`` tells them apart."""

    def __init__(self) -> None:
        self._lock = Lock()

    def write(self, line: bytes) -> None:
        """As ``Sink`` says."""
        with self._lock:
            sys.stdout.flush()
            os.write(sys.stdout.fileno(), line)


class AuditTrail:
    """An observer that writes what it is told of to ``sink``; ``count`` is told whether that went well."""

    def __init__(self, sink: Sink, describer: Describer, count: Callable[[bool], None]) -> None:
        self._sink, self._describer, self._count = sink, describer, count
        self._is_failing = False

    def record(self, exchange: Exchange) -> None:
        """Write the event of ``exchange``, if it is one that is audited."""
        if exchange.action not in _AUDITED:
            return
        line = msgspec.json.encode(self._describer.describe(exchange)) + b"\n"
        try:
            self._sink.write(line)
        except OSError as error:
            self._count(False)
            if not self._is_failing:
                log_event(
                    "audit failed",
                    logging.ERROR,
                    error=type(error).__qualname__,
                    reason=errno.errorcode.get(error.errno or 0, ""),
                )
            self._is_failing = True
        else:
            self._count(True)
            if self._is_failing:
                log_event("audit written again", logging.WARNING)
            self._is_failing = False


def open_trail(settings: Settings, count: Callable[[bool], None]) -> AuditTrail | None:
    """The trail that the settings ask for, if any. Raises ``SettingsError`` if it cannot be written so."""
    if settings.audit == "off":
        return None
    name: Name = unnamed
    if settings.audit_people == "reference":
        name = by_reference
    elif settings.audit_key_file is not None and settings.audit_people == "hash":
        name = by_hash(_key(settings.audit_key_file))
    try:
        sink: Sink = StandardOutput() if settings.audit == "stdout" else _open_file(Path(settings.audit))
    except OSError as error:
        raise SettingsError(
            [f"LEUKOCDS_AUDIT: {settings.audit} cannot be written: {error.strerror}"]
        ) from None
    return AuditTrail(sink, Describer(name), count)


def _open_file(path: Path) -> AppendedFile:
    refuse_other_files(path)
    return AppendedFile(path)


def _key(path: Path) -> bytes:
    key = path.read_bytes().strip()
    if len(key) < _SHORTEST_KEY:
        raise SettingsError([f"LEUKOCDS_AUDIT_KEY_FILE: {path} has less than {_SHORTEST_KEY} bytes"])
    return key
