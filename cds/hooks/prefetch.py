"""What the EHR sent for each of our queries, what was fetched, and what is missing.

A key can be answered (data, ``null`` or an empty Bundle: the EHR looked), failed (an OperationOutcome of
severity error or fatal: it tried) or absent. EHR analysts type the keys by hand, so data is taken from every
value, whatever its key, and only after reading is it known what is really missing. Between the two steps is
the place to fetch what is absent, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cds.errors import MissingData
from cds.facts import Gap, GapKind, PatientFacts
from cds.hooks.services import Query
from cds.hooks.states import NO_DATA, State, holds, is_list, kind_of, state_of
from cds.readers.bundle import UNKNOWN_KIND
from cds.readers.page import Page


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a FHIR server answered to one question.

    Attributes:
        key: of the query; empty where a further page or a medication was asked for.
        pages: the answer, and the pages after it.
        followed: the links by which those pages were announced.
        reason: why it is not all, as a code.
    """

    key: str
    pages: tuple[bytes, ...] = ()
    followed: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Prefetch:
    """The values worth reading, and the state of each query.

    Attributes:
        values: what may hold data, as sent or fetched, of all keys.
        states: one per query of the service, by its key.
        answers: what came for each query, page by page.
        reasons: why a query failed, as a code, where it is known.
        fetched: the keys that were asked of the FHIR server.
        followed: links to pages that are among the values.
        is_unmeant_elsewhere: under a key that is none of ours came results of which nobody can say what
            they are, while a required query is absent.
    """

    values: tuple[Page, ...]
    states: Mapping[str, State]
    answers: Mapping[str, tuple[Page, ...]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    fetched: frozenset[str] = frozenset()
    followed: frozenset[str] = frozenset()
    is_unmeant_elsewhere: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether every query was answered."""
        return all(state is State.ANSWERED for state in self.states.values())

    def told(self) -> dict[str, str]:
        """How the answer to each query came: supplied, fetched, failed or absent."""
        if self.is_complete and not self.fetched:
            return dict.fromkeys(self.states, "supplied")
        words = {State.ANSWERED: "supplied", State.FAILED: "failed", State.ABSENT: "absent"}
        return {
            key: "fetched" if state is State.ANSWERED and key in self.fetched else words[state]
            for key, state in self.states.items()
        }


ALL_COUNTS = "counts"
"""``Gap.what`` of all blood counts, when none of them could be had."""

_TELLS_OF_MORE = frozenset({GapKind.FAILED, GapKind.INCOMPLETE, GapKind.BROKEN_RESOURCE})
MANY_THINGS = "Observation"
"""Of these one says nothing about the others."""


def sort_prefetch(prefetch: Mapping[str, Page], queries: Iterable[Query]) -> Prefetch:
    """The state of each query, and every value that can hold data; never fails, whatever was sent."""
    resources = {query.key: query.resource for query in queries}
    states = dict.fromkeys(resources, State.ABSENT)
    values: list[Page] = []
    lists: list[Page] = []
    answers = {}
    # in our own order, so that the answer does not depend on that of the sender
    places = {key: place for place, key in enumerate(resources)}
    for key, page in sorted(prefetch.items(), key=lambda item: places.get(item[0], len(places))):
        wanted = resources.get(key, "")
        if wanted:
            answers[key] = (page,)
        if wanted and holds(page, wanted):  # as nearly always
            states[key] = State.ANSWERED
            values.append(page)
            continue
        kind = kind_of(page)
        if wanted:
            states[key] = state_of(kind, page, wanted)
        # a failure of one of our queries is told by name below; the readers tell of any other
        if kind not in NO_DATA and states.get(key) is not State.FAILED:
            values.append(page)
        elif not wanted and is_list(page):
            lists.append(page)
    if lists and State.ABSENT in states.values():  # who has keys of his own may mean to answer with it
        values += lists
    return Prefetch(tuple(values), states, answers)


def add_fetched(prefetch: Prefetch, fetched: Iterable[Fetched]) -> Prefetch:
    """The same with what the FHIR server answered. A query without an answer has failed."""
    values, states = [*prefetch.values], {**prefetch.states}
    answers, reasons = {**prefetch.answers}, {**prefetch.reasons}
    keys, followed = {*prefetch.fetched}, {*prefetch.followed}
    for each in fetched:
        pages = tuple(map(Page, each.pages))
        values += pages
        followed |= {*each.followed}
        if each.key:
            keys.add(each.key)
            states[each.key] = State.ANSWERED if pages else State.FAILED
            answers[each.key] = pages
            reasons[each.key] = each.reason
    return Prefetch(tuple(values), states, answers, reasons, frozenset(keys), frozenset(followed))


def find_absent(
    prefetch: Prefetch, queries: Iterable[Query], facts: PatientFacts, references: Iterable[str]
) -> tuple[Query, ...]:
    """The queries of which nothing was sent, under their own key or under another.

    ``references`` are those of all resources that were read.
    """
    absent = [query for query in queries if prefetch.states[query.key] is State.ABSENT]
    if not absent:
        return ()
    seen = _seen(absent, facts, references)
    return tuple(query for query in absent if not seen & {*query.covers})


def find_unsupplied(
    prefetch: Prefetch,
    queries: Sequence[Query],
    facts: PatientFacts,
    references: Iterable[str],
    *,
    refusal: str = "",
    insist: bool = True,
) -> tuple[Gap, ...]:
    """A gap for all that failed, and for what is absent and did not come under another key either.

    When no required query was answered and nothing of it was read either, raises ``MissingData``, or without
    ``insist`` gives one gap for all ``counts``. ``refusal`` is why the FHIR server was not asked. A required
    query that is absent is withheld where its EHR answers others of them (some leave out what failed), or
    where nobody could ask for it. An EHR that has keys of its own only sends what it has, unless something
    came with it that failed, is not all there, cannot be read, or has no codes: that may be what is absent.
    """
    states = prefetch.states
    if prefetch.is_complete:
        return ()
    seen = _seen(queries, facts, references)
    required = [query for query in queries if query.required]
    gaps: list[Gap] = []
    if not any(states[query.key] is State.ANSWERED or seen & {*query.covers} for query in required):
        if insist:
            raise MissingData(_explain(required, prefetch, refusal))
        failed = [query for query in required if states[query.key] is State.FAILED]
        detail = next((word for query in failed if (word := _unread(query, prefetch))), "")
        gaps.append(Gap(GapKind.FAILED if failed else GapKind.NOT_SUPPLIED, ALL_COUNTS, detail=detail))
        queries = [query for query in queries if not query.required]
    asked = any(states[query.key] is not State.ABSENT for query in required)
    asked = asked or prefetch.is_unmeant_elsewhere
    asked = asked or any(gap.what == UNKNOWN_KIND and gap.kind in _TELLS_OF_MORE for gap in facts.gaps)
    for query in queries:
        if states[query.key] is State.FAILED:
            gaps += [Gap(GapKind.FAILED, what, detail=_unread(query, prefetch)) for what in query.covers]
        elif states[query.key] is State.ABSENT and not seen & {*query.covers}:
            withheld = query.required and (asked or refusal != "")
            kind = GapKind.WITHHELD if withheld else GapKind.NOT_SUPPLIED
            gaps += [Gap(kind, what) for what in query.covers]
    return tuple(gaps)


# --- in words, for the analyst who has to mend it -------------------------------------------------------

_UNREAD = {
    "unreadable": "what came cannot be read",
    "without-loinc": "the results that came have no LOINC codes",
    "not-asked-for": "the results that came are not those that were asked for",
}


def _explain(required: Iterable[Query], prefetch: Prefetch, refusal: str) -> str:
    keys: dict[str, list[str]] = {}
    for query in required:
        keys.setdefault(_why(query.key, prefetch, refusal), []).append(query.key)
    said = "; ".join(f"{', '.join(same)}: {why}" for why, same in keys.items())
    return f"No blood counts to check. {said}. No counts came under another key."


def _unread(query: Query, prefetch: Prefetch) -> str:
    """Why what came for a query that failed is no answer, as a code; empty if nothing came."""
    reason = prefetch.reasons.get(query.key, "")
    return reason if reason in _UNREAD else ""


def _why(key: str, prefetch: Prefetch, refusal: str) -> str:
    reason = prefetch.reasons.get(key, "")
    if prefetch.states[key] is State.ABSENT:
        return f"not sent, and the FHIR server was not asked ({refusal})" if refusal else "not sent"
    if reason in _UNREAD:
        return _UNREAD[reason]
    if key in prefetch.fetched:
        return f"not sent, and not had from the FHIR server ({reason})"
    return "the EHR's own query failed"


# --- small parts ----------------------------------------------------------------------------------------


def _seen(queries: Iterable[Query], facts: PatientFacts, references: Iterable[str]) -> set[str]:
    """What was read at all, in the words of ``Gap.what``; a result that cannot be used was supplied too."""
    seen = seen_results(facts)
    drafts = {draft.reference for draft in facts.drafts}
    types = {reference.partition("/")[0] for reference in references if reference not in drafts}
    for query in queries:
        if query.resource in types - {MANY_THINGS}:
            seen |= {*query.covers}
    return seen


def seen_results(facts: PatientFacts) -> set[str]:
    """Of which results something was read, usable or not."""
    seen = {count.line.value for count in facts.counts}
    seen |= {fraction.line.value for fraction in facts.fractions}
    seen |= {gap.what for gap in facts.gaps if gap.kind is not GapKind.NOT_SUPPLIED}
    if facts.temperatures:
        seen.add("temperature")
    return seen
