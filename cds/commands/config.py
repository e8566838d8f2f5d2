"""``leukocds config``: every setting, its value, its origin and what it is for; and what is switched off."""

from __future__ import annotations

import sys
import textwrap

import click

from cds.commands.starting import examine_start
from cds.setting_safety import warnings_of
from cds.settings import describe_settings


@click.command()
def config() -> None:
    """Print every setting, and what is switched off; exit 1 if the service would refuse to start.

    Every problem of the settings and of what they name is told at once: files, folders and the database.
    Nothing is made or changed. Whether the port is free is found out by ``leukocds serve``.
    """
    for row in describe_settings():
        click.echo(f"{row.variable}={row.value}  ({row.origin})")
        click.echo(textwrap.indent(textwrap.fill(row.explained, 90), "    "))
    start = examine_start()
    if start.problems:
        click.echo("\nThe service would not start:", err=True)
        for problem in start.problems:
            click.echo(f"  {problem}", err=True)
        sys.exit(1)
    # imported here, so that the settings are shown without waiting for it
    from cds.app import clock_of

    for each in start.switches.told(clock_of(start.settings)()):
        click.echo(f"\n{start.settings.switches}: {each}")
    for warning in warnings_of(start.settings):
        click.echo(f"\n{warning}", err=True)
