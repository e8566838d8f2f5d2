"""``leukocds knowledge export``: everything that is known, for people or for a machine."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cds.commands.folders import folder_option, load_or_fail, overlay_option
from cds.knowledge.base import Knowledge
from cds.knowledge.export import knowledge_as_data
from cds.pages.formulary import formulary_pages
from cds.pages.html import render_html
from cds.pages.markdown import render_markdown

_NEW_FOLDER = click.Path(path_type=Path, file_okay=False)
_JSON_NAME = "knowledge.json"


@click.command()
@folder_option
@overlay_option
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    help=f"One JSON file; {_JSON_NAME} if it is a folder, - for standard output.",
)
@click.option("--html", type=_NEW_FOLDER, help="A folder of HTML pages: one per drug, and an index.")
@click.option("--markdown", type=_NEW_FOLDER, help="The same pages as Markdown.")
def export(
    folder: Path, overlay: Path | None, json_file: Path | None, html: Path | None, markdown: Path | None
) -> None:
    """Write the knowledge out: a formulary to be read or printed, or data to be kept and compared.

    Without an option the data go to standard output. A page that is no longer made is not deleted.
    """
    known = load_or_fail(folder, overlay)
    if json_file is not None or (html is None and markdown is None):
        _write_json(known, json_file)
    for target, ending, render in ((html, "html", render_html), (markdown, "md", render_markdown)):
        if target is not None:
            count = 0
            for page in formulary_pages(known):
                path = target / f"{page.name}.{ending}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(render(page), "utf-8")
                count += 1
            click.echo(f"{count} pages written; begin with {target / f'index.{ending}'}", err=True)


def _write_json(known: Knowledge, target: Path | None) -> None:
    text = json.dumps(knowledge_as_data(known), ensure_ascii=False, indent=2)
    if target is None or str(target) == "-":
        click.echo(text)
        return
    path = target / _JSON_NAME if target.is_dir() else target
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n", "utf-8")
