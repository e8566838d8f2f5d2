"""What the commands share that answer from files, without a server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from cds.answer import Answerer
from cds.commands.inputs import STANDARD_INPUT, read_document, read_documents
from cds.errors import HookMismatch, RequestError, StartError, StoryError
from cds.findings import Occasion
from cds.hooks.hook_request import HookRequest
from cds.hooks.services import CDSService
from cds.setting_values import read_instant
from cds.settings import Settings, load_settings

_HOOKS = [each.value for each in Occasion]
UNUSABLE = 2  # exit status: an input could not be used


@dataclass(frozen=True, slots=True)
class Workplace:
    """The service without HTTP: its settings, its services by hook, and what answers them."""

    settings: Settings
    answerer: Answerer
    services: dict[str, CDSService]
    now: datetime


def file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The argument and options of a command that reads FILEs."""
    for option in (
        click.option("--patient", help="For FHIR data of several patients: the id of the one that is meant."),
        click.option(
            "--hook",
            type=click.Choice([each.value for each in Occasion]),
            help="What the clinician is doing.",
        ),
        click.option("--as-of", callback=_instant, help="The instant that counts as now; now by default."),
        click.argument("files", nargs=-1, metavar="[FILE]..."),
    ):
        command = option(command)
    return command


def open_workplace(as_of: datetime | None) -> Workplace:
    """Load settings and knowledge; on problems print each and exit with status 1."""
    from cds.app import clock_of, create_answerer
    from cds.hooks.services import offered_services
    from cds.knowledge.load import load_knowledge

    try:
        settings = load_settings()
        knowledge = load_knowledge(overlay=settings.knowledge_overlay)
        answerer = create_answerer(settings, knowledge)
    except StartError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(1)
    services = {service.hook.value: service for service in offered_services(knowledge).values()}
    return Workplace(settings, answerer, services, as_of or clock_of(settings)())


def read_requests(
    files: Iterable[str], place: Workplace, hook: str | None, patient: str | None
) -> Iterator[tuple[str, CDSService, HookRequest] | None]:
    """Each hook request of the files with its name and service; ``None``, after a message, if unusable."""
    for name, document in _documents(files or (STANDARD_INPUT,), place.now):
        try:
            request = read_document(document, hook, patient)
            if request.hook not in place.services:
                raise HookMismatch(f"No service answers this hook; there are {', '.join(place.services)}.")
            yield name, place.services[request.hook], request
        except RequestError as error:
            refuse(name, error)
            yield None


def refuse(name: str, error: RequestError) -> None:
    """Say why an input could not be used."""
    click.echo(f"{name}: {error}", err=True)


def _documents(files: Iterable[str], now: datetime) -> Iterator[tuple[str, bytes]]:
    for file in files:
        try:
            yield from read_documents(file, now)
        except (StoryError, OSError) as error:
            click.echo(f"{file}: {error}", err=True)
            sys.exit(UNUSABLE)


def _instant(_context: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    try:
        return read_instant(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
