"""The data-quality card."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cards.card import Card
from cards.caveat_words import caveat_sentences
from cards.not_evaluated import render_not_evaluated
from cds.facts import CellLine, LabFlag
from cds.findings import Duration, Severity, Topic, TopicDecision, Urgency
from tests.cards.builders import BASIS, NOW, TODAY, assessment, caveat, count, low, only_card


def test_what_may_hide_something_comes_first() -> None:
    made = only_card(
        assessment(
            Topic.DATA_QUALITY,
            caveats=(
                caveat("not-supplied", "conditions"),
                caveat("unknown-unit", detail="3 parsec", may_hide=True),
            ),
        )
    )

    assert made.summary == 'ANC: the unit of "3 parsec" is not known; not used. (1 more note)'
    assert made.detail.startswith(
        "**Could hide something that matters:**\n\n"
        '- ANC: the unit of "3 parsec" is not known; not used.\n\n'
        "**Also noted:**\n\n"
        "- Not supplied, so not checked: conditions."
    )


def test_a_long_note_does_not_overflow_the_summary() -> None:
    long = caveat("unreadable-value", detail="y" * 400, measured=TODAY, may_hide=True)

    made = only_card(
        assessment(Topic.DATA_QUALITY, caveats=(replace(long, what="variant-lymphocytes"), long))
    )

    assert made.summary == (
        "Results could not all be used (1 more note): what is not seen is not known."
    ) or made.summary.startswith("Variant lymphocytes (20 Nov): the value")


def test_a_decided_quality_card_without_a_doubt_is_a_fault() -> None:
    with pytest.raises(ValueError, match="caveat"):
        only_card(assessment(Topic.DATA_QUALITY))


# --- no counts at all -----------------------------------------------------------------------------------


UNCHECKED = TopicDecision(Topic.DATA_QUALITY, Urgency.WARNING, ("counts-not-checked",))


@pytest.mark.parametrize(
    ("kind", "why", "noted"),
    [
        ("not-supplied", "were not supplied", "Not supplied, so not checked: blood counts."),
        ("failed", "could not be fetched", "Could not be fetched, so not checked: blood counts."),
    ],
)
def test_counts_that_nobody_could_look_at_are_no_normal_counts(kind: str, why: str, noted: str) -> None:
    made = only_card(assessment(decisions=(UNCHECKED,), caveats=(caveat(kind, "counts", may_hide=True),)))

    assert "warning" == made.indicator.value
    assert f"White cell counts {why}: low counts were not looked for." == made.summary
    assert made.detail.startswith(
        "**Not checked:** No white cell count could be looked at, so that silence about them means"
        " nothing.\n\n"
        f"**Could hide something that matters:**\n\n- {noted}"
    )


# --- a low count that is silent for want of medicines ---------------------------------------------------


MILD = low(count("1.3"), severity=Severity.MILD, urgency=Urgency.INFO, duration=Duration.UNKNOWN)
WHY = TopicDecision(Topic.DATA_QUALITY, Urgency.INFO, ("medications-not-checked",))


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("not-supplied", "medicines were not supplied, so drugs could not be checked."),
        ("failed", "medicines could not be fetched, so drugs could not be checked."),
        ("incomplete", "medicines were not read to the end, so not all drugs could be checked."),
    ],
)
def test_the_low_count_that_is_its_reason_leads(kind: str, why: str) -> None:
    total = low("3.4", CellLine.LEUKOCYTES, severity=Severity.MILD)

    made = only_card(
        assessment(low_counts=(total, MILD), decisions=(WHY,), caveats=(caveat(kind, "medications"),))
    )

    assert made.summary == f"ANC 1.3 x10^9/L (20 Nov): mild neutropenia; {why}"
    assert made.detail.startswith(
        "**Found:** ANC 1.3 x10^9/L, laboratory result of 20 Nov 2026 08:00 UTC: mild neutropenia.\n\n"
    )
    assert made.extension is not None
    basis = made.extension[BASIS]
    assert ("low-count/neutrophils",) == basis.rules  # type: ignore[attr-defined]
    assert basis.sources  # type: ignore[attr-defined]


def test_a_low_count_is_not_the_reason_of_a_card_about_another_doubt() -> None:
    made = only_card(assessment(Topic.DATA_QUALITY, low_counts=(MILD,), caveats=(BROKEN,)))

    assert "1.3" not in f"{made.summary} {made.detail}"


# --- a flag on a value that cannot be read --------------------------------------------------------------


R = ("Observation/o1",)
UNIT = caveat("unknown-unit", detail="0.3/0.6", measured=TODAY, references=R, may_hide=True)
FLAG = replace(caveat("unreadable-value", measured=TODAY, references=R, may_hide=True), flag=LabFlag.LOW)
BROKEN = caveat("broken-resource", "counts", may_hide=True)


def test_value_and_flag_of_one_result_are_told_once() -> None:
    made = only_card(
        assessment(Topic.DATA_QUALITY, low_counts=(), caveats=(replace(UNIT, flag=LabFlag.LOW),))
    )

    assert made.summary == (
        'ANC (20 Nov): the laboratory flagged it low, but its value "0.3/0.6" cannot be read. '
        "Look at the result itself."
    )
    assert 1 == made.detail.count("ANC (20 Nov)")


def test_a_flag_without_any_value_is_told() -> None:
    assert ("ANC (20 Nov): the laboratory flagged it low, but its value cannot be read.",) == (
        caveat_sentences((FLAG,), NOW)
    )


def test_flag_and_value_of_two_results_are_two() -> None:
    told = caveat_sentences((UNIT, replace(FLAG, references=("Observation/o2",))), NOW)

    assert told == (
        'ANC (20 Nov): the unit of "0.3/0.6" is not known; not used.',
        "ANC (20 Nov): the laboratory flagged it low, but its value cannot be read.",
    )


def test_an_impossible_value_keeps_its_reading_beside_the_flag() -> None:
    impossible = replace(UNIT, kind="implausible", detail="3000 10*3/uL", flag=LabFlag.CRITICALLY_LOW)

    (told,) = caveat_sentences((impossible,), NOW)

    assert told.endswith(
        "if the unit were cells/uL it would be 3.0; the laboratory flagged it critically low."
    )


def test_what_the_ehr_sent_is_never_read_as_a_template() -> None:
    (told,) = caveat_sentences((caveat("unreadable-value", detail="{at} {0} {some.__class__}"),), NOW)

    assert told == 'ANC: the value "{at} {0} {some.__class__}" could not be read; not used.'


# --- one thing, said once -------------------------------------------------------------------------------


def test_an_unknown_age_is_said_once_whatever_it_is_unknown_for() -> None:
    made = only_card(
        assessment(
            Topic.DATA_QUALITY,
            low_counts=(),
            age_unknown=True,
            caveats=(BROKEN, caveat("not-supplied", "patient"), caveat("age-unknown", "patient")),
        )
    )

    assert 1 == made.detail.count("Age unknown")
    assert "birth date" not in made.detail
    assert "Also noted" not in made.detail
    assert "more note" not in made.summary


def test_an_unknown_age_does_not_hide_what_else_was_not_supplied() -> None:
    gaps = (caveat("not-supplied", "patient"), caveat("not-supplied", "conditions"))

    assert caveat_sentences(gaps, NOW) == (
        "Age unknown: adult limits used.",
        "Not supplied, so not checked: conditions.",
    )


# --- reasons for setting it aside -----------------------------------------------------------------------

OF_A_FINDING = {"expected-effect", "patient-baseline", "risk-benefit-ratio"}
OF_A_RESULT = {"result-wrong-or-repeated"}
OF_ANY_DOUBT = {"known-and-followed", "comfort-care", "action-completed", "other"}


def reasons(card: Card) -> set[str]:
    return {reason.code for reason in card.override_reasons}


def test_a_result_that_nobody_can_read_is_no_expected_effect_no_baseline_and_no_risk() -> None:
    made = only_card(assessment(Topic.DATA_QUALITY, caveats=(caveat("unknown-unit", may_hide=True),)))

    assert OF_ANY_DOUBT | OF_A_RESULT == reasons(made)


def test_where_no_count_was_seen_no_result_is_wrong_either() -> None:
    caveats = (caveat("failed", "counts", may_hide=True),)

    assert OF_ANY_DOUBT == reasons(only_card(assessment(decisions=(UNCHECKED,), caveats=caveats)))
    assert OF_ANY_DOUBT == reasons(render_not_evaluated("2026.11.0", "a-reference"))


def test_a_low_count_without_its_medicines_has_the_reasons_of_a_finding() -> None:
    caveats = (caveat("not-supplied", "medications"),)
    made = only_card(assessment(low_counts=(MILD,), decisions=(WHY,), caveats=caveats))

    assert OF_ANY_DOUBT | OF_A_RESULT | OF_A_FINDING == reasons(made)
