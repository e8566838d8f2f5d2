"""``leukocds call``: one answer for a saved request or a bundle of FHIR data, without a server."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime

import click
import msgspec

from cds.commands.inputs import STANDARD_INPUT, read_document, read_documents
from cds.commands.terminal import exit_status, show_response
from cds.errors import HookMismatch, RequestError, StartError, StoryError
from cds.findings import Occasion
from cds.settings import load_settings, read_instant

_UNUSABLE = 2
_HOOKS = [each.value for each in Occasion]


def _instant(_context: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    try:
        return read_instant(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--json", "as_json", is_flag=True, help="Print each hook response as one line of JSON.")
@click.option("--as-of", callback=_instant, help="The instant that counts as now; now by default.")
@click.option("--hook", type=click.Choice(_HOOKS), help="What the clinician is doing.")
@click.option("--patient", help="For FHIR data of several patients: the id of the one that is meant.")
def call(
    files: tuple[str, ...], as_json: bool, as_of: datetime | None, hook: str | None, patient: str | None
) -> None:
    """Answer each FILE as the service would, and print the cards.

    FILE is a hook request, a FHIR Bundle, NDJSON (one resource, or one request, per line) or the folder of
    a story; "-" or none reads standard input. FHIR data is answered as patient-view unless --hook says
    otherwise; its drafts are then the orders being signed.

    \b
    Exit status: 0 no card, 10 info, 20 warning, 30 critical (the most urgent of all answers),
    2 if an input could not be used, 1 if the service itself failed.
    """
    from cds.app import clock_of, create_answerer
    from cds.hooks.services import offered_services
    from cds.knowledge.load import load_knowledge

    try:
        settings = load_settings()
        knowledge = load_knowledge()
    except StartError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(1)
    answerer = create_answerer(settings, knowledge)
    services = {service.hook.value: service for service in offered_services(knowledge).values()}
    now = as_of or clock_of(settings)()
    status = 0
    for name, document in _documents(files or (STANDARD_INPUT,), now):
        try:
            request = read_document(document, hook, patient)
            if request.hook not in services:
                raise HookMismatch(f"No service answers this hook; there are {', '.join(services)}.")
            body = answerer.answer(services[request.hook], request, settings.preferences, now).body
        except RequestError as error:
            click.echo(f"{name}: {error}", err=True)
            status = _UNUSABLE
            continue
        response = msgspec.json.decode(body)
        if as_json:
            click.echo(body)
        else:
            show_response(response)
        status = status if status == _UNUSABLE else max(status, exit_status(response))
    sys.exit(status)


def _documents(files: Iterable[str], now: datetime) -> Iterator[tuple[str, bytes]]:
    for file in files:
        try:
            yield from read_documents(file, now)
        except (StoryError, OSError) as error:
            click.echo(f"{file}: {error}", err=True)
            sys.exit(_UNUSABLE)
