"""Known callers in production: their keys, their lines in the file of callers, and their signed tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

PUBLIC_URL = "https://cds.example.org/leuko"
_KEY = ec.generate_private_key(ec.SECP384R1())


@dataclass(frozen=True)
class Caller:
    """One EHR. ``members`` are further lines of its table, such as ``fail``."""

    name: str
    fhir_server: str = ""
    members: Mapping[str, object] | None = None
    suppress_repeats: bool = False

    @property
    def issuer(self) -> str:
        return f"https://{self.name}.example.org"

    def table(self) -> str:
        lines = {"name": self.name, "issuer": self.issuer, "jwks_file": "keys.json", **(self.members or {})}
        repeats = "suppress_repeats = true\n" if self.suppress_repeats else ""
        servers = f"fhir_servers = {json.dumps([self.fhir_server])}\n" if self.fhir_server else ""
        return (
            "[[tenant]]\n"
            + "".join(f"{name} = {json.dumps(value)}\n" for name, value in lines.items())
            + servers
            + repeats
        )

    def bearer(self, path: str, now: datetime) -> dict[str, str]:
        """The header of one call to ``path``."""
        seconds = int(now.timestamp())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": PUBLIC_URL + path,
            "iat": seconds,
            "exp": seconds + 300,
            "jti": str(uuid4()),
        }
        return {"Authorization": f"Bearer {jwt.encode(claims, _KEY, 'ES384', headers={'kid': 'k1'})}"}


def write_callers(folder: Path, *callers: Caller) -> Path:
    """The file of these callers, with their public key beside it."""
    jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(_KEY.public_key())) | {"kid": "k1"}
    (folder / "keys.json").write_text(json.dumps({"keys": [jwk]}), "utf-8")
    path = folder / "tenants.toml"
    path.write_text("\n".join(caller.table() for caller in callers), "utf-8")
    return path
