"""Offers to act: take a draft back, order a test. Few, one action each, never a dose and never a drug."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cards.card import Action, ActionType, CardSettings, Coding, SelectionBehavior, Suggestion
from cards.message import Message, Removal
from cards.profile import CardProfile
from cards.wording import clean, quote
from cds.findings import WorkUp

_AT_MOST = 3
_LOINC = "http://loinc.org"
_LABORATORY = {"system": "http://snomed.info/sct", "code": "108252007", "display": "Laboratory procedure"}


def build_suggestions(
    message: Message,
    *,
    patient_id: str,
    settings: CardSettings,
    new_uuid: Callable[[], str],
    offered: set[str],
) -> tuple[Suggestion, ...]:
    """At most three suggestions of one action each.

    Args:
        message: what could be offered.
        patient_id: subject of a test order; without it no test can be offered.
        settings: where an EHR places orders by codes of its site, only tests that have one are offered.
        new_uuid: makes identifiers.
        offered: LOINC codes already offered on another card of the same answer; added to.
    """
    suggestions = [_removal(removal, new_uuid) for removal in message.removals if removal.draft.reference]
    profile = settings.profile
    if patient_id:
        for order in message.tests:
            test = order.test
            if len(suggestions) >= _AT_MOST or not (test.orderable and test.loinc) or test.loinc in offered:
                continue
            codings = _codings(test, profile, settings.orderables)
            if not codings:
                continue
            offered.add(test.loinc)
            recommended = profile.recommends and order.recommended and not _any_recommended(suggestions)
            suggestions.append(_test_order(test, codings, patient_id, new_uuid, recommended=recommended))
    return tuple(suggestions[:_AT_MOST])


def selection_behavior(
    message: Message, suggestions: tuple[Suggestion, ...], profile: CardProfile
) -> SelectionBehavior | None:
    """At most one where taking back one draft of a pair makes the other offers pointless; else any."""
    if not suggestions:
        return None
    exclusive = (
        message.exclusive
        and len(suggestions) > 1
        and all(action.type is ActionType.DELETE for each in suggestions for action in each.actions)
    )
    known = SelectionBehavior.AT_MOST_ONE in profile.selection_behaviors
    return SelectionBehavior.AT_MOST_ONE if exclusive and known else SelectionBehavior.ANY


def _any_recommended(suggestions: list[Suggestion]) -> bool:
    return any(suggestion.is_recommended for suggestion in suggestions)


def _removal(removal: Removal, new_uuid: Callable[[], str]) -> Suggestion:
    text = f"Remove the draft order: {quote(removal.name) or 'this order'}"
    action = Action(type=ActionType.DELETE, description=text, resource_id=removal.draft.reference)
    return Suggestion(label=text, uuid=new_uuid(), actions=(action,))


def _codings(test: WorkUp, profile: CardProfile, orderables: Mapping[str, Coding]) -> list[dict[str, str]]:
    """The codes of an order: the hospital's own first, and LOINC where it may stand beside or alone."""
    codings: list[dict[str, str]] = []
    if (own := orderables.get(test.id)) is not None:
        codings.append({"system": own.system, "code": own.code, "display": own.display})
    if profile.creates == "any-code":
        codings.append({"system": _LOINC, "code": test.loinc, "display": clean(test.name)})
    return codings


def _test_order(
    test: WorkUp,
    codings: list[dict[str, str]],
    patient_id: str,
    new_uuid: Callable[[], str],
    *,
    recommended: bool,
) -> Suggestion:
    name = clean(test.name)
    text = f"Order {name}"
    resource: dict[str, object] = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "category": [{"coding": [_LABORATORY]}],
        "code": {"coding": codings, "text": name},
        "subject": {"reference": f"Patient/{patient_id.removeprefix('Patient/')}"},
    }
    action = Action(type=ActionType.CREATE, description=text, resource=resource)
    return Suggestion(label=text, uuid=new_uuid(), is_recommended=recommended, actions=(action,))
