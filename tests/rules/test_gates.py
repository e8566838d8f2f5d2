"""A beta-lactam is no suspect in its first week, unless the patient had it before or reacted to it."""

from __future__ import annotations

import pytest

from cds.facts import MedicationUse, PriorReaction
from cds.findings import Assessment, Occasion
from tests.rules.charts import assessed, count, suspect, taking

A_YEAR_AGO = taking("amoxicillin", 400, until=390, status="stopped")
REACTION = PriorReaction("amoxicillin", "neutropenia", "AllergyIntolerance/a1")


def at_low_neutrophils(*uses: MedicationUse, **more: object) -> Assessment:
    chart = count("neutrophils", "0.3"), count("neutrophils", "4.0", 10)
    return assessed(*chart, *uses, occasion=Occasion.PATIENT_VIEW, **more)  # type: ignore[arg-type]


def gates(assessment: Assessment) -> list[tuple[str, str]]:
    return [(each.drug.id, each.gate) for each in assessment.set_aside]


@pytest.mark.parametrize("drug", ["amoxicillin", "ceftriaxone"])
@pytest.mark.parametrize(("days", "early"), [(4, True), (6, True), (7, False), (8, False)])
def test_a_beta_lactam_is_a_suspect_from_its_seventh_day_on(drug: str, days: int, early: bool) -> None:
    assessment = at_low_neutrophils(taking(drug, days))

    assert (suspect(assessment, drug) is None) is early
    assert gates(assessment) == ([(drug, "too-early")] if early else [])


@pytest.mark.parametrize("days", [4, 6, 7])
def test_a_beta_lactam_that_the_patient_had_before_is_a_suspect_at_once(days: int) -> None:
    assessment = at_low_neutrophils(A_YEAR_AGO, taking("amoxicillin", days))

    assert suspect(assessment, "amoxicillin") is not None
    assert ("amoxicillin", "too-early") not in gates(assessment)


@pytest.mark.parametrize("days", [4, 6, 7])
def test_a_beta_lactam_that_the_patient_reacted_to_is_a_suspect_at_once(days: int) -> None:
    assessment = at_low_neutrophils(taking("amoxicillin", days), reactions=(REACTION,))

    assert suspect(assessment, "amoxicillin") is not None


def test_another_beta_lactam_before_makes_no_difference() -> None:
    assessment = at_low_neutrophils(A_YEAR_AGO, taking("ceftriaxone", 4))

    assert suspect(assessment, "ceftriaxone") is None
    assert ("ceftriaxone", "too-early") in gates(assessment)
