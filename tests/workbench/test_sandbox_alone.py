"""The sandbox is for a sandbox: in production there is no page, and no header asks for another day."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from cds.app import create_app
from cds.knowledge.base import Knowledge
from cds.settings import Settings
from tests.workbench.conftest import NOW

PATHS = (
    "/sandbox",
    "/sandbox/",
    "/sandbox/static/js/main.js",
    "/sandbox/api/start",
    "/sandbox/api/patients/x",
)


@pytest.fixture(scope="module")
def production(knowledge: Knowledge) -> FlaskClient:
    return create_app(Settings(env="production"), knowledge, clock=lambda: NOW).test_client()


@pytest.mark.parametrize("path", PATHS)
def test_production_serves_none_of_it(production: FlaskClient, client: FlaskClient, path: str) -> None:
    assert 404 == production.get(path).status_code
    assert "OperationOutcome" == production.get(path).json["resourceType"]
    with client.get(path) as response:
        assert path.endswith("/x") or 200 == response.status_code


@pytest.mark.parametrize("path", ["/sandbox/api/documents", "/sandbox/api/reasoning/leuko-order-sign"])
def test_production_takes_nothing(production: FlaskClient, path: str) -> None:
    assert 404 == production.post(path, json={}).status_code


def test_a_reasoning_is_refused_as_the_hook_call_is(client: FlaskClient) -> None:
    request = {"hook": "order-sign", "hookInstance": "x", "context": {"patientId": "1"}}

    for path in ("/cds-services", "/sandbox/api/reasoning"):
        assert 404 == client.post(f"{path}/nothing", json=request).status_code
        assert 400 == client.post(f"{path}/leuko-patient-view", json=request).status_code
        assert 400 == client.post(f"{path}/leuko-order-sign", json={}).status_code
        assert 412 == client.post(f"{path}/leuko-order-sign", json=request).status_code
