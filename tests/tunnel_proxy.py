"""A proxy on this machine: it does what CONNECT asks for, or something else, and keeps what it was sent."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


class TunnelProxy(ThreadingHTTPServer):
    """Opens tunnels.

    Attributes:
        refusal: status that it answers instead of opening one; 0: none.
        dribbles: whether it answers a letter at a time and never ends.
        elsewhere: where the tunnel really ends; ``None``: where it was asked to.
        asked: the first line of everything that it was asked, and the headers with it.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.refusal = 0
        self.dribbles = False
        self.released = Event()
        self.elsewhere: tuple[str, int] | None = None
        self.asked: list[tuple[str, dict[str, str]]] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def targets(self) -> list[str]:
        """What it was asked for, without the headers."""
        return [line for line, _ in self.asked]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has given up is what is tested here."""


class _Handler(BaseHTTPRequestHandler):
    server: TunnelProxy

    def do_CONNECT(self) -> None:
        self.server.asked.append((f"CONNECT {self.path}", dict(self.headers)))
        if self.server.refusal:
            self.send_response(self.server.refusal)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
            return
        if self.server.dribbles:
            self.wfile.write(b"HTTP/1.1 200 ")
            while not self.server.released.wait(0.02):
                self.wfile.write(b"x")
            self.close_connection = True
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection(self.server.elsewhere or (host, int(port))) as far:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                _pass_on(self.connection, far)
        self.close_connection = True

    def do_GET(self) -> None:
        """What must not happen: a request in the open."""
        self.server.asked.append((f"GET {self.path}", dict(self.headers)))
        self.send_error(500)

    def log_message(self, *args: Any) -> None:
        pass


def _pass_on(near: socket.socket, far: socket.socket) -> None:
    """Both ways, until one end is closed."""
    other = {near: far, far: near}
    with selectors.DefaultSelector() as waiting:
        for end in other:
            waiting.register(end, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                end: Any = key.fileobj
                sent = end.recv(1 << 16)
                if not sent:
                    return
                other[end].sendall(sent)


@contextmanager
def tunnel_proxy() -> Iterator[TunnelProxy]:
    """It runs."""
    server = TunnelProxy()
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
