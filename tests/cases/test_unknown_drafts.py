"""A draft of which nobody can tell what it orders, while neutrophils are low, is not "nothing found"."""

from __future__ import annotations

import pytest

from tests.cases.asking import ask
from tests.cases.requests import ANC, RXNORM, Json, draft, observation

UNKNOWN_CODE: Json = {"medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": "99999999"}]}}
BY_IDENTIFIER: Json = {"medicationReference": {"identifier": {"system": "urn:lab", "value": "55"}}}
IN_PASSING: Json = {"medicationCodeableConcept": {"text": "leucovorin (methotrexate rescue)"}}


def unknown(members: Json, **more: object) -> Json:
    sent = draft("161", "paracetamol")
    return {name: value for name, value in sent.items() if not name.startswith("medication")} | members | more


@pytest.mark.parametrize("members", [UNKNOWN_CODE, BY_IDENTIFIER, IN_PASSING])
@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
@pytest.mark.parametrize("value", ["1.0", "1.2", "1.49"])
def test_it_is_said_beside_mildly_low_neutrophils(value: str, hook: str, members: Json) -> None:
    answer = ask(hook, observation(ANC, value), drafts=[unknown(members)])

    assert answer.topics == ["leukoDataQuality"]
    assert answer.highest == "info"
    assert answer.lacks(f"ANC {value}", "nobody could tell what a draft orders") == []


@pytest.mark.parametrize("members", [UNKNOWN_CODE, BY_IDENTIFIER])
def test_it_is_counted_on_the_card_of_a_lower_count(members: Json) -> None:
    answer = ask("order-sign", observation(ANC, "0.9"), drafts=[unknown(members)])

    assert "leukoLowCount" in answer.topics
    assert "leukoDataQuality" not in answer.topics
    assert answer.lacks("1 draft order could not be coded") == []


@pytest.mark.parametrize(
    "sent",
    [
        unknown(UNKNOWN_CODE, status="cancelled"),
        unknown({}),
        unknown({"medicationReference": {"type": "Medication", "identifier": None}}),
        draft("161", "paracetamol"),
    ],
    ids=["stopped", "just opened", "nothing chosen", "known"],
)
def test_nothing_is_said_of_other_drafts(sent: Json) -> None:
    assert ask("order-sign", observation(ANC, "1.2"), drafts=[sent]).cards == ()


def test_nor_where_nothing_is_low() -> None:
    assert ask("order-sign", observation(ANC, "4.0"), drafts=[unknown(UNKNOWN_CODE)]).cards == ()
