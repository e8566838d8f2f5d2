"""A card of its own on data quality: at which low line medicines that nobody could check are said."""

from __future__ import annotations

import pytest

from cds.facts import Gap, GapKind
from cds.findings import Topic
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
