"""From one hook request to its answer: the way that HTTP and the terminal share.

The words come from outside: ``cds.app`` hands in what puts an assessment into cards, so that nothing here
knows them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime

from cds.assess import assess, part_by_shadow, with_gaps
from cds.errors import HookMismatch
from cds.facts import Gap, GapKind, PatientFacts
from cds.findings import Assessment, Occasion, Topic
from cds.hooks.fetch import FhirCall
from cds.hooks.hook_request import HookRequest
from cds.hooks.no_answers import fail_unmeant, fail_unreadable, is_plainly_answered
from cds.hooks.prefetch import (
    ALL_COUNTS,
    Prefetch,
    add_fetched,
    find_absent,
    find_unsupplied,
    sort_prefetch,
)
from cds.hooks.services import Answer, CDSService, Query
from cds.knowledge.base import FromKnowledge, Knowledge
from cds.knowledge.schema.switches import EVERY_TOPIC
from cds.readers.note import ReadNote
from cds.readers.outline import read_outline, read_plain_orders
from cds.readers.patient_facts import Reading, read_patient_facts
from cds.readers.r4_check import find_violations
from cds.rules.silence import is_surely_silent, may_be_silent
from cds.settings import Preferences
from cds.shown import Spoken

_SILENCE = b'{"cards":[]}'
_MOST_CHOICES = 32  # of what is switched off, remembered at one time


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What was made of one request.

    Attributes:
        read: what each resource was taken as, or why it was refused.
        gaps: everything that could not be used.
        facts: what the assessment was made from, for those who draw it.
        prefetch: for each query how its answer came (``Prefetch.told``).
        unchecked: there were no blood counts to look at, and the caller wants a card that says so.
    """

    read: tuple[ReadNote, ...]
    gaps: tuple[Gap, ...]
    assessment: Assessment
    facts: PatientFacts
    prefetch: Mapping[str, str] = field(default_factory=dict)
    unchecked: bool = False

    def without(self, shadow: Collection[str]) -> Conclusion:
        """The same, with the topics in shadow silent."""
        visible, _ = part_by_shadow(self.assessment, shadow)
        return replace(self, assessment=visible)


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers hook requests from the knowledge, in the words of ``say``.

    Attributes:
        cite: the references that the cards of these topics rest on.
        say: the cards of an assessment, as a caller with these preferences wants them, about the patient
            with this id.
        span: entered around a part of the work that has this name.
        reading: entered while medicines are recognised; it bounds the wait for what lies elsewhere.
    """

    knowledge: Knowledge
    cite: Callable[[Assessment, Iterable[Topic]], tuple[str, ...]]
    say: Callable[[Assessment, Preferences, str], Spoken]
    reading: Callable[[], AbstractContextManager[None]] = nullcontext
    span: Callable[[str], AbstractContextManager[object]] = nullcontext

    def answer(
        self,
        service: CDSService,
        request: HookRequest,
        preferences: Preferences,
        as_of: datetime,
        fhir: FhirCall | None = None,
    ) -> Answer:
        """The answer of ``service`` to ``request`` as of that moment.

        ``fhir`` is asked for what the prefetch lacks; without it nothing is. Raises ``HookMismatch`` if the
        request is for another hook, ``MissingData`` if there are no counts to look at and the caller has not
        asked for a card instead; in full shadow nobody would see that card. Whatever else goes wrong is
        raised too: a fault never looks like "no cards".
        """
        if request.hook != service.hook.value:
            raise HookMismatch(f"This service answers the hook {service.hook.value} and no other.")
        if request.for_patient:
            return Answer(_SILENCE, unchecked="not-meant")  # the words are for clinicians
        with self.span("collect"):
            prefetch = sort_prefetch(request.prefetch, service.queries)
            if self._is_silent_at_first_sight(service, request, prefetch, as_of):
                if fhir is not None:
                    fhir.told = prefetch.told()
                return Answer(_SILENCE, prefetch=prefetch.told())
        conclusion = self._conclude(service, request, prefetch, preferences, as_of, fhir)
        visible, held_back = conclusion.assessment, None
        with self.span("render"):
            if preferences.shadow:
                visible, hidden = part_by_shadow(visible, preferences.shadow)
                held_back = self.say(hidden, preferences, request.patient_id) if _speaking(hidden) else None
            spoken = self.say(visible, preferences, request.patient_id)

        def say_without(topics: Collection[str]) -> Spoken:
            rest, _ = part_by_shadow(visible, topics)
            return self.say(rest, preferences, request.patient_id)

        return Answer(
            body=spoken.body,
            shown=spoken.shown,
            shadowed=held_back.shown if held_back is not None else (),
            topics=tuple(topic.value for topic in _speaking(visible)),
            gaps=Counter(gap.kind.value for gap in conclusion.gaps),
            prefetch=conclusion.prefetch,
            questions=fhir.questions if fhir is not None else (),
            unchecked="missing" if conclusion.unchecked else "",
            say_without=say_without,
        )

    def conclude(
        self,
        service: CDSService,
        request: HookRequest,
        preferences: Preferences,
        as_of: datetime,
        fhir: FhirCall | None = None,
    ) -> Conclusion:
        """What ``service`` makes of ``request``, before it is put into words. Raises as ``answer`` does.

        Everything is read and judged, even where ``answer`` would see at first sight that it is silent.
        """
        prefetch = sort_prefetch(request.prefetch, service.queries)
        return self._conclude(service, request, prefetch, preferences, as_of, fhir)

    def _is_silent_at_first_sight(
        self, service: CDSService, request: HookRequest, prefetch: Prefetch, as_of: datetime
    ) -> bool:
        """Whether so little is there to be said that it can be told without reading everything."""
        ordered: frozenset[str] | None = frozenset()
        if service.hook is not Occasion.PATIENT_VIEW:
            ordered = self._plain_orders(request)
        if not prefetch.is_complete or ordered is None or not may_be_silent(ordered, self.knowledge):
            return False
        outline = read_outline(
            patient_id=request.patient_id,
            supplied=prefetch.values,
            ordered=ordered,
            knowledge=self.knowledge,
            as_of=as_of,
        )
        return (
            outline is not None
            and is_plainly_answered(prefetch, service.queries, outline)
            and is_surely_silent(outline, service.hook, self.knowledge)
        )

    def _plain_orders(self, request: HookRequest) -> frozenset[str] | None:
        if request.drafts is None:
            return None
        return read_plain_orders(request.patient_id, request.drafts, self.knowledge)

    def _conclude(
        self,
        service: CDSService,
        request: HookRequest,
        prefetch: Prefetch,
        preferences: Preferences,
        as_of: datetime,
        fhir: FhirCall | None,
    ) -> Conclusion:
        with self.span("collect"):
            prefetch, reading = self._collect(service, request, prefetch, as_of, fhir)
        unsupplied = find_unsupplied(
            prefetch,
            service.queries,
            reading.facts,
            reading.cited,
            refusal=fhir.refusal if fhir is not None else "",
            # in full shadow there is no card that could say so
            insist=preferences.when_not_checked == "412" or EVERY_TOPIC in preferences.shadow,
        )
        facts = replace(reading.facts, gaps=reading.facts.gaps + unsupplied)
        known = _as_switched(self.knowledge, preferences)
        with self.span("conclude"):
            assessment = assess(facts, service.hook, known, preferences.clozapine_policy, preferences.shadow)
        violations = find_violations(self.cite(assessment, _speaking(assessment)), reading.cited)
        return Conclusion(
            read=reading.read,
            gaps=(*facts.gaps, *violations),
            assessment=with_gaps(assessment, violations),
            facts=facts,
            prefetch=prefetch.told(),
            unchecked=any(gap.what == ALL_COUNTS for gap in unsupplied),
        )

    def _collect(
        self,
        service: CDSService,
        request: HookRequest,
        prefetch: Prefetch,
        as_of: datetime,
        fhir: FhirCall | None,
    ) -> tuple[Prefetch, Reading]:
        """What came, what was fetched besides, and what was read of it."""
        with self.reading():
            reading = self._read(service, request, prefetch, as_of)
            if fhir is not None:
                # what came under any key is known only after reading; what is fetched is read with it
                while wanted := fhir.find_wanted(_absent(prefetch, service, reading), reading):
                    with self.span("fetch"):
                        prefetch = add_fetched(prefetch, fhir.ask(wanted))
                    reading = self._read(service, request, prefetch, as_of)
        prefetch = fail_unreadable(prefetch, reading.facts.gaps, request.patient_id)
        prefetch = fail_unmeant(
            prefetch, service.queries, reading.facts, reading.cited, request.patient_id, self.knowledge
        )
        if fhir is not None:
            fhir.told = prefetch.told()
        return prefetch, reading

    def _read(
        self, service: CDSService, request: HookRequest, prefetch: Prefetch, as_of: datetime
    ) -> Reading:
        ordering = service.hook is not Occasion.PATIENT_VIEW
        unsent = ordering and request.drafts is None
        return read_patient_facts(
            patient_id=request.patient_id,
            supplied=prefetch.values,
            drafts=request.drafts if ordering else None,
            selections=request.selections if service.hook is Occasion.ORDER_SELECT else None,
            knowledge=self.knowledge,
            as_of=as_of,
            gaps=[Gap(GapKind.NOT_SUPPLIED, "drafts")] if unsent else [],
            followed=prefetch.followed,
        )


def _absent(prefetch: Prefetch, service: CDSService, reading: Reading) -> tuple[Query, ...]:
    return find_absent(prefetch, service.queries, reading.facts, reading.cited)


class _Switched(FromKnowledge):
    """The knowledge without what is switched off, made once for each choice of a caller, with all that the
    rules make of it."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._made: dict[tuple[frozenset[str], frozenset[str]], Knowledge] = {}

    def without(self, topics: frozenset[str], rules: frozenset[str]) -> Knowledge:
        """The same where these topics and rules stay silent too."""
        known = self._made.get((topics, rules))
        if known is None:
            if len(self._made) >= _MOST_CHOICES:  # switches change; what nobody chooses any longer goes
                self._made.clear()
            known = self._made[topics, rules] = replace(
                self._knowledge,
                silenced_topics=self._knowledge.silenced_topics | topics,
                silenced_rules=self._knowledge.silenced_rules | rules,
            )
        return known


def _as_switched(knowledge: Knowledge, preferences: Preferences) -> Knowledge:
    """The knowledge without what is switched off for this caller at this moment."""
    if not preferences.off_topics and not preferences.off_rules:
        return knowledge
    return _Switched.of(knowledge).without(preferences.off_topics, preferences.off_rules)


def _speaking(assessment: Assessment) -> list[Topic]:
    return [each.topic for each in assessment.decisions if each.urgency is not None]
