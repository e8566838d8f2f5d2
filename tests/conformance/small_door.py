"""Who may call the small service, and ways in which a service may get this wrong."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import jwt
import requests
from flask import Request

ISSUER = "https://ehr.example.org"
PATIENCE = 5  # seconds

Json = dict[str, Any]


class Refused(Exception):  # noqa: N818  (it says what happens)
    """An answer other than 200."""

    def __init__(self, status: int, why: str = "") -> None:
        super().__init__(why)
        self.status = status


class Door:
    """Lets in who has a token; without ``keys`` everybody."""

    def __init__(self, flaw: str, keys: Mapping[str, Any] | None) -> None:
        self.flaw, self.keys = flaw, keys
        self.base = ""
        self._used: set[str] = set()
        self._lock = threading.Lock()

    def admit(self, request: Request) -> None:
        """Raise ``Refused`` if the caller is not known."""
        if self.keys is None or (self.flaw == "open feedback" and request.path.endswith("/feedback")):
            return
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            claims = self._claims(token, request, self.keys)
        except (jwt.PyJWTError, ValueError, KeyError, TypeError, requests.RequestException) as error:
            raise Refused(401, repr(error)) from None
        with self._lock:
            if claims.get("jti") in self._used and self.flaw != "replay":
                raise Refused(401, "used before")
            self._used.add(str(claims.get("jti")))

    def _claims(self, token: str, request: Request, keys: Mapping[str, Any]) -> Json:
        header = jwt.get_unverified_header(token)
        lax: Any = {"verify_signature": False, "verify_aud": False, "verify_exp": False}
        unverified: Json = jwt.decode(token, options=lax, algorithms=["ES384"])
        if self.flaw == "none" and header["alg"].lower() == "none":
            return unverified
        if self.flaw == "hmac" and header["alg"].startswith("HS"):
            return unverified
        if self.flaw == "fetches jku" and "jku" in header:
            requests.get(header["jku"], timeout=PATIENCE)
        key = next(iter(keys.values())) if self.flaw == "any kid" else keys[header["kid"]]
        base = request.host_url.rstrip("/") if self.flaw == "host header" else self.base
        here = base + request.path
        needed = [] if self.flaw == "no claims" else ["exp", "iat", "jti", "aud", "iss"]
        checked: Json = jwt.decode(
            token,
            key,
            algorithms=["ES384", "RS384"],
            audience=self._audiences(unverified, here),
            leeway=0 if self.flaw == "no leeway" else 60,
            issuer=None if self.flaw == "any issuer" else ISSUER,
            options={"require": needed, "verify_exp": self.flaw != "expired"},
        )
        return checked

    def _audiences(self, claims: Json, here: str) -> Any:
        if self.flaw == "any aud":
            return claims["aud"]
        return [here] if self.flaw == "own feedback address" else [here, here.removesuffix("/feedback")]
