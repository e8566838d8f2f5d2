"""``leukocds knowledge import-rxnorm``: a release of RxNorm as the local index that the service can ask."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from cds.errors import ReleaseError
from cds.rxnorm.build import Built, build_index
from cds.rxnorm.release import Release

UNUSABLE = 2  # exit status: the release could not be used, and nothing was written


@click.command("import-rxnorm")
@click.argument("release", metavar="FILE.zip", type=click.Path(path_type=Path))
@click.option(
    "--output",
    metavar="FILE.sqlite",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write the index.  [default: the name of the release, in this folder]",
)
def import_rxnorm(release: Path, output: Path | None) -> None:
    """Build the local index of RxNorm from FILE.zip, NLM's release as it is loaded from them.

    The full release (RxNorm_full_MMDDYYYY.zip) also knows retired codes; the prescribable subset
    (RxNorm_full_prescribe_MMDDYYYY.zip) needs no licence. The zip is read as it is. The index replaces an
    older one only when it is whole; while it is made, some hundred megabytes are needed beside it.

    \b
    Exit status: 0 if the index was written, 2 if the release cannot be used; then nothing is written.
    """
    output = output or Path(release.with_suffix(".sqlite").name)
    try:
        with (
            Release(release) as opened,
            click.progressbar(length=opened.size, label=f"reading {release.name}", file=sys.stderr) as bar,
        ):
            built = build_index(opened, output, datetime.now(UTC).date(), bar.update)
    except ReleaseError as error:
        click.echo(str(error), err=True)
        sys.exit(UNUSABLE)
    _report(built, output)


def _report(built: Built, output: Path) -> None:
    click.echo(f"release      {built.released or 'of an unknown date'}")
    click.echo(f"ingredients  {built.ingredients:>9,}")
    click.echo(f"codes        {built.codes:>9,}, {built.retired:,} of them retired")
    click.echo(f"NDC          {built.ndcs:>9,}")
    click.echo(f"left out     {built.untold:>9,} codes whose ingredients are not told for certain")
    click.echo(f"\nTo use it: LEUKOCDS_RXNORM_INDEX={output.resolve()}")
