"""The check of CDS Hooks notices what it is there to notice: one good answer, broken one place at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.card_conformance import r4_faults, violations
from tests.fixture_stories import DAYS, FIXTURES, tell
from tests.kept_answers import Json

DEMO = FIXTURES / "methimazole-reordered-at-anc-0.3"


def card(answer: Json) -> Json:
    """The first card: an order risk with the offers to remove the draft and to order a count."""
    first: Json = answer["cards"][0]
    return first


def action(answer: Json, place: int) -> Json:
    """The action of one suggestion of the first card."""
    found: Json = card(answer)["suggestions"][place]["actions"][0]
    return found


BREAKS: dict[str, Callable[[Json], Any]] = {
    "a member beside cards": lambda answer: answer.update(systemActions=[]),
    "an unknown member": lambda answer: card(answer).update(title="x"),
    "a null": lambda answer: card(answer)["source"].update(icon=None),
    "an empty list": lambda answer: card(answer).update(links=[]),
    "a summary of 140": lambda answer: card(answer).update(summary="x" * 140),
    "139 letters of 2 units each": lambda answer: card(answer).update(summary="\N{DROP OF BLOOD}" * 139),
    "two lines": lambda answer: card(answer).update(summary="x\ny"),
    "an unknown indicator": lambda answer: card(answer).update(indicator="hard-stop"),
    "no label": lambda answer: card(answer)["source"].update(label=" "),
    "a relative url": lambda answer: card(answer)["source"].update(url="/sources"),
    "another topic": lambda answer: card(answer)["source"]["topic"].update(code="leuko-order"),
    "no selectionBehavior": lambda answer: card(answer).pop("selectionBehavior"),
    "no suggestions for it": lambda answer: card(answer).pop("suggestions"),
    "a reason without words": lambda answer: card(answer)["overrideReasons"][0].pop("display"),
    "one uuid twice": lambda answer: card(answer)["suggestions"][0].update(uuid=card(answer)["uuid"]),
    "a uuid that is none": lambda answer: card(answer).update(uuid="card-1"),
    "HTML": lambda answer: card(answer).update(detail="<b>ANC</b>"),
    "a link": lambda answer: card(answer).update(detail="[x](javascript:x)"),
    "an asterisk": lambda answer: card(answer).update(detail="ANC 0.3 10*9/L"),
    "a short extension": lambda answer: card(answer).update(extension={"basis": {"x": 1}}),
    "two actions": lambda answer: card(answer)["suggestions"][0]["actions"].append(action(answer, 1)),
    "the same removal twice": lambda answer: card(answer)["suggestions"].append(
        {**card(answer)["suggestions"][0], "uuid": "8d1f9b34-55a1-4b1e-9f0e-2f1f1b2c3d4e"}
    ),
    "a draft that is not there": lambda answer: action(answer, 0).update(resourceId="MedicationRequest/x"),
    "an action without words": lambda answer: action(answer, 1).update(description=""),
    "a created id": lambda answer: action(answer, 1)["resource"].update(id="x"),
    "a resource that is not FHIR": lambda answer: action(answer, 1)["resource"].pop("intent"),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_a_broken_answer_is_noticed(broken: str) -> None:
    told = tell(DEMO, DAYS[0])
    answer = copy.deepcopy(told.answer)
    BREAKS[broken](answer)

    assert [] == violations(told.answer, told.request)
    assert [] != violations(answer, told.request)


def test_a_fault_in_a_resource_is_noticed() -> None:
    good = {"resourceType": "Observation", "status": "final", "code": {"text": "ANC"}}
    bad = {"resourceType": "Observation", "status": "final"}

    assert [] == r4_faults(good)
    assert [] != r4_faults(bad)
    assert [] != r4_faults({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": bad}]})
