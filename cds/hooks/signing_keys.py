"""Public keys as an EHR publishes them (RFC 7517), and what each may be used for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]

_RSA_BITS = 2048
# of the public sandbox of CDS Hooks: its private half is published with its source, so anybody can sign
_PUBLISHED = "dw_JGR8nB2I6XveNxUOl2qk699ZPLM2nYI5STSdiEl9avAkrm3CkfYMbrrjr8laB"
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key and the algorithms that may be used with it."""

    key: PublicKey
    algorithms: frozenset[str]


def read_key_set(document: bytes) -> list[Any]:
    """The keys of a JWK set, not yet looked at. Raises ``ValueError`` if it is none."""
    read = msgspec.json.decode(document)
    if not isinstance(read, dict) or not isinstance(read.get("keys"), list):
        raise ValueError("not a JWK set")
    return list(read["keys"])


def read_key(jwk: Any, allowed: Collection[str]) -> tuple[str, SigningKey]:
    """The ``kid`` of one JWK and its key, for those of ``allowed`` algorithms that fit it.

    Raises ``ValueError`` in words for whoever has to mend it, without anything of the key.
    """
    if not isinstance(jwk, dict) or not isinstance(jwk.get("kid"), str) or not jwk["kid"]:
        raise ValueError("kid is missing")
    if jwk.get("kty") == "oct" or jwk.keys() & {"d", "p", "q", "k"}:
        raise ValueError("a secret or private key; only public keys belong here, and this one is burnt")
    if jwk.get("x") == _PUBLISHED:
        raise ValueError("the private half of this key is published: it is that of the public sandbox")
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
