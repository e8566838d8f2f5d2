"""The whole service in a sandbox, over Flask's test client, on 20 November 2026."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.app import create_app
from cds.knowledge.base import Knowledge
from cds.knowledge.load import load_knowledge
from cds.settings import Settings

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge()


@pytest.fixture(scope="session")
def client(knowledge: Knowledge) -> FlaskClient:
    return create_app(Settings(), knowledge, clock=lambda: NOW).test_client()


@pytest.fixture(scope="session")
def reasoned(client: FlaskClient) -> Callable[..., Any]:
    """What the page is told of a story: its chart and its explanation."""

    def ask(story: str, **headers: str) -> Any:
        told = client.get(f"/sandbox/api/patients/{story}").json
        answer = client.post(
            f"/sandbox/api/reasoning/{told['service']}", json=told["request"], headers=headers
        )
        assert 200 == answer.status_code, answer.text
        return answer.json

    return ask
