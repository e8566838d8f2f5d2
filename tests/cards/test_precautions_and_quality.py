"""The precautions card and the data-quality card, and the words for every doubt about the data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cards.caveat_words import caveat_sentence, caveat_sentences
from cds.facts import GapKind
from cds.findings import Caveat, Topic
from tests.cards.builders import TODAY, assessment, caveat, low, only_card, precaution


def test_precautions_come_by_row_for_the_team_and_end_with_those_for_the_patient() -> None:
    rows = (
        precaution("fever-plan", 2, clinician="Fever plan", patient="Call at 38.0 °C"),
        precaution(),
        precaution("mask", 6, evidence="C", clinician="Masks are not routine.", patient=""),
    )

    made = only_card(assessment(Topic.PRECAUTIONS, precautions=rows))

    assert made.summary == (
        "ANC 0.32 x10^9/L (20 Nov, new): infection precautions for severe neutropenia, "
        "with words for the patient."
    )
    assert made.detail.startswith(
        "**For the team:**\n\n"
        "- Hand hygiene for staff, visitors and patient.\n"
        "- Fever plan.\n"
        "- Masks are not routine (evidence weak or mixed).\n\n"
        "**Limits of this check:**"
    )
    assert made.detail.endswith(
        "\n\n**For the patient (to hand over):**\n\n- Wash your hands often with soap.\n- Call at 38.0 °C."
    )


def test_one_heading_for_the_team_what_is_confirmed_first() -> None:
    rows = tuple(
        precaution(f"row-{place}", place, confirmation=confirmation, clinician=f"Row {place}", patient="")
        for place, confirmation in enumerate(
            ("needs pharmacist review", "mixed", "sourced", "mixed", "class-sourced", "own words")
        )
    )

    made = only_card(assessment(Topic.PRECAUTIONS, precautions=rows))

    assert made.detail.startswith(
        "**For the team:**\n\n- Row 2.\n\n"
        "**Also (sourced for its class):**\n\n- Row 4.\n\n"
        "**Also (partly confirmed):**\n\n- Row 1.\n- Row 3.\n\n"
        "**Also (needs pharmacist review):**\n\n- Row 0.\n- Row 5.\n\n"
    )


def test_rows_that_no_source_confirms_say_so_where_they_stand_alone() -> None:
    made = only_card(
        assessment(Topic.PRECAUTIONS, precautions=(precaution(confirmation="needs pharmacist review"),))
    )

    assert made.detail.startswith("**For the team (needs pharmacist review):**\n\n- Hand hygiene")


def test_a_row_for_the_patient_alone_makes_no_empty_line() -> None:
    made = only_card(assessment(Topic.PRECAUTIONS, precautions=(precaution(clinician=""),)))

    assert "For the team" not in made.detail
    assert "**For the patient (to hand over):**\n\n- Wash your hands" in made.detail


def test_precautions_without_a_count_still_make_a_summary() -> None:
    made = only_card(assessment(Topic.PRECAUTIONS, precautions=(precaution(),), low_counts=()))

    assert "fitted to the low count" in made.summary


def test_a_decided_precautions_card_without_rows_is_a_fault() -> None:
    with pytest.raises(ValueError, match="precautions"):
        only_card(assessment(Topic.PRECAUTIONS))


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

    assert made.summary == 'Neutrophils: the unit of "3 parsec" not known; not used. (1 more note)'
    assert made.detail.startswith(
        "**Could hide something that matters:**\n\n"
        '- Neutrophils: the unit of "3 parsec" not known; not used.\n\n'
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
    ) or made.summary.startswith("Variant lymphocytes (20 Nov 2026): the value")


def test_a_decided_quality_card_without_a_doubt_is_a_fault() -> None:
    with pytest.raises(ValueError, match="caveat"):
        only_card(assessment(Topic.DATA_QUALITY))


@pytest.mark.parametrize(
    ("doubt", "words"),
    [
        (
            caveat("implausible", detail="3000 10*3/uL"),
            "Neutrophils: 3000 x10^3/uL is not possible; not used; "
            "if the unit were cells/uL it would be 3.0.",
        ),
        (
            caveat("implausible", detail="4.5 /uL"),
            "Neutrophils: 4.5 /uL is not possible; not used; if the unit were x10^3/uL it would be 4.5.",
        ),
        (
            caveat("implausible", detail="3000 10*3/uL; 2500 K/uL"),
            "Neutrophils: 3000 x10^3/uL and 2500 K/uL are not possible; not used; "
            "if the unit were cells/uL they would be 3.0 and 2.5.",
        ),
        (caveat("implausible", detail="1e400"), "Neutrophils: 1e400 is not possible; not used."),
        (caveat("implausible", "temperature", "99 Cel"), "Temperature: 99 Cel is not possible; not used."),
        (caveat("implausible", detail=""), "Neutrophils: a value is not possible; not used."),
        (caveat("not-supplied", "temperature"), "Not supplied, so not checked: temperature."),
        (caveat("failed", "counts"), "Could not be fetched, so not checked: blood counts."),
        (
            caveat("incomplete", "medications"),
            "Not read to the end: medications.",
        ),
        (caveat("broken-resource", "conditions", count=2), "2 conditions could not be read."),
        (caveat("wrong-patient", "counts"), "1 result of another patient left out."),
        (caveat("no-value", detail="error"), "Neutrophils: a result without a value (error); not used."),
        (
            caveat("unreadable-value", detail="see note"),
            'Neutrophils: the value "see note" could not be read; not used.',
        ),
        (caveat("unknown-unit"), "Neutrophils: the unit of a result not known; not used."),
        (caveat("future-date", measured=TODAY), "Neutrophils (20 Nov 2026): dated in the future; not used."),
        (
            caveat("range-ignored", "leukocytes", "39.7-50.3"),
            "Total white cells: the printed range (39.7-50.3) is not believable; not used.",
        ),
        (caveat("unrecognised-medication", "medications", count=2), "2 medicines could not be coded"),
        (caveat("unrecognised-medication", "drafts"), "1 draft order could not be coded: not checked."),
        (caveat("broken-resource", "resource", count=2), "2 entries could not be read."),
        (caveat("matched-by-name", "medications"), "1 medicine recognised by name only."),
        (
            caveat("line-over-total", "lymphocytes", "3.0 > 2.0"),
            "Lymphocytes above the total (3.0 > 2.0): results contradict each other; "
            "the lower reading is used.",
        ),
        (caveat("calculated-differs", detail="0.9; 2 x 20 % = 0.4"), "the lower is used."),
        (caveat("percent-without-total", detail="22 %"), "only a percentage (22 %) and no total"),
        (caveat("newest-without-differential"), "the newest count has no differential; not known."),
        (caveat("nucleated-red", "leukocytes", "12"), "Many nucleated red cells (12 per 100 white cells)"),
        (caveat("age-unknown", "patient"), "Age unknown: adult limits used."),
        (caveat("pregnancy", "patient"), "Pregnancy recorded"),
        (caveat("something-new", detail="x"), "Neutrophils: data check something-new (x)."),
    ],
)
def test_a_doubt_has_its_sentence(doubt: Caveat, words: str) -> None:
    assert words in caveat_sentence(doubt)


CHECKS = """
    line-over-total sum-of-counts sum-of-percents calculated-differs diluted-sample lone-leukopenia
    newest-without-differential zero-total-with-cells nucleated-red percent-count-conflict two-readings
    bands-missing bands-unclear percent-without-total old-count no-recent-count age-unknown
    adult-limits-used child-limits-used preterm neonate pregnancy
"""


@pytest.mark.parametrize("kind", [*GapKind, *CHECKS.split()])
def test_every_kind_has_words_and_none_reassures(kind: str) -> None:
    words = caveat_sentence(caveat(kind, "leukocytes", "7 10*3/uL", measured=TODAY))

    assert words.endswith(".")
    assert not words[0].islower()
    assert "data check" not in words
    assert "normal" not in words.lower()
    assert "10*" not in words


def test_what_is_missing_for_one_reason_shares_a_sentence() -> None:
    missing = [caveat("not-supplied", what) for what in ("conditions", "temperature", "conditions")]

    assert (
        "Not supplied, so not checked: conditions, temperature.",
        "Not read to the end: blood counts.",
    ) == (caveat_sentences([*missing, caveat("incomplete", "counts")]))


def test_hostile_details_are_shortened_and_kept_on_a_line() -> None:
    words = caveat_sentence(caveat("unreadable-value", detail="a\n" * 500))

    assert "\n" not in words
    assert len(words) < 200


def test_a_count_of_one_patient_is_not_doubted_on_the_precautions_card() -> None:
    story = assessment(
        Topic.PRECAUTIONS,
        precautions=(precaution(),),
        caveats=(caveat("unknown-unit", detail="3 parsec"), caveat("age-unknown", "patient")),
        age_unknown=True,
        low_counts=(low(),),
    )

    text = only_card(story).detail

    assert "parsec" not in text
    assert 1 == text.count("Age unknown: adult limits used.")
