"""Limits of labels and policies: which of them a draft crosses, and at which count."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds.findings import Assessment, LabelLimit
from tests.rules.charts import assessed, count, draft, taking


def crossed(assessment: Assessment) -> list[LabelLimit]:
    return [risk.label_limit for risk in assessment.order_risks if risk.label_limit is not None]


def test_clozapine_that_is_not_taken_yet_is_held_against_the_limit_of_a_start() -> None:
    (limit,) = crossed(assessed(count("neutrophils", "0.9"), draft("clozapine")))

    assert (limit.kind, limit.below_per_ul) == ("do-not-start", Decimal(1500))


def test_clozapine_that_is_taken_is_held_against_its_band() -> None:
    (limit,) = crossed(assessed(count("neutrophils", "0.9"), taking("clozapine", 60), draft("clozapine")))

    assert (limit.kind, limit.below_per_ul) == ("hold", Decimal(1000))


@pytest.mark.parametrize(("anc", "kind"), [("0.4", "stop"), ("0.9", "hold")])
def test_of_several_limits_of_a_line_the_gravest_is_said(anc: str, kind: str) -> None:
    assessment = assessed(count("neutrophils", anc), taking("deferiprone", 60), draft("deferiprone"))

    assert [limit.kind for limit in crossed(assessment)] == [kind]
