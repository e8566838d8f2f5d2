"""Tokens as an EHR signs them, and as it must not."""

from __future__ import annotations

import base64
import hmac
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from cds.conform.reasons import Unusable

PrivateKey = EllipticCurvePrivateKey | RSAPrivateKey
Sign = Callable[[bytes], bytes]

_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_LIFE = 300  # seconds


@dataclass(frozen=True, slots=True)
class Signer:
    """An EHR that signs its calls.

    Attributes:
        clock: seconds since 1970.
        jku: where its public key can be fetched; empty where the service has it already.
        tenant: of the claim of that name; empty for none.
    """

    key: PrivateKey
    algorithm: str
    issuer: str
    kid: str
    clock: Callable[[], float]
    jku: str = ""
    tenant: str = ""

    def token(
        self,
        address: Any,
        *,
        header: Mapping[str, Any] | None = None,
        claims: Mapping[str, Any] | None = None,
        sign: Sign | None = None,
    ) -> str:
        """A token for one call of ``address``, with changes; a member that is ``...`` is left out."""
        now = int(self.clock())
        head = {"alg": self.algorithm, "typ": "JWT", "kid": self.kid}
        head |= {"jku": self.jku} if self.jku else {}
        said = {"iss": self.issuer, "aud": address, "iat": now, "exp": now + _LIFE, "jti": str(uuid.uuid4())}
        said |= {"tenant": self.tenant} if self.tenant else {}
        signed = f"{_part(head | dict(header or {}))}.{_part(said | dict(claims or {}))}"
        return f"{signed}.{_encoded((sign or self.sign)(signed.encode()))}"

    def sign(self, text: bytes) -> bytes:
        """The signature of ``text`` by the own key."""
        return signature(self.key, self.algorithm, text)

    @property
    def public_pem(self) -> bytes:
        """The public key, as it would be handed out."""
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )


def signature(key: PrivateKey, algorithm: str, text: bytes) -> bytes:
    """The signature of ``text``."""
    return bytes(jwt.get_algorithm_by_name(algorithm).sign(text, key))


def keyed_hash(algorithm: str, secret: bytes) -> Sign:
    """A signature by a shared secret: HS256, HS384 or HS512."""
    return lambda text: hmac.digest(secret, text, f"sha{algorithm[2:]}")


def load_key(path: Path) -> tuple[PrivateKey, str, str]:
    """Private key, algorithm and ``kid`` of a JWK, a JWK set (its first key) or PEM. Raises ``Unusable``."""
    try:
        text = path.read_bytes()
        if text.lstrip().startswith(b"{"):
            jwk = json.loads(text)
            jwk = jwk["keys"][0] if "keys" in jwk else jwk
            key, kid, algorithm = jwt.PyJWK(jwk, jwk.get("alg")).key, jwk.get("kid", ""), jwk.get("alg", "")
        else:
            key, kid, algorithm = serialization.load_pem_private_key(text, password=None), "", ""
    except (OSError, ValueError, TypeError, LookupError, jwt.PyJWTError):
        raise Unusable(f"{path} cannot be read as a private key: a JWK, a JWK set or PEM") from None
    if isinstance(key, RSAPrivateKey):
        return key, algorithm or "RS384", kid
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return key, _CURVES[key.curve.name], kid
    raise Unusable(f"{path} holds no private RSA or EC key")


def _part(content: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in content.items() if value is not ...}
    return _encoded(json.dumps(kept).encode())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
