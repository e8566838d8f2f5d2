"""Who may call in production: one table of a TOML file per EHR, with its public keys and its choices.

    [[tenant]]
    name = "north-hospital"                       # for our log
    issuer = "https://fhir.north.example.org/R4"  # the token's iss, exactly
    jwks_file = "north.jwks.json"                 # beside this file; or [[tenant.keys]] tables, one JWK each
    algorithms = ["RS384", "ES384"]               # the default; never none, never HS*
    audience = "sand_man"                         # only if its tokens do not name the address called
    subject = "..."                               # the token's sub, if it has to be checked
    tenant = "..."                                # the token's tenant, where one issuer serves several
    leeway_seconds = 60                           # how far its clock may be off
    max_lifetime_seconds = 3600                   # exp - iat at most
    profile = "epic"                              # as in Settings; so are max_cards, merge_cards and
    clozapine_policy = "eu-2025"                  # this one

Everything is checked at start; every problem is reported at once, by place and never by value.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cds.errors import TenantsError
from cds.settings import ClozapinePolicy, Preferences, Profile

# its private key is published with its source, so that its signature proves nothing
PUBLIC_SANDBOX_ISSUER = "https://sandbox.cds-hooks.org"

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_RSA_BITS = 2048
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key and the algorithms that may be used with it."""

    key: PublicKey
    algorithms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tenant:
    """One known caller.

    Attributes:
        keys: its public keys by ``kid``.
        audiences: accepted instead of the address called; empty: the address itself.
        subject, claim: required ``sub`` and ``tenant`` of its tokens; empty: not looked at.
        leeway, max_lifetime: seconds.
        fhir_servers: base addresses of FHIR servers that may be asked on its behalf; no other is.
    """

    name: str
    issuer: str
    keys: Mapping[str, SigningKey]
    audiences: frozenset[str] = frozenset()
    subject: str = ""
    claim: str = ""
    leeway: int = 60
    max_lifetime: int = 3600
    preferences: Preferences = field(default_factory=Preferences)
    fhir_servers: tuple[str, ...] = ()


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    issuer: str = Field(pattern=r"^https://\S+$")
    jwks_file: str = ""
    keys: list[dict[str, Any]] = []
    algorithms: list[Algorithm] = Field(default=["RS384", "ES384"], min_length=1)
    audience: str | list[str] = []
    subject: str = ""
    tenant: str = ""
    leeway_seconds: int = Field(default=60, ge=0, le=300)
    max_lifetime_seconds: int = Field(default=3600, ge=1, le=86400)
    profile: Profile | None = None
    max_cards: int | None = Field(default=None, ge=1, le=20)
    merge_cards: bool | None = None
    clozapine_policy: ClozapinePolicy | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    tenant: list[_Table] = Field(min_length=1)


def load_tenants(path: Path, preferences: Preferences) -> tuple[Tenant, ...]:
    """The callers listed in the file at ``path``; ``preferences`` hold for those who state none.

    Raises ``TenantsError`` with every problem.
    """
    try:
        tables = _File.model_validate(tomllib.loads(path.read_text("utf-8"))).tenant
    except ValidationError as error:
        places = (".".join(str(part) for part in each["loc"]) for each in error.errors())
        raise TenantsError(
            f"{path}: {place}: {each['msg']}" for place, each in zip(places, error.errors(), strict=True)
        ) from None
    except (OSError, ValueError) as error:
        raise TenantsError([f"{path} cannot be read: {error}"]) from None
    problems: list[str] = []
    tenants = [_tenant(table, path, preferences, problems) for table in tables]
    problems += _ambiguous(path, tenants)
    if problems:
        raise TenantsError(problems)
    return tuple(tenants)


def _tenant(table: _Table, path: Path, preferences: Preferences, problems: list[str]) -> Tenant:
    place = f"{path}: {table.name}"
    if table.issuer.rstrip("/") == PUBLIC_SANDBOX_ISSUER:
        problems.append(
            f"{place}: the private key of {PUBLIC_SANDBOX_ISSUER} is public; refused in production"
        )
    chosen = {
        name: value
        for name in ("profile", "max_cards", "merge_cards", "clozapine_policy")
        if (value := getattr(table, name)) is not None
    }
    return Tenant(
        name=table.name,
        issuer=table.issuer,
        keys=_keys(table, path, place, problems),
        audiences=frozenset([table.audience] if isinstance(table.audience, str) else table.audience),
        subject=table.subject,
        claim=table.tenant,
        leeway=table.leeway_seconds,
        max_lifetime=table.max_lifetime_seconds,
        preferences=replace(preferences, **chosen),
    )


def _keys(table: _Table, path: Path, place: str, problems: list[str]) -> dict[str, SigningKey]:
    sent = list(table.keys)
    if table.jwks_file:
        try:
            document = msgspec.json.decode(path.parent.joinpath(table.jwks_file).read_bytes())
            sent += document["keys"]
        except (OSError, msgspec.MsgspecError, TypeError, KeyError):
            problems.append(f"{place}: jwks_file cannot be read as a JWK set")
    keys = {}
    for number, jwk in enumerate(sent, start=1):
        try:
            kid, key = _key(jwk, table.algorithms)
        except ValueError as error:
            problems.append(f"{place}: key {number}: {error}")
            continue
        if kid in keys:
            problems.append(f"{place}: key {number}: kid occurs twice")
        keys[kid] = key
    if not sent:
        problems.append(f"{place}: no keys; give jwks_file or [[tenant.keys]]")
    return keys


def _key(jwk: Any, allowed: Iterable[str]) -> tuple[str, SigningKey]:
    if not isinstance(jwk, dict) or not isinstance(jwk.get("kid"), str) or not jwk["kid"]:
        raise ValueError("kid is missing")
    if jwk.get("kty") == "oct" or jwk.keys() & {"d", "p", "q", "k"}:
        raise ValueError("a secret or private key; only public keys belong here, and this one is burnt")
    if jwk.get("use", "sig") != "sig":
        raise ValueError("use is not sig")
    try:
        key = jwt.PyJWK(jwk).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        raise ValueError("not a public key that can be used") from None
    fitting = _fitting(key) & {jwk["alg"]} if "alg" in jwk else _fitting(key)
    algorithms = frozenset(fitting & {*allowed})
    if not algorithms:
        raise ValueError("fits none of the algorithms; RSA keys need RS or PS, P-384 needs ES384, ...")
    return jwk["kid"], SigningKey(key, algorithms)


def _fitting(key: object) -> set[str]:
    if isinstance(key, RSAPublicKey):
        if key.key_size < _RSA_BITS:
            raise ValueError(f"RSA key shorter than {_RSA_BITS} bits")
        return {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
    if isinstance(key, EllipticCurvePublicKey):
        return {_CURVES[key.curve.name]} if key.curve.name in _CURVES else set()
    return {"EdDSA"} if isinstance(key, Ed25519PublicKey) else set()


def _ambiguous(path: Path, tenants: Iterable[Tenant]) -> list[str]:
    problems, names, callers = [], set(), dict[str, set[str]]()
    for tenant in tenants:
        if tenant.name in names:
            problems.append(f"{path}: {tenant.name}: name occurs twice")
        names.add(tenant.name)
        claims = callers.setdefault(tenant.issuer, set())
        if tenant.claim in claims or (claims and "" in {tenant.claim, *claims}):
            problems.append(f"{path}: {tenant.name}: issuer occurs twice; tell them apart by tenant")
        claims.add(tenant.claim)
    return problems
