"""A first token of an EHR, taken apart and not believed: what it claims, and how to list who sends it.

Whoever made a token chose every word of it. So nothing of it is followed, no key is fetched, its signature is
neither checked nor shown; an analyst compares what stands here with what the EHR's people say.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from cds.hooks.tenants_file import PUBLIC_SANDBOX_ISSUER
from cds.hooks.trust import tidy_address

_SHOWN = ("alg", "typ", "kid", "jku"), ("iss", "aud", "sub", "tenant", "iat", "nbf", "exp", "jti")
_NEEDED = ("iss", "aud", "iat", "exp", "jti")
_OF_ACCESS = frozenset({"scope", "scp", "client_id", "azp", "patient", "fhirUser", "at_hash", "nonce", "cnf"})
_USUAL = ("RS384", "ES384")
_ALLOWED = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_HOUR, _DAY = 3600, 86400


class FirstToken(Struct, frozen=True):
    """What can be told of a token.

    Attributes:
        header, claims: the members that are known, as text.
        hidden: names of all others; their values may be about a patient and are not shown.
        warnings: what would keep it out, or should be asked about.
        table: the [[tenant]] table to begin with; empty if none could work.
    """

    header: dict[str, str]
    claims: dict[str, str]
    hidden: tuple[str, ...]
    warnings: tuple[str, ...]
    table: str


def read_token(text: str, addresses: Sequence[str], profile: str, now: datetime) -> FirstToken:
    """Take the token in ``text`` apart; ``addresses`` are those under which this service may be called, none
    if that is not known.

    Raises ``ValueError``, in words that repeat nothing of it, if it is no JSON Web Token.
    """
    token = re.sub(r"^\s*(authorization\s*:)?\s*(bearer\s)?\s*", "", text, flags=re.IGNORECASE).strip()
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError(f"this is no JSON Web Token: it has {len(parts)} parts instead of 3")
    header, claims = (_part(part) for part in parts[:2])
    doubts = [*_fatal(header, claims), *_doubts(header, claims, addresses, now)]
    return FirstToken(
        header=_known(header, _SHOWN[0]),
        claims=_known(claims, _SHOWN[1]),
        hidden=tuple(sorted(_text(name) for name in {*header, *claims} - {*_SHOWN[0], *_SHOWN[1]})),
        warnings=tuple(doubts),
        table="" if any(_fatal(header, claims)) else _table(header, claims, addresses, profile),
    )


def write_token(told: FirstToken) -> str:
    """What was told, as plain text."""
    lines = ["NOT VERIFIED: whoever made this token chose every word of it.", "", "Header"]
    lines += [f"  {name:<7} {value}" for name, value in told.header.items()]
    lines += ["Claims", *(f"  {name:<7} {value}" for name, value in told.claims.items())]
    if told.hidden:
        lines.append(f"  not shown: {', '.join(told.hidden)}")
    lines += ["", *(f"! {warning}" for warning in told.warnings)] if told.warnings else []
    if told.table:
        lines += ["", "To begin with, in LEUKOCDS_TENANTS:", "", told.table.rstrip()]
    return "\n".join(lines)


# --- taking it apart ------------------------------------------------------------------------------------


def _part(part: str) -> dict[str, Any]:
    try:
        decoded = json.loads(base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        decoded = None
    if not isinstance(decoded, dict):
        raise ValueError("this is no JSON Web Token: its parts are no JSON objects")
    return decoded


def _known(members: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    return {
        name: f"{_text(members[name])}{_moment(members[name]) if name in {'iat', 'nbf', 'exp'} else ''}"
        for name in names
        if name in members
    }


def _text(value: object) -> str:
    """Without what could steer a terminal or end a string of the table."""
    text = value if isinstance(value, str) else json.dumps(value)
    return "".join(letter for letter in text if letter.isprintable())[:500]


def _moment(value: object) -> str:
    try:
        return f"  {datetime.fromtimestamp(float(value), UTC):%Y-%m-%d %H:%M:%S}Z"  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, OSError):
        return "  (no moment)"


# --- what is wrong with it ------------------------------------------------------------------------------


def _fatal(header: Mapping[str, Any], claims: Mapping[str, Any]) -> Iterator[str]:
    """What no table of a tenant could mend."""
    if header.get("alg") not in _ALLOWED:
        yield f"alg {_text(header.get('alg', 'missing'))}: without a public key it is always refused."
    if not isinstance(claims.get("iss"), str) or not claims["iss"].startswith("https://"):
        yield "iss is no https address: it cannot be listed."
    elif f"{claims['iss']}/".startswith(f"{PUBLIC_SANDBOX_ISSUER}/"):
        yield "This is the public sandbox: its private key is published, so it is refused in production."
    missing = [name for name in _NEEDED if name not in claims] + ([] if header.get("kid") else ["kid"])
    if missing:
        yield f"{', '.join(missing)} missing: such a token is always refused."


def _doubts(
    header: Mapping[str, Any], claims: Mapping[str, Any], addresses: Sequence[str], now: datetime
) -> Iterator[str]:
    kind = str(header.get("typ", ""))
    if _OF_ACCESS & claims.keys() or "at+jwt" in kind.casefold():
        yield (
            "It looks like an access token (fhirAuthorization), not like the one that the EHR sends us in"
            " Authorization. It opens a patient's data: delete this file."
        )
    if kind.upper() != "JWT":
        yield "typ is not JWT: it would be refused."
    if header.get("alg") in _ALLOWED and header["alg"] not in _USUAL:
        yield f"{header['alg']} is none of the two that are recommended: ask for {' or '.join(_USUAL)}."
    yield from _about_keys(header, claims)
    yield from _about_times(claims, now)
    if not addresses:
        yield "LEUKOCDS_PUBLIC_URL is not set, so aud could not be compared: set it, and look again."
    elif not _names_one(claims, addresses):
        yield (
            "aud is none of our addresses: compare the endpoint typed into the EHR, letter by letter, with"
            " leukocds onboard. Only if it cannot be changed there, keep audience below."
        )


def _about_keys(header: Mapping[str, Any], claims: Mapping[str, Any]) -> Iterator[str]:
    jku = header.get("jku")
    if not jku:
        yield "No jku: get the public keys from the EHR's people, and name them as jwks_file."
    elif not _is_fetched(jku):
        yield "jku is no https address, so it is not fetched: get the keys by another way, as jwks_file."
    elif urlsplit(str(jku)).hostname != urlsplit(str(claims.get("iss", ""))).hostname:
        yield "jku and iss are not of one host: have the EHR's people confirm the jku before it is listed."


def _about_times(claims: Mapping[str, Any], now: datetime) -> Iterator[str]:
    issued, until = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int | float) or not isinstance(until, int | float):
        yield "iat or exp is no number: it would be refused."
        return
    if until - issued > _DAY:
        yield "It lives for more than a day, which is never accepted: ask for five minutes."
    elif until - issued > _HOUR:
        yield "It lives for more than an hour: ask for five minutes, or keep max_lifetime_seconds below."
    if until <= now.timestamp():
        yield "It has expired, which is good for a token in a file; it would be refused by now."
    if issued > now.timestamp() + 60:
        yield "It was issued in the future: compare the clocks."


# --- the table to begin with ----------------------------------------------------------------------------


def _table(
    header: Mapping[str, Any], claims: Mapping[str, Any], addresses: Sequence[str], profile: str
) -> str:
    host = urlsplit(claims["iss"]).hostname or "caller"
    members: dict[str, Any] = {
        "name": re.sub(r"[^a-z0-9]+", "-", host.casefold()).strip("-")[:60].strip("-") or "caller",
        "issuer": claims["iss"],
    }
    jku = header.get("jku")
    members |= {"jwks_url": jku} if _is_fetched(jku) else {"jwks_file": "keys-of-this-ehr.jwks.json"}
    if header["alg"] not in _USUAL:
        members["algorithms"] = [header["alg"]]
    if addresses and not _names_one(claims, addresses):
        members["audience"] = list(dict.fromkeys(map(tidy_address, _audiences(claims))))
    for member, claim in (("subject", "sub"), ("tenant", "tenant")):
        if isinstance(claims.get(claim), str) and claims[claim]:
            members[member] = claims[claim]
    life = claims.get("exp", 0) - claims.get("iat", 0) if _is_timed(claims) else 0
    if _HOUR < life <= _DAY:
        members["max_lifetime_seconds"] = int(life)
    members["profile"] = profile
    lines = [f"{name} = {_toml(value)}" for name, value in members.items()]
    return "\n".join(["[[tenant]]", *lines, ""])


def _is_fetched(jku: object) -> bool:
    return isinstance(jku, str) and re.fullmatch(r"https://[^\s@#/]+/[^\s@#]*", jku) is not None


def _is_timed(claims: Mapping[str, Any]) -> bool:
    return all(isinstance(claims.get(name), int | float) for name in ("iat", "exp"))


def _names_one(claims: Mapping[str, Any], addresses: Sequence[str]) -> bool:
    return not {*map(tidy_address, _audiences(claims))}.isdisjoint(map(tidy_address, addresses))


def _audiences(claims: Mapping[str, Any]) -> list[str]:
    sent = claims.get("aud", [])
    return [each for each in (sent if isinstance(sent, list) else [sent]) if isinstance(each, str)]


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_toml(each) for each in value)}]"
    return str(value) if isinstance(value, int) else json.dumps(_text(value), ensure_ascii=False)
