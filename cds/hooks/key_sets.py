"""Where the public keys of a caller come from: agreed once, or fetched from its own address and kept.

Only the address that the file of callers names is ever asked; what a token says about where its keys are
(``jku``) is compared with it and never followed.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Protocol

import requests
import urllib3

from cds.hooks.signing_keys import SigningKey, read_key, read_key_set
from cds.logs import log_event
from cds.proxies import PROXY_FAULTS, proxies_for
from cds.underway import FAILURES, Underway, UnusableError, get_in_time, open_session, read_body

LIFETIME = timedelta(hours=1)  # after it a set is asked for again; a key taken away works no longer than this
COOL_DOWN = timedelta(seconds=30)  # between two questions, however many unknown keys are named meanwhile
OUTAGE = timedelta(hours=24)  # for so long after the last answer the old keys stay good

_DEADLINE = 3.0  # seconds for the whole answer, the search for its address included
_MOST_BYTES = 256_000
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Keys(Protocol):
    """The public keys of one caller. Safe to share between threads."""

    @property
    def url(self) -> str:
        """Where they are fetched; empty if they were agreed once."""
        ...

    def find(self, kid: str, now: datetime) -> SigningKey | None:
        """The key of this name, if the caller has one."""
        ...

    def refresh(self, now: datetime) -> bool:
        """Ask for them now, if they are fetched at all; whether there are any. A failure is logged."""
        ...

    def is_stale(self, now: datetime) -> bool:
        """Whether those that serve are overdue, because they could not be fetched again."""
        ...


@dataclass(frozen=True, slots=True)
class AgreedKeys:
    """Keys that stand in a file. A new one needs the file, and SIGHUP."""

    keys: Mapping[str, SigningKey] = field(default_factory=lambda: MappingProxyType({}))
    url: str = ""

    def find(self, kid: str, now: datetime) -> SigningKey | None:
        """As ``Keys`` says; ``now`` does not matter."""
        del now
        return self.keys.get(kid)

    def refresh(self, now: datetime) -> bool:
        """What was agreed stays."""
        del now
        return True

    def is_stale(self, now: datetime) -> bool:
        """Never."""
        del now
        return False


@dataclass(frozen=True, slots=True)
class _Held:
    keys: Mapping[str, SigningKey] = field(default_factory=lambda: MappingProxyType({}))
    since: datetime = _LONG_AGO


class FetchedKeys:
    """Keys from the caller's own https address.

    A set is asked for when it is first needed, when it is older than ``LIFETIME``, and when a token names a
    key that is not in it: at most once per ``COOL_DOWN``, by one thread. Nobody who names a key that is there
    is kept waiting by that.
    """

    def __init__(
        self, url: str, algorithms: Collection[str], caller: str, ca_file: Path | None = None
    ) -> None:
        """``caller`` is the tenant's name, for the log; ``ca_file`` vouches for the address."""
        self.url = url
        self._algorithms = algorithms
        self._caller = caller
        self._verify: bool | str = True if ca_file is None else str(ca_file)
        self._held = _Held()
        self._asked = _LONG_AGO
        self._asking = Lock()

    def find(self, kid: str, now: datetime) -> SigningKey | None:
        """As ``Keys`` says. It may take as long as the address, but for a key that is there."""
        held = self._held
        is_known = kid in held.keys and now - held.since < OUTAGE
        if not is_known or now - held.since >= LIFETIME:
            with self._turn(wait=not is_known) as is_mine:
                if is_mine and self._is_due(kid, now):
                    self._ask(now)
        held = self._held
        return held.keys.get(kid) if now - held.since < OUTAGE else None

    def refresh(self, now: datetime) -> bool:
        """As ``Keys`` says."""
        with self._turn(wait=True) as is_mine:
            if is_mine and self._ask(now):
                self._asked = _LONG_AGO  # nobody was unknown: a key that is new by now need not wait
        return now - self._held.since < OUTAGE

    def is_stale(self, now: datetime) -> bool:
        """As ``Keys`` says."""
        return now - self._held.since >= LIFETIME

    @contextmanager
    def _turn(self, *, wait: bool) -> Iterator[bool]:
        # not for ever: a name that is not resolved can take longer than any deadline of ours
        is_mine = self._asking.acquire(timeout=_DEADLINE) if wait else self._asking.acquire(blocking=False)
        try:
            yield is_mine
        finally:
            if is_mine:
                self._asking.release()

    def _is_due(self, kid: str, now: datetime) -> bool:
        """Whether to ask, now that it is our turn: another thread may have done so meanwhile."""
        held = self._held
        wanted = kid not in held.keys or now - held.since >= LIFETIME
        return wanted and not timedelta(0) <= now - self._asked < COOL_DOWN

    def _ask(self, now: datetime) -> bool:
        """Whether that brought keys."""
        self._asked = now
        try:
            self._held = _Held(self._fetch(), now)
        except (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError):
            self._fail("timeout", now)
        except PROXY_FAULTS:
            self._fail("proxy", now)
        except UnusableError as error:
            self._fail(str(error), now)
        except FAILURES:
            self._fail("unreachable", now)
        else:
            log_event("keys fetched", caller=self._caller)
            return True
        return False

    def _fail(self, reason: str, now: datetime) -> None:
        held = self._held
        event = (
            "keys not fetched: old ones serve" if now - held.since < OUTAGE else "keys not fetched: none left"
        )
        log_event(event, logging.WARNING, caller=self._caller, reason=reason)

    def _fetch(self) -> Mapping[str, SigningKey]:
        body = get_in_time(_DEADLINE, self._get)
        try:
            sent = read_key_set(body)
        except (ValueError, RecursionError):
            raise UnusableError("not-a-key-set") from None
        keys: dict[str, SigningKey] = {}
        for jwk in sent:
            try:
                kid, key = read_key(jwk, self._algorithms)
            except ValueError:
                continue  # a set may hold keys for other purposes; RFC 7517 has them ignored
            keys.setdefault(kid, key)
        if not keys:
            raise UnusableError("no-usable-key")
        return MappingProxyType(keys)

    def _get(self, underway: Underway) -> bytes:
        """In a thread of its own."""
        with (
            open_session() as session,
            session.get(
                self.url,
                headers={"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "gzip"},
                timeout=underway.check(),
                allow_redirects=False,
                stream=True,
                verify=self._verify,
                proxies=proxies_for(self.url),
            ) as answer,
        ):
            if answer.status_code != requests.codes.ok:
                raise UnusableError(f"http-{answer.status_code}")
            return read_body(answer, underway, _MOST_BYTES)
