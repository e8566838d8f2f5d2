"""The whole reasoning, as one text and part by part."""

from __future__ import annotations

from dataclasses import replace

from cards.explanation import explanation_sections, render_explanation
from cds.findings import Topic
from tests.cards.builders import LUPUS, assessment, low, suspect

MADE = assessment(Topic.LOW_COUNT, low_counts=(low("0.3"),), suspects=(suspect(),))
READ = [("Observation/o1", "neutrophils"), ("", "no resource")]


def test_the_sections_hold_what_the_text_holds_in_its_order() -> None:
    lines = [
        line
        for title, held in explanation_sections(MADE, READ)
        for line in ("", title, *(f"  {each}" for each in held or ("none",)))
    ]

    assert render_explanation(MADE, READ).splitlines()[1:] == lines


def test_a_section_without_a_finding_is_there_and_empty() -> None:
    sections = dict(explanation_sections(MADE, READ))

    assert ("Observation/o1: neutrophils", "unnamed entry: no resource") == sections["Read"]
    assert () == sections["Fever"]
    assert sections["Suspects"]


def test_a_condition_without_a_name_of_the_chart_has_that_of_the_knowledge() -> None:
    causes = (LUPUS, replace(LUPUS, text=""))
    told = dict(explanation_sections(assessment(other_causes=causes), READ))

    assert told["Other explanations on the problem list"] == (
        "systemic lupus (SLE, WHO class IV), acts as autoimmune; Condition/c1",
        "systemic lupus, acts as autoimmune; Condition/c1",
    )
