"""``leukocds knowledge``: read, check and query what the service knows."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import click

from cds.commands.drug_page import drug_page, lowered_lines
from cds.commands.import_rxnorm import import_rxnorm
from cds.commands.resolve import resolve
from cds.errors import KnowledgeError
from cds.knowledge.base import Knowledge
from cds.knowledge.checks import check_knowledge
from cds.knowledge.folder import PACKAGE_FOLDER
from cds.knowledge.load import load_knowledge
from cds.knowledge.medicines import Recognition

_folder = click.option(
    "--folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=PACKAGE_FOLDER,
    show_default="the knowledge that is shipped",
    help="The knowledge folder.",
)


@click.group()
def knowledge() -> None:
    """Check, list and query what the service knows."""


@knowledge.command()
@_folder
@click.option("--today", metavar="YYYY-MM-DD", help="The day for overdue reviews.  [default: today, UTC]")
def check(folder: Path, today: str | None) -> None:
    """Print every problem; exit with 1 if there is one. Overdue reviews are warnings."""
    report = check_knowledge(folder, today=_day(today))
    for warning in report.warnings:
        click.echo(f"warning: {warning}")
    for problem in report.problems:
        click.echo(str(problem))
    click.echo(f"{len(report.problems)} problems, {len(report.warnings)} warnings")
    if report.problems:
        sys.exit(1)


@knowledge.command("list")
@_folder
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of columns.")
def list_drugs(folder: Path, as_json: bool) -> None:
    """List all drugs with their RxNorm code, tier and the lines they lower."""
    rows = [
        {
            "name": drug.name,
            "rxcui": next(iter(drug.codes.rxnorm), None),
            "tier": drug.tier,
            "lines": [line.value for line in lowered_lines(drug)],
        }
        for drug in _load(folder).drugs.values()
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        lines = ", ".join(row["lines"] or ())
        click.echo(f"{row['name']:<42} {row['rxcui'] or '-':>8}  {row['tier']:<17} {lines}".rstrip())


@knowledge.command()
@_folder
@click.argument("drug")
def show(folder: Path, drug: str) -> None:
    """Print what is known of DRUG (its id, name or brand), with the sources."""
    known = _load(folder)
    ids = [drug] if drug in known.drugs else _ids(known.medicines.recognise([], [drug]))
    if not ids:
        raise click.ClickException(f"No drug of the knowledge is called {drug!r}.")
    click.echo("\n\n".join(drug_page(known, known.drugs[name]) for name in ids))


knowledge.add_command(resolve)
knowledge.add_command(import_rxnorm)


def _ids(recognition: Recognition) -> list[str]:
    return [match.ingredient for match in recognition.matches]


def _load(folder: Path) -> Knowledge:
    try:
        return load_knowledge(folder)
    except KnowledgeError as fault:
        raise click.ClickException("\n".join(["The knowledge has problems:", *fault.problems])) from fault


def _day(written: str | None) -> date:
    if written is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(written)
    except ValueError as fault:
        raise click.BadParameter(f"{written!r} is not a day like 2026-11-20", param_hint="--today") from fault
