"""Which EHR is calling: the JSON Web Token of CDS Hooks, checked against the known callers.

Every refusal looks the same from outside; ``NotAuthenticated`` carries a reason code for our log. Checked in
this order: form, issuer and tenant, audience, times, subject, signature, and last that the token was not
used before. A key is taken from the tenant's own set by ``kid``; what the token says about where to fetch
keys (``jku``) is not read at all.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable
from datetime import datetime
from threading import Lock

import jwt
import msgspec
from msgspec import Struct

from cds.errors import NotAuthenticated
from cds.hooks.tenants import Tenant

_LONGEST_TOKEN = 8_000  # bytes; real ones have one or two thousand


class _Header(Struct):
    alg: str
    kid: str
    typ: str


class _Claims(Struct):
    iss: str
    aud: str | list[str]
    exp: int | float
    iat: int | float
    jti: str
    nbf: int | float | None = None
    sub: str | None = None
    tenant: str | None = None


_header = msgspec.json.Decoder(_Header)
_claims = msgspec.json.Decoder(_Claims)


class UsedTokens:
    """The tokens used in this process, each remembered until it expires. Safe to share between threads."""

    def __init__(self) -> None:
        self._expiries: list[tuple[float, tuple[str, str]]] = []
        self._used: set[tuple[str, str]] = set()
        self._lock = Lock()

    def use(self, issuer: str, token_id: str, *, until: float, now: float) -> bool:
        """Remember a token until ``until`` (seconds since 1970); False if it was used before."""
        token = (issuer, token_id)
        with self._lock:
            while self._expiries and self._expiries[0][0] < now:
                self._used.discard(heapq.heappop(self._expiries)[1])
            if token in self._used:
                return False
            self._used.add(token)
            heapq.heappush(self._expiries, (until, token))
            return True

    def __len__(self) -> int:
        return len(self._used)


class Trust:
    """The known callers and the tokens they have used."""

    def __init__(self, tenants: Iterable[Tenant]) -> None:
        self._tenants = {(tenant.issuer, tenant.claim): tenant for tenant in tenants}
        self._issuers = {issuer for issuer, _ in self._tenants}
        self._used = UsedTokens()

    def authenticate(self, authorization: str | None, addresses: Collection[str], now: datetime) -> Tenant:
        """The caller whose token the ``Authorization`` header holds.

        ``addresses`` are the values of ``aud`` that name the endpoint called. Raises ``NotAuthenticated``.
        """
        scheme, _, token = (authorization or "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise NotAuthenticated("no-token")
        header, claims = _unverified(token)
        tenant = self._tenant(claims)
        _check_claims(claims, tenant, addresses, now.timestamp())
        _check_signature(token, header, tenant)
        until = claims.exp + tenant.leeway
        if not self._used.use(claims.iss, claims.jti, until=until, now=now.timestamp()):
            raise NotAuthenticated("used-before")
        return tenant

    def _tenant(self, claims: _Claims) -> Tenant:
        if claims.iss not in self._issuers:
            raise NotAuthenticated("unknown-issuer")
        tenant = self._tenants.get((claims.iss, claims.tenant or "")) or self._tenants.get((claims.iss, ""))
        if tenant is None:
            raise NotAuthenticated("unknown-tenant")
        return tenant


def _unverified(token: str) -> tuple[_Header, _Claims]:
    if len(token) > _LONGEST_TOKEN:
        raise NotAuthenticated("too-long")
    try:
        header_part, claims_part, _ = token.split(".")
        header = _header.decode(jwt.utils.base64url_decode(header_part))
        claims = _claims.decode(jwt.utils.base64url_decode(claims_part))
    except (ValueError, RecursionError):  # not three parts, not base64, not JSON, a claim missing
        raise NotAuthenticated("malformed") from None
    if header.typ.upper() != "JWT":
        raise NotAuthenticated("wrong-type")
    return header, claims


def _check_claims(claims: _Claims, tenant: Tenant, addresses: Collection[str], now: float) -> None:
    named = {claims.aud} if isinstance(claims.aud, str) else {*claims.aud}
    reasons = {
        "wrong-audience": not named & {*(tenant.audiences or addresses)},
        "expired": claims.exp + tenant.leeway <= now,
        "issued-in-future": claims.iat > now + tenant.leeway,
        "not-yet-valid": claims.nbf is not None and claims.nbf > now + tenant.leeway,
        "lives-too-long": claims.exp - claims.iat > tenant.max_lifetime,
        "wrong-subject": bool(tenant.subject) and claims.sub != tenant.subject,
        "no-token-id": not claims.jti,
    }
    for reason, applies in reasons.items():
        if applies:
            raise NotAuthenticated(reason)


def _check_signature(token: str, header: _Header, tenant: Tenant) -> None:
    key = tenant.keys.get(header.kid)
    if key is None:
        raise NotAuthenticated("unknown-key")
    if header.alg not in key.algorithms:
        raise NotAuthenticated("wrong-algorithm")
    try:
        jwt.PyJWS().decode_complete(token, key.key, algorithms=[header.alg])
    except (jwt.PyJWTError, ValueError):
        raise NotAuthenticated("bad-signature") from None
