"""What a client may send as prefetch: data, nothing, a failure, a part, or nonsense."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from cds.conform.check import check
from cds.conform.derived import (
    ELSEWHERE,
    EMPTY,
    bundles,
    changed,
    lacking,
    outcome,
    searched_keys,
    with_searches,
)
from cds.conform.reasons import NotApplicable
from cds.conform.samples import CANARY, Json
from cds.conform.target import Answer, Target

_NOTE = {
    "resourceType": "Bundle",
    "type": "searchset",
    "total": 0,
    "entry": [{"search": {"mode": "outcome"}, "resource": outcome("warning", "no results")}],
}
_NONSENSE: list[Any] = [
    {},
    [],
    "",
    CANARY,
    3,
    True,
    [None],
    {"resourceType": "Binary", "contentType": "text/plain"},
    {"resourceType": "Bundle", "type": "searchset", "entry": CANARY},
    {"resourceType": "Bundle", "type": "searchset", "entry": [None, 3, {}, {"resource": None}]},
    {"response": {"status": "200 OK"}, "resource": EMPTY},
]


def _searching(target: Target) -> list[Answer]:
    found = [each for each in target.good if searched_keys(each.offer, each.request)]
    if not found:
        raise NotApplicable("no service asks for the result of a search")
    return found


@check("M", "1.0+", "P-10")
def a_request_without_data_is_answered_or_412(target: Target) -> Iterator[str]:
    """Without prefetch and FHIR server the answer is 412, or 200 where nothing was needed."""
    for answer in target.answers:
        reply = target.post(
            answer.offer, lacking(answer.request, "prefetch", "fhirServer", "fhirAuthorization")
        )
        if not (reply.answered or reply.status == 412):
            yield f"{answer.offer.name}: without prefetch it answers {reply.said}; expected 412"


@check("M", "1.0+", "P-11", "P-12")
def a_request_with_a_part_is_answered_or_412(target: Target) -> Iterator[str]:
    """Whichever prefetch key is left out, the answer is 200 or 412."""
    tried = False
    for each in target.good:
        for key in each.request.get("prefetch") or {}:
            tried = True
            prefetch = lacking(each.request["prefetch"], key)
            reply = target.post(each.offer, lacking(each.request, "fhirServer") | {"prefetch": prefetch})
            if not (reply.answered or reply.status == 412):
                yield f"{each.offer.name}: without prefetch.{key} it answers {reply.said}; expected 412"
    if not tried:
        raise NotApplicable("no service asks for prefetch")


@check("S", "2.0+", "P-02")
def null_is_an_empty_result(target: Target) -> Iterator[str]:
    """``null`` for a search means that the client looked and found nothing: no 412, no fault."""
    for each in _searching(target):
        reply = target.post(each.offer, with_searches(each.offer, each.request, None))
        if not reply.answered:
            yield f"{each.offer.name}: with null for every search it answers {reply.said}; expected 200"


@check("S", "3.0b", "P-03")
def an_empty_bundle_is_an_empty_result(target: Target) -> Iterator[str]:
    """A Bundle without entries means the same as ``null``."""
    yield from _as_null(target, EMPTY, "an empty Bundle")


@check("S", "VND", "P-04")
def a_note_is_an_empty_result(target: Target) -> Iterator[str]:
    """A Bundle that holds only a warning ("no results") means the same as ``null``."""
    yield from _as_null(target, _NOTE, "a Bundle with a warning alone")


def _as_null(target: Target, value: Json, what: str) -> Iterator[str]:
    for each in _searching(target):
        null = target.post(each.offer, with_searches(each.offer, each.request, None))
        reply = target.post(each.offer, with_searches(each.offer, each.request, value))
        if null.decision != reply.decision:
            yield f"{each.offer.name}: with null it answers {null.said}, with {what} {reply.said}"


@check("S", "2.0+", "P-05")
def an_outcome_is_looked_for(target: Target) -> Iterator[str]:
    """An OperationOutcome in the place of data is no fault."""
    for each in _searching(target):
        reply = target.post(each.offer, with_searches(each.offer, each.request, outcome("error")))
        if reply.broke:
            yield f"{each.offer.name}: with OperationOutcomes for every search it answers {reply.said}"


@check("S", "ENG", "P-05", "P-16", "S-06")
def failed_searches_are_not_silence(target: Target) -> Iterator[str]:
    """When every search has failed, the answer is not an empty list of cards: it reads as "nothing found"."""
    for each in _searching(target):
        reply = target.post(each.offer, with_searches(each.offer, each.request, outcome("error")))
        if reply.answered and not reply.cards:
            yield f"{each.offer.name}: with OperationOutcomes for every search it answers {reply.said}"


@check("S", "2.0+", "P-06")
def a_first_page_is_no_fault(target: Target) -> Iterator[str]:
    """A Bundle that announces a next page is used, or refused with 412."""

    def announce(request: Json) -> None:
        for bundle in bundles({"prefetch": request.get("prefetch")}):
            bundle["link"] = [{"relation": "next", "url": f"{ELSEWHERE}?page=2"}]

    for each in _searching(target):
        reply = target.post(each.offer, changed(lacking(each.request, "fhirServer"), announce))
        if not (reply.answered or reply.status == 412):
            yield f"{each.offer.name}: with a next page announced it answers {reply.said}"


@check("S", "ENG", "P-08", "P-17")
def nonsense_as_prefetch_is_no_fault(target: Target) -> Iterator[str]:
    """No value of a prefetch key makes the service fail."""
    tried = False
    for each in target.good:
        for key in each.request.get("prefetch") or {}:
            for value in _NONSENSE:
                tried = True
                sent = each.request | {"prefetch": {**each.request["prefetch"], key: value}}
                reply = target.post(each.offer, sent)
                if reply.broke:
                    yield f"{each.offer.name}: with {value!r} as prefetch.{key} it answers {reply.said}"
    if not tried:
        raise NotApplicable("no service asks for prefetch")


@check("S", "ENG", "P-08", "S-06")
def nonsense_alone_is_not_silence(target: Target) -> Iterator[str]:
    """When every search holds a value that is no FHIR, the answer is not an empty list of cards."""
    for each in _searching(target):
        for value in (CANARY, {}, {"resourceType": "Bundle", "type": "searchset", "entry": CANARY}):
            reply = target.post(each.offer, with_searches(each.offer, each.request, value))
            if reply.answered and not reply.cards:
                yield f"{each.offer.name}: with {value!r} for every search it answers {reply.said}"


@check("S", "ENG", "P-09")
def keys_it_did_not_ask_for_are_no_fault(target: Target) -> Iterator[str]:
    """Keys that were never asked for are ignored or understood, and no fault."""
    for each in target.good:
        prefetch = each.request.get("prefetch") or {}
        renamed = {f"item{at}": value for at, value in enumerate(prefetch.values(), start=1)}
        for what, sent in (
            ("more keys", prefetch | {"item1": None, "item2": EMPTY}),
            ("other keys", renamed),
        ):
            reply = target.post(each.offer, lacking(each.request, "fhirServer") | {"prefetch": sent})
            if reply.broke:
                yield f"{each.offer.name}: with {what} it answers {reply.said}"


@check("S", "ENG", "P-17")
def a_bad_entry_does_not_lose_the_others(target: Target) -> Iterator[str]:
    """Entries that cannot be read, beside good ones, cost no card."""

    def spoil(request: Json) -> None:
        for bundle in bundles({"prefetch": request.get("prefetch")}):
            bundle["entry"] = [None, {"resource": {"resourceType": 3}}, *bundle["entry"], {"resource": "x"}]

    for each in target.speaking:
        reply = target.post(each.offer, changed(each.request, spoil))
        if len(reply.cards) < len(each.reply.cards):
            yield (
                f"{each.offer.name}: {len(each.reply.cards)} cards, but with bad entries beside the good ones"
                f" it answers {reply.said}"
            )


@check("S", "ENG", "R-13")
def another_patients_data_is_not_used(target: Target) -> Iterator[str]:
    """When all that was sent is of another patient than the one asked about, the answer is not the same."""
    for each in target.speaking:
        patient = str(each.request["context"].get("patientId")).rpartition("/")[2]
        if not each.request.get("prefetch"):
            continue
        other = deepcopy(each.request)
        other["prefetch"] = _of_somebody_else(other["prefetch"], patient)
        reply = target.post(each.offer, other)
        if reply.decision == each.reply.decision:
            yield f"{each.offer.name}: the same cards, although all of prefetch is of another patient"


def _of_somebody_else(value: Any, patient: str) -> Any:
    if isinstance(value, list):
        return [_of_somebody_else(each, patient) for each in value]
    if not isinstance(value, dict):
        return value
    moved = {name: _of_somebody_else(member, patient) for name, member in value.items()}
    if moved.get("resourceType") == "Patient":
        moved["id"] = "somebody-else"
    if str(moved.get("reference", "")).rpartition("Patient/")[2] == patient:
        moved["reference"] = "Patient/somebody-else"
    return moved
