"""The built pages of a browser client, over HTTP on this machine; and where one of them leaves its keys."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask, Response, request, send_from_directory
from werkzeug.serving import make_server


@contextmanager
def pages(folder: Path, keys: list[dict[str, Any]] | None = None) -> Iterator[str]:
    """The files of ``folder``, while the block lasts; ``keys`` gets what is POSTed to ``/public_keys/``."""
    app = Flask("pages", static_folder=None)

    @app.get("/", defaults={"path": "index.html"})
    @app.get("/<path:path>")
    def page(path: str) -> Response:
        return send_from_directory(folder.resolve(), path)

    @app.post("/public_keys/")
    def keep_key() -> tuple[dict[str, Any], int]:
        if keys is not None:
            keys.append(request.get_json())
        return request.get_json(), 201

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it would write a line per file
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
