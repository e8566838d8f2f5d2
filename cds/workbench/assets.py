"""The page and its files, and what a browser is told about them.

Nothing is fetched from elsewhere and nothing inline is run: all scripts and styles are files of this package.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from flask import Flask, Response, request, send_from_directory

_STATIC = Path(__file__).with_name("static")
_PAGE = (_STATIC / "index.html").read_text("utf-8")
_ROOT = "{{root}}"  # in the page: the path under which the service is known

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def register_assets(app: Flask, path: str) -> None:
    """Serve the page at ``path`` and its files below ``path``/static."""

    @app.get(path)
    def page() -> Response:
        body = _PAGE.replace(_ROOT, escape(request.script_root))
        return guarded(Response(body, content_type="text/html; charset=utf-8"))

    @app.get(f"{path}/static/<path:file>")
    def asset(file: str) -> Response:
        response = send_from_directory(_STATIC, file, max_age=0)
        response.headers["Cache-Control"] = "no-cache"  # asked for again, answered 304 while unchanged
        return guarded(response)


def guarded(response: Response) -> Response:
    """``response`` with what keeps a browser from doing anything but what the page needs."""
    response.headers.update(_HEADERS)
    return response
