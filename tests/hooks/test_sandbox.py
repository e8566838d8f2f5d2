"""A sandbox can be asked for another EHR and another day; production cannot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.settings import Settings
from tests.hooks.test_production import _bearer, production  # noqa: F401  (a fixture)

INVOKE = "/cds-services/leuko-order-sign"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BODY = {
    "hook": "order-sign",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"patientId": "1"},
}
WISHES = {"X-Leukocds-Profile": "epic", "X-Leukocds-As-Of": "2026-10-01T08:00:00+02:00"}


def test_a_sandbox_answers_as_another_ehr_would_be_answered_on_another_day(
    client: FlaskClient, answers: Any
) -> None:
    client.post(INVOKE, json=BODY, headers=WISHES)
    _, preferences, moment = answers.asked[0]

    assert "epic" == preferences.profile
    assert datetime(2026, 10, 1, 6, tzinfo=UTC) == moment


def test_without_a_wish_all_is_as_it_was_set(client: FlaskClient, answers: Any) -> None:
    client.post(INVOKE, json=BODY)
    _, preferences, moment = answers.asked[0]

    assert (Settings().profile, NOW) == (preferences.profile, moment)


@pytest.mark.parametrize(
    ("header", "wish"),
    [
        ("X-Leukocds-Profile", "cerner"),
        ("X-Leukocds-Profile", ""),
        ("X-Leukocds-As-Of", "yesterday"),
        ("X-Leukocds-As-Of", "2026-10-01"),
        ("X-Leukocds-As-Of", "2026-10-01T08:00:00"),
        ("X-Leukocds-As-Of", "0001-01-01T00:00:00Z"),
        ("X-Leukocds-As-Of", "9999-12-31T23:59:59-12:00"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(client: FlaskClient, answers: Any, header: str, wish: str) -> None:
    """Answered as of now instead, it would look like the answer of that day."""
    response = client.post(INVOKE, json=BODY, headers={header: wish})

    assert 400 == response.status_code
    assert header in response.json["issue"][0]["diagnostics"]
    assert [] == answers.asked


def test_in_production_wishes_mean_nothing(
    production: Settings,  # noqa: F811
    serve: Callable[[Settings], FlaskClient],
    answers: Any,
) -> None:
    response = serve(production).post(INVOKE, json=BODY, headers=WISHES | _bearer(INVOKE))
    _, preferences, moment = answers.asked[0]

    assert 200 == response.status_code
    assert ("generic", NOW) == (preferences.profile, moment)
