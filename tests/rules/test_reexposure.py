"""A reaction on record: how loud the same drug is ordered again, and which drugs it says nothing of."""

from __future__ import annotations

import pytest

from cds.facts import PriorReaction
from cds.findings import Assessment, RiskReason, Topic, Urgency
from tests.rules.charts import assessed, count, draft, taking


def reaction(drug: str) -> PriorReaction:
    return PriorReaction(drug, f"agranulocytosis after {drug}", "AllergyIntolerance/a1")


def warned(assessment: Assessment) -> list[tuple[RiskReason, Urgency]]:
    """What is said because of the reaction."""
    of_reactions = {RiskReason.REEXPOSURE, RiskReason.SAME_CLASS}
    return [(risk.why, risk.urgency) for risk in assessment.order_risks if risk.why in of_reactions]


@pytest.mark.parametrize(
    ("line", "value", "urgency"),
    [
        ("neutrophils", "0.3", Urgency.CRITICAL),
        ("neutrophils", "0.499", Urgency.CRITICAL),
        ("neutrophils", "0.5", Urgency.WARNING),
        ("neutrophils", "0.501", Urgency.WARNING),
        ("neutrophils", "4.0", Urgency.WARNING),
        ("leukocytes", "1.5", Urgency.WARNING),  # severe too, and yet no severe neutropenia
    ],
)
def test_a_drug_that_the_patient_reacted_to_is_critical_at_severe_neutropenia(
    line: str, value: str, urgency: Urgency
) -> None:
    assessment = assessed(count(line, value), draft("methimazole"), reactions=(reaction("methimazole"),))

    assert warned(assessment) == [(RiskReason.REEXPOSURE, urgency)]
    assert assessment.decision(Topic.ORDER_RISK).urgency is urgency


def test_a_drug_of_the_same_class_is_as_loud_as_the_drug_itself() -> None:
    assessment = assessed(
        count("neutrophils", "0.3"), draft("propylthiouracil"), reactions=(reaction("methimazole"),)
    )

    assert warned(assessment) == [(RiskReason.SAME_CLASS, Urgency.CRITICAL)]


@pytest.mark.parametrize("anc", ["0.3", "4.0"])
@pytest.mark.parametrize("ordered", ["azathioprine", "clozapine"])
def test_a_reaction_says_nothing_of_a_drug_of_another_class(ordered: str, anc: str) -> None:
    assessment = assessed(count("neutrophils", anc), draft(ordered), reactions=(reaction("methimazole"),))

    assert warned(assessment) == []


def test_a_reaction_alone_makes_no_card_at_the_order_of_an_unrelated_drug() -> None:
    assessment = assessed(
        count("neutrophils", "4.0"), draft("azathioprine"), reactions=(reaction("methimazole"),)
    )

    assert assessment.order_risks == ()


@pytest.mark.parametrize(("drug", "warns"), [("methimazole", True), ("acetazolamide", False)])
def test_an_earlier_fall_on_a_drug_with_weak_evidence_is_no_reason_to_speak(drug: str, warns: bool) -> None:
    assessment = assessed(
        count("neutrophils", "4.0"),
        count("neutrophils", "4.1", 200),
        count("neutrophils", "0.6", 310),
        count("neutrophils", "4.2", 380),
        taking(drug, 350, until=300, status="stopped"),
        draft(drug),
    )

    assert warned(assessment) == ([(RiskReason.REEXPOSURE, Urgency.WARNING)] if warns else [])


@pytest.mark.parametrize(("hours_after_the_end", "warns"), [(0, False), (1, True)])
def test_a_normal_count_shows_recovery_only_after_the_end(hours_after_the_end: float, warns: bool) -> None:
    end = taking("methimazole", 350, until=300, status="stopped")
    assessment = assessed(
        count("neutrophils", "4.1", 300 - hours_after_the_end / 24),
        count("neutrophils", "0.6", 310),
        end,
        draft("methimazole"),
    )

    assert bool(warned(assessment)) is warns
