"""Counts that a label asks for: of which drafts, and that a cream or drop is none of them."""

from __future__ import annotations

import pytest

from cds.facts import DraftAction
from cds.findings import Topic, Urgency
from tests.rules.charts import assessed, draft, spoken


def test_a_draft_of_a_monitored_drug_without_any_count_is_a_warning() -> None:
    assessment = assessed(draft("deferiprone"))

    assert assessment.decision(Topic.MONITORING).urgency is Urgency.WARNING
    assert [each.drug.id for each in assessment.monitoring] == ["deferiprone"]


@pytest.mark.parametrize(
    "given", [{"systemic": False}, {"selected": False}, {"action": DraftAction.STOP}], ids=str
)
def test_a_draft_that_is_topical_or_unselected_or_a_stop_asks_for_no_count(given: dict[str, object]) -> None:
    assessment = assessed(draft("deferiprone", **given))

    assert assessment.monitoring == ()
    assert spoken(assessment) == set()
