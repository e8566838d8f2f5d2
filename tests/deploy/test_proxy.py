"""The proxy's configuration, tried with a real nginx before a service that only counts."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_connection, create_server, inet_aton
from socketserver import BaseRequestHandler, BaseServer, UDPServer
from threading import Thread

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cds.settings import Settings
from tests.faults.serving import wait_until
from tests.source_code import ROOT

CONFIGURATION = (ROOT / "deploy" / "compose" / "nginx.conf").read_text("utf-8")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed: the proxy was NOT tried")


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, dict[str, str], int]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, dict(self.headers), len(body)))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class Proxy:
    plain: int
    tls: int
    trusted: Path
    seen: list[tuple[str, dict[str, str], int]]

    def post(self, body: bytes) -> requests.Response:
        url, headers = f"https://localhost:{self.tls}/cds-services/x", {"X-Forwarded-For": "made up"}
        return requests.post(url, body, headers=headers, verify=str(self.trusted), timeout=10)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("proxy")
    (folder / "tls").mkdir()
    _write_certificate(folder / "tls")
    plain, tls = _free_port(), _free_port()
    handler = type("Handler", (Service,), {"seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as upstream:
        address = f"server 127.0.0.1:{upstream.server_port};"
        text = CONFIGURATION.replace("server leukocds:8080 resolve;", address)
        with _answering(upstream), _nginx(folder, _here(text, folder, plain, tls), plain):
            yield Proxy(plain, tls, folder / "tls" / "cds.crt", handler.seen)  # type: ignore[attr-defined]


@contextmanager
def _answering(server: BaseServer) -> Iterator[None]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def _nginx(folder: Path, configuration: str, port: int) -> Iterator[None]:
    (folder / "nginx.conf").write_text(configuration)
    command = [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as nginx:
        try:
            _wait_for(port, nginx)
            yield
        finally:
            nginx.terminate()


def test_what_comes_without_tls_is_sent_to_tls(proxy: Proxy) -> None:
    url = f"http://localhost:{proxy.plain}/cds-services/x?y=1"
    answer = requests.post(url, b"{}", allow_redirects=False, timeout=10)

    assert (308, "https://localhost/cds-services/x?y=1") == (answer.status_code, answer.headers["Location"])


def test_a_request_is_passed_on_and_told_where_it_came_from_by_us_alone(proxy: Proxy) -> None:
    answer = proxy.post(b"{}")
    path, headers, _ = proxy.seen[-1]

    assert (200, "/cds-services/x") == (answer.status_code, path)
    assert ("127.0.0.1", "https") == (headers["X-Forwarded-For"], headers["X-Forwarded-Proto"])
    assert "max-age=31536000" == answer.headers["Strict-Transport-Security"]
    assert "nginx" == answer.headers["Server"]  # and no version


def test_a_body_that_the_service_would_refuse_does_not_reach_it(proxy: Proxy) -> None:
    most = 5 * 1024 * 1024
    before = len(proxy.seen)

    assert (200, 413) == (
        proxy.post(b"x" * most).status_code,
        proxy.post(b"x" * (most + 1)).status_code,
    )
    assert before + 1 == len(proxy.seen)
    assert Settings().max_body <= most


def test_a_slow_client_reaches_the_service_when_all_of_its_body_is_there(proxy: Proxy) -> None:
    before = len(proxy.seen)
    trusted = ssl.create_default_context(cafile=proxy.trusted)
    raw = create_connection(("localhost", proxy.tls), timeout=10)
    with trusted.wrap_socket(raw, server_hostname="localhost") as client:
        client.sendall(b"POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n{")
        proxy.post(b"{}")  # by now a proxy that passes on bit by bit would have passed on

        assert ["/cds-services/x"] == [path for path, _, _ in proxy.seen[before:]]

        client.sendall(b" 1}")
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
    assert "/slow" == proxy.seen[-1][0]


def test_metrics_are_not_for_those_who_come_through_the_proxy(proxy: Proxy) -> None:
    answer = requests.get(f"https://localhost:{proxy.tls}/metrics", verify=str(proxy.trusted), timeout=10)

    assert 404 == answer.status_code


def test_clients_that_are_slow_or_many_are_bounded() -> None:
    assert {"client_header_timeout", "client_body_timeout", "send_timeout", "limit_conn"} <= {
        line.split()[0] for line in CONFIGURATION.splitlines() if line.strip()
    }
    assert "TLSv1.2 TLSv1.3;" in CONFIGURATION


# --- containers come and go -----------------------------------------------------------------------------


class Names(BaseRequestHandler):
    """A name server that knows one address, whatever it is asked (RFC 1035); in ``server.address``."""

    def handle(self) -> None:
        asked, line = self.request
        address: str = self.server.address  # type: ignore[attr-defined]
        question = asked[12 : asked.index(b"\0", 12) + 5]
        head = asked[:2] + bytes.fromhex("8180 0001 0001 0000 0000")
        # the name of the question, A, IN, good for ten minutes as Docker has it, four bytes
        answer = bytes.fromhex("c00c 0001 0001 00000258 0004") + inet_aton(address)
        line.sendto(head + question + answer, self.client_address)


def test_the_service_is_looked_up_again_while_the_proxy_runs() -> None:
    """The image is nginx 1.30; the test after this tries it, where an nginx is there that can do so."""
    assert re.search(r"^ *resolver 127\.0\.0\.11 valid=5s", CONFIGURATION, re.MULTILINE)
    assert re.search(r"zone service \w+;\s+server leukocds:8080 resolve;", CONFIGURATION)


def test_a_new_container_at_a_new_address_is_found(tmp_path: Path) -> None:
    """Though the one before still answers on the connections that it has."""
    if _version() < (1, 27, 3):
        pytest.skip("this nginx cannot look up a name again: that was NOT tried")
    (tmp_path / "tls").mkdir()
    _write_certificate(tmp_path / "tls")
    plain, tls = _free_port(), _free_port()
    one, other = (type("Handler", (Service,), {"seen": []}) for _ in range(2))
    with (
        ThreadingHTTPServer(("127.0.0.2", 0), one) as before,
        ThreadingHTTPServer(("127.0.0.3", before.server_port), other) as after,
        UDPServer(("127.0.0.1", 0), Names) as names,
    ):
        names.address = "127.0.0.2"  # type: ignore[attr-defined]
        text = CONFIGURATION.replace("leukocds:8080", f"leukocds.example:{before.server_port}")
        text = text.replace("127.0.0.11 valid=5s", f"127.0.0.1:{names.server_address[1]} valid=1s")
        text = _here(text, tmp_path, plain, tls)
        proxy = Proxy(plain, tls, tmp_path / "tls" / "cds.crt", other.seen)  # type: ignore[attr-defined]
        with _answering(names), _answering(before), _answering(after), _nginx(tmp_path, text, plain):
            wait_until(lambda: proxy.post(b"{}").status_code == 200)
            assert [] == proxy.seen
            names.address = "127.0.0.3"  # type: ignore[attr-defined]

            wait_until(lambda: proxy.post(b"{}").status_code == 200 and bool(proxy.seen))


def _version() -> tuple[int, ...]:
    said = subprocess.run([str(NGINX), "-v"], capture_output=True, text=True, check=True).stderr
    return tuple(map(int, re.findall(r"\d+", said)[:3]))


def _here(configuration: str, folder: Path, plain: int, tls: int) -> str:
    """The configuration as it is, at addresses of this machine."""
    text = configuration.replace("listen 80;", f"listen 127.0.0.1:{plain};")
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{tls} ssl;")
    text = text.replace("/etc/nginx/tls", f"{folder}/tls").replace("/run/nginx.pid", f"{folder}/nginx.pid")
    text = text.replace("/dev/stdout", f"{folder}/access").replace("/dev/stderr", f"{folder}/error")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"    {kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    user = "user root;\n" if os.geteuid() == 0 else ""  # it has to write where only this test may
    return user + re.sub(r"^http \{\n", f"http {{\n{places}", text, flags=re.MULTILINE)


def _write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (folder / "cds.key").write_bytes(secret)
    (folder / "cds.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _free_port() -> int:
    with create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_for(port: int, nginx: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and nginx.poll() is None:
        with suppress(ConnectionRefusedError), create_connection(("127.0.0.1", port), timeout=1):
            return
    nginx.kill()
    pytest.fail(nginx.stderr.read().decode() if nginx.stderr else "")
