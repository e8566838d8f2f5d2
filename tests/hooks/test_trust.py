"""Known callers and their tokens: who is let in, and that everyone else is refused the same way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from cds.errors import NotAuthenticated, RecordsUnavailable
from cds.hooks.records import MemoryRecords
from cds.hooks.tenants_file import load_tenants
from cds.hooks.trust import Trust
from cds.settings import Preferences
from tests.source_code import ROOT

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
ADDRESS = "https://cds.example.org/cds-services/leuko-order-sign"
ISSUER = "https://fhir.north.example.org/R4"
RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP384R1())
STRANGER = ec.generate_private_key(ec.SECP384R1())


def _jwk(key: Any, kid: str) -> dict[str, Any]:
    algorithm = (
        jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    )
    return json.loads(algorithm.to_jwk(key.public_key())) | {"kid": kid}


def _trust(folder: Path, more: str = "", **memory: Any) -> Trust:
    (folder / "north.jwks.json").write_text(
        json.dumps({"keys": [_jwk(RSA_KEY, "r+1/="), _jwk(EC_KEY, "e1")]})
    )
    path = folder / "tenants.toml"
    path.write_text(f'[[tenant]]\nname = "north"\nissuer = "{ISSUER}"\njwks_file = "north.jwks.json"\n{more}')
    return Trust(load_tenants(path, Preferences()), **memory)


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    return _trust(tmp_path)


def _claims(**change: Any) -> dict[str, Any]:
    claims = {"iss": ISSUER, "aud": ADDRESS, "iat": SECONDS, "exp": SECONDS + 300, "jti": "t-1"} | change
    return {name: value for name, value in claims.items() if value is not ...}


def _token(key: Any = EC_KEY, alg: str = "ES384", header: dict[str, Any] | None = None, **claims: Any) -> str:
    return jwt.encode(_claims(**claims), key, algorithm=alg, headers={"kid": "e1"} | (header or {}))


def _admit(trust: Trust, token: str, now: datetime = NOW) -> str:
    return trust.authenticate(f"Bearer {token}", [ADDRESS], now).name


def _reason(trust: Trust, authorization: str | None) -> str:
    with pytest.raises(NotAuthenticated) as caught:
        trust.authenticate(authorization, [ADDRESS], NOW)
    return str(caught.value)


def _part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "token",
    [
        lambda: _token(),
        lambda: _token(RSA_KEY, "RS384", {"kid": "r+1/="}),
        lambda: _token(aud=["https://other.example.org", ADDRESS]),
        lambda: _token(aud=f"{ADDRESS}/".replace("/cds-services", "//cds-services")),
        lambda: _token(nbf=SECONDS - 300, sub="client", tenant="x"),
        lambda: _token(iat=SECONDS + 60, nbf=SECONDS + 60),
        lambda: _token(iat=SECONDS - 240, exp=SECONDS - 59),
        lambda: _token(header={"jku": "https://evil.example.org/jwks.json"}),
        lambda: _token(header={"typ": "jwt"}),
    ],
    ids=[
        "es384",
        "rs384",
        "several-aud",
        "slashes-too-many",
        "more-claims",
        "clock-ahead",
        "clock-behind",
        "jku",
        "typ",
    ],
)
def test_a_known_caller_is_let_in(trust: Trust, token: Callable[[], str]) -> None:
    assert "north" == _admit(trust, token())


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://evil.example.org"}, "unknown-issuer"),
        ({"iss": ISSUER + "/"}, "unknown-issuer"),
        ({"aud": "https://cds.example.org/cds-services"}, "wrong-audience"),
        ({"aud": ADDRESS + "/feedback"}, "wrong-audience"),
        ({"aud": []}, "wrong-audience"),
        ({"iat": SECONDS - 400, "exp": SECONDS - 60}, "expired"),
        ({"iat": SECONDS + 61}, "issued-in-future"),
        ({"nbf": SECONDS + 61}, "not-yet-valid"),
        ({"exp": SECONDS + 3601}, "lives-too-long"),
        ({"iat": 0}, "lives-too-long"),
        ({"jti": ""}, "no-token-id"),
        *[({name: sign * 10**400}, "malformed") for name in ("exp", "iat", "nbf") for sign in (1, -1)],
        ({"exp": 1e308}, "lives-too-long"),
        *[({name: ...}, "malformed") for name in ("iss", "aud", "exp", "iat", "jti")],
        *[({name: {}}, "malformed") for name in ("iss", "aud", "exp", "iat", "jti")],
    ],
)
def test_a_wrong_claim_is_refused(trust: Trust, claims: dict[str, Any], reason: str) -> None:
    token = jwt.PyJWS().encode(json.dumps(_claims(**claims)).encode(), EC_KEY, "ES384", headers={"kid": "e1"})

    assert reason == _reason(trust, f"Bearer {token}")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"kid": "unheard-of"}, "unknown-key"),
        ({"kid": None}, "malformed"),
        ({"typ": None}, "malformed"),
        ({"typ": "at+jwt"}, "wrong-type"),
        ({"alg": "ES256"}, "wrong-algorithm"),
        ({"alg": "RS384"}, "wrong-algorithm"),
        *[({"alg": alg}, "wrong-algorithm") for alg in ("none", "None", "HS256", "HS384", "HS512")],
    ],
)
def test_a_wrong_header_is_refused(trust: Trust, header: dict[str, Any], reason: str) -> None:
    sent = {"alg": "ES384", "typ": "JWT", "kid": "e1"} | header
    sent = {name: value for name, value in sent.items() if value is not None}

    assert reason == _reason(trust, f"Bearer {_part(sent)}.{_part(_claims())}.AAAA")


def test_a_public_key_is_no_shared_secret(trust: Trust) -> None:
    """The old attack: HMAC with the bytes of the public key."""
    public = EC_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = f"{_part({'alg': 'HS384', 'typ': 'JWT', 'kid': 'e1'})}.{_part(_claims())}"
    digest = (
        base64.urlsafe_b64encode(hmac.digest(public, signed.encode(), hashlib.sha384)).decode().rstrip("=")
    )

    assert "wrong-algorithm" == _reason(trust, f"Bearer {signed}.{digest}")


def test_a_stranger_with_the_right_words_is_refused(trust: Trust) -> None:
    assert "bad-signature" == _reason(trust, f"Bearer {_token(STRANGER)}")


def test_a_token_changed_on_the_way_is_refused(trust: Trust) -> None:
    header, _, signature = _token().split(".")

    assert "bad-signature" == _reason(trust, f"Bearer {header}.{_part(_claims(jti='t-2'))}.{signature}")


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        (None, "no-token"),
        ("", "no-token"),
        ("Bearer", "no-token"),
        ("Bearer ", "no-token"),
        ("Basic dXNlcjpwYXNz", "no-token"),
        ("Bearer x", "malformed"),
        ("Bearer ..", "malformed"),
        ("Bearer é.é.é", "malformed"),
        (f"Bearer {_part([])}.{_part([])}.", "malformed"),
        (f"Bearer {base64.urlsafe_b64encode(b'[' * 4000).decode()}.e30.", "malformed"),
        ("Bearer " + "a" * 9000, "too-long"),
    ],
)
def test_what_is_no_token_is_refused(trust: Trust, authorization: str | None, reason: str) -> None:
    assert reason == _reason(trust, authorization)


def test_a_token_is_let_in_once(trust: Trust) -> None:
    token = _token()
    _admit(trust, token)

    assert "used-before" == _reason(trust, f"Bearer {token}")
    assert "north" == _admit(trust, _token(jti="t-2"))


def test_a_forged_token_does_not_use_up_the_real_one(trust: Trust) -> None:
    _reason(trust, f"Bearer {_token(STRANGER)}")

    assert "north" == _admit(trust, _token())


def test_a_tenant_may_have_its_own_audience_and_subject(tmp_path: Path) -> None:
    trust = _trust(tmp_path, 'audience = "sand_man"\nsubject = "client-7"\n')

    assert "north" == _admit(trust, _token(aud="sand_man", sub="client-7"))
    assert "wrong-audience" == _reason(trust, f"Bearer {_token(sub='client-7', jti='t-2')}")
    assert "wrong-subject" == _reason(trust, f"Bearer {_token(aud='sand_man', jti='t-3')}")


def test_tenants_of_one_issuer_are_told_apart_by_their_claim(tmp_path: Path) -> None:
    second = f'[[tenant]]\nname = "south"\nissuer = "{ISSUER}"\njwks_file = "north.jwks.json"\ntenant = "s"\n'
    trust = _trust(tmp_path, f'tenant = "n"\n{second}')

    assert "south" == _admit(trust, _token(tenant="s"))
    assert "unknown-tenant" == _reason(trust, f"Bearer {_token(jti='t-2')}")
    assert "unknown-tenant" == _reason(trust, f"Bearer {_token(tenant='x', jti='t-3')}")


def test_used_tokens_are_forgotten_when_they_expire() -> None:
    used = MemoryRecords()
    end = NOW + timedelta(seconds=100)

    assert used.use_token(ISSUER, "a", until=end, now=NOW)
    assert not used.use_token(ISSUER, "a", until=end, now=end)
    assert used.use_token("another issuer", "a", until=end, now=end)
    assert used.use_token(ISSUER, "a", until=end, now=end + timedelta(seconds=1))


class Unreachable:
    def use_token(self, issuer: str, token_id: str, *, until: datetime, now: datetime) -> bool:
        raise RecordsUnavailable


def test_a_token_is_let_in_once_whichever_process_it_reaches(tmp_path: Path) -> None:
    """The memory is shared: it is handed in."""
    shared = MemoryRecords()
    first, second = (_trust(tmp_path, used=shared) for _ in range(2))
    token = _token()
    _admit(first, token)

    assert "used-before" == _reason(second, f"Bearer {token}")


def test_a_token_is_remembered_until_it_cannot_be_used_any_more(tmp_path: Path) -> None:
    """With the leeway: a token that has expired is still taken from a clock that is behind."""
    trust = _trust(tmp_path)
    token = _token()
    _admit(trust, token)
    last = NOW + timedelta(seconds=359)
    with pytest.raises(NotAuthenticated, match="used-before"):
        _admit(trust, token, last)
    with pytest.raises(NotAuthenticated, match="expired"):
        _admit(trust, token, last + timedelta(seconds=1))


def test_without_its_memory_the_service_lets_nobody_in(tmp_path: Path) -> None:
    with pytest.raises(RecordsUnavailable):
        _admit(_trust(tmp_path, used=Unreachable()), _token())


def test_a_forged_token_does_not_tell_that_the_memory_is_away(tmp_path: Path) -> None:
    assert "bad-signature" == _reason(_trust(tmp_path, used=Unreachable()), f"Bearer {_token(STRANGER)}")


def test_a_site_may_let_callers_in_while_the_memory_is_away(tmp_path: Path) -> None:
    """This process alone remembers meanwhile."""
    trust = _trust(tmp_path, used=Unreachable(), insist=False)
    token = _token()

    assert "north" == _admit(trust, token)
    assert "used-before" == _reason(trust, f"Bearer {token}")


def test_every_reason_is_explained_on_the_page_for_whoever_reads_the_log() -> None:
    code = (ROOT / "cds" / "hooks" / "trust.py").read_text("utf-8")
    reasons = {
        *re.findall(r'NotAuthenticated\("([a-z-]+)"\)', code),
        *re.findall(r'^        "([a-z-]+)": ', code, re.M),
    }
    page = (ROOT / "docs" / "connect.md").read_text("utf-8")

    assert {"no-token", "expired", "used-before"} < reasons
    assert [] == sorted(reason for reason in reasons if f"`{reason}`" not in page)


@pytest.mark.parametrize(
    ("token", "reason", "alleged", "found"),
    [
        (lambda: _token(iss=f"{ISSUER}/"), "unknown-issuer", "", f"{ISSUER}/"),
        (lambda: _token(aud=f"{ADDRESS}/x/"), "wrong-audience", "north", f"{ADDRESS}/x/"),
        (lambda: _token(aud=f"{ADDRESS}?patient=1"), "wrong-audience", "north", ADDRESS),
        (lambda: _token(aud="Jane Doe"), "wrong-audience", "north", ""),
        (lambda: _token(aud="a\nb"), "wrong-audience", "north", ""),
        (lambda: _token(aud=[]), "wrong-audience", "north", ""),
        (lambda: _token(exp=SECONDS - 90, iat=SECONDS - 390), "expired", "north", "90 s"),
        (lambda: _token(iat=SECONDS + 100), "issued-in-future", "north", "100 s"),
        (lambda: _token(exp=SECONDS + 7200), "lives-too-long", "north", "7200 s"),
        (lambda: _token(header={"kid": "k+2/="}), "unknown-key", "north", "k+2/="),
        (lambda: _token(STRANGER), "bad-signature", "north", ""),
    ],
)
def test_the_log_is_told_what_was_found_instead(
    trust: Trust, token: Callable[[], str], reason: str, alleged: str, found: str
) -> None:
    """Addresses and short words, never a query or a text; and whose token it claims to be."""
    with pytest.raises(NotAuthenticated) as caught:
        _admit(trust, token())

    assert (reason, alleged, found) == (str(caught.value), caught.value.alleged, caught.value.found)


def test_of_a_wrong_subject_only_that_is_told(tmp_path: Path) -> None:
    """It could be a person."""
    with pytest.raises(NotAuthenticated) as caught:
        _admit(_trust(tmp_path, 'subject = "client-7"\n'), _token(sub="jane"))

    assert ("wrong-subject", "") == (str(caught.value), caught.value.found)
