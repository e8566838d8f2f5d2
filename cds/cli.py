"""The command ``leukocds``."""

from __future__ import annotations

import click

from cds import __version__


class _Commands(click.Group):
    """Each command is imported when it is asked for, so that none waits for what the others need."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Called by click: the names, as the help lists them."""
        return [
            "serve",
            "call",
            "explain",
            "demo",
            "config",
            "onboard",
            "knowledge",
            "conform",
            "database",
            "feedback",
            "purge",
        ]

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Called by click: the command of that name."""
        match name:
            case "serve":
                from cds.commands.serve import serve as command
            case "call":
                from cds.commands.call import call as command
            case "explain":
                from cds.commands.explain import explain as command
            case "demo":
                from cds.commands.demo import demo as command
            case "config":
                from cds.commands.config import config as command
            case "onboard":
                from cds.commands.onboard import onboard as command
            case "knowledge":
                from cds.commands.knowledge import knowledge as command
            case "conform":
                from cds.commands.conform import conform as command
            case "database":
                from cds.commands.database import database as command
            case "feedback":
                from cds.commands.feedback import feedback as command
            case "purge":
                from cds.commands.database import purge as command
            case _:
                return None
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="leukocds", message="%(prog)s %(version)s")
def main() -> None:
    """Decision support for low white blood cell counts, spoken over CDS Hooks."""
