"""Suggestions and the actions in them; system actions too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cds.conform.check import check
from cds.conform.derived import drafts
from cds.conform.json_text import is_text, objects, shown
from cds.conform.reasons import NotApplicable
from cds.conform.samples import Json
from cds.conform.target import Target


@check("M", "1.0+", "C-19")
def suggestions_say_how_many_may_be_chosen(target: Target) -> Iterator[str]:
    """A card with ``suggestions`` has the ``selectionBehavior`` at-most-one or any."""
    for place, card in _suggesting(target):
        if card.get("selectionBehavior") not in ("at-most-one", "any"):
            yield f"{place}: selectionBehavior is {shown(card.get('selectionBehavior'))}"


@check("S", "ENG", "C-19")
def nothing_to_choose_has_no_behaviour(target: Target) -> Iterator[str]:
    """A card without suggestions has no ``selectionBehavior``."""
    for place, card in target.cards():
        if "suggestions" not in card and "selectionBehavior" in card:
            yield f"{place}: selectionBehavior is {shown(card['selectionBehavior'])}, without suggestions"


@check("M", "1.0+", "A-01")
def suggestions_have_a_label(target: Target) -> Iterator[str]:
    """Every suggestion has a ``label`` that says something."""
    for place, suggestion in _suggestions(target):
        if not is_text(suggestion.get("label")):
            yield f"{place}.label is {shown(suggestion.get('label'))}"


@check("M", "LM", "A-02")
def at_most_one_is_recommended(target: Target) -> Iterator[str]:
    """Where at most one suggestion may be chosen, at most one is recommended."""
    for place, card in _suggesting(target):
        recommended = [each for _, each in objects(card["suggestions"]) if each.get("isRecommended") is True]
        if card.get("selectionBehavior") == "at-most-one" and len(recommended) > 1:
            yield f"{place}: {len(recommended)} suggestions have isRecommended"


@check("M", "1.0+", "A-04")
def actions_have_type_and_description(target: Target) -> Iterator[str]:
    """Every action has the type create, update or delete, and, in a suggestion, a ``description``."""
    for place, action, _ in _actions(target):
        if action.get("type") not in ("create", "update", "delete"):
            yield f"{place}.type is {shown(action.get('type'))}"
        if "systemActions" not in place and not is_text(action.get("description")):
            yield f"{place}.description is {shown(action.get('description'))}"


@check("M", "1.0+", "A-05", "A-06", "X-07")
def created_and_updated_resources_are_whole(target: Target) -> Iterator[str]:
    """A create or update carries a FHIR resource; that of an update has an id."""
    for place, action, _ in _of_type(target, "create", "update"):
        resource = action.get("resource")
        if not isinstance(resource, dict) or not is_text(resource.get("resourceType")):
            yield f"{place}.resource is {shown(resource)}"
        elif action["type"] == "update" and not is_text(resource.get("id")):
            yield f"{place}.resource is updated but has no id"


@check("S", "2.0+", "A-07")
def deletions_name_their_target(target: Target) -> Iterator[str]:
    """A delete has ``resourceId`` as ``Type/id``, and no ``resource``."""
    for place, action, _ in _of_type(target, "delete"):
        kind, _, identity = str(action.get("resourceId", "")).partition("/")
        if not (kind and identity) or "resource" in action:
            yield f"{place}: resourceId is {shown(action.get('resourceId'))}" + (
                ", and there is a resource" if "resource" in action else ""
            )


@check("S", "ENG", "A-08")
def changes_are_of_orders_in_the_request(target: Target) -> Iterator[str]:
    """What is updated or deleted at order-select and order-sign is one of the draft orders that were sent."""
    for place, action, known in _of_type(target, "update", "delete"):
        resource = action.get("resource")
        resource = resource if isinstance(resource, dict) else {}
        reference = action.get("resourceId") or f"{resource.get('resourceType')}/{resource.get('id')}"
        if known and str(reference) not in known:
            yield f"{place} is of {shown(reference)}; the request has {', '.join(sorted(known))}"


@check("S", "3.0b", "A-11")
def actions_need_no_choice(target: Target) -> Iterator[str]:
    """No suggestion has ``actionSelectionBehavior``, which clients of 2.0 do not know."""
    for place, suggestion in _suggestions(target):
        if "actionSelectionBehavior" in suggestion:
            yield f"{place}.actionSelectionBehavior is {shown(suggestion['actionSelectionBehavior'])}"


@check("S", "ENG", "A-12")
def nothing_is_done_without_being_asked(target: Target) -> Iterator[str]:
    """No ``systemActions`` are sent: they change an order without a click, so they need an agreement."""
    for each in target.answered:
        if "systemActions" in each.reply.value:
            yield f"{each.offer.name}: systemActions is {shown(each.reply.value['systemActions'])}"


@check("S", "VND", "A-13")
def suggestions_have_one_action(target: Target) -> Iterator[str]:
    """Every suggestion has one action: one EHR takes no more."""
    for place, suggestion in _suggestions(target):
        actions = suggestion.get("actions", [])
        if isinstance(actions, list) and len(actions) > 1:
            yield f"{place} has {len(actions)} actions"


# --- on the way -----------------------------------------------------------------------------------------


def _suggesting(target: Target) -> list[tuple[str, Json]]:
    found = [(place, card) for place, card in target.cards() if "suggestions" in card]
    if not found:
        raise NotApplicable("no card has suggestions; give --request FILE, a request that gets some")
    return found


def _suggestions(target: Target) -> Iterator[tuple[str, Json]]:
    for place, card in _suggesting(target):
        for at, suggestion in objects(card["suggestions"]):
            yield f"{place}.suggestions[{at}]", suggestion


def _actions(target: Target) -> list[tuple[str, Json, set[str]]]:
    """Place and action of all, with the references of the drafts of their request."""
    found = []
    for each in target.answered:
        known = {f"{draft.get('resourceType')}/{draft.get('id')}" for draft in drafts(each.request)}
        holders: list[tuple[str, Any]] = [("systemActions", each.reply.value.get("systemActions"))]
        for at, card in objects(each.reply.cards):
            for number, suggestion in objects(card.get("suggestions")):
                holders.append((f"cards[{at}].suggestions[{number}].actions", suggestion.get("actions")))
        for place, actions in holders:
            for number, action in objects(actions):
                found.append((f"{each.offer.name}: {place}[{number}]", action, known))
    if not found:
        raise NotApplicable("no answer has an action; give --request FILE, a request that gets some")
    return found


def _of_type(target: Target, *types: str) -> list[tuple[str, Json, set[str]]]:
    found = [each for each in _actions(target) if each[1].get("type") in types]
    if not found:
        raise NotApplicable(f"no answer has an action of type {' or '.join(types)}")
    return found
