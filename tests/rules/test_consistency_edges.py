"""No white cells at all, and yet a line with cells in it: a contradiction that is said."""

from __future__ import annotations

import pytest

from cds.facts import CellLine
from cds.findings import Assessment, Caveat, Occasion, Topic, Urgency
from cds.rules.consistency import FIVE_LINES
from tests.rules.charts import assessed, count


def zero_totals(assessment: Assessment) -> list[Caveat]:
    return [caveat for caveat in assessment.caveats if caveat.kind == "zero-total-with-cells"]


@pytest.mark.parametrize("line", FIVE_LINES)
@pytest.mark.parametrize(
    ("total", "value", "contradicts"), [("0", "2.0", True), ("0", "0.01", True), ("0", "0", False)]
)
def test_no_white_cells_beside_cells_of_a_line_are_a_contradiction(
    line: CellLine, total: str, value: str, contradicts: bool
) -> None:
    assessment = assessed(count("leukocytes", total), count(line, value), occasion=Occasion.PATIENT_VIEW)

    assert [caveat.what for caveat in zero_totals(assessment)] == ["leukocytes"] * contradicts


def test_a_total_just_over_zero_is_no_zero() -> None:
    sent = count("leukocytes", "0.01"), count("neutrophils", "2.0")

    assert zero_totals(assessed(*sent, occasion=Occasion.PATIENT_VIEW)) == []


def test_the_contradiction_names_each_line_that_has_cells_and_no_other() -> None:
    sent = (
        count("leukocytes", "0"),
        count("neutrophils", "2.0"),
        count("lymphocytes", "0"),
        count("basophils", "1"),
    )
    (caveat,) = zero_totals(assessed(*sent, occasion=Occasion.PATIENT_VIEW))

    assert caveat.detail == "neutrophils, basophils"
    assert caveat.references == ("Observation/neutrophils-0.2", "Observation/basophils-0.2")


@pytest.mark.parametrize("neutrophils", ["1.35", "4.0"])
def test_no_white_cells_beside_neutrophils_may_hide_that_they_are_few(neutrophils: str) -> None:
    sent = count("leukocytes", "0"), count("neutrophils", neutrophils)
    assessment = assessed(*sent, occasion=Occasion.PATIENT_VIEW)
    total = next(low for low in assessment.low_counts if low.line is CellLine.LEUKOCYTES)

    assert assessment.decision(Topic.DATA_QUALITY).urgency is Urgency.WARNING
    assert assessment.caveats[0].kind == "zero-total-with-cells"
    assert total.contradicted


def test_a_total_of_zero_alone_contradicts_nothing() -> None:
    (total,) = assessed(count("leukocytes", "0"), occasion=Occasion.PATIENT_VIEW).low_counts[:1]

    assert not total.contradicted
