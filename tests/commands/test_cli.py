"""The command ``leukocds`` itself: what it lists is there, and is imported only when it is asked for."""

from __future__ import annotations

import subprocess
import sys

from click import Context

from cds.cli import main

CONTEXT = Context(main)


def test_every_command_that_is_listed_is_there_under_its_name() -> None:
    names = main.list_commands(CONTEXT)
    found = [main.get_command(CONTEXT, name) for name in names]

    assert names == [command.name for command in found if command is not None]
    assert len(names) == len(set(names))


def test_a_command_that_is_not_listed_is_none() -> None:
    assert main.get_command(CONTEXT, "serv") is None


def test_serving_waits_for_no_other_command() -> None:
    look = (
        "import sys; from cds.cli import main; import click;"
        "main.get_command(click.Context(main), 'serve');"
        "print(sorted(name for name in sys.modules if name.startswith('cds.commands.')))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['cds.commands.serve']"
