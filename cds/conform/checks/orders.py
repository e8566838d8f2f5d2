"""The orders that come with order-select and order-sign."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from cds.conform.check import check
from cds.conform.derived import changed, drafts, with_context
from cds.conform.json_text import objects
from cds.conform.reasons import NotApplicable
from cds.conform.samples import DRAFT, Json
from cds.conform.target import Answer, Target

_OTHERS: list[Json] = [
    {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "code": {"text": "conformance test"},
    },
    {"resourceType": "NutritionOrder", "status": "draft", "intent": "order"},
    {"resourceType": "DeviceRequest", "intent": "order", "codeCodeableConcept": {"text": "conformance test"}},
    {"resourceType": "VisionPrescription", "status": "draft"},
    {"resourceType": "CommunicationRequest", "status": "draft"},
    {"resourceType": "Medication", "code": {"text": "conformance test"}},
    {"resourceType": "ConformUnknown"},
]
_LONG = "eO.-" + "x" * 180 + "-3"  # as long as the ids of one vendor's unsigned orders


def _ordering(target: Target) -> list[Answer]:
    found = [each for each in target.good if each.offer.hook in {"order-select", "order-sign"}]
    if not found:
        raise NotApplicable("no service for order-select or order-sign")
    return found


@check("S", "hook", "H-12")
def any_kind_of_order_may_come_along(target: Target) -> Iterator[str]:
    """Orders of every kind beside medication orders are answered."""
    patient = {"subject": {"reference": "Patient/conform-patient"}}
    for each in _ordering(target):
        for other in _OTHERS:
            sent = changed(each.request, partial(_add, other | patient))
            reply = target.post(each.offer, sent)
            if not reply.answered:
                yield f"{each.offer.name}: with a {other['resourceType']} beside them it answers {reply.said}"


@check("S", "hook", "H-11")
def orders_may_be_signed_again(target: Target) -> Iterator[str]:
    """Orders that are no drafts any more are answered: orders are also signed again, held and cancelled."""
    for each in _ordering(target):
        for status in ("active", "on-hold", "cancelled", "stopped", "entered-in-error"):
            sent = changed(each.request, partial(_set, {"status": status}))
            reply = target.post(each.offer, sent)
            if not reply.answered:
                yield f"{each.offer.name}: with orders that are {status} it answers {reply.said}"


@check("S", "hook", "H-13")
def incomplete_orders_are_answered(target: Target) -> Iterator[str]:
    """At order-select an order may still lack dose, route, intent, and even the drug."""
    for each in _ordering(target):
        for left in (("medicationCodeableConcept",), ("medicationReference",), ()):
            kept = {"resourceType", "id", "status", "subject", *left}
            sent = changed(each.request, partial(_keep, kept))
            reply = target.post(each.offer, sent)
            if not reply.answered:
                yield f"{each.offer.name}: with {', '.join(sorted(kept))} alone it answers {reply.said}"


@check("S", "ENG", "P-17")
def odd_bundles_of_orders_are_no_fault(target: Target) -> Iterator[str]:
    """A Bundle of orders without type or entries, or with odd entries, is no fault."""
    odd: list[Any] = [
        {"resourceType": "Bundle"},
        {"resourceType": "Bundle", "type": "searchset", "entry": []},
        {"resourceType": "Bundle", "entry": [None, {}, {"resource": None}, {"resource": {"id": 3}}, "x"]},
        [],
        "x",
        None,
    ]
    for each in _ordering(target):
        for bundle in odd:
            reply = target.post(each.offer, with_context(each.request, draftOrders=bundle))
            if reply.broke:
                yield f"{each.offer.name}: with draftOrders {bundle!r} it answers {reply.said}"


@check("S", "ENG", "A-09")
def an_order_without_id_is_not_changed(target: Target) -> Iterator[str]:
    """No suggestion deletes or updates an order that came without an id."""
    for each in _ordering(target):
        reply = target.post(each.offer, changed(each.request, partial(_set, {"id": None})))
        if reply.broke:
            yield f"{each.offer.name}: with orders without id it answers {reply.said}"
        for place, kind, reference in _changes(reply.cards):
            yield f"{each.offer.name}: {place} {kind}s {reference or 'something'}, but no order has an id"


@check("S", "ENG", "A-10")
def long_ids_are_copied_whole(target: Target) -> Iterator[str]:
    """Ids of 186 characters, as some EHRs give to unsigned orders, come back as they were sent."""
    for each in _ordering(target):
        reply = target.post(each.offer, changed(each.request, partial(_set, {"id": _LONG})))
        if reply.broke:
            yield f"{each.offer.name}: with a long id it answers {reply.said}"
        for place, _, reference in _changes(reply.cards):
            if reference.rpartition("/")[2] != _LONG:
                yield f"{each.offer.name}: {place} names {reference[:60]}…, not the id that was sent"


def _changes(cards: list[Any]) -> Iterator[tuple[str, str, str]]:
    """Place, type and target of every action on an order that exists."""
    for at, card in objects(cards):
        for number, suggestion in objects(card.get("suggestions")):
            for _, action in objects(suggestion.get("actions")):
                if action.get("type") in ("update", "delete"):
                    resource = action.get("resource")
                    identity = resource.get("id") if isinstance(resource, dict) else ""
                    reference = action.get("resourceId") or identity or ""
                    yield f"cards[{at}].suggestions[{number}]", str(action["type"]), str(reference)


def _add(resource: Json, request: Json) -> None:
    bundle = request["context"].setdefault("draftOrders", {"resourceType": "Bundle", "type": "collection"})
    identity = resource | {"id": f"conform-{resource['resourceType'].lower()}"}
    bundle["entry"] = [*(bundle.get("entry") or []), {"resource": identity}]


def _set(members: Json, request: Json) -> None:
    for draft in drafts(request):
        draft.update(members)
        for name, value in members.items():
            if value is None:
                del draft[name]
    if "id" in members and "selections" in request["context"]:
        request["context"]["selections"] = (
            [f"{DRAFT['resourceType']}/{members['id']}"] if members["id"] else []
        )


def _keep(names: set[str], request: Json) -> None:
    for draft in drafts(request):
        for name in {*draft} - names:
            del draft[name]
