"""What the EHR sent for each of our queries, and what is missing.

A key can be answered (data, ``null`` or an empty Bundle: the EHR looked), failed (an OperationOutcome of
severity error or fatal: it tried) or absent. EHR analysts type the keys by hand, so data is taken from every
value, whatever its key, and only after reading is it known what is really missing. Between the two steps is
the place to fetch what is absent, and no more.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

import msgspec
from msgspec import Raw, Struct

from cds.errors import MissingData
from cds.facts import Gap, GapKind, PatientFacts
from cds.hooks.services import Query
from cds.knowledge.base import Knowledge
from cds.readers.bundle import UNKNOWN_KIND, gather
from cds.readers.unmeant import holds_only_unmeant


class State(Enum):
    """What became of one query."""

    ANSWERED = "answered"
    FAILED = "failed"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Prefetch:
    """The values worth reading, and the state of each query.

    Attributes:
        values: what may hold data, as sent, of all keys.
        states: one per query of the service, by its key.
        answers: what came for each query, as sent.
    """

    values: tuple[bytes, ...]
    states: Mapping[str, State]
    answers: Mapping[str, bytes] = field(default_factory=dict)


class _Issue(Struct, frozen=True):
    severity: str = "error"


class _Resource(Struct, frozen=True):
    resourceType: str = ""  # noqa: N815  (the wire's spelling)
    issue: tuple[_Issue, ...] = ()


class _Outer(_Resource, frozen=True):
    resource: _Resource = _Resource()  # before 1.0 clients wrapped: {"response": ..., "resource": ...}


class _Bundle(Struct):
    entry: list[Raw] = []


class _Entry(Struct):
    resource: _Resource


_MANY_THINGS = "Observation"  # one of these says nothing about the others
_NO_DATA = frozenset({"", "null"})
_FIRST_MEMBER = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"(\w+)"')
_outer = msgspec.json.Decoder(_Outer)
_bundle = msgspec.json.Decoder(_Bundle)
_entry = msgspec.json.Decoder(_Entry)


def sort_prefetch(prefetch: Mapping[str, Raw], queries: Iterable[Query]) -> Prefetch:
    """The state of each query, and every value that can hold data; never fails, whatever was sent."""
    resources = {query.key: query.resource for query in queries}
    states = dict.fromkeys(resources, State.ABSENT)
    values = []
    answers = {}
    # in our own order, so that the answer does not depend on that of the sender
    places = {key: place for place, key in enumerate(resources)}
    for key, raw in sorted(prefetch.items(), key=lambda item: places.get(item[0], len(places))):
        value = bytes(raw)
        kind = _kind(value)
        if key in states:
            states[key] = _state(kind, value, resources[key])
            answers[key] = value
        # a failure of one of our queries is told by name below; the readers tell of any other
        if kind not in _NO_DATA and states.get(key) is not State.FAILED:
            values.append(value)
    return Prefetch(tuple(values), states, answers)


def fail_unreadable(prefetch: Prefetch, gaps: Iterable[Gap], patient_id: str) -> Prefetch:
    """An answer of which nothing could be read is a failure: it is neither data nor word that there is none.

    ``gaps`` are those of the reading. Nearly always none of them is about something unknown, and nothing is
    read a second time.
    """
    if all(gap.what != UNKNOWN_KIND for gap in gaps):
        return prefetch
    failed = {
        key: State.FAILED
        for key, value in prefetch.answers.items()
        if prefetch.states[key] is State.ANSWERED and _is_unreadable(value, patient_id)
    }
    return replace(prefetch, states={**prefetch.states, **failed})


def fail_unmeant(
    prefetch: Prefetch,
    queries: Iterable[Query],
    facts: PatientFacts,
    references: Container[str],
    patient_id: str,
    knowledge: Knowledge,
) -> Prefetch:
    """An answer with results of which nobody can say what they are is a failure, not word that all is normal.

    Looked at a second time is only an answer of which nothing at all came among ``facts``; ``references``
    are those of everything that was read.
    """
    read = _seen_results(facts)
    failed = {
        query.key: State.FAILED
        for query in queries
        if query.resource == _MANY_THINGS
        and prefetch.states[query.key] is State.ANSWERED
        and read.isdisjoint(query.covers)
        and holds_only_unmeant(prefetch.answers[query.key], patient_id, knowledge, references)
    }
    return replace(prefetch, states={**prefetch.states, **failed}) if failed else prefetch


def find_unsupplied(
    prefetch: Prefetch, queries: Sequence[Query], facts: PatientFacts, references: Iterable[str]
) -> tuple[Gap, ...]:
    """A gap for all that failed, and for what is absent and did not come under another key either.

    ``references`` are those of all resources that were read. Raises ``MissingData`` when no required query
    was answered and nothing of it was read either.
    """
    states = prefetch.states
    if all(state is State.ANSWERED for state in states.values()):
        return ()
    seen = _seen(queries, facts, references)
    required = [query for query in queries if query.required]
    if not any(states[query.key] is State.ANSWERED or seen & {*query.covers} for query in required):
        raise MissingData(
            "No blood counts to check: none of the prefetch keys "
            + ", ".join(query.key for query in required)
            + " was answered with results that can be read, and no counts came under another key."
        )
    gaps: list[Gap] = []
    for query in queries:
        if states[query.key] is State.FAILED:
            gaps += [Gap(GapKind.FAILED, what) for what in query.covers]
        elif states[query.key] is State.ABSENT and not seen & {*query.covers}:
            gaps += [Gap(GapKind.NOT_SUPPLIED, what) for what in query.covers]
    return tuple(gaps)


def _kind(value: bytes) -> str:
    """The resource type of ``value``; ``null``, or empty if it is no resource."""
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


def _state(kind: str, value: bytes, resource: str) -> State:
    if kind == "null":
        return State.ANSWERED
    if kind == "OperationOutcome":
        return State.FAILED if _has_error(value) else State.ANSWERED
    if kind == "Bundle":
        return State.FAILED if b"OperationOutcome" in value and _is_only_error(value) else State.ANSWERED
    return State.ANSWERED if kind == resource else State.ABSENT


def _is_unreadable(value: bytes, patient_id: str) -> bool:
    if value.strip() == b"null":
        return False
    gathered = gather([value], patient_id)
    return not any(gathered.resources.values()) and any(gap.what == UNKNOWN_KIND for gap in gathered.gaps)


def _is_only_error(bundle: bytes) -> bool:
    """Whether an error is all that the Bundle holds; beside data the readers tell of it."""
    try:
        resources = [_entry.decode(entry).resource for entry in _bundle.decode(bundle).entry]
    except msgspec.MsgspecError:
        return False
    outcomes = [resource for resource in resources if resource.resourceType == "OperationOutcome"]
    return len(outcomes) == len(resources) and any(_is_error(outcome) for outcome in outcomes)


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


def _seen(queries: Iterable[Query], facts: PatientFacts, references: Iterable[str]) -> set[str]:
    """What was read at all, in the words of ``Gap.what``; a result that cannot be used was supplied too."""
    seen = _seen_results(facts)
    drafts = {draft.reference for draft in facts.drafts}
    types = {reference.partition("/")[0] for reference in references if reference not in drafts}
    for query in queries:
        if query.resource in types - {_MANY_THINGS}:
            seen |= {*query.covers}
    return seen


def _seen_results(facts: PatientFacts) -> set[str]:
    seen = {count.line.value for count in facts.counts}
    seen |= {fraction.line.value for fraction in facts.fractions}
    seen |= {gap.what for gap in facts.gaps}
    if facts.temperatures:
        seen.add("temperature")
    return seen
