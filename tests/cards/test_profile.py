"""Profiles: what each kind of EHR is sent, and what it would drop of a card."""

from __future__ import annotations

import ast
import json
from typing import Any, get_args

import msgspec
import pytest

from cards.card import Coding, encode_response
from cards.profile import CardProfile, Dropped, dropped_by
from cds.findings import Assessment, Topic
from cds.profiles.load import load_profile
from cds.settings import Profile
from tests.cards.builders import EVERYTHING, assessment, cards_of, low, only_card
from tests.source_code import read_modules

PROFILES: tuple[Profile, ...] = get_args(Profile)
OWN = Coding(system="urn:oid:1.2.3", code="CBC1", display="CBC with differential")
SITE = {"cbc-differential": OWN}
_MEMBERS = {field.name for field in msgspec.structs.fields(CardProfile)}
DETAIL_TYPE = "com.epic.cdshooks.card.detail.content-type"


def _rules(profile: Profile) -> CardProfile:
    return msgspec.convert(load_profile(profile).cards, CardProfile)


def _sent(made: Assessment, **settings: object) -> list[dict[str, Any]]:
    return list(json.loads(encode_response(cards_of(made, max_cards=8, **settings)))["cards"])


def _codings(profile: Profile) -> list[list[str]]:
    """Systems of the codes of each test order on a card, where the hospital named its code of one test."""
    made = assessment(Topic.LOW_COUNT, low_counts=(low(differential_missing=True),))
    actions = [
        action
        for each in only_card(made, profile=profile, orderables=SITE).suggestions
        for action in each.actions
        if action.resource is not None
    ]
    bodies = json.loads(msgspec.json.encode([action.resource for action in actions]))
    return [[coding["system"] for coding in body["code"]["coding"]] for body in bodies]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_says_all_of_itself(profile: Profile) -> None:
    told = load_profile(profile)

    assert told.name
    assert {*told.hooks} <= {"patient-view", "order-select", "order-sign"}
    assert {*_rules(profile).selection_behaviors} <= {"any", "at-most-one"}
    assert all(text.endswith(".") for text in (*told.notes, *told.steps))


def test_the_generic_profile_is_the_specification() -> None:
    assert CardProfile() == _rules("generic")


def test_a_member_is_named_and_defaulted_in_one_place() -> None:
    """What a file leaves out is as the specification has it, and what nobody knows is a mistake."""
    assert CardProfile() == msgspec.convert({}, CardProfile)
    assert [] == [
        f"{module.path}: {name}"
        for module in read_modules("cds")
        if module.name.startswith("cds.profiles")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.AnnAssign) and (name := ast.unparse(node.target)) in _MEMBERS
    ]


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({"recomends": True}, "unknown field `recomends`"),
        ({"recommends": 1}, "Expected `bool`"),
        ({"creates": "some-code"}, "Invalid enum value"),
        ({"selection_behaviors": "any"}, "Expected `array`"),
    ],
)
def test_a_mistake_in_a_profile_is_told(table: dict[str, object], complaint: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=complaint):
        msgspec.convert(table, CardProfile)


def test_epic_gets_a_test_order_only_by_a_code_of_the_site() -> None:
    """Of the tests that are worth ordering that whose code the hospital has named, by that code alone."""
    assert [["urn:oid:1.2.3"]] == _codings("epic")


def test_elsewhere_the_code_of_the_site_stands_before_loinc() -> None:
    first, *others = _codings("generic")

    assert ["urn:oid:1.2.3", "http://loinc.org"] == first
    assert [["http://loinc.org"]] * len(others) == others


def test_epic_alone_is_told_the_type_of_the_detail() -> None:
    told = {
        profile: {card["extension"].get(DETAIL_TYPE) for card in _sent(EVERYTHING, profile=profile)}
        for profile in PROFILES
    }

    assert {"generic": {None}, "epic": {"text/markdown"}, "oracle": {None}} == told


@pytest.mark.parametrize("profile", PROFILES)
def test_of_the_cards_made_for_it_an_ehr_drops_nothing(profile: Profile) -> None:
    cards = _sent(EVERYTHING, profile=profile, orderables=SITE)

    assert len(cards) == len(Topic)
    assert [()] * len(cards) == [dropped_by(_rules(profile), card) for card in cards]


def test_of_the_cards_made_for_others_epic_drops_what_it_cannot_do() -> None:
    dropped = [each for card in _sent(EVERYTHING) for each in dropped_by(_rules("epic"), card)]

    assert "a new order needs a code of the site's own" in {each.why for each in dropped}


CARD = {
    "summary": "s",
    "indicator": "info",
    "source": {"label": "l", "topic": {"system": "urn:x", "code": "aB9"}},
}
DELETE = {"type": "delete", "description": "Remove", "resourceId": "MedicationRequest/1"}
UPDATE = {"type": "update", "description": "Remove", "resource": {"resourceType": "MedicationRequest"}}
LOINC = {"code": {"coding": [{"system": "http://loinc.org", "code": "57021-8"}]}}
CREATE = {"type": "create", "description": "Remove", "resource": {"resourceType": "ServiceRequest"} | LOINC}


def _suggesting(*actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return CARD | {"suggestions": [{"label": "Remove", "actions": list(actions)} | more]}


@pytest.mark.parametrize(
    ("profile", "card", "where"),
    [
        ("epic", CARD | {"selectionBehavior": "at-most-one"}, "selectionBehavior"),
        ("epic", CARD | {"source": {"label": "l", "topic": {"code": "a-b"}}}, "source.topic"),
        ("epic", CARD | {"source": {"label": "l", "topic": {"code": "a" * 101}}}, "source.topic"),
        ("epic", _suggesting(DELETE, DELETE), "suggestions[0].actions[1]"),
        ("epic", _suggesting(UPDATE), "suggestions[0].actions[0]"),
        ("epic", _suggesting(CREATE), "suggestions[0].actions[0]"),
        ("epic", _suggesting(DELETE, label="Take it away"), "suggestions[0].label"),
        ("epic", _suggesting(DELETE, isRecommended=True), "suggestions[0].isRecommended"),
        ("oracle", CARD | {"links": [{"type": "smart", "appContext": "x"}]}, "links[0].appContext"),
        ("oracle", CARD | {"detail": "- a\n  - b"}, "detail"),
        ("oracle", CARD | {"detail": "|a|b|\n|---|---|\n|1|2|"}, "detail"),
    ],
)
def test_what_is_dropped_is_told_by_place(profile: Profile, card: dict[str, Any], where: str) -> None:
    (dropped,) = dropped_by(_rules(profile), card)

    assert where == dropped.where
    assert dropped.why
    assert () == dropped_by(CardProfile(), card)


@pytest.mark.parametrize(
    ("profile", "card"),
    [
        ("epic", CARD | {"selectionBehavior": "any"}),
        ("epic", CARD | {"source": {"label": "l", "topic": {"code": "a" * 100}}}),
        ("epic", _suggesting(DELETE)),
        ("epic", CARD | {"detail": "- a\n  - b"}),
        ("oracle", CARD | {"detail": "**a**\n\n- a\n- b\n\n1. c"}),
        ("oracle", _suggesting(UPDATE)),
    ],
)
def test_what_is_kept_is_not_said_to_be_dropped(profile: Profile, card: dict[str, Any]) -> None:
    assert () == dropped_by(_rules(profile), card)


def test_what_is_dropped_can_be_told_in_a_line() -> None:
    (dropped,) = dropped_by(_rules("epic"), CARD | {"selectionBehavior": "at-most-one"})

    assert Dropped("selectionBehavior", "only any is known") == dropped
