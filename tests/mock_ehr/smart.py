"""The door of a FHIR server: who has no access token is sent to get one (SMART App Launch, code flow).

Everybody who asks gets the same token; nobody is asked who they are. Only reading needs it: one of our
clients creates without it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

_OPEN = ("/fhir/.well-known/", "/fhir/metadata", "/authorize", "/token")


def guard(app: Flask, token: str) -> None:
    """Let only those who hold ``token`` read from ``app``, and give it to those who come for it."""

    @app.before_request
    def refuse() -> Response | None:
        known = request.headers.get("Authorization") == f"Bearer {token}"
        if known or request.method != "GET" or request.path.startswith(_OPEN):
            return None
        return Response(status=401)

    @app.get("/fhir/.well-known/openid-configuration")
    def endpoints() -> dict[str, Any]:
        home = request.host_url
        return {"authorization_endpoint": f"{home}authorize", "token_endpoint": f"{home}token"}

    @app.get("/authorize")
    def authorize() -> AnyResponse:
        back = urlencode({"code": "once", "state": request.args["state"]})
        return redirect(f"{request.args['redirect_uri']}/?{back}")

    @app.post("/token")
    def give_token() -> dict[str, Any]:
        return {"access_token": token, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read"}
