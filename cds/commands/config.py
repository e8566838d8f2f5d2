"""``leukocds config``: every setting, its value, where it comes from and what it is for."""

from __future__ import annotations

import sys
import textwrap

import click

from cds.errors import SettingsError
from cds.setting_safety import warnings_of
from cds.settings import describe_settings, load_settings


@click.command()
def config() -> None:
    """Print every setting; exit 1 if the service would refuse to start with them."""
    for row in describe_settings():
        click.echo(f"{row.variable}={row.value}  ({row.origin})")
        click.echo(textwrap.indent(textwrap.fill(row.explained, 90), "    "))
    try:
        settings = load_settings()
    except SettingsError as error:
        click.echo("\nThe service would not start:", err=True)
        for problem in error.problems:
            click.echo(f"  {problem}", err=True)
        sys.exit(1)
    for warning in warnings_of(settings):
        click.echo(f"\n{warning}", err=True)
