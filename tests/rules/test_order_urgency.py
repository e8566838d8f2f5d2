"""How loud the draft of a drug that lowers a low line is: a severe lymphopenia is not quietened."""

from __future__ import annotations

import pytest

from cds.findings import RiskReason, Topic, Urgency
from tests.rules.charts import assessed, count, draft, temperature


@pytest.mark.parametrize(
    ("alc", "urgency"),
    [
        ("0.2", Urgency.WARNING),
        ("0.499", Urgency.WARNING),
        ("0.5", Urgency.INFO),
        ("0.501", Urgency.INFO),
        ("0.999", Urgency.INFO),
        ("1.0", None),
    ],
)
def test_a_strong_drug_started_at_severe_lymphopenia_is_a_warning(alc: str, urgency: Urgency | None) -> None:
    assessment = assessed(count("lymphocytes", alc), count("neutrophils", "4.0"), draft("azathioprine"))
    started = [(risk.why, risk.urgency) for risk in assessment.order_risks]

    assert started == ([(RiskReason.SUSPECT_STARTED, urgency)] if urgency else [])
    assert assessment.decision(Topic.ORDER_RISK).urgency is urgency


@pytest.mark.parametrize(
    ("total", "urgency"), [("2.999", Urgency.WARNING), ("3.0", Urgency.INFO), ("3.999", Urgency.INFO)]
)
def test_a_strong_drug_started_at_a_mildly_low_total_is_no_warning(total: str, urgency: Urgency) -> None:
    started = assessed(count("leukocytes", total), draft("methimazole")).order_risks

    assert [(risk.why, risk.urgency) for risk in started] == [(RiskReason.SUSPECT_STARTED, urgency)]


@pytest.mark.parametrize(
    ("drug", "scolded"),
    [
        ("metronidazole", False),
        ("acyclovir", False),
        ("valacyclovir", False),
        ("piperacillin", False),
        ("fluconazole", False),
        ("valganciclovir", True),
        ("ganciclovir", True),
    ],
)
def test_what_may_treat_the_fever_is_not_scolded(drug: str, scolded: bool) -> None:
    risks = assessed(count("neutrophils", "0.4"), temperature("38.6"), draft(drug)).order_risks

    assert bool(risks) is scolded
