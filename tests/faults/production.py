"""A hospital whose EHR signs its calls, and threads that call for it."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from cds.conform.signing import Signer
from tests.faults.serving import Service, story

PUBLIC = "https://cds.hospital.example"
ISSUER = "https://fhir.hospital.example/R4"
SERVICE = "/cds-services/leuko-order-sign"
FEEDBACK = f"{SERVICE}/feedback"


@dataclass(frozen=True)
class Hospital:
    """Its key, and the settings of a service that knows it."""

    signer: Signer
    settings: dict[str, str]

    def headers(self, path: str = SERVICE, token: str = "") -> dict[str, str]:
        """Of one call, with a new token or this one."""
        token = token or self.signer.token(PUBLIC + path)
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def hospital(folder: Path, database_url: str, **settings: str) -> Hospital:
    """One that signs with RS384; its public key and the list of callers lie in ``folder``."""
    key = rsa.generate_private_key(65537, 2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    (folder / "keys.json").write_text(json.dumps({"keys": [public | {"kid": "k1"}]}))
    callers = folder / "tenants.toml"
    callers.write_text(f'[[tenant]]\nname = "north"\nissuer = "{ISSUER}"\njwks_file = "keys.json"\n')
    chosen = {
        "env": "production",
        "public_url": PUBLIC,
        "tenants": str(callers),
        "database_url": database_url,
        "log_level": "warning",
    }
    return Hospital(Signer(key, "RS384", ISSUER, "k1", time.time), chosen | settings)


def ask(service: Service, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    """Status and body of one call over a connection of its own."""
    connection = HTTPConnection("127.0.0.1", service.port, timeout=30)
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@dataclass
class Load:
    """What callers saw: when, how long it took, the status, and the cards."""

    seen: list[tuple[float, float, int, list[dict[str, Any]]]] = field(default_factory=list)

    def statuses(self, since: float = 0, until: float = float("inf")) -> Counter[int]:
        """How often each status came, of calls begun in that time."""
        return Counter(status for at, _, status, _ in self.seen if since <= at < until)

    def slowest(self, since: float = 0, until: float = float("inf")) -> float:
        """Seconds of the slowest call begun in that time."""
        return max(seconds for at, seconds, *_ in self.seen if since <= at < until)

    def typical(self, since: float = 0, until: float = float("inf")) -> float:
        """Seconds of the median call begun in that time."""
        times = sorted(seconds for at, seconds, *_ in self.seen if since <= at < until)
        return times[len(times) // 2]

    def cards(self) -> list[dict[str, Any]]:
        """All cards that were sent."""
        return [card for *_, cards in self.seen for card in cards]


@contextmanager
def load(from_: Hospital, on: list[Service], callers: int = 4) -> Iterator[Load]:
    """``callers`` call order-sign without a pause, each with a new token per call, until the end."""
    told, seen, stop = story(), Load(), threading.Event()

    def work(number: int) -> None:
        while not stop.is_set():
            start = time.monotonic()
            try:
                status, body = ask(on[number % len(on)], SERVICE, from_.headers(), told.request)
            except (OSError, HTTPException):
                status, body = 0, b""
            cards = json.loads(body)["cards"] if status == 200 else []
            seen.seen.append((start, time.monotonic() - start, status, cards))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """What these calls return that are made at the same moment, each in a thread of its own."""
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def work(number: int) -> None:
        barrier.wait()
        results[number] = calls[number]()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
