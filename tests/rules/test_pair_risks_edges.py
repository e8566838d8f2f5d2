"""Grave pairs: critical as soon as the neutrophils are severely low, and only where both drugs are given."""

from __future__ import annotations

import pytest

from cds.facts import DraftAction, DraftOrder
from cds.findings import Assessment, RiskReason, Urgency
from tests.rules.charts import assessed, count, draft, stop, taking


def pairs(assessment: Assessment) -> list[tuple[str, Urgency]]:
    return [
        (risk.draft.text, risk.urgency)
        for risk in assessment.order_risks
        if risk.why is RiskReason.RISKY_PAIR
    ]


@pytest.mark.parametrize(
    ("anc", "urgency"),
    [
        ("0.3", Urgency.CRITICAL),
        ("0.499", Urgency.CRITICAL),
        ("0.5", Urgency.WARNING),
        ("0.501", Urgency.WARNING),
    ],
)
@pytest.mark.parametrize("others", [(), (("leukocytes", "1.2"),), (("lymphocytes", "0.4"),)])
def test_a_grave_pair_is_critical_at_severe_neutropenia_whatever_else_is_low(
    anc: str, urgency: Urgency, others: tuple[tuple[str, str], ...]
) -> None:
    also_low = [count(line, value) for line, value in others]
    assessment = assessed(
        count("neutrophils", anc), *also_low, taking("azathioprine", 60), draft("febuxostat")
    )

    assert pairs(assessment) == [("febuxostat", urgency)]


def test_other_severely_low_lines_alone_make_no_pair_critical() -> None:
    assessment = assessed(
        count("neutrophils", "4.0"),
        count("lymphocytes", "0.3"),
        taking("azathioprine", 60),
        draft("febuxostat"),
    )

    assert pairs(assessment) == [("febuxostat", Urgency.WARNING)]


@pytest.mark.parametrize(
    "drafted",
    [
        stop("febuxostat"),
        draft("febuxostat", systemic=False),
        draft("febuxostat", systemic=False, action=DraftAction.STOP),
    ],
    ids=["stopped", "topical", "topical and stopped"],
)
@pytest.mark.parametrize("anc", ["0.3", "4.0"])
def test_a_partner_that_is_not_given_makes_no_pair(drafted: DraftOrder, anc: str) -> None:
    assessment = assessed(count("neutrophils", anc), taking("azathioprine", 60), drafted)

    assert pairs(assessment) == []


def test_a_partner_that_another_draft_stops_is_no_company() -> None:
    assessment = assessed(count("neutrophils", "4.0"), draft("azathioprine"), stop("febuxostat"))

    assert pairs(assessment) == []
