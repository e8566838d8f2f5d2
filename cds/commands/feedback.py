"""``leukocds feedback report``: what became of the cards that were shown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import click

from cds.commands.database import ending_with_problems, read_moment
from cds.settings import load_settings
from cds.store.opened import opened
from cds.store.report import Cell, FeedbackReport, Tally, read_report

_BY: Mapping[str, Callable[[Cell], str]] = {
    "topic": lambda cell: cell.topic,
    "indicator": lambda cell: cell.indicator,
    "drug": lambda cell: cell.drug,
    "knowledge": lambda cell: cell.knowledge,
}
_NOTHING = {"drug": "(none)", "reason": "(no reason given)"}


@click.group()
def feedback() -> None:
    """What clinicians did with the cards."""


@feedback.command()
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)
@click.option("--since", metavar="DAYS", callback=read_moment, help="Such as 90d, or a date.  [default: all]")
@click.option("--tenant", default="", help="Only what this caller was shown.")
def report(form: str, since: datetime | None, tenant: str) -> None:
    """Count the cards that were shown, accepted and overridden, by topic, reason, drug and knowledge.

    A card counts as accepted or overridden by the latest that was heard of it. csv has one line for every
    combination, with the number of its cards; its outcome is accepted, overridden, none (nothing was heard)
    or shadow (worked out, but not sent).
    """
    with ending_with_problems(), opened(load_settings().database_url) as engine:
        found = read_report(engine, since, tenant)
    match form:
        case "csv":
            click.echo(_as_csv(found), nl=False)
        case "json":
            click.echo(json.dumps(_as_data(found, since, tenant), indent=2))
        case _:
            for line in _as_table(found):
                click.echo(line)


def _as_csv(found: FeedbackReport) -> str:
    page = io.StringIO()
    writer = csv.DictWriter(page, [field.name for field in fields(Cell)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(cell) for cell in found.cells)
    return page.getvalue()


def _as_data(found: FeedbackReport, since: datetime | None, tenant: str) -> dict[str, Any]:
    data: dict[str, Any] = {
        "since": since.isoformat() if since else None,
        "tenant": tenant or None,
        "total": _with_rates(found.total()),
        "unknownCards": found.unknown,
    }
    for name, key in _BY.items():
        data[name] = [{name: value, **_with_rates(tally)} for value, tally in found.by(key).items()]
    overridden = found.total().overridden
    data["reason"] = [
        {"reason": reason, "overridden": cards, "overriddenOf": overridden}
        for reason, cards in found.reasons().items()
    ]
    return data


def _with_rates(tally: Tally) -> dict[str, Any]:
    return asdict(tally) | {
        "acceptedRate": _rate(tally.accepted, tally.shown),
        "overriddenRate": _rate(tally.overridden, tally.shown),
    }


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _as_table(found: FeedbackReport) -> Iterator[str]:
    total = found.total()
    if not total.shown and not total.shadowed:
        yield "No card was shown in this time."
    else:
        yield _line("", "shown", "accepted", "overridden", "in shadow")
        yield _tally_line("all cards", total)
        for name, key in _BY.items():
            yield f"\nby {name}"
            for value, tally in found.by(key).items():
                yield _tally_line(value or _NOTHING.get(name, ""), tally)
        if total.overridden:
            yield "\nwhy overridden"
            for reason, cards in found.reasons().items():
                yield _line(reason or _NOTHING["reason"], "", "", _share(cards, total.overridden), "")
    if found.unknown:
        yield f"\nNot counted above: feedback on cards that this database does not know ({found.unknown:,})."


def _tally_line(name: str, tally: Tally) -> str:
    accepted, overridden = (_share(part, tally.shown) for part in (tally.accepted, tally.overridden))
    shadowed = f"{tally.shadowed:,}" if tally.shadowed else ""
    return _line(name, f"{tally.shown:,}", accepted, overridden, shadowed)


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({part / whole:.0%})" if whole else "-"


def _line(name: str, shown: str, accepted: str, overridden: str, shadowed: str) -> str:
    return f"{name:<34} {shown:>8}  {accepted:>22}  {overridden:>22}  {shadowed:>9}".rstrip()
