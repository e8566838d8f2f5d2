"""``leukocds serve``: the service, until it is told to stop."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Iterable, Mapping
from functools import partial

import click

from cds.errors import SettingsError, StartError
from cds.settings import load_settings


@click.command()
@click.option("--host", help="Address to listen on (LEUKOCDS_HOST).")
@click.option("--port", help="Port to listen on; 0 picks a free one (LEUKOCDS_PORT).")
@click.option("--workers", help="Server processes (LEUKOCDS_WORKERS).")
def serve(host: str | None, port: str | None, workers: str | None) -> None:
    """Serve CDS Hooks until SIGTERM or Ctrl-C; requests under way are answered first.

    SIGHUP reads the knowledge and the overlay again; with a mistake in them, which is logged, the service
    goes on with what it had.
    """
    gc.disable()  # all that is loaded now stays; the server lets the collector in again when it has it
    # imported here, so that the collector does not go through what is being imported
    from cds.knowledge.load import load_knowledge
    from cds.server import Server

    options = {"host": host, "port": port, "workers": workers}
    try:
        settings = load_settings(options=options)
        server = Server(settings, partial(load_knowledge, overlay=settings.knowledge_overlay))
    except StartError as error:
        for problem in _all_problems(error, options):
            click.echo(problem, err=True)
        sys.exit(1)
    server.run()


def _all_problems(error: StartError, options: Mapping[str, str | None]) -> Iterable[str]:
    """What kept it from starting, and what would have next."""
    # imported here, so that a service that starts does not wait for it
    from cds.commands.starting import examine_start
    from cds.listening import check_addresses

    start = examine_start(options)
    problems = [*error.problems, *start.problems]
    if not any(re.match(r"(LEUKOCDS_|--)(HOST|(METRICS_)?PORT)\b", each, re.IGNORECASE) for each in problems):
        try:
            check_addresses(start.settings)
        except SettingsError as refused:
            problems += refused.problems
    return dict.fromkeys(problems)
