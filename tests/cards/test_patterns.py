"""Findings across cell lines on the low-count card."""

from __future__ import annotations

import pytest

from cards.card import Card
from cds.facts import CellCount, CellLine
from cds.findings import (
    LowCount,
    MarrowPattern,
    PatternKind,
    Severity,
    Topic,
)
from tests.cards.builders import (
    LUPUS,
    assessment,
    count,
    low,
    nadir,
    only_card,
    state,
)


def card(*low_counts: LowCount, **more: object) -> Card:
    return only_card(assessment(Topic.LOW_COUNT, low_counts=low_counts, **more))


def pattern(
    kind: PatternKind, *counts: CellCount, known: bool = False, recorded: bool = False
) -> MarrowPattern:
    return MarrowPattern(kind, counts, known, True, ("BMJ-AA",), recorded=recorded)


MARROW = (count("8.1", CellLine.HAEMOGLOBIN), count("41", CellLine.PLATELETS), count("1.1"))


def test_a_pattern_across_lines_comes_before_any_drug() -> None:
    made = card(
        low("1.1", severity=Severity.MILD),
        patterns=(pattern(PatternKind.MARROW_FAILURE, *MARROW),),
        lines=(state("8.1", CellLine.HAEMOGLOBIN),),
    )

    assert made.summary == (
        "Hb 8.1 g/dL, platelets 41 and ANC 1.1 x10^9/L (20 Nov): "
        "three cell lines low, marrow-failure pattern. Haematology review."
    )
    assert made.detail.startswith("**Before any drug:** Three cell lines low, marrow-failure pattern")
    assert "A drug is only one possible explanation." in made.detail


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (PatternKind.SEVERE_MARROW_FAILURE, "low, in the range of severe marrow failure"),
        (PatternKind.PANCYTOPENIA, "Three cell lines low (pancytopenia)"),
        (PatternKind.TWO_LINES, "Three cell lines low:"),
    ],
)
def test_each_pattern_has_its_word(kind: PatternKind, words: str) -> None:
    assert words in card(low("1.1"), patterns=(pattern(kind, *MARROW),)).detail


def test_blasts_lead_and_ask_for_advice_today() -> None:
    blasts = pattern(PatternKind.BLASTS, count("0.4", CellLine.BLASTS))

    made = card(low("1.1"), patterns=(pattern(PatternKind.MARROW_FAILURE, *MARROW), blasts))

    assert made.summary == "Blasts 0.4 x10^9/L (20 Nov): blasts reported. Same-day haematology advice."


def test_a_pattern_that_is_accounted_for_does_not_take_the_summary() -> None:
    known = pattern(PatternKind.PANCYTOPENIA, *MARROW, known=True, recorded=True)

    made = card(low("0.3"), patterns=(known,))

    assert made.summary.startswith("ANC 0.3 x10^9/L")
    assert "A condition on the problem list accounts for it." in made.detail
    assert "Haematology review" not in made.detail


def test_a_pattern_after_a_dose_is_not_put_down_to_the_problem_list() -> None:
    treated = pattern(PatternKind.PANCYTOPENIA, *MARROW, known=True)

    made = card(low("0.4", nadir=nadir()), patterns=(treated,), other_causes=(LUPUS,))

    assert "(20 Nov). It may be the expected effect of treatment." in made.detail
    assert "accounts for it" not in made.detail
