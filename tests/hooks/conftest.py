"""The service over HTTP with an answer made up here, and its log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from cds.findings import Occasion
from cds.hooks.about import About
from cds.hooks.fetch import FhirCall
from cds.hooks.hook_request import HookRequest
from cds.hooks.routes import hook_app
from cds.hooks.services import Answer, CDSService, Query
from cds.settings import Preferences, Settings
from cds.shown import ShownCard

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SERVICE = CDSService(
    id="leuko-order-sign",
    hook=Occasion.ORDER_SIGN,
    title="Low counts",
    description="Speaks when counts are low.",
    usage_requirements="Counts are needed.",
    queries=(Query("patient", "Patient/{{context.patientId}}", "Patient", ("patient",)),),
)
ABOUT = About(
    "2026.11.0+0123456789ab", "", lambda: "", b"<!doctype html><p>Sources</p>", b'{"title":"Sources"}'
)

SHOWN = ShownCard("c0ffee00-0000-4000-8000-000000000001", "leukoLowCount", "warning")


class Answers:
    """Answers every request with one card, or raises what it is told to; remembers what it was asked."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked: list[tuple[HookRequest, Preferences, datetime]] = []

    def __call__(
        self,
        service: CDSService,
        request: HookRequest,
        preferences: Preferences,
        as_of: datetime,
        fhir: FhirCall,
    ) -> Answer:
        self.asked.append((request, preferences, as_of))
        if self.error is not None:
            raise self.error
        return Answer(b'{"cards":[{}]}', (SHOWN,), ("leukoLowCount",), {"unknown-unit": 2})


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def serve(answers: Answers) -> Callable[[Settings], FlaskClient]:
    """A client of the service with these settings, at 2026-11-20T12:00:00Z."""
    services = {SERVICE.id: SERVICE}
    return lambda settings: hook_app(settings, services, answers, ABOUT, lambda: NOW).test_client()


@pytest.fixture
def client(serve: Callable[[Settings], FlaskClient]) -> FlaskClient:
    return serve(Settings())
