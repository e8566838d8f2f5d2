"""Risky pairs: what a pair of each weight says at a low count, and beside normal counts."""

from __future__ import annotations

import pytest

from cds.findings import Assessment, RiskReason, Urgency
from tests.rules.charts import assessed, count, draft, spoken, taking


def pairs(assessment: Assessment) -> list[tuple[str, Urgency]]:
    return [
        (risk.pair.id, risk.urgency)
        for risk in assessment.order_risks
        if risk.why is RiskReason.RISKY_PAIR and risk.pair is not None
    ]


@pytest.mark.parametrize(
    ("drug", "pair", "urgency"),
    [("valproate", "I10", Urgency.INFO), ("methimazole", "I09", Urgency.WARNING)],  # to monitor; to warn of
)
@pytest.mark.parametrize(("anc", "low"), [("4.0", False), ("1.51", False), ("1.5", False), ("1.49", True)])
def test_a_pair_that_is_not_to_be_avoided_speaks_at_a_low_count_only(
    drug: str, pair: str, urgency: Urgency, anc: str, low: bool
) -> None:
    assessment = assessed(count("neutrophils", anc), taking("clozapine", 400), draft(drug))

    assert pairs(assessment) == ([(pair, urgency)] if low else [])


def test_clozapine_with_valproate_is_silent_at_normal_counts() -> None:
    assert (
        spoken(assessed(count("neutrophils", "4.0"), taking("clozapine", 400), draft("valproate"))) == set()
    )
