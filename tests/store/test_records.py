"""What is remembered, in SQLite and in PostgreSQL alike; and in the memory of one process."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from cds.errors import RecordsUnavailable
from cds.hooks.records import MemoryRecords, Records
from cds.shown import REMEMBERED, CardOutcome, CountedOutcome, Encounter, Kept, Showing, ShownCard
from cds.store.records import DatabaseRecords, open_records
from cds.store.tables import METADATA, OUTCOMES, SHOWN_CARDS, USED_TOKENS
from tests.faults.serving import wait_until

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)
SECOND = timedelta(seconds=1)
CARD = ShownCard(str(uuid4()), "leukoOrderRisk", "critical", ("clozapine", "methimazole"), (str(uuid4()),))
SHOWING = Showing(NOW, "north", "leuko-order-sign", "order-sign", "2026.11", (CARD,))
ACCEPTED = CardOutcome(CARD.uuid, "accepted", NOW, CARD.suggestions[0])
OVERRIDDEN = CardOutcome(CARD.uuid, "overridden", NOW, reason="other", commented=True)


def _show(records: Records, *showings: Showing) -> None:
    for showing in showings:
        records.keep_showing(showing)
    wait_until(lambda: records.state().waiting == 0)


def _use(
    records: Records, token: str, now: datetime = NOW, issuer: str = "https://north.example.org"
) -> bool:
    return records.use_token(issuer, token, until=SOON, now=now)


def _rows(records: DatabaseRecords, table: object = OUTCOMES) -> int:
    with records.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]


# --- tokens ---------------------------------------------------------------------------------------------


def test_a_token_is_used_once(kept: Records) -> None:
    assert _use(kept, "t-1")
    assert not _use(kept, "t-1")
    assert _use(kept, "t-2")
    assert _use(kept, "t-1", issuer="https://south.example.org")


def test_issuer_and_identifier_are_not_run_together(kept: Records) -> None:
    assert _use(kept, "bc", issuer="a")
    assert _use(kept, "c", issuer="ab")


def test_two_replicas_let_one_token_in_once(records: DatabaseRecords, ready: str) -> None:
    other = open_records(ready)
    with ThreadPoolExecutor(16) as threads:
        let_in = [
            sum(threads.map(lambda each, token=str(number): _use(each, token), [records, other] * 8))
            for number in range(20)
        ]
    other.release()

    assert [1] * 20 == let_in


def test_an_expired_token_is_forgotten_when_no_clock_can_still_take_it(records: DatabaseRecords) -> None:
    _use(records, "t-1")
    records._do_chores()
    at_once = _rows(records, USED_TOKENS)
    _use(records, "t-2", now=SOON + timedelta(minutes=59))
    records._do_chores()
    soon = _rows(records, USED_TOKENS)
    _use(records, "t-3", now=SOON + timedelta(minutes=61))
    records._do_chores()

    assert (1, 2, 0) == (at_once, soon, _rows(records, USED_TOKENS))


# --- feedback -------------------------------------------------------------------------------------------


def test_an_outcome_is_kept_and_told_with_the_topic_of_its_card(kept: Records) -> None:
    _show(kept, SHOWING)

    assert Kept(
        (CountedOutcome("overridden", "other", "leukoOrderRisk", "clozapine"),)
    ) == kept.keep_outcomes("north", "leuko-order-sign", [OVERRIDDEN], NOW)


def test_the_same_again_changes_nothing(kept: Records) -> None:
    _show(kept, SHOWING)
    both = [ACCEPTED, OVERRIDDEN]
    first = kept.keep_outcomes("north", "s", both, NOW)

    assert 2 == len(first.new)
    assert Kept(repeated=2) == kept.keep_outcomes("north", "s", both, NOW + SECOND)
    assert Kept(repeated=4) == kept.keep_outcomes("north", "s", both * 2, NOW + SECOND)


def test_the_same_twice_in_one_call_is_kept_once(kept: Records) -> None:
    _show(kept, SHOWING)
    done = kept.keep_outcomes("north", "s", [OVERRIDDEN, OVERRIDDEN, ACCEPTED], NOW)

    assert (2, 1) == (len(done.new), done.repeated)


def _told(card: str, seconds: int = 0, suggestion: str = "", reason: str = "") -> CardOutcome:
    at = NOW + seconds * SECOND
    return CardOutcome(card, "accepted" if suggestion else "overridden", at, suggestion, reason)


OURS = CARD.uuid
IN_SHADOW = ShownCard(str(uuid4()), "leukoMonitoring", "info")
KNOWN = ("leukoOrderRisk", "clozapine")

# calls one after the other, and what became of the last: topic and drug of the new ones, repeated, unknown
CALLS: dict[str, tuple[list[list[CardOutcome]], list[tuple[str, str]], int, int]] = {
    "one": ([[_told(OURS)]], [KNOWN], 0, 0),
    "twice in one call": ([[_told(OURS, 1), _told(OURS, 2)]], [KNOWN], 1, 0),
    "twice in one call, the later first": ([[_told(OURS, 2), _told(OURS, 1)]], [KNOWN], 1, 0),
    "twice at once": ([[_told(OURS), _told(OURS, reason="other")]], [KNOWN], 1, 0),
    "in capitals": ([[_told(OURS.upper())]], [KNOWN], 0, 0),
    "as a URN": ([[_told(f"urn:uuid:{OURS}")]], [KNOWN], 0, 0),
    "in capitals and as sent in one call": ([[_told(OURS), _told(OURS.upper(), 1)]], [KNOWN], 1, 0),
    "in capitals after it was told": ([[_told(OURS)], [_told(OURS.upper())]], [], 1, 0),
    "a suggestion in capitals": (
        [[_told(OURS, suggestion=IN_SHADOW.uuid)], [_told(OURS, suggestion=IN_SHADOW.uuid.upper())]],
        [],
        1,
        0,
    ),
    "a suggestion beside the card": ([[_told(OURS)], [_told(OURS, suggestion="s-1")]], [KNOWN], 0, 0),
    "in shadow": ([[_told(IN_SHADOW.uuid)]], [("leukoMonitoring", "")], 0, 0),
    "never shown": ([[_told(str(uuid4()))]], [("", "")], 0, 1),
    "none of ours": ([[_told("Jane Doe")], [_told("jane doe")]], [("", "")], 0, 1),
    "none of ours, again": ([[_told("Jane Doe")], [_told("Jane Doe")]], [], 1, 0),
    "an older one afterwards": ([[_told(OURS, 1)], [_told(OURS)]], [], 1, 0),
    "a newer one afterwards": ([[_told(OURS)], [_told(OURS, 1)]], [KNOWN], 0, 0),
    "nothing": ([[]], [], 0, 0),
}


@pytest.mark.parametrize("name", CALLS)
def test_whoever_remembers_counts_alike(kept: Records, name: str) -> None:
    calls, new, repeated, unknown = CALLS[name]
    _show(kept, replace(SHOWING, shadowed=(IN_SHADOW,)))
    *_, last = [kept.keep_outcomes("north", "s", each, NOW) for each in calls]

    assert (new, repeated, unknown) == (
        [(each.topic, each.drug) for each in last.new],
        last.repeated,
        last.unknown,
    )


def test_of_two_in_one_call_the_later_is_told(kept: Records) -> None:
    done = kept.keep_outcomes("north", "s", [_told(OURS, 2, reason="later"), _told(OURS, 1)], NOW)

    assert ["later"] == [each.reason for each in done.new]


def test_of_two_that_differ_the_later_counts_in_whatever_order_they_come(records: DatabaseRecords) -> None:
    later = CardOutcome(CARD.uuid, "overridden", NOW + SECOND, reason="comfort-care")
    one = records.keep_outcomes("north", "s", [later], NOW)
    other = records.keep_outcomes("north", "s", [OVERRIDDEN], NOW)
    with records.engine.connect() as connection:
        reasons = connection.execute(select(OUTCOMES.c.reason, OUTCOMES.c.at)).all()

    assert (1, 1) == (len(one.new), other.repeated)
    assert [("comfort-care", NOW + SECOND)] == [tuple(row) for row in reasons]


def test_a_card_of_another_caller_is_unknown(kept: Records) -> None:
    _show(kept, SHOWING)
    done = kept.keep_outcomes("south", "s", [OVERRIDDEN], NOW)

    assert (1, (CountedOutcome("overridden", "other"),)) == (done.unknown, done.new)


def test_feedback_that_comes_before_its_card_is_not_lost(records: DatabaseRecords) -> None:
    """The replica that showed the card may not have written it down yet."""
    before = records.keep_outcomes("north", "s", [OVERRIDDEN], NOW)
    _show(records, SHOWING)
    again = records.keep_outcomes("north", "s", [OVERRIDDEN], NOW)

    assert (1, 1, 1) == (before.unknown, again.repeated, _rows(records))


def test_an_identifier_that_is_none_of_ours_is_kept_as_a_hash(records: DatabaseRecords) -> None:
    """It could be a text about somebody."""
    odd = CardOutcome("Jane Doe, born 1970", "accepted", NOW, "her suggestion")
    first = records.keep_outcomes("north", "s", [odd], NOW)
    second = records.keep_outcomes("north", "s", [odd], NOW)
    with records.engine.connect() as connection:
        (row,) = connection.execute(select(OUTCOMES.c.card, OUTCOMES.c.suggestion)).all()

    assert (1, 1) == (len(first.new), second.repeated)
    assert all(len(part) == 32 and int(part, 16) for part in row)


def test_thousands_at_once_are_kept_and_a_resend_adds_nothing(records: DatabaseRecords) -> None:
    many = [CardOutcome(str(uuid4()), "overridden", NOW) for _ in range(2_000)]
    first = records.keep_outcomes("north", "s", many, NOW)
    second = records.keep_outcomes("north", "s", many, NOW)

    assert (2_000, 2_000, 2_000) == (len(first.new), second.repeated, _rows(records))


# --- cards ----------------------------------------------------------------------------------------------


def test_shown_cards_are_written_once_with_what_may_be_counted(records: DatabaseRecords) -> None:
    shadowed = ShownCard(str(uuid4()), "leukoMonitoring", "info")
    _show(records, SHOWING, SHOWING, Showing(NOW, "north", "s", "patient-view", "k", (), (shadowed,)))
    with records.engine.connect() as connection:
        rows = {row.card: row for row in connection.execute(select(SHOWN_CARDS))}

    assert {CARD.uuid, shadowed.uuid} == {*rows}
    shown = rows[CARD.uuid]
    assert (NOW, "north", "order-sign", "critical") == (shown.at, shown.tenant, shown.hook, shown.indicator)
    assert ("clozapine", "clozapine methimazole") == (shown.drug, shown.drugs)
    assert (False, True) == (shown.shadowed, rows[shadowed.uuid].shadowed)


def test_an_answer_without_cards_leaves_nothing(records: DatabaseRecords) -> None:
    _show(records, Showing(NOW, "north", "s", "order-sign", "k"))

    assert 0 == _rows(records, SHOWN_CARDS)


def test_what_waits_is_written_before_the_process_ends(ready: str) -> None:
    records = open_records(ready)
    for _ in range(500):
        records.keep_showing(Showing(NOW, "north", "s", "h", "k", (ShownCard(str(uuid4()), "t", "info"),)))
    records.release()

    assert 500 == _rows(records, SHOWN_CARDS)
    records.release()


# --- repeats --------------------------------------------------------------------------------------------

HERE = Encounter("north", "Jane-Doe-4711", "E-1")


def test_what_was_said_in_an_encounter_is_known_there_for_a_day_and_nowhere_else(kept: Records) -> None:
    kept.use_token("i", "t", until=SOON, now=NOW)
    kept.remember_marks(HERE, {"a", "b"}, NOW)
    wait_until(lambda: kept.state().waiting == 0)

    elsewhere = [
        Encounter("south", HERE.patient, "E-1"),
        Encounter("north", "another", "E-1"),
        Encounter("north", HERE.patient, "E-2"),
    ]
    assert {"a", "b"} == kept.find_repeats(HERE, {"a", "b", "c"}, NOW + REMEMBERED - SECOND)
    assert set() == kept.find_repeats(HERE, {"a"}, NOW + REMEMBERED)
    assert [set()] * 3 == [kept.find_repeats(each, {"a"}, NOW) for each in elsewhere]


def test_a_mark_is_as_good_as_when_it_was_last_said(kept: Records) -> None:
    """Of two processes the slower one may tell of an earlier moment last."""
    kept.use_token("i", "t", until=SOON, now=NOW)
    for now in (NOW, NOW + 2 * SECOND, NOW + SECOND):
        kept.remember_marks(HERE, {"a"}, now)
        wait_until(lambda: kept.state().waiting == 0)

    assert {"a"} == kept.find_repeats(HERE, {"a"}, NOW + REMEMBERED + SECOND)
    assert set() == kept.find_repeats(HERE, {"a"}, NOW + REMEMBERED + 2 * SECOND)


def test_what_was_said_last_is_the_last_to_be_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds.hooks.records._MOST", 2)
    memory = MemoryRecords()
    for mark in ("a", "b", "a", "c"):
        memory.remember_marks(HERE, {mark}, NOW)

    assert {"a", "c"} == memory.find_repeats(HERE, {"a", "b", "c"}, NOW)


# --- nothing about anybody ------------------------------------------------------------------------------


def test_no_row_holds_a_token_a_patient_or_a_text(
    records: DatabaseRecords, ready: str, tmp_path: Path
) -> None:
    records.use_token("https://canary-issuer", "canary-token", until=SOON, now=NOW)
    records.keep_outcomes("north", "s", [CardOutcome("canary-card", "accepted", NOW, "canary-id")], NOW)
    records.remember_marks(Encounter("north", "canary-patient", "canary-encounter"), {"canary-mark"}, NOW)
    _show(records, SHOWING)
    with records.engine.connect() as connection:
        rows = [str(row) for table in METADATA.sorted_tables for row in connection.execute(select(table))]
    files = [path.read_bytes() for path in tmp_path.iterdir()]  # of SQLite: with what was deleted

    assert 5 == len(rows)
    assert not [row for row in rows if "canary" in row]
    assert not [text for text in files if b"canary" in text]


def test_what_the_database_will_never_take_is_dropped_counted_and_not_quoted(
    records: DatabaseRecords, caplog: pytest.LogCaptureFixture
) -> None:
    impossible = ShownCard(None, "canary-topic", "info")  # type: ignore[arg-type]
    _show(records, Showing(NOW, "north", "s", "h", "k", (impossible,)))
    _show(records, SHOWING)

    assert (1, 1) == (records.state().dropped, _rows(records, SHOWN_CARDS))
    assert ["fault", "fault", "records lost"] == [line.message for line in caplog.records]
    assert "canary" not in str([vars(line) for line in caplog.records])


# --- a database that is down ----------------------------------------------------------------------------


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[DatabaseRecords]:
    """Records whose tables somebody took away."""
    url = f"sqlite:///{tmp_path}/broken.sqlite"
    records = open_records(url)
    with records.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE used_tokens RENAME TO elsewhere")
    yield records
    records.release()


def test_a_database_that_fails_is_left_alone_until_it_is_well_again(broken: DatabaseRecords) -> None:
    with pytest.raises(RecordsUnavailable):
        _use(broken, "t-1")
    found = broken.state().up
    with pytest.raises(RecordsUnavailable):
        broken.keep_outcomes("north", "s", [OVERRIDDEN], NOW)
    with broken.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO used_tokens")
    wait_until(lambda: broken.state().up)

    assert not found
    assert _use(broken, "t-1")


def test_what_is_said_while_it_is_down_counts_as_new(broken: DatabaseRecords) -> None:
    broken.remember_marks(HERE, {"a"}, NOW)
    with pytest.raises(RecordsUnavailable):
        _use(broken, "t-1")

    assert frozenset() == broken.find_repeats(HERE, {"a"}, NOW)
