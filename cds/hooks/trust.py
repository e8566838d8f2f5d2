"""Which EHR is calling: the JSON Web Token of CDS Hooks, checked against the known callers.

Every refusal looks the same from outside; ``NotAuthenticated`` carries a reason code for our log. Checked in
this order: form, issuer and tenant, audience, times, subject, signature, and last that the token was not
used before. A key is taken from the tenant's own set by ``kid``. What the token says about where its keys are
(``jku``) is never followed: it has to be the address that the tenant's keys are fetched from, and where they
were agreed once it means nothing.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Protocol

import jwt
import msgspec
from msgspec import Struct

from cds.errors import NotAuthenticated, RecordsUnavailable
from cds.hooks.records import MemoryRecords
from cds.hooks.tenants import Tenant
from cds.logs import log_event

_LONGEST_TOKEN = 8_000  # bytes; real ones have one or two thousand
_LONGEST_TOLD = 1e10  # seconds; nobody needs the digits of more
_PLAIN = re.compile(r"(https?://[\w.\-:~/%]+|[\w.\-+/=]{1,80})([?#].*)?", re.ASCII | re.DOTALL)


class _Header(Struct):
    alg: str
    kid: str
    typ: str
    jku: str | None = None


class _Claims(Struct):
    iss: str
    aud: str | list[str]
    exp: float  # also where it is written without a point; one that is beyond all bounds is malformed
    iat: float
    jti: str
    nbf: float | None = None
    sub: str | None = None
    tenant: str | None = None


_header = msgspec.json.Decoder(_Header)
_claims = msgspec.json.Decoder(_Claims)


class UsedTokens(Protocol):
    """The tokens that were used, wherever that is remembered; a part of ``Records``."""

    def use_token(self, issuer: str, token_id: str, *, until: datetime, now: datetime) -> bool:
        """Remember a token until ``until``; False if it was used before. Raises ``RecordsUnavailable``."""
        ...


class Trust:
    """The known callers and the tokens they have used."""

    def __init__(
        self,
        tenants: Iterable[Tenant],
        used: UsedTokens | None = None,
        *,
        insist: bool = True,
        on_doubt: Callable[[], None] = lambda: None,
        on_stale: Callable[[], None] = lambda: None,
    ) -> None:
        """``used`` is where used tokens are remembered; without it they are in this process.

        ``insist``: refuse everybody while that memory is out of reach. Otherwise it is logged, and this
        process alone remembers meanwhile; ``on_doubt`` is told of each token that is let in like this, and
        ``on_stale`` of each whose caller's keys are overdue and could not be fetched again.
        """
        self.tenants = tuple(tenants)
        self._tenants = {(tenant.issuer, tenant.claim): tenant for tenant in self.tenants}
        self._issuers = {issuer for issuer, _ in self._tenants}
        self._own = MemoryRecords()
        self._used = used or self._own
        self._insist = insist
        self._on_doubt = on_doubt
        self._on_stale = on_stale

    def authenticate(self, authorization: str | None, addresses: Collection[str], now: datetime) -> Tenant:
        """The caller whose token the ``Authorization`` header holds.

        ``addresses`` are the values of ``aud`` that name the endpoint called. Raises ``NotAuthenticated``, or
        ``RecordsUnavailable`` if it cannot be told whether the token was used before.
        """
        scheme, _, token = (authorization or "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise NotAuthenticated("no-token")
        header, claims = _unverified(token)
        tenant = self._tenant(claims)
        try:
            _check_claims(claims, tenant, addresses, now.timestamp())
            _check_signature(token, header, tenant, now)
            until = datetime.fromtimestamp(claims.exp + tenant.leeway, UTC)
            if not self._use(claims, until, now):
                raise NotAuthenticated("used-before")
        except NotAuthenticated as error:
            error.alleged = tenant.name
            raise
        if tenant.keys.is_stale(now):
            self._on_stale()
        return tenant

    def fetch_keys(self, now: datetime) -> frozenset[str]:
        """Ask for the keys that are fetched: the first call need not wait, and a wrong address shows.

        Gives the names of those who have none now.
        """
        fetched = [tenant for tenant in self.tenants if tenant.keys.url]
        if not fetched:
            return frozenset()
        with ThreadPoolExecutor(min(len(fetched), 8)) as threads:
            has_keys = [*threads.map(lambda tenant: tenant.keys.refresh(now), fetched)]
        return frozenset(tenant.name for tenant, has in zip(fetched, has_keys, strict=True) if not has)

    def _use(self, claims: _Claims, until: datetime, now: datetime) -> bool:
        try:
            return self._used.use_token(claims.iss, claims.jti, until=until, now=now)
        except RecordsUnavailable:
            if self._insist:
                raise
            log_event("used tokens out of reach", logging.WARNING)
            is_new = self._own.use_token(claims.iss, claims.jti, until=until, now=now)
            if is_new:
                self._on_doubt()
            return is_new

    def _tenant(self, claims: _Claims) -> Tenant:
        if claims.iss not in self._issuers:
            raise NotAuthenticated("unknown-issuer", _plain(claims.iss))
        tenant = self._tenants.get((claims.iss, claims.tenant or "")) or self._tenants.get((claims.iss, ""))
        if tenant is None:
            raise NotAuthenticated("unknown-tenant", _plain(claims.tenant))
        return tenant


def tidy_address(address: str) -> str:
    """The address without slashes too many in its path, which call the same endpoint; other words stay."""
    scheme, found, rest = address.partition("://")
    return f"{scheme}://{re.sub('/{2,}', '/', rest).rstrip('/')}" if found else address


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
        raise NotAuthenticated("wrong-type", _plain(header.typ))
    return header, claims


def _check_claims(claims: _Claims, tenant: Tenant, addresses: Collection[str], now: float) -> None:
    named = {claims.aud} if isinstance(claims.aud, str) else {*claims.aud}
    meant = {*map(tidy_address, named)} & {*map(tidy_address, tenant.audiences or addresses)}
    reasons = {
        "wrong-audience": (not meant, _plain(*sorted(named))),
        "expired": (claims.exp + tenant.leeway <= now, _seconds(now - claims.exp)),
        "issued-in-future": (claims.iat > now + tenant.leeway, _seconds(claims.iat - now)),
        "not-yet-valid": ((nbf := claims.nbf or 0) > now + tenant.leeway, _seconds(nbf - now)),
        "lives-too-long": (
            claims.exp - claims.iat > tenant.max_lifetime,
            _seconds(claims.exp - claims.iat),
        ),
        "wrong-subject": (bool(tenant.subject) and claims.sub != tenant.subject, ""),
        "no-token-id": (not claims.jti, ""),
    }
    for reason, (applies, found) in reasons.items():
        if applies:
            raise NotAuthenticated(reason, found)


def _check_signature(token: str, header: _Header, tenant: Tenant, now: datetime) -> None:
    if tenant.keys.url and header.jku not in {None, tenant.keys.url}:
        raise NotAuthenticated("foreign-key-set", _plain(header.jku))
    key = tenant.keys.find(header.kid, now)
    if key is None:
        raise NotAuthenticated("unknown-key", _plain(header.kid))
    if header.alg not in key.algorithms:
        raise NotAuthenticated("wrong-algorithm", _plain(header.alg))
    try:
        jwt.PyJWS().decode_complete(token, key.key, algorithms=[header.alg])
    except (jwt.PyJWTError, ValueError):
        raise NotAuthenticated("bad-signature") from None


# --- what may be told of it in our log ------------------------------------------------------------------


def _plain(*found: str | None) -> str:
    """The first of ``found`` if it is an address (without a query) or a short word: no text about anybody."""
    plain = _PLAIN.fullmatch(found[0]) if found and found[0] else None
    return plain[1][:200] if plain else ""


def _seconds(found: float) -> str:
    return f"{found:.0f} s" if abs(found) < _LONGEST_TOLD else ""
