"""``leukocds config``: every setting, its value, its origin and what it is for; and what is switched off."""

from __future__ import annotations

import sys
import textwrap

import click

from cds.errors import StartError
from cds.setting_safety import warnings_of
from cds.settings import Settings, describe_settings, load_settings


@click.command()
def config() -> None:
    """Print every setting, and what is switched off; exit 1 if the service would refuse to start."""
    for row in describe_settings():
        click.echo(f"{row.variable}={row.value}  ({row.origin})")
        click.echo(textwrap.indent(textwrap.fill(row.explained, 90), "    "))
    try:
        settings = load_settings()
        switched = _switched(settings)
    except StartError as error:
        click.echo("\nThe service would not start:", err=True)
        for problem in error.problems:
            click.echo(f"  {problem}", err=True)
        sys.exit(1)
    for each in switched:
        click.echo(f"\n{settings.switches}: {each}")
    for warning in warnings_of(settings):
        click.echo(f"\n{warning}", err=True)


def _switched(settings: Settings) -> tuple[str, ...]:
    """What the switches file switches off now. Raises ``StartError`` if it cannot be used."""
    if settings.switches is None:
        return ()
    # imported here, so that the settings are shown without waiting for the knowledge
    from cds.app import clock_of
    from cds.commands.callers import load_switches
    from cds.knowledge.load import load_knowledge

    knowledge = load_knowledge(overlay=settings.knowledge_overlay)
    return load_switches(settings, settings.switches, knowledge).told(clock_of(settings)())
