"""The command ``leukocds``."""

from __future__ import annotations

import click

from cds import __version__
from cds.commands.call import call
from cds.commands.config import config
from cds.commands.conform import conform
from cds.commands.demo import demo
from cds.commands.explain import explain
from cds.commands.knowledge import knowledge
from cds.commands.serve import serve


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="leukocds", message="%(prog)s %(version)s")
def main() -> None:
    """Decision support for low white blood cell counts, spoken over CDS Hooks."""


for command in (serve, call, explain, demo, config, knowledge, conform):
    main.add_command(command)
