"""Which low lines drugs are asked about: moderate lymphopenia for itself, even beside neutropenia."""

from __future__ import annotations

import pytest

from cds.facts import CellLine
from cds.findings import Occasion, Standing
from tests.rules.charts import assessed, count, suspect, taking


@pytest.mark.parametrize(
    ("alc", "explained"),
    [("0.8", False), ("0.799", True), ("0.7", True), ("0.5", True), ("0.499", True)],
)
def test_lymphopenia_beside_neutropenia_is_explained_from_moderate_on(alc: str, explained: bool) -> None:
    assessment = assessed(
        count("neutrophils", "0.9"),
        count("lymphocytes", alc),
        count("lymphocytes", "2.0", 90),
        taking("prednisone", 5),
        occasion=Occasion.PATIENT_VIEW,
    )
    found = suspect(assessment, "prednisone")

    assert (found is not None) is explained
    if found is not None:
        assert (found.line, found.standing) == (CellLine.LYMPHOCYTES, Standing.EXPECTED)


def test_a_score_is_never_below_nothing() -> None:
    assessment = assessed(
        count("neutrophils", "0.9"),
        count("neutrophils", "0.8", 40),
        taking("allopurinol", 20),
        occasion=Occasion.PATIENT_VIEW,
    )
    (aside,) = assessment.set_aside

    assert sum(part.points for part in aside.parts) < 0
    assert aside.score == 0


def test_of_one_word_the_drug_with_more_points_comes_first() -> None:
    assessment = assessed(
        count("neutrophils", "0.4"),
        count("neutrophils", "4.0", 120),
        *(
            taking(drug, since)
            for drug, since in (("azathioprine", 300), ("methimazole", 60), ("sulfasalazine", 60))
        ),
        occasion=Occasion.PATIENT_VIEW,
    )

    assert [each.drug.name for each in assessment.suspects][:2] == ["sulfasalazine", "methimazole"]
