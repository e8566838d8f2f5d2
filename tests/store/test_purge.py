"""What was kept long enough goes, and what was not stays: to the very moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import select

from cds.shown import REMEMBERED, CardOutcome, Encounter, Showing, ShownCard
from cds.store.purge import purge
from cds.store.records import DatabaseRecords
from cds.store.tables import OUTCOMES
from tests.faults.serving import wait_until

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEPT_SINCE = NOW - timedelta(days=30)
JUST = timedelta(microseconds=1)
HERE = Encounter("north", "4711", "E-1")


def test_what_is_older_goes_and_what_is_as_old_stays(records: DatabaseRecords) -> None:
    for age in (timedelta(0), JUST):
        at, past = KEPT_SINCE - age, NOW - REMEMBERED - age
        card = ShownCard(str(uuid4()), "leukoFever", "critical")
        records.use_token("i", str(uuid4()), until=past, now=NOW)
        records.keep_outcomes("north", "s", [CardOutcome(card.uuid, "overridden", NOW)], at)
        records.keep_showing(Showing(at, "north", "s", "h", "k", (card,)))
        records.remember_marks(HERE, {f"{age}"}, past)
    wait_until(lambda: records.state().waiting == 0)

    gone = purge(records.engine, KEPT_SINCE, NOW)
    again = purge(records.engine, KEPT_SINCE, NOW)
    with records.engine.connect() as connection:
        (received,) = connection.execute(select(OUTCOMES.c.received)).scalars()

    assert {"shown_cards": 1, "outcomes": 1, "used_tokens": 1, "said_before": 1} == gone
    assert {0} == {*again.values()}
    assert KEPT_SINCE == received
