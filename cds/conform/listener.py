"""A server of our own on this machine, to see whether the service calls it, and with what."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Reply = tuple[int, str, bytes]  # status, media type, body


@dataclass(frozen=True, slots=True)
class Heard:
    """One request: a read or search, the body of a POST appended to its path as a query."""

    path: str
    authorization: str


def _nothing(_heard: Heard) -> Reply:
    return 404, "application/json", b"{}"


class Listener:
    """Listens on loopback while it is entered, at ``port`` or a free one; answers what ``answer`` says."""

    def __init__(self, answer: Callable[[Heard], Reply] = _nothing, port: int = 0) -> None:
        self.heard: list[Heard] = []
        self._answer = answer
        self._port = port

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def _respond(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                form = self.rfile.read(length).decode("utf-8", "replace")
                path = self.path.replace("/_search", "") + (f"?{form}" if form else "")
                heard = Heard(path, self.headers.get("Authorization", ""))
                listener.heard.append(heard)
                status, kind, body = listener._answer(heard)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = _respond  # noqa: N815  (the name is the standard library's)
            do_POST = _respond  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler


def json_reply(value: Any, status: int = 200) -> Reply:
    """``value`` as FHIR JSON."""
    return status, "application/fhir+json", json.dumps(value).encode()
