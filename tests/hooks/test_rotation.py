"""Keys that rotate while calls come in: over TLS, from a real server, with several threads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from cds.errors import NotAuthenticated
from cds.hooks.key_sets import COOL_DOWN, LIFETIME, OUTAGE, FetchedKeys
from cds.hooks.tenants import Tenant
from cds.hooks.trust import Trust
from tests.hooks.jwk_sets import Key, key_set
from tests.hooks.key_server import KeyServer, key_server

ISSUER = "https://fhir.north.example.org"
ADDRESS = "https://cds.example.org/cds-services/leuko-order-sign"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OLD, NEW = Key("old"), Key("new")
CALLS = 200


@pytest.fixture
def server(tmp_path: Path) -> Iterator[KeyServer]:
    with key_server(tmp_path) as (server, _):
        yield server


@pytest.fixture
def certificate(tmp_path: Path, server: KeyServer) -> Path:
    """What vouches for ``server``."""
    return tmp_path / "server.pem"


def _trust(server: KeyServer, certificate: Path | None) -> Trust:
    return Trust([Tenant("north", ISSUER, FetchedKeys(server.url, ["ES384"], "north", certificate))])


def _call(trust: Trust, key: Key, now: datetime) -> str:
    """The caller's name, or why it was refused."""
    seconds = int(now.timestamp())
    claims = {"iss": ISSUER, "aud": ADDRESS, "iat": seconds, "exp": seconds + 300, "jti": str(uuid4())}
    try:
        return trust.authenticate(f"Bearer {key.sign(claims)}", [ADDRESS], now).name
    except NotAuthenticated as error:
        return str(error)


def _calls(trust: Trust, now: datetime, *keys: Key) -> set[str]:
    """What becomes of many calls at once, signed by these keys in turn."""
    with ThreadPoolExecutor(8) as threads:
        return {*threads.map(lambda number: _call(trust, keys[number % len(keys)], now), range(CALLS))}


def test_no_call_is_lost_while_the_keys_rotate(server: KeyServer, certificate: Path) -> None:
    trust = _trust(server, certificate)
    server.document = key_set(OLD)
    before = _calls(trust, NOW, OLD)
    server.document = key_set(OLD, NEW)
    during = _calls(trust, NOW + COOL_DOWN, OLD, NEW)
    server.document = key_set(NEW)
    after = _calls(trust, NOW + COOL_DOWN + LIFETIME, NEW)

    assert [{"north"}] * 3 == [before, during, after]
    assert "unknown-key" == _call(trust, OLD, NOW + COOL_DOWN + LIFETIME)
    assert 3 == server.asked


def test_no_call_is_lost_while_the_address_is_away(server: KeyServer, certificate: Path) -> None:
    trust = _trust(server, certificate)
    server.document = key_set(OLD)
    _call(trust, OLD, NOW)
    server.status = 503
    away = _calls(trust, NOW + LIFETIME, OLD)

    assert {"north"} == away
    assert 2 == server.asked
    assert {"unknown-key"} == _calls(trust, NOW + OUTAGE, OLD)


def test_a_certificate_that_nobody_vouches_for_is_not_believed(server: KeyServer) -> None:
    server.document = key_set(OLD)

    assert "unknown-key" == _call(_trust(server, None), OLD, NOW)
    assert 0 == server.asked


def test_no_password_of_this_machine_is_sent_along(
    server: KeyServer, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1\nlogin us\npassword secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.document = key_set(OLD)

    assert "north" == _call(_trust(server, certificate), OLD, NOW)
    assert [None] == server.authorized
