"""The words that are handed to the patient: a child of eleven can read them (US grade 5 to 6)."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

import pytest
import textstat

from cds.findings import Precaution, Topic
from cds.knowledge.load import load_knowledge
from cds.knowledge.schema import Precaution as Row
from tests.cards.builders import assessment, only_card

HIGHEST_GRADE = 6.5
MOST_WORDS = 20
LEAD = "**For the patient (to hand over):**"
TIERS = ["1.5", "1.0", "0.5", "lymphopenia"]

each_tier = pytest.mark.parametrize("tier", TIERS)


@cache
def rows(tier: str) -> tuple[Row, ...]:
    """The rows of the knowledge that hold at a tier of the neutrophils, or with few lymphocytes alone."""
    if tier == "lymphopenia":
        return tuple(row for row in load_knowledge().precautions if row.lymphopenia)
    return tuple(
        row
        for row in load_knowledge().precautions
        if row.neutrophils_below is not None and row.neutrophils_below >= Decimal(tier)
    )


@cache
def hand_out(tier: str) -> str:
    """The end of the precautions card, as one text."""
    fitted = tuple(
        Precaution(row.id, row.row, row.evidence, row.clinician, row.patient, row.confirmation)
        for row in rows(tier)
        if row.clinician or row.patient
    )
    _, text = only_card(assessment(Topic.PRECAUTIONS, precautions=fitted)).detail.split(LEAD)
    return " ".join(line.removeprefix("- ") for line in text.strip().splitlines())


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?]) ", text)


def grade(text: str) -> float:
    """The harder of two measures that count letters, words and sentences, and need no list of words."""
    return max(textstat.automated_readability_index(text), textstat.coleman_liau_index(text))


@each_tier
def test_a_child_of_eleven_can_read_the_whole_hand_out(tier: str) -> None:
    assert grade(hand_out(tier)) <= HIGHEST_GRADE


@each_tier
def test_no_sentence_is_long(tier: str) -> None:
    assert [] == [each for each in sentences(hand_out(tier)) if len(each.split()) > MOST_WORDS]


@each_tier
def test_every_row_for_the_patient_is_in_the_hand_out(tier: str) -> None:
    missing = [row.id for row in rows(tier) if row.patient and row.patient not in hand_out(tier)]

    assert [] == missing
    assert any(row.patient for row in rows(tier))


def test_the_words_for_the_team_would_be_too_hard() -> None:
    assert grade(" ".join(row.clinician for row in rows("0.5"))) > HIGHEST_GRADE
