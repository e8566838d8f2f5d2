"""The main path: what is known of a patient in, everything concluded out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from itertools import chain

from cds.facts import Gap, PatientFacts
from cds.findings import Assessment, Occasion, SourceNote, Topic, TopicDecision
from cds.knowledge.base import FromKnowledge, Knowledge
from cds.knowledge.schema.switches import EVERY_TOPIC
from cds.rules.caveats import find_caveats, from_violations
from cds.rules.cell_patterns import find_patterns
from cds.rules.chart import Chart, open_chart
from cds.rules.conclusions import Conclusions
from cds.rules.fever import find_fever, find_hottest, is_infection_on_record
from cds.rules.loudness import decide_topics
from cds.rules.low_counts import find_lines, find_low_counts
from cds.rules.monitoring import find_monitoring
from cds.rules.order_risks import Situation, find_order_risks, find_stops
from cds.rules.precautions import find_precautions
from cds.rules.suspects import find_suspects
from cds.rules.work_up import find_work_up


def assess(
    facts: PatientFacts,
    occasion: Occasion,
    knowledge: Knowledge,
    policy: str = "us-label",
    shadow: Collection[str] = (),
) -> Assessment:
    """Judge one patient on one occasion. Pure: the same facts give the same assessment.

    Args:
        policy: the site's clozapine policy (``us-label``, ``eu-2025`` or ``uk``).
        shadow: topics that will not be shown, as for ``part_by_shadow``.
    """
    chart = open_chart(facts, knowledge, policy)
    low_counts = find_low_counts(chart)
    patterns = find_patterns(low_counts, chart)
    suspects = find_suspects(low_counts, chart)
    fever = find_fever(low_counts, chart)
    hottest = find_hottest(chart)
    situation = Situation(
        low_counts,
        suspects.suspects,
        febrile=fever is not None or hottest is not None,
        infected=is_infection_on_record(chart),
    )
    order_risks = find_order_risks(situation, chart)
    stops = find_stops(low_counts, chart)
    monitoring = find_monitoring(chart)
    precautions = find_precautions(low_counts, chart)
    caveats = find_caveats(low_counts, suspects.suspects, order_risks, chart)
    found = _without_silenced(
        Conclusions(
            chart=chart,
            occasion=occasion,
            low_counts=low_counts,
            patterns=patterns,
            suspects=suspects,
            order_risks=order_risks,
            stops=stops,
            monitoring=monitoring,
            fever=fever,
            hottest=hottest,
            precautions=precautions,
            caveats=caveats,
        ),
        knowledge,
    )
    return Assessment(
        as_of=facts.as_of,
        occasion=occasion,
        knowledge=knowledge.version,
        lines=find_lines(chart),
        low_counts=found.low_counts,
        patterns=found.patterns,
        other_causes=chart.causes,
        suspects=found.suspects.suspects,
        set_aside=suspects.set_aside,
        pairs=suspects.pairs,
        order_risks=found.order_risks,
        stops=stops,
        monitoring=found.monitoring,
        fever=found.fever,
        hottest=found.hottest,
        precautions=precautions,
        work_up=find_work_up(low_counts, patterns, fever, monitoring, chart),
        caveats=caveats,
        decisions=decide_topics(found, [topic for topic in Topic if _is_in(shadow, topic)]),
        policy=policy,
        age_unknown=facts.patient.born is None,
        child=_is_child(chart),
        pregnant=facts.pregnant,
        sources=_cited_sources(found, knowledge),
    )


def _is_child(chart: Chart) -> bool:
    age = chart.facts.patient.age_in_days(None, chart.as_of)
    return age is not None and age < chart.knowledge.limits.adult_from_days


def with_gaps(assessment: Assessment, gaps: Iterable[Gap]) -> Assessment:
    """The same assessment with caveats for cited resources that violate FHIR R4."""
    caveats = from_violations(gaps)
    return replace(assessment, caveats=(*assessment.caveats, *caveats)) if caveats else assessment


def part_by_shadow(assessment: Assessment, shadow: Collection[str]) -> tuple[Assessment, Assessment]:
    """What is to be shown and what is held back: the same assessment, each topic silent in one of the two.

    ``shadow`` are codes of topics; ``*`` is all of them. It holds before anything is put into words, so that
    no card speaks of one that is not there.
    """
    return (
        _with_silent(assessment, lambda topic: _is_in(shadow, topic)),
        _with_silent(assessment, lambda topic: not _is_in(shadow, topic)),
    )


def _is_in(shadow: Collection[str], topic: Topic) -> bool:
    return topic in shadow or EVERY_TOPIC in shadow


def _with_silent(assessment: Assessment, is_silent: Callable[[Topic], bool]) -> Assessment:
    decisions = tuple(
        TopicDecision(each.topic, None, ("in-shadow", *each.reasons)) if is_silent(each.topic) else each
        for each in assessment.decisions
    )
    return replace(assessment, decisions=decisions)


def _without_silenced(found: Conclusions, knowledge: Knowledge) -> Conclusions:
    """Without the findings of rules that the hospital switched off.

    Only now: a rule that is not heard is still known to the others, so that switching off the low count does
    not take the order risks with it.
    """
    if not knowledge.silenced_rules:
        return found
    suspects = tuple(each for each in found.suspects.suspects if not knowledge.silences(each.rule))
    return replace(
        found,
        low_counts=tuple(each for each in found.low_counts if not knowledge.silences(each.rule)),
        patterns=tuple(each for each in found.patterns if not knowledge.silences(each.rule)),
        suspects=replace(found.suspects, suspects=suspects),
        order_risks=tuple(each for each in found.order_risks if not knowledge.silences(each.rule)),
        monitoring=tuple(each for each in found.monitoring if not knowledge.silences(each.rule)),
        fever=None if found.fever and knowledge.silences(found.fever.rule) else found.fever,
    )


class _SourceNotes(FromKnowledge):
    def __init__(self, knowledge: Knowledge) -> None:
        self.by_id = {
            source.id: SourceNote(source.id, source.citation, source.read_as)
            for source in knowledge.sources.values()
        }


def _cited_sources(found: Conclusions, knowledge: Knowledge) -> tuple[SourceNote, ...]:
    """Every source that a finding rests on, once, in the order of the findings."""
    findings = (
        *found.low_counts,
        *found.patterns,
        *found.suspects.suspects,
        *found.order_risks,
        *found.monitoring,
        *((found.fever,) if found.fever else ()),
        *found.precautions,
    )
    notes = _SourceNotes.of(knowledge).by_id
    ids = dict.fromkeys(chain.from_iterable(finding.sources for finding in findings))
    return tuple(notes[source_id] for source_id in ids if source_id in notes)
