"""Bodies that other people's clients really sent: always a sensible answer, never a fault.

They lie outside the project and are read only where they are at hand.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cds.app import create_app
from cds.knowledge.load import load_knowledge
from cds.settings import Settings

DATA = Path(__file__).parents[2] / "shared" / "data"
CAPTURES = sorted((DATA / "client-captures").glob("*.json"))
REQUESTS = sorted((DATA / "real" / "hook-requests").rglob("*.json"))
RECORDED = datetime(2025, 11, 20, 12, tzinfo=UTC)  # when the counts in them were two days old

absent = pytest.mark.skipif(not CAPTURES, reason="the recorded requests are not at hand")


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings(), load_knowledge(), lambda: RECORDED).test_client()


@absent
@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_a_recorded_call_is_answered_or_refused_for_a_reason(client: FlaskClient, path: Path) -> None:
    capture = json.loads(path.read_text("utf-8"))
    response = client.post(capture["path"], json=capture["body"])

    assert response.status_code in {200, 400, 412}
    if response.status_code == 400:
        assert capture["body"]["hook"] not in capture["path"]


@absent
def test_the_neutropenia_of_the_recorded_patient_is_told(client: FlaskClient) -> None:
    """A browser's sandbox showed a patient with neutrophils of 0.42 under keys of its own."""
    seen = []
    for path in CAPTURES:
        capture = json.loads(path.read_text("utf-8"))
        if "0.42" in path.read_text("utf-8") and capture["path"].endswith(capture["body"].get("hook", "-")):
            response = client.post(capture["path"], json=capture["body"]).get_json()
            seen.append("leukoLowCount" in [card["source"]["topic"]["code"] for card in response["cards"]])

    assert seen
    assert all(seen)


@absent
@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("hook", ["order-sign", "order-select", "patient-view"])
def test_a_request_of_a_test_kit_is_never_a_fault(client: FlaskClient, path: Path, hook: str) -> None:
    response = client.post(
        f"/cds-services/leuko-{hook}", data=path.read_bytes(), content_type="application/json"
    )

    assert response.status_code in {200, 400, 412}
