"""The requests of ``fixtures/refused``: each is refused with its reason, and the service lives on."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from cds.stories import fill_in
from tests.card_conformance import r4_faults
from tests.cases.asking import client
from tests.fixture_stories import DAYS, FIXTURES, REFUSED, tell

NOW = DAYS[0]
DEMO = FIXTURES / "methimazole-reordered-at-anc-0.3"

each_refusal = pytest.mark.parametrize("folder", sorted(REFUSED.iterdir()), ids=lambda folder: folder.name)


def case_of(folder: Path) -> dict[str, Any]:
    """``case.toml``: title, proves, service; expected status and a word of the answer."""
    return tomllib.loads((folder / "case.toml").read_text("utf-8"))


def body_of(folder: Path) -> str:
    """What is sent: ``request.txt`` where it is not JSON, else ``request.json``."""
    (sent,) = folder.glob("request.*")
    return fill_in(sent.read_text("utf-8"), NOW)


def send(folder: Path) -> tuple[int, str, dict[str, Any]]:
    """Status, content type and body of the answer."""
    case = case_of(folder)
    response = client(NOW).post(
        f"/cds-services/{case['service']}", data=body_of(folder), content_type="application/json"
    )
    return response.status_code, response.content_type, json.loads(response.data)


@each_refusal
def test_it_is_refused_with_its_status_and_reason(folder: Path) -> None:
    expected = case_of(folder)["expected"]
    status, content_type, body = send(folder)

    assert expected["status"] == status
    assert "application/json" == content_type
    assert "OperationOutcome" == body["resourceType"]
    assert expected["says"] in body["issue"][0]["diagnostics"]
    assert "error" == body["issue"][0]["severity"]


@each_refusal
def test_the_reason_is_valid_fhir_and_no_empty_list_of_cards(folder: Path) -> None:
    _, _, body = send(folder)

    assert [] == r4_faults(body)
    assert "cards" not in body


@each_refusal
def test_nothing_that_was_sent_is_repeated(folder: Path) -> None:
    """No identifier, token, value or text of the request stands in the refusal; names of members may."""
    _, _, body = send(folder)
    sent = {
        word
        for text in re.findall(r'(?<!\\)"([^"\n]{3,})"(?!\s*:)', body_of(folder))
        for word in [text, *re.findall(r"[A-Za-z0-9-]{12,}", text)]
    }
    answer = json.dumps(body["issue"])

    assert [] == sorted(word for word in sent - {"OperationOutcome", "error"} if word in answer)


@each_refusal
def test_the_service_answers_the_next_request(folder: Path) -> None:
    send(folder)
    told = tell.__wrapped__(DEMO, NOW)

    assert 200 == told.status
    assert told.cards
