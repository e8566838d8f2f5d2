"""In production only known callers are let in, and nobody else learns why not."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient

from cds.settings import Settings

Serve = Callable[[Settings], FlaskClient]
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BODY = {
    "hook": "order-sign",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"patientId": "1"},
}
INVOKE = "/cds-services/leuko-order-sign"
KEY = ec.generate_private_key(ec.SECP384R1())
BASE = "https://cds.example.org/leuko"


def _lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


@pytest.fixture
def production(tmp_path: Path) -> Settings:
    jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key())) | {"kid": "k1"}
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [jwk]}))
    (tmp_path / "tenants.toml").write_text(
        '[[tenant]]\nname = "north"\nissuer = "https://north.example.org"\njwks_file = "keys.json"\n'
        "max_cards = 7\n"
    )
    return Settings(env="production", tenants=tmp_path / "tenants.toml", public_url=BASE)


def _bearer(path: str, token_id: str = "t-1", **claims: Any) -> dict[str, str]:
    seconds = int(NOW.timestamp())
    sent = {
        "iss": "https://north.example.org",
        "aud": BASE + path,
        "iat": seconds,
        "exp": seconds + 300,
        "jti": token_id,
    }
    return {"Authorization": f"Bearer {jwt.encode(sent | claims, KEY, 'ES384', headers={'kid': 'k1'})}"}


def test_a_known_caller_gets_its_own_preferences(
    production: Settings, serve: Serve, answers: Any, log: io.StringIO
) -> None:
    client = serve(production)
    response = client.post(INVOKE, json=BODY, headers=_bearer(INVOKE))

    assert 200 == response.status_code
    assert 7 == answers.asked[0][1].max_cards
    assert "north" == _lines(log)[0]["caller"]


def test_every_other_caller_gets_the_same_empty_401(
    production: Settings, serve: Serve, answers: Any, log: io.StringIO
) -> None:
    """Before the body is looked at, and whatever the reason; only the log knows it."""
    client = serve(production)
    used = _bearer(INVOKE, "used")
    client.post(INVOKE, json=BODY, headers=used)
    refused = [
        client.post(INVOKE, json=BODY),
        client.post(INVOKE, data=b"{", content_type="text/plain", headers={"Authorization": "Bearer x"}),
        client.post(INVOKE, json=BODY, headers=used),
        client.post(INVOKE, json=BODY, headers=_bearer("/cds-services", "t-2")),
        client.post(INVOKE, json=BODY, headers=_bearer(INVOKE, "t-3", iss="https://evil.example.org")),
        client.post(INVOKE, json=BODY, headers=_bearer(INVOKE, "t-4", exp=int(NOW.timestamp()) - 61)),
        client.post("/cds-services/unknown", json=BODY),
        client.post(f"{INVOKE}/feedback", json={}),
    ]

    seen = {
        (each.status_code, each.data, each.headers["WWW-Authenticate"], each.content_type) for each in refused
    }
    reasons = [line["reason"] for line in _lines(log) if line["status"] == 401]
    assert {(401, b"", "Bearer", None)} == seen
    assert ["no-token", "malformed", "used-before", "wrong-audience", "unknown-issuer", "expired"] == reasons[
        :6
    ]
    found = {line["reason"]: line.get("found") for line in _lines(log) if line["status"] == 401}
    assert BASE + "/cds-services" == found["wrong-audience"]
    assert "https://evil.example.org" == found["unknown-issuer"]
    assert {"north", None} == {line.get("alleged") for line in _lines(log) if line["status"] == 401}
    assert 1 == len(answers.asked)
    assert used["Authorization"].removeprefix("Bearer ") not in log.getvalue()


def test_the_audience_does_not_follow_the_host_header(production: Settings, serve: Serve) -> None:
    client = serve(production)
    headers = _bearer(INVOKE, aud=f"https://evil.example.org{INVOKE}")
    response = client.post(
        INVOKE,
        json=BODY,
        headers=headers | {"Host": "evil.example.org", "X-Forwarded-Host": "evil.example.org"},
    )

    assert 401 == response.status_code


@pytest.mark.parametrize("path", [f"{INVOKE}/feedback", INVOKE])
def test_feedback_takes_both_readings_of_its_audience(production: Settings, serve: Serve, path: str) -> None:
    client = serve(production)

    response = client.post(f"{INVOKE}/feedback", json={"feedback": []}, headers=_bearer(path))

    assert 200 == response.status_code


def test_discovery_is_open_unless_it_is_protected(production: Settings, serve: Serve) -> None:
    protected = Settings(
        env="production", tenants=production.tenants, public_url=BASE, protect_discovery=True
    )
    open_client = serve(production)
    client = serve(protected)

    assert 200 == open_client.get("/cds-services").status_code
    assert 401 == client.get("/cds-services").status_code
    assert 200 == client.get("/cds-services", headers=_bearer("/cds-services")).status_code


def test_production_without_callers_lets_nobody_in(serve: Serve) -> None:
    """``Settings`` refuses this already; if it is made by hand, it is closed."""
    settings = Settings(env="production", public_url=BASE)
    client = serve(settings)

    assert 401 == client.post(INVOKE, json=BODY, headers=_bearer(INVOKE)).status_code


def test_production_has_no_cors(production: Settings, serve: Serve) -> None:
    client = serve(production)
    response = client.get("/cds-services", headers={"Origin": "https://sandbox.cds-hooks.org"})

    assert "Access-Control-Allow-Origin" not in response.headers


def test_a_token_is_not_needed_in_a_sandbox(client: FlaskClient) -> None:
    """The public test pages send one that anybody can sign; it is not looked at."""
    assert 200 == client.post(INVOKE, json=BODY, headers={"Authorization": "Bearer x"}).status_code
