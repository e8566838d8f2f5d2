"""The precautions card: for the team, and words to hand over."""

from __future__ import annotations

import pytest

from cds.findings import Topic
from tests.cards.builders import assessment, only_card, precaution


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
