"""What HTTP makes of the records: cards are written down, feedback is kept or refused, readiness tells."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.errors import RecordsUnavailable
from cds.hooks.about import About
from cds.hooks.feedback import our_reasons
from cds.hooks.keeping import Keeping
from cds.hooks.records import MemoryRecords
from cds.hooks.routes import hook_app
from cds.settings import Settings
from cds.shown import CardOutcome, Kept, RecordsState, Showing
from tests.hooks.conftest import ABOUT, NOW, SERVICE, SHOWN, Answers
from tests.hooks.test_trust import _trust

INVOKE = "/cds-services/leuko-order-sign"
CALL = {
    "hook": "order-sign",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"patientId": "canary-patient"},
}
ITEM = {
    "card": SHOWN.uuid,
    "outcome": "overridden",
    "outcomeTimestamp": "2026-11-20T12:00:00Z",
    "overrideReason": {"reason": {"code": "comfort-care"}, "userComment": "canary"},
}
REASONS = our_reasons([("urn:leukocds:override", "comfort-care", "Comfort care")])


class Recorder(MemoryRecords):
    """Remembers what it was handed; ``is_up`` can be taken away."""

    def __init__(self) -> None:
        super().__init__()
        self.is_up = True
        self.showings: list[Showing] = []
        self.outcomes: list[tuple[str, str, CardOutcome, datetime]] = []

    def keep_showing(self, showing: Showing) -> None:
        self.showings.append(showing)
        super().keep_showing(showing)

    def keep_outcomes(
        self, tenant: str, service: str, outcomes: Sequence[CardOutcome], received: datetime
    ) -> Kept:
        if not self.is_up:
            raise RecordsUnavailable
        self.outcomes += [(tenant, service, each, received) for each in outcomes]
        return super().keep_outcomes(tenant, service, outcomes, received)

    def state(self) -> RecordsState:
        return RecordsState(self.is_up)


@pytest.fixture
def records() -> Recorder:
    return Recorder()


@pytest.fixture
def client(records: Recorder, answers: Answers) -> FlaskClient:
    keeping = Keeping(records, REASONS, "2026.11")
    return hook_app(Settings(), {SERVICE.id: SERVICE}, answers, ABOUT, lambda: NOW, keeping).test_client()


def _line(log: io.StringIO) -> dict[str, Any]:
    return json.loads(log.getvalue().splitlines()[-1])


def test_what_was_shown_is_written_down_without_the_patient(client: FlaskClient, records: Recorder) -> None:
    client.post(INVOKE, json=CALL)

    assert [Showing(NOW, "sandbox", SERVICE.id, "order-sign", "2026.11", (SHOWN,))] == records.showings
    assert "canary" not in repr(records.showings)


def test_an_answer_that_was_refused_showed_nothing(
    client: FlaskClient, records: Recorder, answers: Answers
) -> None:
    answers.error = RuntimeError()
    client.post(INVOKE, json=CALL)

    assert [] == records.showings


def test_feedback_is_kept_and_its_counts_are_logged(
    client: FlaskClient, records: Recorder, log: io.StringIO
) -> None:
    client.post(INVOKE, json=CALL)
    stranger = ITEM | {"card": "somebody-elses"}
    first = client.post(f"{INVOKE}/feedback", json={"feedback": [ITEM, stranger]})
    second = client.post(f"{INVOKE}/feedback", json={"feedback": [ITEM, stranger]})
    line = _line(log)

    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    kept = CardOutcome(SHOWN.uuid, "overridden", at, reason="comfort-care", commented=True)
    assert (200, b"{}", 200) == (first.status_code, first.data, second.status_code)
    assert ("sandbox", SERVICE.id, kept, NOW) == records.outcomes[0]
    assert (2, 2, 0) == (line["overridden"], line["known"], line["unknown"])
    assert "canary" not in log.getvalue()


def test_feedback_that_cannot_be_kept_is_asked_for_again(
    client: FlaskClient, records: Recorder, log: io.StringIO
) -> None:
    records.is_up = False
    response = client.post(f"{INVOKE}/feedback", json={"feedback": [ITEM]})
    outcome = response.get_json()

    assert 503 == response.status_code
    assert "5" == response.headers["Retry-After"]
    assert ("OperationOutcome", "transient") == (outcome["resourceType"], outcome["issue"][0]["code"])
    assert ("RecordsUnavailable", "unavailable") == (_line(log)["reason"], _line(log)["outcome"])


def test_a_decision_does_not_ask_whether_the_database_is_up(client: FlaskClient, records: Recorder) -> None:
    records.is_up = False

    assert 200 == client.post(INVOKE, json=CALL).status_code


@pytest.mark.parametrize(
    ("is_up", "needed", "status", "said"),
    [
        (True, True, 200, ("ready", "up")),
        (False, False, 200, ("ready", "down")),
        (False, True, 503, ("not ready", "down")),
    ],
)
def test_readiness_tells_of_the_database_and_asks_for_it_where_nobody_is_let_in_without(
    records: Recorder, answers: Answers, is_up: bool, needed: bool, status: int, said: tuple[str, str]
) -> None:
    records.is_up = is_up
    about = About(ABOUT.knowledge, "", lambda: "", b"", b"", records=records.state, needs_records=needed)
    response = (
        hook_app(Settings(), {SERVICE.id: SERVICE}, answers, about, lambda: NOW).test_client().get("/readyz")
    )

    assert status == response.status_code
    assert said == (response.json["status"], response.json["database"])


def test_a_caller_in_the_file_has_reasons_of_its_own(tmp_path: Path) -> None:
    """The table of the file becomes every name that feedback may use."""
    more = '[tenant.override_reasons]\n"1042" = "comfort-care"\n"urn:x|7" = "comfort-care"\n'
    (tenant,) = _trust(tmp_path, more)._tenants.values()

    assert {"*|1042", "1042", "urn:x|7"} == {*tenant.override_reasons}
