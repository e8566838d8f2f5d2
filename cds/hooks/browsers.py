"""Which pages in a browser may call: CORS, on every path, every method and every status.

Nobody is granted credentials: a token is sent by the page itself, in ``Authorization``. So an origin is
granted by its name and never by ``*``. Who is granted nothing gets the same answer without these headers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Flask, Response, request

from cds.settings import Settings

# the official sandbox of CDS Hooks, and whatever is tried out on this machine
_SANDBOX = re.compile(
    r"https://sandbox\.cds-hooks\.org|https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?"
)
_GRANTED = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Request-Id, traceparent",
    "Access-Control-Expose-Headers": "X-Request-Id, traceresponse",
    "Access-Control-Max-Age": "600",
}


@dataclass(frozen=True, slots=True)
class Origins:
    """Who is granted: the origins that are ``listed``, and with ``sandbox`` those of test pages too."""

    listed: frozenset[str] = frozenset()
    sandbox: bool = False

    def grant(self, origin: str) -> bool:
        """Whether a page of ``origin`` may read our answers."""
        return origin in self.listed or (self.sandbox and _SANDBOX.fullmatch(origin) is not None)


def register_browsers(app: Flask, settings: Settings) -> None:
    """Let the browsers in that ``settings`` name; in a sandbox the test pages as well."""
    origins = Origins(frozenset(settings.cors_origins), sandbox=not settings.production)
    if not origins.listed and not origins.sandbox:
        return

    def preflight() -> Response | None:
        # of any path: the browser is to read the 404 itself, and not that it may not
        asked = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        return Response(status=204) if asked else None

    def finish(response: Response) -> Response:
        response.vary.add("Origin")
        origin = request.headers.get("Origin", "")
        if origins.grant(origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers.update(_GRANTED)
        return response

    app.before_request(preflight)
    app.after_request(finish)
