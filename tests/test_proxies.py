"""A proxy of the environment: all go through it by one rule, in a tunnel or not at all."""

from __future__ import annotations

import json
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from cds.hooks.key_sets import FetchedKeys
from cds.logs import LOGGER
from cds.proxies import proxies_for
from cds.readers.fhir_client import FhirClient, FhirError
from cds.rxnorm.rxnav import RxNav
from cds.rxnorm.rxnav_cache import RxNavCache
from tests.faults import fhir_server as stub
from tests.hooks.jwk_sets import Key, key_set
from tests.hooks.key_server import write_certificate
from tests.readers.test_fhir_client import DEADLINE, MARGIN, PATIENCE, TOKEN, get_with
from tests.tunnel_proxy import TunnelProxy, tunnel_proxy

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = Key("k1")
NAMES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
Ask = Callable[[str, Path], bool]  # address, authority; whether that brought what was asked for


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[TunnelProxy]:
    """A proxy that the environment names."""
    with tunnel_proxy() as running:
        for name in NAMES:
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)
        monkeypatch.setenv("HTTPS_PROXY", running.url)
        monkeypatch.setenv("HTTP_PROXY", running.url)
        yield running


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    return write_certificate(tmp_path)


@pytest.fixture
def server(authority: Path) -> Iterator[stub.Server]:
    """Over TLS: both a FHIR server and the address of keys."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority)
    with stub.serving(stub.saying(json.dumps(key_set(KEY)).encode()), context) as running:
        yield running


def keys(address: str, authority: Path) -> bool:
    return FetchedKeys(address, ["ES384"], "north", authority).refresh(NOW)


def data(address: str, authority: Path) -> bool:
    try:
        return bool(get_with(FhirClient(2, authority), address))
    except FhirError:
        return False


both = pytest.mark.parametrize("ask", [keys, data])


@both
def test_https_goes_through_the_proxy_in_a_tunnel_that_ends_where_it_was_listed(
    proxy: TunnelProxy, server: stub.Server, authority: Path, ask: Ask
) -> None:
    assert ask(server.base, authority)
    assert [f"CONNECT 127.0.0.1:{server.server_address[1]}"] == proxy.targets
    assert 1 == len(server.asked)


def test_the_proxy_never_sees_the_token(proxy: TunnelProxy, server: stub.Server, authority: Path) -> None:
    get_with(FhirClient(2, authority), f"{server.base}/Patient/canary")

    assert f"Bearer {TOKEN}" == server.asked[0].headers["Authorization"]
    assert TOKEN not in repr(proxy.asked)
    assert "canary" not in repr(proxy.asked)


@both
@pytest.mark.parametrize(
    ("exempt", "direct"), [("127.0.0.1", True), ("127.0.0.0/8", True), ("*", True), ("127.0.0.2", False)]
)
def test_an_address_of_no_proxy_is_asked_directly(
    proxy: TunnelProxy,
    server: stub.Server,
    authority: Path,
    monkeypatch: pytest.MonkeyPatch,
    ask: Ask,
    exempt: str,
    direct: bool,
) -> None:
    monkeypatch.setenv("NO_PROXY", exempt)

    assert ask(server.base, authority)
    assert direct == (proxy.targets == [])


def test_plain_http_never_goes_through_a_proxy(proxy: TunnelProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be handed the token and the data."""
    monkeypatch.setenv("ALL_PROXY", proxy.url)
    with stub.serving(stub.saying(b"{}")) as plain:
        get_with(FhirClient(2), plain.base)

        assert 1 == len(plain.asked)
    assert [] == proxy.targets


@both
@pytest.mark.parametrize("refusal", [302, 403, 407, 502])
def test_a_proxy_that_refuses_is_not_gone_round(
    proxy: TunnelProxy, server: stub.Server, authority: Path, ask: Ask, refusal: int
) -> None:
    proxy.refusal = refusal

    assert not ask(server.base, authority)
    assert [] == server.asked
    assert {f"CONNECT 127.0.0.1:{server.server_address[1]}"} == {*proxy.targets}


@both
def test_a_tunnel_that_ends_elsewhere_gets_no_question_and_no_token(
    proxy: TunnelProxy, server: stub.Server, authority: Path, tmp_path: Path, ask: Ask
) -> None:
    """Whom the authority does not vouch for is not the listed server, whatever the proxy says."""
    (tmp_path / "stranger").mkdir()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(write_certificate(tmp_path / "stranger"))
    with stub.serving(stub.saying(b"{}"), context) as stranger:
        proxy.elsewhere = ("127.0.0.1", int(stranger.server_address[1]))

        assert not ask(server.base, authority)
        assert [] == stranger.asked == server.asked


def test_why_it_failed_is_told(
    proxy: TunnelProxy,
    server: stub.Server,
    authority: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy.refusal = 403
    monkeypatch.setattr(LOGGER, "handlers", [caplog.handler])
    monkeypatch.setattr(LOGGER, "propagate", False)
    with pytest.raises(FhirError, match=r"^proxy$"):
        get_with(FhirClient(2, authority), server.base)
    keys(server.base, authority)

    assert ["proxy"] == [record.fields["reason"] for record in caplog.records if hasattr(record, "fields")]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "http://:9", "socks5://127.0.0.1:9"])
def test_a_proxy_that_is_not_there_is_a_failure(
    server: stub.Server,
    authority: Path,
    proxy: TunnelProxy,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(FhirError, match=r"^proxy$"):
        get_with(FhirClient(2, authority), server.base)

    assert not keys(server.base, authority)
    assert [] == server.asked == proxy.targets


@pytest.mark.parametrize("behave", [stub.hang, stub.drip_headers, stub.drip_body])
def test_through_a_proxy_too_every_wait_ends(
    proxy: TunnelProxy, server: stub.Server, authority: Path, behave: stub.Behave
) -> None:
    server.behave = behave
    begun = time.monotonic()
    with pytest.raises(FhirError, match="timeout"):
        get_with(FhirClient(2, authority), server.base, deadline=DEADLINE)

    assert time.monotonic() - begun < DEADLINE + MARGIN


@both
def test_a_proxy_that_dribbles_keeps_nobody(
    proxy: TunnelProxy, server: stub.Server, authority: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    """Not even the thread that asks: what it waits for is broken off before there is a tunnel."""
    monkeypatch.setattr("cds.hooks.key_sets._DEADLINE", DEADLINE)
    monkeypatch.setattr("tests.test_proxies.get_with", partial(get_with, deadline=DEADLINE))
    proxy.dribbles = True
    threads = ThreadPoolExecutor(1)
    try:
        assert not threads.submit(ask, server.base, authority).result(PATIENCE)
    finally:
        proxy.released.set()
        threads.shutdown()
    assert [] == server.asked


def codes(address: str) -> Counter[str]:
    """Why RxNav at this address told nothing of a code."""
    rxnav = RxNav(address, DEADLINE, RxNavCache(None))
    rxnav.lookup("rxnorm", "1")
    rxnav.close()
    return rxnav.failed


def test_codes_go_by_the_same_rule(proxy: TunnelProxy, server: stub.Server) -> None:
    through = codes(server.base)  # whose authority nobody else knows
    with stub.serving(stub.refusing(404)) as plain:
        directly = codes(plain.base)

    assert [f"CONNECT 127.0.0.1:{server.server_address[1]}"] == proxy.targets
    assert ({"unreachable": 1}, {"http-404": 1}) == (through, directly)

    proxy.refusal = 403
    assert {"proxy": 1} == codes(server.base)
    assert [] == server.asked


def test_no_authority_of_the_environment_vouches_for_anybody(
    server: stub.Server, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for FHIR servers: LEUKOCDS_CA_FILE does for keys, the public ones do for codes, and nothing else."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(authority))

    assert {"unreachable": 1} == codes(server.base)
    assert not FetchedKeys(server.base, ["ES384"], "north").refresh(NOW)
    assert [] == server.asked


def test_the_rule_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    assert {} == proxies_for("https://fhir.example.org/R4")

    monkeypatch.setenv("https_proxy", "http://proxy.example.org:3128")
    assert {"https": "http://proxy.example.org:3128"} == proxies_for("HTTPS://fhir.example.org/R4")
    assert {} == proxies_for("http://fhir.example.org/R4")

    monkeypatch.setenv("no_proxy", "inside.example.org,.inside.example.org")
    assert {} == proxies_for("https://fhir.inside.example.org/R4")
    assert {} != proxies_for("https://fhir.outside.example.org/R4")
