"""What the commands share that answer from files, without a server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from cds.answer import Answerer
from cds.commands.callers import ANYBODY, find_caller, load_switches
from cds.commands.inputs import STANDARD_INPUT, read_document, read_documents
from cds.errors import HookMismatch, RequestError, StartError, StoryError
from cds.findings import Occasion
from cds.hooks.hook_request import HookRequest
from cds.hooks.services import CDSService
from cds.hooks.switches import as_held
from cds.knowledge.base import Knowledge
from cds.setting_values import read_instant
from cds.settings import Preferences, Settings, load_settings

_HOOKS = [each.value for each in Occasion]
UNUSABLE = 2  # exit status: an input could not be used


@dataclass(frozen=True, slots=True)
class Workplace:
    """The service without HTTP: its services by hook, what answers them, and what the caller is shown.

    ``preferences`` are those of the caller, with what is switched off and in shadow at this moment.
    """

    preferences: Preferences
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
        click.option(
            "--tenant", help="A caller of LEUKOCDS_TENANTS: its choices, and what is switched off for it."
        ),
        click.option("--as-of", callback=_instant, help="The instant that counts as now; now by default."),
        click.argument("files", nargs=-1, metavar="[FILE]..."),
    ):
        command = option(command)
    return command


def open_workplace(as_of: datetime | None, tenant: str | None) -> Workplace:
    """Load settings, knowledge and switches, and say what these hold back; for the caller of that name, or
    for whoever calls. On problems print each and exit with status 1."""
    from cds.app import clock_of, create_answerer
    from cds.hooks.services import offered_services
    from cds.knowledge.load import load_knowledge

    try:
        settings = load_settings()
        knowledge = load_knowledge(overlay=settings.knowledge_overlay)
        answerer = create_answerer(settings, knowledge)
        now = as_of or clock_of(settings)()
        preferences = _preferences(settings, knowledge, tenant, now)
    except StartError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(1)
    services = {service.hook.value: service for service in offered_services(knowledge).values()}
    return Workplace(preferences, answerer, services, now)


def _preferences(settings: Settings, knowledge: Knowledge, tenant: str | None, now: datetime) -> Preferences:
    name = tenant or ("" if settings.production else ANYBODY)
    chosen = settings.preferences if tenant is None else find_caller(settings, tenant).preferences
    if settings.switches is None:
        return chosen
    switches = load_switches(settings, settings.switches, knowledge)
    for each in switches.for_caller(name).told(now):
        click.echo(f"{settings.switches}: {each}", err=True)  # or its silence could not be told from ours
    return as_held(chosen, switches.held(name, now))


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
        except StoryError as error:
            click.echo(str(error), err=True)  # it begins with the folder
            sys.exit(UNUSABLE)
        except OSError as error:
            click.echo(f"{file}: {error.strerror or error}", err=True)
            sys.exit(UNUSABLE)


def _instant(_context: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    try:
        return read_instant(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
