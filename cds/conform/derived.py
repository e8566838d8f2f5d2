"""Requests made from others: with something missing, more, or odd."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from cds.conform.samples import Json
from cds.conform.target import Offer
from cds.conform.templates import is_search

ELSEWHERE = "https://fhir.invalid/r4"  # a name that nobody can ever own
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}


def lacking(request: Json, *names: str) -> Json:
    """Without these members."""
    return {name: value for name, value in request.items() if name not in names}


def with_context(request: Json, **members: Any) -> Json:
    """With these members in its context; ``...`` takes one out."""
    context = {**request.get("context", {}), **members}
    return request | {"context": {name: value for name, value in context.items() if value is not ...}}


def searched_keys(offer: Offer, request: Json) -> list[str]:
    """The prefetch keys that hold the result of a search; all of a request if the service offers none."""
    sent = request.get("prefetch") or {}
    known = {key for key, template in offer.prefetch.items() if is_search(template)}
    return [key for key in sent if key in known or (not offer.prefetch and _is_bundle(sent[key]))]


def with_searches(offer: Offer, request: Json, value: Any) -> Json:
    """With ``value`` as the result of every search."""
    keys = searched_keys(offer, request)
    return request | {"prefetch": {**request.get("prefetch", {}), **dict.fromkeys(keys, value)}}


def bundles(request: Json) -> Iterator[Json]:
    """Every Bundle of prefetch and context, to be changed in place."""
    for place in (request.get("prefetch"), request.get("context")):
        for value in place.values() if isinstance(place, dict) else ():
            if _is_bundle(value) and isinstance(value.get("entry"), list):
                yield value


def drafts(request: Json) -> list[Json]:
    """The draft orders, to be changed in place."""
    bundle = request.get("context", {}).get("draftOrders")
    entries = bundle.get("entry") if isinstance(bundle, dict) else None
    found = [each.get("resource") for each in entries or () if isinstance(each, dict)]
    return [each for each in found if isinstance(each, dict)]


def changed(request: Json, change: Callable[[Json], object]) -> Json:
    """A copy to which ``change`` was done."""
    copy = deepcopy(request)
    change(copy)
    return copy


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """``value`` with ``change`` done to every object and string, innermost first."""
    if isinstance(value, dict):
        return change({name: mapped(member, change) for name, member in value.items()})
    if isinstance(value, list):
        return [mapped(each, change) for each in value]
    return change(value) if isinstance(value, str) else value


def outcome(severity: str, text: str = "conformance test") -> Json:
    """An OperationOutcome."""
    issue = {"severity": severity, "code": "exception", "diagnostics": text}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def _is_bundle(value: Any) -> bool:
    return isinstance(value, dict) and value.get("resourceType") == "Bundle"
