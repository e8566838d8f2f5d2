"""Live vaccines: a mildly low line needs a reason for immune weakness, and one reason is enough."""

from __future__ import annotations

import pytest

from cds.facts import DraftOrder, KnownCondition, Patient
from cds.findings import RiskReason, Topic, Urgency
from tests.rules.charts import ago, assessed, count, percent, taking

MMR = DraftOrder("MedicationRequest/v1", "MedicationRequest", "MMR", vaccine="03")
TRANSPLANT = KnownCondition("organ-transplant", "kidney transplant", ago(900), "Condition/transplant")
IN_REMISSION = KnownCondition("blood-cancer-in-remission", "AML in remission", ago(900), "Condition/aml")


@pytest.mark.parametrize(
    ("alc", "urgency"), [("0.7", Urgency.WARNING), ("0.999", Urgency.WARNING), ("1.0", None)]
)
def test_low_lymphocytes_on_a_drug_that_weakens_are_enough_without_a_condition(
    alc: str, urgency: Urgency | None
) -> None:
    assessment = assessed(count("lymphocytes", alc), taking("azathioprine", 90), MMR)

    assert assessment.decision(Topic.LIVE_VACCINE).urgency is urgency
    assert [risk.drug.id for risk in assessment.order_risks if risk.drug] == (
        ["azathioprine"] if urgency else []
    )


@pytest.mark.parametrize("known", [TRANSPLANT, IN_REMISSION])
def test_low_lymphocytes_with_a_condition_that_weakens_are_enough_without_a_drug(
    known: KnownCondition,
) -> None:
    risks = assessed(count("lymphocytes", "0.7"), MMR, conditions=(known,)).order_risks

    assert [(risk.why, risk.urgency, risk.drug) for risk in risks] == [
        (RiskReason.LIVE_VACCINE, Urgency.WARNING, None)
    ]
    assert risks[0].related == (known.reference,)


@pytest.mark.parametrize("drugs", [(), ("levothyroxine",), ("methimazole",)])
def test_low_lymphocytes_without_a_reason_for_weakness_are_not(drugs: tuple[str, ...]) -> None:
    chart = [taking(drug, 90) for drug in drugs]

    assert assessed(count("lymphocytes", "0.7"), *chart, MMR).order_risks == ()


@pytest.mark.parametrize(("days", "urgency"), [(30, Urgency.WARNING), (31, Urgency.INFO)])
def test_an_old_low_line_beside_a_reason_for_weakness_speaks_more_softly(days: int, urgency: Urgency) -> None:
    (risk,) = assessed(count("lymphocytes", "0.7", days), MMR, conditions=(TRANSPLANT,)).order_risks

    assert risk.urgency is urgency


def test_of_two_shares_of_one_moment_the_lower_counts() -> None:
    hiv = KnownCondition("hiv", "HIV", ago(500), "Condition/hiv")
    shares = [percent("cd4", value) for value in ("20", "12")]
    (risk,) = assessed(*shares, MMR, conditions=(hiv,), patient=Patient(born=ago(1500))).order_risks

    assert risk.share is shares[1]
