"""What a value of the prefetch, or the answer of a FHIR server, says about its query."""

from __future__ import annotations

import re
from enum import Enum

import msgspec
from msgspec import Raw, Struct

from cds.readers.page import FullBundle, Page
from cds.readers.pages import read_total


class State(Enum):
    """What became of one query."""

    ANSWERED = "answered"
    FAILED = "failed"
    ABSENT = "absent"


class _Issue(Struct, frozen=True):
    severity: str = "error"


class _Resource(Struct, frozen=True):
    resourceType: str = ""  # noqa: N815  (the wire's spelling)
    issue: tuple[_Issue, ...] = ()


class _Outer(_Resource, frozen=True):
    resource: _Resource = _Resource()  # before 1.0 clients wrapped: {"response": ..., "resource": ...}


class _Bundle(Struct):
    entry: list[Raw] = []
    total: object = None


class _Entry(Struct):
    resource: _Resource


_MANY_THINGS = "Observation"  # whose Bundles an analyst can mix up; of the others the readers can tell

NO_DATA = frozenset({"", "null"})
"""Kinds of values in which nothing can be read."""

_SHORT = 4_000  # bytes; longer ones have entries
_FIRST_MEMBER = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"(\w+)"')
_items = msgspec.json.Decoder(list[Raw])
_outer = msgspec.json.Decoder(_Outer)
_bundle = msgspec.json.Decoder(_Bundle)
_entry = msgspec.json.Decoder(_Entry)


def kind_of(page: Page) -> str:
    """The resource type of what was sent; ``null``, or empty if it is no resource."""
    if page.whole is not None:
        return "Bundle" if isinstance(page.whole, FullBundle) else type(page.whole).__name__
    value = bytes(page.sent)
    first = _FIRST_MEMBER.match(value)
    if first:
        return first[1].decode()
    if value.strip() == b"null":
        return "null"
    try:
        sent = _outer.decode(value)
    except (msgspec.MsgspecError, RecursionError):
        return ""
    return sent.resourceType or sent.resource.resourceType


def is_list(page: Page) -> bool:
    """Whether it is a JSON list with something in it: not FHIR, but sent to say something."""
    value = bytes(page.sent)
    try:
        return value.lstrip().startswith(b"[") and bool(_items.decode(value))
    except (msgspec.MsgspecError, RecursionError):
        return False


def state_of(kind: str, page: Page, resource: str) -> State:
    """What ``page``, which is of this kind, says of a query for this type of resource."""
    if kind == "null" or holds(page, resource):
        return State.ANSWERED
    value = bytes(page.sent)
    if kind == "OperationOutcome":
        return State.FAILED if _has_error(value) else State.ANSWERED
    if kind == "Bundle":
        failed = b"OperationOutcome" in value and _is_only_error(value)
        if failed or _lacks_its_entries(value):
            return State.FAILED
        mixed_up = resource == _MANY_THINGS and resource.encode() not in value and _holds_others(value)
        return State.ABSENT if mixed_up else State.ANSWERED
    return State.ANSWERED if kind == resource else State.ABSENT


def holds(page: Page, resource: str) -> bool:
    """Whether what was asked for came whole, or word that there is none of it."""
    whole = page.whole
    if not isinstance(whole, FullBundle):
        return type(whole).__name__ == resource
    if not whole.entry:
        return not whole.total and not whole.link
    return type(whole.entry[0].resource).__name__ == resource


def _resources_of(bundle: bytes) -> list[_Resource]:
    """What it holds; empty if that cannot be told of every entry."""
    try:
        return [_entry.decode(entry).resource for entry in _bundle.decode(bundle).entry]
    except (msgspec.MsgspecError, RecursionError):
        return []


def _holds_others(bundle: bytes) -> bool:
    """Whether it holds resources of which none says anything here: under this key stands another query."""
    return any(each.resourceType not in {"", "Bundle", "OperationOutcome"} for each in _resources_of(bundle))


def _is_only_error(bundle: bytes) -> bool:
    """Whether an error is all that the Bundle holds; beside data the readers tell of it."""
    resources = _resources_of(bundle)
    outcomes = [resource for resource in resources if resource.resourceType == "OperationOutcome"]
    return len(outcomes) == len(resources) and any(_is_error(outcome) for outcome in outcomes)


def _lacks_its_entries(bundle: bytes) -> bool:
    """Whether it counts matches and holds none of them, here or on a further page: that is not "no data"."""
    if len(bundle) > _SHORT or b'"next"' in bundle:
        return False
    try:
        sent = _bundle.decode(bundle)
    except msgspec.MsgspecError:
        return False
    return not sent.entry and read_total(sent.total) > 0


def _has_error(value: bytes) -> bool:
    try:
        sent = _outer.decode(value)
    except msgspec.MsgspecError:
        return True
    return _is_error(sent if sent.resourceType else sent.resource)


def _is_error(outcome: _Resource) -> bool:
    return not outcome.issue or any(
        issue.severity not in {"information", "warning"} for issue in outcome.issue
    )
