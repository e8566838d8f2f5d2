"""``leukocds knowledge``: read, check and query what the service knows."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import click

from cds.commands.drug_page import drug_text
from cds.commands.folders import folder_option, load_or_fail, overlay_option
from cds.commands.import_rxnorm import import_rxnorm
from cds.commands.knowledge_diff import diff
from cds.commands.knowledge_export import export
from cds.commands.resolve import resolve
from cds.knowledge.base import Knowledge
from cds.knowledge.checks import check_knowledge
from cds.knowledge.codings import Code
from cds.pages.words import lowered_lines

_SYSTEMS = (
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://www.whocc.no/atc",
    "http://snomed.info/sct",
)


@click.group()
def knowledge() -> None:
    """Check, list and query what the service knows."""


@knowledge.command()
@folder_option
@overlay_option
@click.option("--strict", is_flag=True, help="Overdue reviews are problems too.")
@click.option("--today", metavar="YYYY-MM-DD", help="The day for overdue reviews.  [default: today, UTC]")
def check(folder: Path, overlay: Path | None, strict: bool, today: str | None) -> None:
    """Print every problem; exit with 1 if there is one. Overdue reviews are warnings."""
    report = check_knowledge(folder, overlay, today=_day(today))
    problems, warnings = report.problems, report.warnings
    if strict:
        problems, warnings = (*problems, *warnings), ()
    for warning in warnings:
        click.echo(f"warning: {warning}")
    for problem in problems:
        click.echo(str(problem))
    click.echo(f"{len(problems)} problems, {len(warnings)} warnings")
    if problems:
        sys.exit(1)


@knowledge.command("list")
@folder_option
@overlay_option
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of columns.")
def list_drugs(folder: Path, overlay: Path | None, as_json: bool) -> None:
    """List all drugs with their RxNorm code, tier and the lines they lower."""
    rows = [
        {
            "name": drug.name,
            "rxcui": next(iter(drug.codes.rxnorm), None),
            "tier": drug.tier,
            "lines": [line.value for line in lowered_lines(drug)],
        }
        for drug in load_or_fail(folder, overlay).drugs.values()
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        lines = ", ".join(row["lines"] or ())
        click.echo(f"{row['name']:<42} {row['rxcui'] or '-':>8}  {row['tier']:<17} {lines}".rstrip())


@knowledge.command()
@folder_option
@overlay_option
@click.argument("drug")
def show(folder: Path, overlay: Path | None, drug: str) -> None:
    """Print what is known of DRUG, with the sources.

    DRUG is its id, its name, a brand, or a code of RxNorm, ATC or SNOMED CT.
    """
    known = load_or_fail(folder, overlay)
    ids = _find(known, drug.strip())
    if not ids:
        raise click.ClickException(f"No drug of the knowledge is called {drug!r}.")
    click.echo("\n\n".join(drug_text(known, known.drugs[name]) for name in ids))


for command in (resolve, import_rxnorm, diff, export):
    knowledge.add_command(command)


def _find(known: Knowledge, drug: str) -> list[str]:
    if drug in known.drugs:
        return [drug]
    found = known.medicines.recognise([Code(system, drug) for system in _SYSTEMS], [drug])
    return [match.ingredient for match in found.matches]


def _day(written: str | None) -> date:
    if written is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(written)
    except ValueError as fault:
        raise click.BadParameter(f"{written!r} is not a day like 2026-11-20", param_hint="--today") from fault
