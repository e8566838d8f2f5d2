"""GET from a FHIR server: what is sent, what counts as an answer, and that every wait ends."""

from __future__ import annotations

import gzip
import logging
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

from cds.readers.fhir_client import Allowance, FhirClient, FhirError
from cds.underway import Underway
from tests.faults import fhir_server as stub
from tests.faults.fhir_server import Asked, Handler, serving
from tests.hooks.key_server import write_certificate

TOKEN = "canary-token"
PATIENCE = 20.0  # seconds: what is answered at all is answered by then, however busy the machine is
DEADLINE = 0.4  # for what is not answered in time
MARGIN = 5.0
MOST = 10_000


def get(url: str, *, token: str = TOKEN, most: int = MOST, deadline: float = PATIENCE) -> bytes:
    return get_with(FhirClient(2), url, token=token, most=most, deadline=deadline)


def get_with(
    client: FhirClient, url: str, *, token: str = TOKEN, most: int = MOST, deadline: float = PATIENCE
) -> bytes:
    """One GET as the service makes it: who waits breaks it off at the deadline."""
    underway = Underway(time.monotonic() + deadline)
    timer = Timer(deadline, underway.break_off)
    timer.start()
    try:
        return client.get(url, token, underway, most, Allowance(10 * MOST))
    finally:
        timer.cancel()
        timer.join()


def failure(url: str, deadline: float = PATIENCE) -> str:
    begun = time.monotonic()
    with pytest.raises(FhirError) as caught:
        get(url, deadline=deadline)

    assert time.monotonic() - begun < deadline + MARGIN
    assert caught.value.__context__ is None  # it would quote the address
    return str(caught.value)


def test_the_token_and_the_wish_for_fhir_are_all_that_is_sent() -> None:
    with serving(stub.saying(b"{}")) as server:
        get(f"{server.base}/Patient/1")

    assert ["/Patient/1"] == [asked.path for asked in server.asked]
    sent = {name: value for name, value in server.asked[0].headers.items() if name != "Host"}
    assert "leukocds" == sent.pop("User-Agent").partition("/")[0]
    assert {
        "Accept": "application/fhir+json",
        "Accept-Encoding": "gzip",
        "Authorization": f"Bearer {TOKEN}",
    } == sent


def test_an_open_server_gets_no_authorization() -> None:
    with serving(stub.saying(b"{}")) as server:
        get(server.base, token="")

    assert "Authorization" not in server.asked[0].headers


def test_over_plain_http_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a proxy nor a password file: the token goes to the listed server and nowhere else."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(stub.saying(b'{"a":1}')) as server:
        assert b'{"a":1}' == get(server.base)


def test_cookies_are_not_kept() -> None:
    """A session of one patient's call must not be that of the next."""
    client = FhirClient(2)
    with serving(stub.saying(b"{}", Set_Cookie="session=1")) as server:
        get_with(client, server.base)
        get_with(client, server.base)

    assert ["Cookie" in asked.headers for asked in server.asked] == [False, False]


def test_connections_are_used_again() -> None:
    ports = []

    def behave(handler: Handler, asked: Asked) -> None:
        ports.append(handler.client_address[1])
        handler.send(b"{}")

    client = FhirClient(2)
    with serving(behave) as server:
        for _ in range(3):
            get_with(client, server.base)

    assert 1 == len({*ports})


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "application/fhir+json; charset=utf-8", "application/json+fhir", "text/json", ""],
)
def test_json_is_known_by_any_of_its_names(media_type: str) -> None:
    with serving(stub.saying(b"{}", media_type)) as server:
        assert b"{}" == get(server.base)


def test_a_packed_answer_is_unpacked() -> None:
    packed = gzip.compress(b'{"a":1}')
    with serving(stub.saying(packed, Content_Encoding="gzip")) as server:
        assert b'{"a":1}' == get(server.base)


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        *[(stub.refusing(status), f"http-{status}") for status in (400, 401, 403, 404, 410, 429, 500, 503)],
        (stub.refusing(429, Retry_After="1"), "http-429"),
        (stub.refusing(302, Location="http://127.0.0.1:9/"), "redirect"),
        (stub.refusing(308, Location="/fhir/x"), "redirect"),
        (stub.refusing(302, Location="http://x/\xff\xfe"), "malformed-http"),
        (stub.saying(b"<html>", "text/html"), "media-type"),
        (stub.saying(b"x" * (MOST + 1)), "too-large"),
        (stub.saying(b"not gzip", Content_Encoding="gzip"), "encoding"),
        (stub.saying(gzip.compress(b"{}")[:-9], Content_Encoding="gzip"), "broken-off"),
        (stub.saying(b"{}", Content_Encoding="br"), "encoding"),
        (stub.bomb, "too-large"),
        (stub.reset, "broken-off"),
        (stub.cut, "broken-off"),
        (stub.hang, "timeout"),
        (stub.drip_headers, "timeout"),
        (stub.drip_body, "timeout"),
    ],
)
def test_whatever_goes_wrong_has_a_reason_in_time(behave: stub.Behave, reason: str) -> None:
    with serving(behave) as server:
        assert reason == failure(server.base, DEADLINE if reason == "timeout" else PATIENCE)

        assert 1 == len(server.asked), "nothing is asked twice, and no redirect is followed"


def test_an_answer_of_just_the_size_is_taken() -> None:
    with serving(stub.saying(b"x" * MOST)) as server:
        assert MOST == len(get(server.base))


def test_answers_have_a_size_together() -> None:
    client, allowance = FhirClient(2), Allowance(15)
    with serving(stub.saying(b'{"a":12345}')) as server:
        underway = Underway(time.monotonic() + PATIENCE)
        client.get(server.base, "", underway, MOST, allowance)

        with pytest.raises(FhirError, match="too-large"):
            client.get(server.base, "", underway, MOST, allowance)


def test_nobody_at_home() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/fhir"

    assert "unreachable" == failure(address)


def test_plain_http_is_no_tls() -> None:
    with serving(stub.saying(b"{}")) as server:
        assert "tls" == failure(server.base.replace("http:", "https:"))


def test_a_connection_is_tried_twice_and_a_question_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[object] = []

    def refuse(*args: object, **options: object) -> socket.socket:
        tries.append(args)
        raise ConnectionRefusedError

    monkeypatch.setattr("urllib3.util.connection.create_connection", refuse)

    assert "unreachable" == failure("http://127.0.0.1:9/fhir")
    assert 2 == len(tries)


def test_when_the_time_is_over_nothing_is_asked() -> None:
    with serving(stub.saying(b"{}")) as server:
        with pytest.raises(FhirError, match="timeout"):
            FhirClient(2).get(server.base, "", Underway(time.monotonic()), MOST, Allowance(MOST))

        assert [] == server.asked


def test_a_broken_off_question_harms_no_other() -> None:
    """The connection that is cut is not one that somebody else goes on with."""
    client = FhirClient(1)
    behaviour = [stub.saying(b"{}"), stub.hang, stub.saying(b'{"a":1}')]
    with serving(lambda handler, asked: behaviour.pop(0)(handler, asked)) as server:
        get_with(client, server.base)
        with pytest.raises(FhirError, match="timeout"):
            get_with(client, server.base, deadline=DEADLINE)
        assert b'{"a":1}' == get_with(client, server.base)


def test_no_library_tells_the_log_what_was_asked(caplog: pytest.LogCaptureFixture) -> None:
    """urllib3 would quote the address, and with it the patient's id."""
    caplog.set_level(logging.DEBUG)
    with serving(stub.reset) as server:
        failure(f"{server.base}/Patient/canary")
    failure("http://127.0.0.1:9/Patient/canary")

    assert "canary" not in caplog.text


# --- over TLS -------------------------------------------------------------------------------------------


@contextmanager
def secure(behave: stub.Behave, folder: Path) -> Iterator[tuple[stub.Server, Path]]:
    """The same server with a certificate of its own making, and the file that vouches for it."""
    certificate = write_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(behave, context) as server:
        yield server, certificate


def test_a_server_is_known_by_the_authority_that_the_hospital_names(tmp_path: Path) -> None:
    with secure(stub.saying(b'{"a":1}'), tmp_path) as (server, certificate):
        assert b'{"a":1}' == get_with(FhirClient(2, certificate), server.base)
        assert "tls" == failure(server.base)

    assert 1 == len(server.asked), "whom nobody vouches for gets no token"


@pytest.mark.parametrize("behave", [stub.hang, stub.drip_headers, stub.drip_body])
def test_over_tls_too_every_wait_ends(behave: stub.Behave, tmp_path: Path) -> None:
    with secure(behave, tmp_path) as (server, certificate):
        begun = time.monotonic()
        with pytest.raises(FhirError, match="timeout"):
            get_with(FhirClient(2, certificate), server.base, deadline=DEADLINE)

    assert time.monotonic() - begun < DEADLINE + MARGIN
