"""Which of several outcomes of a card counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from cds.shown import CardOutcome, Showing, ShownCard
from cds.store.records import DatabaseRecords
from cds.store.report import read_report
from tests.faults.serving import wait_until

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CARD = ShownCard(str(uuid4()), "leukoFever", "critical")
ACCEPTED = CardOutcome(CARD.uuid, "accepted", NOW, str(uuid4()))


@pytest.mark.parametrize(
    ("overridden_at", "outcome"),
    [
        (NOW - timedelta(seconds=1), "accepted"),
        (NOW, "accepted"),  # of two at once the one that has a name
        (NOW + timedelta(seconds=1), "overridden"),
    ],
)
@pytest.mark.parametrize("first", ["accepted", "overridden"])
def test_of_several_outcomes_of_a_card_the_latest_counts(
    records: DatabaseRecords, overridden_at: datetime, outcome: str, first: str
) -> None:
    told = [ACCEPTED, CardOutcome(CARD.uuid, "overridden", overridden_at)]
    for each in told if first == "accepted" else reversed(told):
        records.keep_outcomes("north", "s", [each], NOW)
    records.keep_showing(Showing(NOW, "north", "s", "h", "k", (CARD,)))
    wait_until(lambda: records.state().waiting == 0)

    assert [(outcome, 1)] == [(cell.outcome, cell.cards) for cell in read_report(records.engine).cells]
