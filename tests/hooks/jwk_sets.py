"""Keys of an EHR that signs its tokens, and the set in which it publishes them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Key:
    """One ES384 key of an EHR."""

    kid: str
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP384R1())
    )

    @property
    def jwk(self) -> dict[str, Any]:
        public = jwt.algorithms.ECAlgorithm.to_jwk(self.private.public_key())
        return json.loads(public) | {"kid": self.kid}

    def sign(self, claims: dict[str, Any], **header: str) -> str:
        return jwt.encode(claims, self.private, "ES384", headers={"kid": self.kid} | header)


def key_set(*keys: Key) -> dict[str, Any]:
    """The document that holds the public halves."""
    return {"keys": [key.jwk for key in keys]}
