"""Feedback: what clinicians did with the cards."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from cds.conform.caller import Reply
from cds.conform.check import check
from cds.conform.json_text import is_text, objects
from cds.conform.reasons import NotApplicable
from cds.conform.samples import Json
from cds.conform.target import Offer, Target

_TIMES = ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123Z", "2026-01-02T03:04:05+00:00")
_REASON = {
    "reason": {"code": "conform", "system": "https://conform.invalid/reasons"},
    "userComment": "as agreed",
}


def _overridden(**members: Any) -> Json:
    item = {"card": str(uuid.uuid4()), "outcome": "overridden", "outcomeTimestamp": _TIMES[0]}
    return _present(item | members)


def _accepted(**members: Any) -> Json:
    return _overridden(outcome="accepted", acceptedSuggestions=[{"id": str(uuid.uuid4())}]) | members


def _present(item: Json) -> Json:
    return {name: value for name, value in item.items() if value is not ...}


def _send(target: Target, offer: Offer, *items: Any) -> Reply:
    return target.caller.call("POST", f"{offer.path}/feedback", {"feedback": list(items)})


def _taking(target: Target) -> list[Offer]:
    """The offers that take feedback. Raises ``NotApplicable`` if none does."""
    found = [offer for offer in target.offers if _send(target, offer, _overridden()).status not in {404, 405}]
    if not found:
        raise NotApplicable("it takes no feedback (404 or 405), which is allowed")
    return found


@check("O", "2.0+", "F-01", "F-07")
def feedback_is_taken(target: Target) -> Iterator[str]:
    """``POST /cds-services/{id}/feedback`` is answered 2xx, also about a card that nobody knows."""
    for offer in _taking(target):
        reply = _send(target, offer, _overridden())
        if not reply.ok:
            yield f"{offer.name}: answers {reply.said}"


@check("M", "2.0+", "F-02")
def feedback_comes_in_batches(target: Target) -> Iterator[str]:
    """Several outcomes at once are taken, and the same ones again."""
    for offer in _taking(target):
        batch = (_accepted(), _overridden(overrideReason=_REASON), _overridden())
        for what in ("three outcomes", "the same three again"):
            reply = _send(target, offer, *batch)
            if not reply.ok:
                yield f"{offer.name}: {what} are answered {reply.said}"


@check("M", "2.0+", "F-03")
def required_members_of_feedback_are_asked_for(target: Target) -> Iterator[str]:
    """An outcome without ``card``, ``outcome`` or ``outcomeTimestamp``, or of another kind, is refused."""
    for offer in _taking(target):
        for name in ("card", "outcome", "outcomeTimestamp"):
            yield from _refused(offer, f"without {name}", _send(target, offer, _overridden(**{name: ...})))
        yield from _refused(
            offer, "with outcome ignored", _send(target, offer, _overridden(outcome="ignored"))
        )
        bodies: list[Any] = [{}, [], {"feedback": {}}, {"feedback": ["x"]}]
        for body in bodies:
            reply = target.caller.call("POST", f"{offer.path}/feedback", body)
            yield from _refused(offer, f"with {body} as body", reply)


@check("M", "2.0+", "F-04")
def accepted_names_a_suggestion(target: Target) -> Iterator[str]:
    """An accepted card without ``acceptedSuggestions`` is refused."""
    for offer in _taking(target):
        values: list[Any] = [..., [], [{}]]
        for value in values:
            reply = _send(target, offer, _present(_accepted(acceptedSuggestions=value)))
            what = "without acceptedSuggestions" if value is ... else f"with acceptedSuggestions {value}"
            yield from _refused(offer, what, reply)


@check("M", "2.0+", "F-05")
def reasons_are_optional_and_free(target: Target) -> Iterator[str]:
    """An override is taken with a reason, a comment, a code that the client added, and without any."""
    reasons: list[Any] = [
        ...,
        {"userComment": "as agreed"},
        {"reason": {"code": "added-by-the-client", "system": "https://client.invalid"}},
        _REASON,
    ]
    for offer in _taking(target):
        for reason in reasons:
            reply = _send(target, offer, _overridden(overrideReason=reason))
            if not reply.ok:
                yield f"{offer.name}: with overrideReason {reason} it answers {reply.said}"


@check("M", "2.0+", "F-06")
def instants_are_those_of_rfc_3339(target: Target) -> Iterator[str]:
    """``outcomeTimestamp`` is taken with and without fraction, and refused when it is no instant."""
    for offer in _taking(target):
        for instant in _TIMES:
            reply = _send(target, offer, _overridden(outcomeTimestamp=instant))
            if not reply.ok:
                yield f"{offer.name}: with outcomeTimestamp {instant} it answers {reply.said}"
        for odd in ("yesterday", "2026-13-45T03:04:05Z", 3):
            reply = _send(target, offer, _overridden(outcomeTimestamp=odd))
            yield from _refused(offer, f"with outcomeTimestamp {odd}", reply)


@check("S", "VND", "F-08")
def feedback_of_one_vendor_is_taken(target: Target) -> Iterator[str]:
    """``overrideReasons`` in the plural, a card that is no UUID, a reason in ``extension`` are taken."""
    reason = {"extension": {"com.epic.cdshooks.feedback.overrideReason.reasonTitle": "as agreed"}}
    for offer in _taking(target):
        reply = _send(target, offer, _overridden(card="card-7", overrideReasons=reason))
        if not reply.ok:
            yield f"{offer.name}: answers {reply.said}"


@check("M", "2.0+", "F-02", "C-12")
def feedback_about_a_card_is_taken(target: Target) -> Iterator[str]:
    """Feedback about a card that was just sent is taken, accepted and then overridden."""
    found = [
        (each.offer, card)
        for each in target.speaking
        for _, card in objects(each.reply.cards)
        if is_text(card.get("uuid"))
    ]
    if not found:
        raise NotApplicable("no card has a uuid")
    taking = {offer.path for offer in _taking(target)}
    for offer, card in found:
        if offer.path not in taking:
            continue
        ids = [
            {"id": each["uuid"]} for _, each in objects(card.get("suggestions")) if is_text(each.get("uuid"))
        ]
        items = [_accepted(card=card["uuid"], acceptedSuggestions=ids[:1])] if ids else []
        for item in (*items, _overridden(card=card["uuid"])):
            reply = _send(target, offer, item)
            if not reply.ok:
                yield f"{offer.name}: card {card['uuid']}, {item['outcome']}: answers {reply.said}"


def _refused(offer: Offer, what: str, reply: Reply) -> Iterator[str]:
    if not reply.refused:
        yield f"{offer.name}: {what} it answers {reply.said}; expected 400"
