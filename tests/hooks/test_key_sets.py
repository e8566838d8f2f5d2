"""Keys that an EHR publishes: when they are asked for, how long they are good, and what is not believed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import requests
import responses

from cds.errors import NotAuthenticated
from cds.hooks.key_sets import COOL_DOWN, LIFETIME, OUTAGE, FetchedKeys
from cds.hooks.tenants import Tenant
from cds.hooks.trust import Trust
from tests.faults import fhir_server as stub
from tests.hooks.jwk_sets import Key, key_set
from tests.readers.test_fhir_client import DEADLINE, PATIENCE, secure

URL = "https://fhir.north.example.org/jwks.json"
ISSUER = "https://fhir.north.example.org"
ADDRESS = "https://cds.example.org/cds-services/leuko-order-sign"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MOMENT = timedelta(seconds=1)
OLD, NEW = Key("old"), Key("new")


@pytest.fixture
def published() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def _publish(mock: responses.RequestsMock, *keys: Key, **answer: Any) -> None:
    """From now on the address answers this and nothing else."""
    mock.reset()
    mock.get(URL, **(answer or {"json": key_set(*keys)}))


def _keys() -> FetchedKeys:
    return FetchedKeys(URL, ["RS384", "ES384"], "north")


def _events(log: io.StringIO) -> list[tuple[str, str]]:
    told = [json.loads(line) for line in log.getvalue().splitlines()]
    return [(line["event"], line.get("reason", "")) for line in told]


def test_keys_are_asked_for_when_first_needed_and_then_kept(published: responses.RequestsMock) -> None:
    _publish(published, OLD)
    keys = _keys()

    assert 0 == len(published.calls)
    assert all(keys.find("old", NOW + seconds * MOMENT) for seconds in range(100))
    assert 1 == len(published.calls)


def test_after_their_lifetime_they_are_asked_for_again(published: responses.RequestsMock) -> None:
    _publish(published, OLD)
    keys = _keys()
    keys.find("old", NOW)
    keys.find("old", NOW + LIFETIME - MOMENT)

    assert 1 == len(published.calls)

    keys.find("old", NOW + LIFETIME)

    assert 2 == len(published.calls)


def test_a_new_key_works_at_its_first_use(published: responses.RequestsMock) -> None:
    _publish(published, OLD)
    keys = _keys()
    keys.find("old", NOW)
    _publish(published, OLD, NEW)

    assert keys.find("new", NOW + COOL_DOWN) is not None


def test_a_key_that_is_new_right_after_the_start_works_too(published: responses.RequestsMock) -> None:
    """Being asked at the start costs no cool-down."""
    _publish(published, OLD)
    keys = _keys()
    keys.refresh(NOW)
    _publish(published, OLD, NEW)

    assert keys.find("new", NOW) is not None


def test_a_start_without_keys_does_not_keep_asking(published: responses.RequestsMock) -> None:
    _publish(published, status=503)
    keys = _keys()
    keys.refresh(NOW)
    keys.find("old", NOW + MOMENT)

    assert 1 == len(published.calls)


def test_a_key_that_was_taken_away_works_no_longer_than_the_lifetime(
    published: responses.RequestsMock,
) -> None:
    _publish(published, OLD)
    keys = _keys()
    keys.find("old", NOW)
    _publish(published, NEW)

    assert keys.find("old", NOW + LIFETIME - MOMENT) is not None
    assert keys.find("old", NOW + LIFETIME) is None


def test_a_key_that_was_taken_away_is_gone_once_its_successor_is_used(
    published: responses.RequestsMock,
) -> None:
    _publish(published, OLD)
    keys = _keys()
    keys.find("old", NOW)
    _publish(published, NEW)
    keys.find("new", NOW + COOL_DOWN)

    assert keys.find("old", NOW + COOL_DOWN + MOMENT) is None


def test_a_flood_of_unknown_keys_asks_once_per_cool_down(published: responses.RequestsMock) -> None:
    _publish(published, OLD)
    keys = _keys()
    found = [keys.find(f"k{number}", NOW + number * MOMENT / 10) for number in range(600)]  # for a minute

    assert {None} == {*found}
    assert 2 == len(published.calls)
    assert keys.find("old", NOW + timedelta(minutes=1)) is not None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status": 500}, "http-500"),
        ({"status": 404}, "http-404"),
        ({"body": requests.ConnectionError()}, "unreachable"),
        ({"body": requests.exceptions.SSLError()}, "unreachable"),
        ({"body": requests.ReadTimeout()}, "timeout"),
        ({"status": 302, "headers": {"Location": "https://evil.example.org/jwks.json"}}, "http-302"),
        ({"body": "<html>Sign in</html>"}, "not-a-key-set"),
        ({"body": "[" * 100_000}, "not-a-key-set"),
        ({"json": [OLD.jwk]}, "not-a-key-set"),
        ({"json": {"keys": {}}}, "not-a-key-set"),
        ({"json": {"keys": []}}, "no-usable-key"),
        ({"json": {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "old"}]}}, "no-usable-key"),
        ({"body": " " * 300_000}, "too-large"),
    ],
)
def test_in_an_outage_the_old_keys_serve_for_a_day(
    published: responses.RequestsMock, log: io.StringIO, answer: dict[str, Any], reason: str
) -> None:
    """Whatever the outage is. It is told by a code, and no address but the one that was listed is asked."""
    _publish(published, OLD)
    keys = _keys()
    keys.find("old", NOW)
    _publish(published, **answer)

    assert keys.find("old", NOW + LIFETIME) is not None
    assert keys.find("old", NOW + OUTAGE - MOMENT) is not None
    assert keys.find("old", NOW + OUTAGE) is None
    assert {URL} == {call.request.url for call in published.calls}
    assert ("keys not fetched: old ones serve", reason) == _events(log)[1]
    assert ("keys not fetched: old ones serve", reason) == _events(log)[2]
    assert all(reason == why for _, why in _events(log)[1:])


def test_when_the_outage_ends_the_new_keys_serve(published: responses.RequestsMock) -> None:
    _publish(published, OLD)
    keys = _keys()
    keys.find("old", NOW)
    _publish(published, status=503)
    keys.find("old", NOW + OUTAGE)
    _publish(published, NEW)

    assert keys.find("new", NOW + OUTAGE + COOL_DOWN) is not None
    assert keys.find("old", NOW + OUTAGE + COOL_DOWN) is None


def test_in_an_outage_the_address_is_asked_once_per_cool_down(published: responses.RequestsMock) -> None:
    _publish(published, status=503)
    keys = _keys()
    for seconds in range(60):
        keys.find("old", NOW + seconds * MOMENT)

    assert 2 == len(published.calls)


def test_one_key_that_cannot_be_used_spoils_no_other(published: responses.RequestsMock) -> None:
    """A set may hold keys for encryption, of kinds not known yet, and by mistake a private one."""
    private = OLD.jwk | {"kid": "private", "d": "AA"}
    odd = [{"kty": "AKP", "kid": "later"}, NEW.jwk | {"kid": "enc", "use": "enc"}, private, "x", OLD.jwk]
    _publish(published, json={"keys": odd})
    keys = _keys()

    assert keys.find("old", NOW) is not None
    assert [None] * 3 == [keys.find(kid, NOW) for kid in ("later", "enc", "private")]


def test_many_calls_at_once_ask_once(published: responses.RequestsMock) -> None:
    """One thread asks, the others wait for what it brings."""
    asked, go_on = Event(), Event()

    def answer(_: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        asked.set()
        assert go_on.wait(10)
        return 200, {}, json.dumps(key_set(OLD))

    published.add_callback(responses.GET, URL, answer)
    keys = _keys()
    with ThreadPoolExecutor(8) as threads:
        found = [threads.submit(keys.find, "old", NOW) for _ in range(8)]
        assert asked.wait(10)
        go_on.set()

    assert all(each.result() is not None for each in found)
    assert 1 == len(published.calls)


def test_who_names_a_known_key_waits_for_nobody(published: responses.RequestsMock) -> None:
    _publish(published, OLD)
    keys = _keys()
    keys.find("old", NOW)
    asked, go_on = Event(), Event()

    def answer(_: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        asked.set()
        assert go_on.wait(10)
        return 200, {}, json.dumps(key_set(OLD, NEW))

    published.reset()
    published.add_callback(responses.GET, URL, answer)
    late = NOW + LIFETIME
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(keys.find, "new", late)
        assert asked.wait(10)

        assert keys.find("old", late) is not None
        assert not waiting.done()

        go_on.set()

    assert waiting.result() is not None


# --- an address that takes its time ---------------------------------------------------------------------

NONE_LEFT = "keys not fetched: none left"


@pytest.mark.parametrize("behave", [stub.hang, stub.drip_headers, stub.drip_body])
def test_an_address_that_dribbles_keeps_neither_a_start_nor_a_reload(
    behave: stub.Behave, tmp_path: Path, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No single read of it is ever late; the whole of it is, and ends as if nobody were there."""
    monkeypatch.setattr("cds.hooks.key_sets._DEADLINE", DEADLINE)
    with ThreadPoolExecutor(1) as threads, secure(behave, tmp_path) as (server, certificate):
        keys = FetchedKeys(server.base, ["ES384"], "north", certificate)
        trust = Trust([Tenant("north", ISSUER, keys)])
        without = threads.submit(trust.fetch_keys, NOW).result(PATIENCE)

        assert 1 == len(server.asked)

    assert {"north"} == without
    assert [(NONE_LEFT, "timeout")] == _events(log)


def test_meanwhile_the_old_keys_serve(
    tmp_path: Path, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    well = stub.saying(json.dumps(key_set(OLD)).encode())
    with ThreadPoolExecutor(1) as threads, secure(well, tmp_path) as (server, certificate):
        keys = FetchedKeys(server.base, ["ES384"], "north", certificate)
        assert keys.refresh(NOW)
        monkeypatch.setattr("cds.hooks.key_sets._DEADLINE", DEADLINE)
        server.behave = stub.drip_body

        assert threads.submit(keys.find, "old", NOW + LIFETIME).result(PATIENCE) is not None

    assert [("keys fetched", ""), ("keys not fetched: old ones serve", "timeout")] == _events(log)


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (stub.bomb, "too-large"),
        (stub.saying(b"not gzip", Content_Encoding="gzip"), "encoding"),
        (stub.saying(b"{}", Content_Encoding="br"), "encoding"),
        (stub.cut, "unreachable"),
        (stub.reset, "unreachable"),
    ],
)
def test_what_is_sent_is_unpacked_no_further_than_a_set_may_be_large(
    behave: stub.Behave, reason: str, tmp_path: Path, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cds.hooks.key_sets._DEADLINE", PATIENCE)
    with secure(behave, tmp_path) as (server, certificate):
        assert not FetchedKeys(server.base, ["ES384"], "north", certificate).refresh(NOW)

    assert [(NONE_LEFT, reason)] == _events(log)


def test_a_process_that_may_have_no_more_threads_goes_on_without(
    published: responses.RequestsMock, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    _publish(published, OLD)
    keys = _keys()
    monkeypatch.setattr(Thread, "start", refuse)

    assert keys.find("old", NOW) is None
    assert [(NONE_LEFT, "no-thread")] == _events(log)


# --- what a token says about it -------------------------------------------------------------------------


def _authenticate(trust: Trust, key: Key, token_id: str, **header: str) -> str:
    seconds = int(NOW.timestamp())
    claims = {"iss": ISSUER, "aud": ADDRESS, "iat": seconds, "exp": seconds + 300, "jti": token_id}
    return trust.authenticate(f"Bearer {key.sign(claims, **header)}", [ADDRESS], NOW).name


def test_a_token_may_name_the_listed_address_and_no_other(published: responses.RequestsMock) -> None:
    """The other one is asked nothing, even if it holds the key that signed."""
    _publish(published, OLD)
    evil = published.get("https://evil.example.org/jwks.json", json=key_set(NEW))
    trust = Trust([Tenant("north", ISSUER, _keys())])

    assert "north" == _authenticate(trust, OLD, "t-1")
    assert "north" == _authenticate(trust, OLD, "t-2", jku=URL)
    for key, jku in [
        (NEW, "https://evil.example.org/jwks.json"),
        (OLD, URL + "?"),
        (OLD, "http://169.254.169.254"),
    ]:
        with pytest.raises(NotAuthenticated, match="foreign-key-set"):
            _authenticate(trust, key, "t-3", jku=jku)
    with pytest.raises(NotAuthenticated, match="unknown-key"):
        _authenticate(trust, NEW, "t-4")
    assert 0 == evil.call_count


def test_it_is_told_when_old_keys_let_somebody_in(published: responses.RequestsMock) -> None:
    _publish(published, OLD)
    told: list[str] = []
    trust = Trust([Tenant("north", ISSUER, _keys())], on_stale=lambda: told.append("stale"))
    trust.fetch_keys(NOW - LIFETIME)
    _publish(published, status=503)

    assert "north" == _authenticate(trust, OLD, "t-1")
    assert ["stale"] == told

    _publish(published, OLD)
    trust.fetch_keys(NOW)

    assert "north" == _authenticate(trust, OLD, "t-2")
    assert ["stale"] == told


def test_keys_are_fetched_before_the_first_call(published: responses.RequestsMock, log: io.StringIO) -> None:
    """So that a wrong address shows at the start, which it does not prevent."""
    _publish(published, OLD)
    published.get("https://south.example.org/jwks.json", status=404)
    south = FetchedKeys("https://south.example.org/jwks.json", ["ES384"], "south")
    Trust([Tenant("north", ISSUER, _keys()), Tenant("south", "https://south", south)]).fetch_keys(NOW)

    assert {("keys fetched", ""), ("keys not fetched: none left", "http-404")} == {*_events(log)}
