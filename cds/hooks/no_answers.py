"""Answers that are none: unreadable, of unknown results, or to another question than ours.

They are looked for after the reading, and only where nothing of what was asked for came out of it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace

from cds.facts import Gap, GapKind, Outline, PatientFacts
from cds.hooks.prefetch import MANY_THINGS, Prefetch, seen_results
from cds.hooks.services import Query
from cds.hooks.states import State, is_list
from cds.knowledge.base import Knowledge
from cds.readers.bundle import UNKNOWN_KIND, gather
from cds.readers.page import FullBundle, Page
from cds.readers.unmeant import holds_nothing_asked_for, holds_only_unmeant, may_hold_counts


def fail_unreadable(prefetch: Prefetch, gaps: Iterable[Gap], patient_id: str) -> Prefetch:
    """An answer of which nothing could be read is a failure: it is neither data nor word that there is none.

    So is a list, unless what is absent was had from the FHIR server meanwhile. ``gaps`` are those of the
    reading. Nearly always none of them is about something unknown, and nothing is read a second time.
    """
    lists = [
        key
        for key, pages in prefetch.answers.items()
        if prefetch.states[key] is State.ABSENT and any(map(is_list, pages))
    ]
    if lists:
        prefetch = _fail(prefetch, lists, "unreadable")
    if all(gap.what != UNKNOWN_KIND for gap in gaps):
        return prefetch
    for key, pages in prefetch.answers.items():
        reason = _why_unread(pages, patient_id) if prefetch.states[key] is State.ANSWERED else ""
        if reason:
            prefetch = _fail(prefetch, [key], reason)
    return prefetch


def fail_unmeant(
    prefetch: Prefetch,
    queries: Iterable[Query],
    facts: PatientFacts,
    references: Container[str],
    patient_id: str,
    knowledge: Knowledge,
) -> Prefetch:
    """An answer with results of which nobody can say what they are is a failure, not word that all is normal.

    So is one with results that show that something else was asked for. Looked at a second time is only an
    answer of which nothing at all came among ``facts``; ``references`` are those of everything that was read.
    """
    read = seen_results(facts)
    queries = [query for query in queries if query.resource == MANY_THINGS]
    unread = [query for query in queries if read.isdisjoint(query.covers)]
    for query in unread:
        if prefetch.states[query.key] is not State.ANSWERED:
            continue
        sent = prefetch.answers[query.key]
        if holds_only_unmeant(sent, patient_id, knowledge, references):
            prefetch = _fail(prefetch, [query.key], "without-loinc")
        elif query.most and holds_nothing_asked_for(
            sent,
            patient_id,
            knowledge,
            asked=query.loinc,
            others=[other.loinc for other in queries if other is not query],
            most=query.most,
        ):
            prefetch = _fail(prefetch, [query.key], "not-asked-for")
    if any(query.required and prefetch.states[query.key] is State.ABSENT for query in unread):
        ours = [page for pages in prefetch.answers.values() for page in pages]
        is_unmeant = any(
            holds_only_unmeant([page], patient_id, knowledge, references)
            and may_hold_counts([page], patient_id)
            for page in prefetch.values
            if not any(page is each for each in ours)
        )
        if is_unmeant:
            prefetch = replace(prefetch, is_unmeant_elsewhere=True)
    return prefetch


def is_plainly_answered(prefetch: Prefetch, queries: Iterable[Query], outline: Outline) -> bool:
    """Whether each query for counts got some of what it asks for, or word that there is none."""
    lines = {column.line.value for column in outline.columns}
    return all(
        not lines.isdisjoint(query.covers) or not any(map(_holds_something, prefetch.answers[query.key]))
        for query in queries
        if query.most
    )


# --- small parts ----------------------------------------------------------------------------------------


def _holds_something(page: Page) -> bool:
    return bool(page.whole.entry) if isinstance(page.whole, FullBundle) else page.whole is not None


def _fail(prefetch: Prefetch, keys: Iterable[str], reason: str) -> Prefetch:
    keys = tuple(keys)
    return replace(
        prefetch,
        states={**prefetch.states, **dict.fromkeys(keys, State.FAILED)},
        reasons={**prefetch.reasons, **dict.fromkeys(keys, reason)},
    )


def _why_unread(pages: Sequence[Page], patient_id: str) -> str:
    """Why nothing came of an answer, as a code; empty if something did, or if there is nothing."""
    if all(bytes(page.sent).strip() == b"null" for page in pages):
        return ""
    gathered = gather(pages, patient_id)
    kinds = {gap.kind for gap in gathered.gaps if gap.what == UNKNOWN_KIND}
    if any(gathered.resources.values()) or not kinds:
        return ""
    return "unreadable" if GapKind.BROKEN_RESOURCE in kinds else "failed"
