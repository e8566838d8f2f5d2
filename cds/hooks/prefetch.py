"""What the EHR sent for each of our queries, and what is missing.

A key can be answered (data, ``null`` or an empty Bundle: the EHR looked), failed (an OperationOutcome of
severity error or fatal: it tried) or absent. EHR analysts type the keys by hand, so data is taken from every
value, whatever its key: only after reading is it known what is really missing. Between the two steps, a
later version may fetch exactly what ``absent`` names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import msgspec
from msgspec import Raw, Struct

from cds.errors import MissingData
from cds.facts import Gap, GapKind, PatientFacts
from cds.hooks.services import Query


class State(Enum):
    """What became of one query."""

    ANSWERED = "answered"
    FAILED = "failed"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Prefetch:
    """The values worth reading, and the state of each query.

    Attributes:
        values: resources and Bundles as sent, of all keys.
        states: one per query of the service, by its key.
    """

    values: tuple[bytes, ...]
    states: Mapping[str, State]


class _Issue(Struct):
    severity: str = "error"


class _Resource(Struct):
    resourceType: str = ""  # noqa: N815  (the wire's spelling)
    issue: list[_Issue] = []
    resource: Raw = Raw()  # pre-1.0 clients wrapped: {"response": ..., "resource": ...}


class _Bundle(Struct):
    entry: list[Raw] = []


class _Entry(Struct):
    resource: _Resource


_NO_DATA = frozenset({"", "null", "OperationOutcome"})
_FIRST_MEMBER = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"(\w+)"')
_resource = msgspec.json.Decoder(_Resource)
_bundle = msgspec.json.Decoder(_Bundle)
_entry = msgspec.json.Decoder(_Entry)


def sort_prefetch(prefetch: Mapping[str, Raw], queries: Iterable[Query]) -> Prefetch:
    """The state of each query, and every value that can hold data; never fails, whatever was sent."""
    resources = {query.key: query.resource for query in queries}
    states = dict.fromkeys(resources, State.ABSENT)
    values = []
    for key, raw in prefetch.items():
        kind, value = _kind(bytes(raw))
        if key in states:
            states[key] = _state(kind, value, resources[key])
        if kind not in _NO_DATA:
            values.append(value)
    return Prefetch(tuple(values), states)


def find_unsupplied(prefetch: Prefetch, queries: Sequence[Query], facts: PatientFacts) -> tuple[Gap, ...]:
    """A gap for all that failed, and for all that is absent and did not come under another key.

    Raises ``MissingData`` when no required query was answered and nothing of it was read either.
    """
    seen = _seen(facts)
    states = prefetch.states
    required = [query for query in queries if query.required]
    if not any(states[query.key] is State.ANSWERED or seen & {*query.covers} for query in required):
        raise MissingData(
            "No blood counts to check: none of the prefetch keys "
            + ", ".join(query.key for query in required)
            + " was answered, and no counts came under another key."
        )
    gaps: list[Gap] = []
    for query in queries:
        if states[query.key] is State.FAILED:
            gaps += [Gap(GapKind.FAILED, what) for what in query.covers]
        elif states[query.key] is State.ABSENT and not seen & {*query.covers}:
            gaps += [Gap(GapKind.NOT_SUPPLIED, what) for what in query.covers]
    return tuple(gaps)


def _kind(value: bytes, *, wrapped: bool = False) -> tuple[str, bytes]:
    """The resource type of ``value`` (``null``, or empty if it is no resource), and the resource itself."""
    first = _FIRST_MEMBER.match(value)
    if first:
        return first[1].decode(), value
    if value.strip() == b"null":
        return "null", value
    try:
        sent = _resource.decode(value)
    except msgspec.MsgspecError:
        return "", value
    if sent.resourceType or wrapped or not bytes(sent.resource).lstrip().startswith(b"{"):
        return sent.resourceType, value
    return _kind(bytes(sent.resource), wrapped=True)


def _state(kind: str, value: bytes, resource: str) -> State:
    if kind == "null":
        return State.ANSWERED
    if kind == "OperationOutcome":
        return State.FAILED if _has_error(value) else State.ANSWERED
    if kind == "Bundle":
        failed = b"OperationOutcome" in value and any(_failed_entry(entry) for entry in _entries(value))
        return State.FAILED if failed else State.ANSWERED
    return State.ANSWERED if kind == resource else State.ABSENT


def _entries(value: bytes) -> list[Raw]:
    try:
        return _bundle.decode(value).entry
    except msgspec.MsgspecError:
        return []


def _failed_entry(entry: Raw) -> bool:
    try:
        resource = _entry.decode(entry).resource
    except msgspec.MsgspecError:
        return False  # a broken entry; the readers say so
    return resource.resourceType == "OperationOutcome" and _is_error(resource)


def _has_error(value: bytes) -> bool:
    try:
        return _is_error(_resource.decode(value))
    except msgspec.MsgspecError:
        return True


def _is_error(outcome: _Resource) -> bool:
    return not outcome.issue or any(
        issue.severity not in {"information", "warning"} for issue in outcome.issue
    )


def _seen(facts: PatientFacts) -> set[str]:
    """What was read at all, in the words of ``Gap.what``: a result that cannot be used was supplied too."""
    seen = {count.line.value for count in facts.counts}
    seen |= {fraction.line.value for fraction in facts.fractions}
    seen |= {gap.what for gap in facts.gaps}
    for what, found in (
        ("medications", facts.medications),
        ("conditions", facts.conditions),
        ("allergies", facts.reactions),
        ("tests", facts.tests),
        ("temperature", facts.temperatures),
        ("patient", facts.patient.born),
    ):
        if found:
            seen.add(what)
    return seen
