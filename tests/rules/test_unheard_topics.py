"""Medicines that nobody could check are said unless something else is heard: what is off or hidden is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cds.assess import assess, part_by_shadow
from cds.facts import Gap, GapKind, PatientFacts
from cds.findings import Assessment, Occasion, Topic
from cds.knowledge.schema.switches import EVERY_TOPIC
from tests.rules.charts import count, draft, facts, knowledge, spoken, taking

UNCHECKED = ("medications-not-checked",)
NO_MEDICINES = (Gap(GapKind.NOT_SUPPLIED, "medications"),)
# its label asks for lymphocyte counts, of which there are none; to the neutrophils it does nothing
OVERDUE = facts(count("neutrophils", "1.3"), draft("dimethyl-fumarate"), gaps=NO_MEDICINES)
SEVERE = facts(count("neutrophils", "0.4"), draft("levothyroxine"), gaps=NO_MEDICINES)


def judged(
    known: PatientFacts, *, off: frozenset[Topic] = frozenset(), shadow: frozenset[str] = frozenset()
) -> Assessment:
    chosen = replace(knowledge(), silenced_topics=frozenset(topic.value for topic in off))
    return assess(known, Occasion.ORDER_SIGN, chosen, shadow=shadow)


def says_unchecked(assessment: Assessment) -> bool:
    decision = assessment.decision(Topic.DATA_QUALITY)
    return decision.urgency is not None and UNCHECKED == decision.reasons


def test_while_another_topic_is_heard_its_card_says_that_medicines_were_not_checked() -> None:
    assert {Topic.MONITORING} == spoken(judged(OVERDUE))


def test_a_topic_that_is_switched_off_is_not_heard() -> None:
    only = judged(OVERDUE, off=frozenset({Topic.MONITORING}))

    assert {Topic.DATA_QUALITY} == spoken(only)
    assert says_unchecked(only)


def test_a_low_count_that_is_switched_off_is_not_heard_either() -> None:
    off = frozenset({Topic.LOW_COUNT, Topic.SUSPECTS, Topic.PRECAUTIONS})

    assert says_unchecked(judged(SEVERE, off=off))
    assert not says_unchecked(judged(SEVERE, off=off - {Topic.PRECAUTIONS}))


def test_data_quality_that_is_switched_off_stays_so() -> None:
    off = frozenset({Topic.MONITORING, Topic.DATA_QUALITY})

    assert set() == spoken(judged(OVERDUE, off=off))


def test_medicines_that_were_checked_need_no_word() -> None:
    checked = replace(OVERDUE, gaps=(), medications=(taking("levothyroxine", 400),))

    assert set() == spoken(judged(checked, off=frozenset({Topic.MONITORING})))


def test_a_count_that_is_not_low_needs_no_word() -> None:
    for value, says in (("1.49", True), ("1.5", False), ("1.51", False)):
        known = replace(OVERDUE, counts=(count("neutrophils", value),))

        assert says == says_unchecked(judged(known, off=frozenset({Topic.MONITORING})))


@pytest.mark.parametrize(
    ("shadow", "shown", "hidden"),
    [
        (set(), {Topic.MONITORING}, set()),
        ({Topic.MONITORING.value}, {Topic.DATA_QUALITY}, {Topic.MONITORING}),
        ({Topic.FEVER.value}, {Topic.MONITORING}, set()),
        # measured as it would be without the shadow: beside monitoring no word is needed
        ({Topic.DATA_QUALITY.value}, {Topic.MONITORING}, set()),
        ({Topic.MONITORING.value, Topic.DATA_QUALITY.value}, set(), {Topic.MONITORING}),
        ({EVERY_TOPIC}, set(), {Topic.MONITORING}),
    ],
)
def test_a_topic_in_shadow_is_not_heard_where_data_quality_is_shown(
    shadow: set[str], shown: set[Topic], hidden: set[Topic]
) -> None:
    chosen = frozenset(shadow)
    visible, held_back = part_by_shadow(judged(OVERDUE, shadow=chosen), chosen)

    assert (shown, hidden) == (spoken(visible), spoken(held_back))


def test_what_was_said_in_this_encounter_was_heard() -> None:
    """Repeats are left out later, and leave no gap for a word that was said."""
    rest, _ = part_by_shadow(judged(OVERDUE), {Topic.MONITORING.value})

    assert set() == spoken(rest)
