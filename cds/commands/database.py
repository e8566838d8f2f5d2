"""``leukocds database``: the tables of the database, and ``leukocds purge``: what was kept long enough."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import click

from cds.errors import StartError
from cds.setting_values import redacted
from cds.settings import load_settings
from cds.store.opened import opened, schema_at
from cds.store.purge import purge as purge_database
from cds.store.records import upgrade_at

NOT_CURRENT = 3  # exit status of ``database status``
_PERIOD = re.compile(r"(\d{1,5})d")


@contextmanager
def ending_with_problems() -> Iterator[None]:
    """What keeps the service from starting ends a command, said in the same words."""
    try:
        yield
    except StartError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(1)


def read_moment(_context: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    """``90d`` (so many days ago) or ``2026-11-20``, in UTC; called by click."""
    if text is None:
        return None
    if period := _PERIOD.fullmatch(text):
        return datetime.now(UTC) - timedelta(days=int(period[1]))
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise click.BadParameter("must be days such as 90d, or a date such as 2026-11-20") from None


@click.group()
def database() -> None:
    """The tables of LEUKOCDS_DATABASE_URL: which there are, and bring them to this version."""


@database.command()
def upgrade() -> None:
    """Bring the tables to what this version works with; any number may do so at once.

    The service does this by itself for SQLite, and never for PostgreSQL: there it refuses to start with
    other tables than its own. Run this before a newer version is started.
    """
    with ending_with_problems():
        settings = load_settings()
        before, after = upgrade_at(settings.database_url)
    done = f"already at step {after}" if before == after else f"from {before or 'empty'} to step {after}"
    click.echo(f"{redacted(settings.database_url)}: {done}")


@database.command()
def status() -> None:
    """Say which step the tables are at.

    \b
    Exit status: 0 if this version can work with them, 1 if the database cannot be reached, 3 if they are
    those of another version.
    """
    with ending_with_problems():
        settings = load_settings()
        state = schema_at(settings.database_url)
    click.echo(f"{redacted(settings.database_url)}: step {state.found or 'none'}, wanted {state.wanted}")
    if state.problem:
        click.echo(state.problem, err=True)
        sys.exit(NOT_CURRENT)


@click.command()
@click.option(
    "--older-than",
    metavar="DAYS",
    callback=read_moment,
    help="Such as 90d, or a date.  [default: LEUKOCDS_RETENTION_DAYS]",
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and delete nothing.")
def purge(older_than: datetime | None, dry_run: bool) -> None:
    """Delete shown cards and feedback that were kept long enough, and tokens that have expired.

    It works in small steps, so that the service goes on meanwhile.
    """
    now = datetime.now(UTC)
    with ending_with_problems():
        settings = load_settings()
        kept_since = older_than or now - timedelta(days=settings.retention_days)
        with opened(settings.database_url) as engine:
            gone = purge_database(engine, kept_since, now, dry_run=dry_run)
    for table, rows in gone.items():
        click.echo(f"{table:<12} {rows:>9,} {'would be deleted' if dry_run else 'deleted'}")
