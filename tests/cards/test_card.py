"""The wire types refuse what CDS Hooks does not allow, and send nothing empty."""

from __future__ import annotations

import json

import msgspec
import pytest

from cards.card import (
    Action,
    ActionType,
    Card,
    CardSettings,
    Coding,
    Indicator,
    Link,
    LinkType,
    OverrideReason,
    SelectionBehavior,
    Source,
    Suggestion,
    encode_response,
)

SOURCE = Source(label="leukocds")


def card(**more: object) -> Card:
    return Card(**{"summary": "ANC 0.3", "indicator": Indicator.INFO, "source": SOURCE, **more})


def suggestion(recommended: bool = False) -> Suggestion:
    action = Action(type=ActionType.DELETE, description="Remove it", resource_id="MedicationRequest/d1")
    return Suggestion(label="Remove it", is_recommended=recommended, actions=(action,))


def test_a_bare_card_sends_only_what_it_has() -> None:
    body = json.loads(encode_response([card()]))

    assert body == {"cards": [{"summary": "ANC 0.3", "indicator": "info", "source": {"label": "leukocds"}}]}


def test_no_cards_are_an_empty_list() -> None:
    assert encode_response([]) == b'{"cards":[]}'


def test_members_are_camel_case_on_the_wire() -> None:
    made = card(
        suggestions=(suggestion(recommended=True),),
        selection_behavior=SelectionBehavior.ANY,
        override_reasons=(OverrideReason(system="urn:x", code="other", display="Other"),),
    )

    sent = json.loads(msgspec.json.encode(made))

    assert sent["selectionBehavior"] == "any"
    assert sent["suggestions"][0]["isRecommended"] is True
    assert sent["suggestions"][0]["actions"][0]["resourceId"] == "MedicationRequest/d1"
    assert sent["overrideReasons"] == [{"system": "urn:x", "code": "other", "display": "Other"}]


@pytest.mark.parametrize("summary", ["x" * 139, "ü" * 139, "𝛼" * 69])
def test_a_summary_of_139_characters_is_allowed(summary: str) -> None:
    assert summary == card(summary=summary).summary


@pytest.mark.parametrize(
    "summary",
    ["x" * 140, "𝛼" * 70, "", "   ", "one\ntwo", "one\rtwo", "one\u2028two"],
    ids=["140", "140 UTF-16 units", "empty", "blank", "newline", "return", "line separator"],
)
def test_a_summary_too_long_empty_or_broken_is_refused(summary: str) -> None:
    with pytest.raises(ValueError, match="summary"):
        card(summary=summary)


def test_suggestions_and_selection_behaviour_go_together() -> None:
    with pytest.raises(ValueError, match="selectionBehavior"):
        card(suggestions=(suggestion(),))
    with pytest.raises(ValueError, match="selectionBehavior"):
        card(selection_behavior=SelectionBehavior.ANY)


def test_at_most_one_is_recommended_where_at_most_one_may_be_chosen() -> None:
    two = (suggestion(recommended=True), suggestion(recommended=True))

    with pytest.raises(ValueError, match="recommended"):
        card(suggestions=two, selection_behavior=SelectionBehavior.AT_MOST_ONE)


@pytest.mark.parametrize("extension", [{}, {"basis": SOURCE}])
def test_an_extension_has_members_with_domain_names(extension: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="extension"):
        card(extension=extension)


@pytest.mark.parametrize(
    "action",
    [
        {"type": ActionType.CREATE, "description": "Order"},
        {"type": ActionType.CREATE, "description": "Order", "resource": {}},
        {"type": ActionType.UPDATE, "description": "Change"},
        {"type": ActionType.CREATE, "description": "Order", "resource": {"a": 1}, "resource_id": "A/1"},
        {"type": ActionType.DELETE, "description": "Remove"},
        {"type": ActionType.DELETE, "description": "Remove", "resource_id": "d1"},
        {"type": ActionType.DELETE, "description": "Remove", "resource_id": "A/1", "resource": {"a": 1}},
        {"type": ActionType.DELETE, "description": " ", "resource_id": "A/1"},
    ],
)
def test_an_action_that_no_client_could_carry_out_is_refused(action: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"needs|belongs|carries"):
        Action(**action)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: Source(label=" "), "label"),
        (lambda: Source(label="x", url="/about"), "absolute"),
        (lambda: Source(label="x", icon="javascript:alert(1)"), "absolute"),
        (lambda: Suggestion(label=""), "label"),
        (lambda: Link(label="x", url="page", type=LinkType.ABSOLUTE), "absolute"),
        (lambda: Link(label="x", url="https://a.b", type=LinkType.ABSOLUTE, app_context="c"), "appContext"),
        (lambda: Coding(system="", code="x"), "system"),
        (lambda: Coding(system="x", code=" "), "code"),
        (lambda: OverrideReason(system="x", code="x"), "display"),
        (lambda: CardSettings(source_url="about"), "source_url"),
        (lambda: CardSettings(max_cards=0), "max_cards"),
    ],
)
def test_what_a_client_would_reject_is_refused_at_construction(make: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make()  # type: ignore[operator]
