"""``leukocds database``, ``purge`` and ``feedback report``, on a database in a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import click
import pytest
from click.testing import CliRunner, Result

from cds.commands.database import NOT_CURRENT, database, purge
from cds.commands.feedback import feedback
from cds.shown import CardOutcome, Showing, ShownCard
from cds.store.records import open_records, upgrade_at
from tests.faults.serving import wait_until

NOW = datetime.now(UTC)
Run = Callable[..., Result]


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path}/leukocds.sqlite"
    monkeypatch.setenv("LEUKOCDS_DATABASE_URL", url)
    return url


def _run(command: click.Command, *arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


def _showing(tenant: str = "north", knowledge: str = "2026.11", **card: object) -> Showing:
    shown = {"topic": "leukoOrderRisk", "indicator": "warning", "drugs": ("clozapine",)} | card
    at = NOW - timedelta(days=10)
    return Showing(at, tenant, "s", "order-sign", knowledge, (ShownCard(str(uuid4()), **shown),))  # type: ignore[arg-type]


@pytest.fixture
def filled(url: str) -> str:
    """Ten cards: 2 accepted, 3 overridden, 5 unanswered; one more in shadow, one unknown."""
    upgrade_at(url)
    records = open_records(url)
    showings = [_showing() for _ in range(8)]
    showings += [_showing(topic="leukoLowCount", drugs=(), knowledge="2026.10") for _ in range(2)]
    for each in showings:
        records.keep_showing(each)
    held_back = _showing(topic="leukoMonitoring")
    records.keep_showing(Showing(NOW, "north", "s", "patient-view", "2026.11", (), held_back.cards))
    wait_until(lambda: records.state().waiting == 0)
    cards = [each.cards[0].uuid for each in showings]
    told = [CardOutcome(card, "accepted", NOW, str(uuid4())) for card in cards[:2]]
    told += [CardOutcome(card, "overridden", NOW, reason="comfort-care") for card in cards[2:4]]
    told += [CardOutcome(cards[8], "overridden", NOW)]
    told += [CardOutcome(str(uuid4()), "overridden", NOW)]
    # the first was overridden before it was accepted: the later counts
    told += [CardOutcome(cards[0], "overridden", NOW - timedelta(minutes=1), reason="other")]
    records.keep_outcomes("north", "s", told, NOW)
    records.release()
    return url


# --- the tables -----------------------------------------------------------------------------------------


def test_the_tables_are_made_and_told(url: str) -> None:
    Path(url.removeprefix("sqlite:///")).touch()
    before = _run(database, "status")
    made = _run(database, "upgrade")
    after = _run(database, "status")
    again = _run(database, "upgrade")

    assert (NOT_CURRENT, 0, 0, 0) == tuple(each.exit_code for each in (before, made, after, again))
    assert "run leukocds database upgrade" in before.output
    assert "from empty to step" in made.output
    assert "already at step" in again.output


@pytest.mark.parametrize(
    "command", [(database, "status"), (purge,), (feedback, "report")], ids=["status", "purge", "report"]
)
def test_looking_at_a_database_that_is_not_there_does_not_make_one(
    url: str, command: tuple[click.Command, str]
) -> None:
    result = _run(*command)

    assert 1 == result.exit_code
    assert "No such file" in result.output
    assert not Path(url.removeprefix("sqlite:///")).exists()


def test_the_password_of_a_database_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEUKOCDS_DATABASE_URL", "postgresql://leuko:swordfish@127.0.0.1:1/leuko")
    result = _run(database, "status")

    assert 1 == result.exit_code
    assert "127.0.0.1" in result.output
    assert "swordfish" not in result.output


# --- what goes ------------------------------------------------------------------------------------------


def test_what_was_kept_long_enough_goes_and_a_dry_run_only_says_so(filled: str) -> None:
    dry = _run(purge, "--older-than", "5d", "--dry-run")
    kept = _run(purge, "--older-than", "20d")
    gone = _run(purge, "--older-than", "5d")
    rest = _run(purge, "--older-than", "0d")

    assert "shown_cards         10 would be deleted" in dry.output
    assert "shown_cards          0 deleted" in kept.output
    assert "shown_cards         10 deleted" in gone.output
    assert "outcomes             0 deleted" in gone.output
    assert "shown_cards          1 deleted" in rest.output
    assert "outcomes             7 deleted" in rest.output


def test_by_default_a_year_is_kept(filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    year = _run(purge)
    monkeypatch.setenv("LEUKOCDS_RETENTION_DAYS", "9")
    days = _run(purge)

    assert "shown_cards          0 deleted" in year.output
    assert "shown_cards         10 deleted" in days.output


def test_a_time_that_is_none_is_refused(filled: str) -> None:
    assert 2 == _run(purge, "--older-than", "a while").exit_code


# --- the report -----------------------------------------------------------------------------------------


def test_the_table_counts_and_gives_every_rate_with_its_number(filled: str) -> None:
    said = [" ".join(line.split()) for line in _run(feedback, "report").output.splitlines()]

    assert "all cards 10 2 of 10 (20%) 3 of 10 (30%) 1" in said
    assert "leukoOrderRisk 8 2 of 8 (25%) 2 of 8 (25%)" in said
    assert "leukoMonitoring 0 - - 1" in said
    assert "comfort-care 2 of 3 (67%)" in said
    assert "(no reason given) 1 of 3 (33%)" in said
    assert "Not counted above: feedback on cards that this database does not know (1)." in said


def test_csv_has_one_line_per_combination_and_they_add_up(filled: str) -> None:
    rows = list(csv.DictReader(io.StringIO(_run(feedback, "report", "--format", "csv").output)))
    count = {(row["topic"], row["outcome"], row["reason"]): int(row["cards"]) for row in rows}

    assert ["topic", "indicator", "drug", "knowledge", "outcome", "reason", "cards"] == [*rows[0]]
    assert {
        ("leukoOrderRisk", "accepted", ""): 2,
        ("leukoOrderRisk", "overridden", "comfort-care"): 2,
        ("leukoOrderRisk", "none", ""): 4,
        ("leukoLowCount", "overridden", ""): 1,
        ("leukoLowCount", "none", ""): 1,
        ("leukoMonitoring", "shadow", ""): 1,
    } == count


def test_json_has_the_same_by_topic_drug_knowledge_and_reason(filled: str) -> None:
    data = json.loads(_run(feedback, "report", "--format", "json").output)

    assert (10, 2, 3, 1, 0.3) == tuple(
        data["total"][name] for name in ("shown", "accepted", "overridden", "shadowed", "overriddenRate")
    )
    assert ["clozapine", ""] == [each["drug"] for each in data["drug"]]
    assert {"2026.11": 8, "2026.10": 2} == {each["knowledge"]: each["shown"] for each in data["knowledge"]}
    assert {"reason": "comfort-care", "overridden": 2, "overriddenOf": 3} == data["reason"][0]
    assert 1 == data["unknownCards"]


@pytest.mark.parametrize("narrow", [("--since", "5d"), ("--tenant", "south")])
def test_the_report_can_be_narrowed(filled: str, narrow: tuple[str, str]) -> None:
    data = json.loads(_run(feedback, "report", "--format", "json", *narrow).output)

    assert 0 == data["total"]["shown"]
    assert data["total"]["overriddenRate"] is None


@pytest.mark.parametrize(
    ("form", "said"),
    [("table", "No card was shown"), ("csv", "topic,indicator"), ("json", '"acceptedRate": null')],
)
def test_an_empty_database_is_reported_too(url: str, form: str, said: str) -> None:
    upgrade_at(url)
    result = _run(feedback, "report", "--format", form)

    assert 0 == result.exit_code
    assert said in result.output
