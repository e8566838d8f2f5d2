"""What is concluded of one line is asked for by that line: how low another is does not stand for it."""

from __future__ import annotations

import pytest

from cds.findings import Severity, Topic, Urgency
from tests.rules.charts import assessed, count, stop, taking


@pytest.mark.parametrize(
    ("alc", "severity"), [("0.9", Severity.MILD), ("0.49", Severity.SEVERE), ("0.1", Severity.PROFOUND)]
)
@pytest.mark.parametrize(
    ("anc", "urgency"),
    [("0.9", Urgency.INFO), ("0.5", Urgency.INFO), ("0.499", Urgency.CRITICAL)],
)
def test_stopping_the_suspect_softens_the_low_count_unless_the_neutrophils_themselves_are_severely_low(
    alc: str, severity: Severity, anc: str, urgency: Urgency
) -> None:
    assessment = assessed(
        count("neutrophils", anc),
        count("lymphocytes", alc),
        count("neutrophils", "4.0", 60),
        taking("methimazole", 34),
        stop("methimazole"),
    )

    assert severity in {low.severity for low in assessment.low_counts if low.line == "lymphocytes"}
    assert assessment.decision(Topic.LOW_COUNT).urgency is urgency
