"""Every resource that was supplied, entry by entry: of this patient, and each once.

A prefetch value may be a resource, a Bundle, a Bundle in a Bundle or the old wrapper
``{response, resource}``; its key says nothing. One broken entry never loses the others. What the sender
could not get, what is missing (a next page) and what belongs to somebody else become gaps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar, cast

from cds.facts import Gap, GapKind, When
from cds.readers import wire
from cds.readers.decode import Bytes, Resource, read_resource
from cds.readers.effective import oldest_of_page
from cds.readers.page import WHOLE_PAGE, FullBundle, Page
from cds.readers.pages import Pages
from cds.readers.references import PatientGuard, relative_reference
from cds.readers.sent import Sent, each_once, is_void

R = TypeVar("R")
AnyResource: TypeAlias = Resource | FullBundle | wire.OtherOrder

OUTCOME = "outcome"  # search.mode of what is no match
_MOST_ALIKE = 1_000  # gaps of one kind that are told
_DEEPEST = 5  # bundles within bundles
_LONGEST_DETAIL = 40
_NO_FAILURE = frozenset({"information", "warning", "success"})
UNKNOWN_KIND = "resource"
"""``Gap.what`` of something of which nobody can say what it is."""

_WHAT: Mapping[type, str] = {
    wire.Observation: "counts",
    wire.DiagnosticReport: "counts",
    wire.Specimen: "counts",
    wire.MedicationRequest: "medications",
    wire.MedicationOrder: "medications",
    wire.Medication: "medications",
    wire.Substance: "medications",
    wire.ServiceRequest: "tests",
    wire.ProcedureRequest: "tests",
    wire.Patient: "patient",
    wire.Condition: "conditions",
    wire.AllergyIntolerance: "reactions",
    wire.ImmunizationRecommendation: "vaccines",
    wire.Immunization: "vaccines",
}


@dataclass(slots=True)
class Gathered:
    """What was supplied, by type.

    Attributes:
        resources: usable resources of this patient by type, in the order sent.
        urls: ``fullUrl`` of an entry to its relative reference.
        gaps: why anything is missing.
        next_pages: links to pages that were announced and not supplied, where they may lead to an end.
    """

    resources: dict[type, list[Sent[Any]]] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    next_pages: tuple[str, ...] = ()

    def of(self, kind: type[R]) -> list[Sent[R]]:
        """All resources of one type."""
        return cast("list[Sent[R]]", self.resources.get(kind, []))

    def resolve(self, reference: str) -> str:
        """A reference of any spelling as a relative one: by ``fullUrl``, else by its last two parts."""
        return self.urls.get(reference) or relative_reference(reference)


def gather(
    supplied: Iterable[Page],
    patient_id: str,
    urls: Mapping[str, str] = MappingProxyType({}),
    followed: Collection[str] = (),
) -> Gathered:
    """Take apart what was supplied; keep what is readable, of this patient, and not a copy.

    ``urls``: those of resources that were supplied elsewhere, to which a subject may point. ``followed``:
    links to pages that are among the supplied, whatever those call themselves.
    """
    walk = _Walk(urls, followed)
    for page in supplied:
        walk.page(page)
    unsent = [*walk.pages.missing()]
    gathered = Gathered(
        urls=walk.urls,
        gaps=[*walk.gaps, *(gap for _, gap in unsent)],
        next_pages=tuple(dict.fromkeys(url for url, _ in unsent if url)),
    )
    guard = PatientGuard(patient_id, walk.urls)
    if reports := walk.found.get(wire.DiagnosticReport):
        own = [sent for sent in reports if guard.refuses(sent.resource) is None]
        walk.found.setdefault(wire.Observation, []).extend(_contained_results(own))
    for kind, resources in walk.found.items():
        kept: list[Sent[Any]] = []
        for sent in resources:
            refused = guard.refuses(sent.resource)
            if refused is None:
                kept.append(sent)
            elif kind is not wire.OtherOrder:  # nothing is missed in what is not read
                gathered.gaps.append(Gap(refused, _what_of(kind)))
        gathered.resources[kind] = each_once(kept)
    return gathered


def next_page(sent: Bytes) -> str:
    """The link to the page after this one; empty if there is none."""
    bundle = read_resource(sent)
    links = bundle.link if isinstance(bundle, wire.Bundle) else ()
    return next((link.url for link in links if link.relation == "next"), "")


class _Walk:
    """Goes through the supplied values and collects what it meets."""

    def __init__(self, urls: Mapping[str, str], followed: Collection[str]) -> None:
        self.found: dict[type, list[Sent[Any]]] = {}
        self.urls = {**urls}
        self.gaps: list[Gap] = []
        self._alike: Counter[GapKind] = Counter()
        self.pages = Pages(followed)

    def _tell(self, gap: Gap) -> None:
        """Of a thousand alike one more tells nothing new; a Bundle may hold a million empty entries."""
        self._alike[gap.kind] += 1
        if self._alike[gap.kind] <= _MOST_ALIKE:
            self.gaps.append(gap)

    def page(self, page: Page) -> None:
        """All that is on it."""
        whole = page.whole
        if isinstance(whole, FullBundle):
            self._bundle(whole, self._full_entries(page, whole))
        elif whole is not None:
            self._resource(whole, page)
        else:
            self._value(page.sent)

    def _full_entries(self, page: Page, bundle: FullBundle) -> Iterator[str]:
        for at, entry in enumerate(bundle.entry):
            if entry.resource is None:
                yield self._empty_entry(entry.response)
            elif entry.search is not None and entry.search.mode == OUTCOME:
                yield self._outcome(entry.resource)
            else:
                yield self._resource(entry.resource, page, at, entry.full_url, depth=1)

    def _value(self, sent: Bytes, full_url: str = "", depth: int = 0) -> str:
        """One value or entry that has to be read by itself; returns the word for what it was."""
        resource = read_resource(sent) if depth <= _DEEPEST else None
        if resource is None:
            self._tell(Gap(GapKind.BROKEN_RESOURCE, UNKNOWN_KIND))
            return UNKNOWN_KIND
        if isinstance(resource, wire.BundleEntry):
            return self._entry(resource, depth)
        return self._resource(resource, Page(sent), WHOLE_PAGE, full_url, depth)

    def _resource(
        self, resource: AnyResource, page: Page, at: int = WHOLE_PAGE, full_url: str = "", depth: int = 0
    ) -> str:
        kind = type(resource)
        what = _WHAT.get(kind)
        if what is not None:
            self._found(kind, kind.__name__, resource, page, at, full_url)
            return what
        match resource:
            case wire.Bundle():
                return self._bundle(resource, (self._entry(entry, depth + 1) for entry in resource.entry))
            case wire.OperationOutcome():
                return self._outcome(resource)
            case wire.OtherOrder():
                self._found(kind, resource.resource_type, resource, page, at, full_url)
        return UNKNOWN_KIND

    def _found(self, kind: type, name: str, resource: Any, page: Page, at: int, full_url: str) -> None:
        reference = f"{name}/{resource.id}" if resource.id else full_url
        if full_url:
            self.urls[full_url] = reference
        sent = Sent(reference, resource, page, at, full_url)
        others = self.found.get(kind)
        if others is None:
            self.found[kind] = [sent]
        else:
            others.append(sent)

    def _bundle(self, bundle: wire.Bundle | FullBundle, entries: Iterable[str]) -> str:
        """``entries`` reads them one by one and gives the word for each."""
        first_gap = len(self.gaps)
        first_result = len(self.found.get(wire.Observation, ()))
        kinds = {*entries} - {UNKNOWN_KIND}
        what = min(kinds) if len(kinds) == 1 else UNKNOWN_KIND
        for at in range(first_gap, len(self.gaps)):
            # what could not be read among counts is taken to be counts
            if self.gaps[at].what == UNKNOWN_KIND:
                self.gaps[at] = replace(self.gaps[at], what=what)
        of_counts = what == _WHAT[wire.Observation]
        self.pages.add(
            bundle,
            sorted(kinds),
            UNKNOWN_KIND,
            lambda: self._oldest_since(first_result) if of_counts else None,
        )
        return what

    def _oldest_since(self, first: int) -> When | None:
        return oldest_of_page(sent.resource for sent in self.found.get(wire.Observation, ())[first:])

    def _entry(self, entry: wire.BundleEntry, depth: int) -> str:
        if not entry.resource:
            return self._empty_entry(entry.response)
        if entry.search is not None and entry.search.mode == OUTCOME:
            return self._outcome(read_resource(entry.resource))
        return self._value(entry.resource, entry.full_url, depth)

    def _empty_entry(self, response: wire.Response | None) -> str:
        status = response.status if response else ""
        if status.startswith(("4", "5")):
            self._tell(Gap(GapKind.FAILED, UNKNOWN_KIND, detail=status[:3]))
        elif not status:  # a match that was held back is not "no data"
            self._tell(Gap(GapKind.BROKEN_RESOURCE, UNKNOWN_KIND))
        return UNKNOWN_KIND

    def _outcome(self, outcome: object) -> str:
        """Worse than a warning: the sender looked and failed. A warning ("no results") is no data."""
        if not isinstance(outcome, wire.OperationOutcome):
            return UNKNOWN_KIND
        failures = [issue.code for issue in outcome.issue if issue.severity not in _NO_FAILURE]
        if failures or not outcome.issue:
            detail = failures[0][:_LONGEST_DETAIL] if failures else ""
            self._tell(Gap(GapKind.FAILED, UNKNOWN_KIND, detail=detail))
        return UNKNOWN_KIND


def _what_of(kind: type) -> str:
    return _WHAT.get(kind, UNKNOWN_KIND)


def _contained_results(reports: Iterable[Sent[Any]]) -> Iterator[Sent[Any]]:
    """The Observations that usable reports contain."""
    for sent in reports:
        if is_void(sent.resource.status):
            continue
        for raw in sent.resource.contained:
            result = read_resource(raw)
            if isinstance(result, wire.Observation):
                yield Sent(f"{sent.reference}#{result.id.removeprefix('#')}", result, sent.page, sent.at)
