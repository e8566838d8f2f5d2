"""What no order may quieten: a severe count, a critical flag of the laboratory, another cause on record."""

from __future__ import annotations

import pytest

from cds.facts import KnownCondition, LabFlag
from cds.findings import Topic, Urgency
from tests.rules.charts import ago, assessed, count, draft, spoken, stop, taking

FLAGGED = LabFlag.CRITICALLY_LOW
LUPUS = KnownCondition("lupus", "lupus", ago(400), "Condition/lupus")


@pytest.mark.parametrize(
    ("anc", "urgency"),
    [
        ("0.3", Urgency.CRITICAL),
        ("0.499", Urgency.CRITICAL),
        ("0.5", Urgency.INFO),
        ("0.501", Urgency.INFO),
    ],
)
def test_to_stop_the_suspect_softens_no_severe_neutropenia(anc: str, urgency: Urgency) -> None:
    assessment = assessed(count("neutrophils", anc), taking("methimazole", 34), stop("methimazole"))

    assert [each.drug.id for each in assessment.stops] == ["methimazole"]
    assert assessment.decision(Topic.LOW_COUNT).urgency is urgency


@pytest.mark.parametrize(
    ("line", "value"), [("neutrophils", "1.4"), ("neutrophils", "1.499"), ("lymphocytes", "0.9")]
)
def test_what_the_laboratory_called_critical_is_said_at_an_emptied_order(line: str, value: str) -> None:
    decision = assessed(count(line, value, flag=FLAGGED)).decision(Topic.LOW_COUNT)

    assert decision.urgency is Urgency.WARNING
    assert "laboratory-critical" in decision.reasons


@pytest.mark.parametrize(
    ("line", "value", "flag"),
    [
        ("neutrophils", "1.4", None),
        ("neutrophils", "1.4", LabFlag.LOW),
        ("lymphocytes", "0.9", None),
        ("lymphocytes", "0.9", LabFlag.LOW),
    ],
)
def test_a_mild_count_that_nobody_called_critical_is_not_said_there(
    line: str, value: str, flag: LabFlag | None
) -> None:
    assert spoken(assessed(count(line, value, flag=flag))) == set()


def test_another_cause_is_shown_even_where_the_order_card_names_every_suspect() -> None:
    again = (
        count("neutrophils", "0.3"),
        count("neutrophils", "4.0", 40),
        taking("methimazole", 34),
        draft("methimazole"),
    )

    assert Topic.SUSPECTS in spoken(assessed(*again, conditions=(LUPUS,)))
    assert assessed(*again).decision(Topic.SUSPECTS).reasons == ("shown-on-order-card",)
