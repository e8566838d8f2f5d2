"""A card of its own on data quality: at which low line medicines that nobody could check are said."""

from __future__ import annotations

import pytest

from cds.facts import Gap, GapKind, LabFlag
from cds.findings import Occasion, Topic, Urgency
from tests.rules.charts import assessed, count, draft, spoken


@pytest.mark.parametrize(
    ("line", "value", "says"),
    [
        ("neutrophils", "1.49", True),
        ("neutrophils", "1.5", False),
        ("lymphocytes", "0.7", False),
        ("lymphocytes", "0.1", False),
        ("leukocytes", "3.2", False),
        ("monocytes", "0.1", False),
    ],
)
def test_unchecked_medicines_are_said_beside_low_neutrophils_alone(line: str, value: str, says: bool) -> None:
    assessment = assessed(
        count(line, value), draft("paracetamol"), gaps=(Gap(GapKind.NOT_SUPPLIED, "medications"),)
    )

    assert spoken(assessment) == ({Topic.DATA_QUALITY} if says else set())


def test_a_flagged_value_that_nobody_could_read_is_told_before_others_of_its_kind() -> None:
    unread = [Gap(GapKind.UNREADABLE_VALUE, "neutrophils", f"Observation/o{i}", f"see {i}") for i in range(4)]
    flagged = Gap(
        GapKind.UNREADABLE_VALUE, "neutrophils", "Observation/o9", "see 9", flag=LabFlag.CRITICALLY_LOW
    )

    assessment = assessed(gaps=(*unread, flagged))
    first = assessment.caveats[0]

    assert assessment.decision(Topic.DATA_QUALITY).urgency is Urgency.WARNING
    assert (first.detail, first.references, first.flag) == (
        "see 9",
        ("Observation/o9",),
        LabFlag.CRITICALLY_LOW,
    )


@pytest.mark.parametrize("detail", ["flagged low; value unreadable", "sample 1 was not flagged low"])
def test_a_text_that_speaks_of_flags_is_no_flag(detail: str) -> None:
    assessment = assessed(gaps=(Gap(GapKind.UNREADABLE_VALUE, "neutrophils", "Observation/o1", detail),))

    assert assessment.decision(Topic.DATA_QUALITY).urgency is Urgency.INFO


@pytest.mark.parametrize(
    ("occasion", "urgency"), [(Occasion.PATIENT_VIEW, Urgency.INFO), (Occasion.ORDER_SIGN, Urgency.WARNING)]
)
def test_counts_that_nobody_could_look_at_warn_whoever_signs(occasion: Occasion, urgency: Urgency) -> None:
    unsent = (Gap(GapKind.NOT_SUPPLIED, "counts"),)
    decision = assessed(draft("paracetamol"), gaps=unsent, occasion=occasion).decision(Topic.DATA_QUALITY)

    assert (decision.urgency, decision.reasons) == (urgency, ("counts-not-checked",))
