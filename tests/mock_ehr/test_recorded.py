"""The bodies that the mock EHR sent on its walk, sent again: the same cards, the same feedback counted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.app import create_app
from cds.hooks.records import MemoryRecords
from cds.knowledge.load import load_knowledge
from cds.settings import Settings
from cds.shown import CardOutcome, CountedOutcome, Kept
from tests.mock_ehr.fhir_server import NOW
from tests.mock_ehr.recording import RECORDED, outline
from tests.mock_ehr.walk import TOLD

FILES = sorted(RECORDED.glob("*.json"))
CALLS = [path for path in FILES if not path.stem.endswith(("-accepted", "-overridden"))]


class Counting(MemoryRecords):
    """A memory that also says, in order, what it counted."""

    def __init__(self) -> None:
        super().__init__()
        self.counted: list[CountedOutcome] = []
        self.unknown = 0

    def keep_outcomes(
        self, tenant: str, service: str, outcomes: Sequence[CardOutcome], received: datetime
    ) -> Kept:
        kept = super().keep_outcomes(tenant, service, outcomes, received)
        self.counted += kept.new
        self.unknown += kept.unknown
        return kept


@dataclass
class Replay:
    """All of the walk once more, the identifiers of cards replaced by those of the new answers."""

    client: FlaskClient
    identifiers: dict[str, str] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)

    def send(self, recorded: dict[str, Any]) -> None:
        body = json.dumps(recorded["request"])
        for old, new in self.identifiers.items():
            body = body.replace(old, new)
        response = self.client.post(recorded["path"], data=body, content_type="application/json")
        self.statuses.append(response.status_code)
        answered = [outline(card) for card in (response.get_json() or {}).get("cards", ())]
        for old_card, new_card in zip(recorded["cards"], answered, strict=True):
            pairs = zip(identifiers(old_card), identifiers(new_card), strict=True)
            self.identifiers |= dict(pairs)


def identifiers(card: dict[str, Any]) -> list[str]:
    return [card["uuid"], *(suggestion["uuid"] for suggestion in card["suggestions"])]


def read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8")))


def anonymous(cards: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (card["topic"], card["indicator"], *(suggestion["actions"] for suggestion in card["suggestions"]))
        for card in cards
    ]


@pytest.fixture(scope="module")
def memory() -> Counting:
    return Counting()


@pytest.fixture(scope="module")
def client(memory: Counting) -> FlaskClient:
    return create_app(Settings(), load_knowledge(), lambda: NOW, records=memory).test_client()


@pytest.fixture(scope="module")
def careful() -> FlaskClient:
    settings = Settings(when_not_checked="card")
    return create_app(settings, load_knowledge(), lambda: NOW).test_client()


def test_the_walk_was_recorded() -> None:
    hooks = {read(path)["request"]["hook"] for path in CALLS}

    assert {"patient-view", "order-select", "order-sign"} == hooks


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_a_recorded_call_gets_the_cards_that_were_seen(
    client: FlaskClient, careful: FlaskClient, path: Path
) -> None:
    recorded = read(path)
    client = careful if path.stem.endswith(TOLD) else client
    response = client.post(recorded["path"], json=recorded["request"])
    cards = [outline(card) for card in response.get_json().get("cards", ())]

    assert recorded["status"] == response.status_code
    assert anonymous(recorded["cards"]) == anonymous(cards)


def test_the_drafts_of_this_client_are_no_valid_fhir_and_are_read_all_the_same(client: FlaskClient) -> None:
    """Its category and reasonCode are objects where FHIR has lists, and its Bundle has no type."""
    (path,) = (path for path in CALLS if path.stem.endswith("order-select-reason"))
    recorded = read(path)
    drafts = recorded["request"]["context"]["draftOrders"]
    draft = drafts["entry"][0]["resource"]
    first = client.post(recorded["path"], json=recorded["request"]).get_json()["cards"][0]

    assert (False, dict, dict) == ("type" in drafts, type(draft["category"]), type(draft["reasonCode"]))
    assert "Methimazole is being re-ordered" in first["summary"]
    assert "not valid FHIR R4" in first["detail"]


def test_what_was_accepted_and_overridden_is_counted_with_topic_drug_and_reason(
    client: FlaskClient, memory: Counting
) -> None:
    replay = Replay(client)
    for path in (path for path in FILES if not path.stem.endswith(TOLD)):
        replay.send(read(path))

    expected = [
        ("overridden", "known-and-followed", "leukoPrecautions", ""),
        ("accepted", "", "leukoOrderRisk", "methimazole"),
        ("accepted", "", "leukoOrderRisk", "methimazole"),
        ("overridden", "risk-benefit-ratio", "leukoOrderRisk", "methimazole"),
        ("overridden", "", "leukoLowCount", ""),
    ]
    counted = [(each.outcome, each.reason, each.topic, each.drug) for each in memory.counted]

    assert {200, 412} == set(replay.statuses)
    assert (expected, 0) == (counted, memory.unknown)
