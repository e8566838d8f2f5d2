"""``leukocds knowledge diff``: what a new version of the knowledge changes."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from cds.commands.folders import load_or_fail, overlay_option
from cds.knowledge.difference import Change, find_changes
from cds.knowledge.export import FORMAT, knowledge_as_data

_GIVEN = click.Path(path_type=Path, exists=True)


@click.command()
@click.argument("old", type=_GIVEN)
@click.argument("new", type=_GIVEN)
@overlay_option
@click.option("--json", "as_json", is_flag=True, help="One JSON array of changes instead of lines.")
def diff(old: Path, new: Path, overlay: Path | None, as_json: bool) -> None:
    """Print what changes from OLD to NEW: entries added and removed, and members changed.

    Each of the two is a knowledge folder or a file that "knowledge export --json" has written. An overlay is
    laid over folders, so that a hospital sees what a new version changes for it.

    Exit status: 0 if nothing changed, 1 if something did.
    """
    before, after = _read(old, overlay), _read(new, overlay)
    changes = list(find_changes(before, after))
    if as_json:
        click.echo(json.dumps([asdict(change) for change in changes], ensure_ascii=False, indent=2))
    else:
        click.echo(f"{before['version']} -> {after['version']}")
        _print(changes)
    sys.exit(1 if changes else 0)


def _print(changes: list[Change]) -> None:
    for change in changes:
        click.echo(str(change))
    entries = {(change.table, change.entry, change.what) for change in changes}
    counts = [
        f"{sum(each == what for _, _, each in entries)} {what}" for what in ("added", "removed", "changed")
    ]
    click.echo(f"Entries: {', '.join(counts)}")


def _read(given: Path, overlay: Path | None) -> dict[str, Any]:
    if given.is_dir():
        return knowledge_as_data(load_or_fail(given, overlay))
    try:
        data = json.loads(given.read_bytes())
    except (OSError, ValueError) as fault:
        raise click.ClickException(f"{given} cannot be read as JSON: {fault}") from fault
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise click.ClickException(f"{given} is no export of the knowledge ({FORMAT}).")
    return data
