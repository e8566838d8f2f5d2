"""``leukocds explain``: the whole reasoning behind an answer, for someone who wants to argue with it."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from cds.commands.offline import UNUSABLE, file_options, open_workplace, read_requests, refuse
from cds.errors import RequestError


@click.command()
@file_options
def explain(
    files: tuple[str, ...],
    tenant: str | None,
    as_of: datetime | None,
    hook: str | None,
    patient: str | None,
) -> None:
    """Print, for each FILE, what was read, each finding with its rule, numbers and sources, each suspect's
    arithmetic, and why each topic spoke or stayed silent.

    FILE is what ``leukocds call`` takes. What LEUKOCDS_SWITCHES switches off or holds in shadow, for all
    callers or for --tenant, is worked out, and its topic is said to be switched off or in shadow.

    Exit status 0, or 2 if an input could not be used.
    """
    from cds.app import explain_conclusion

    place = open_workplace(as_of, tenant)
    status = 0
    for each in read_requests(files, place, hook, patient):
        if each is None:
            status = UNUSABLE
            continue
        name, service, request = each
        try:
            conclusion = place.answerer.conclude(service, request, place.preferences, place.now)
        except RequestError as error:
            refuse(name, error)
            status = UNUSABLE
            continue
        click.echo(explain_conclusion(conclusion.without(place.preferences.shadow)))
    sys.exit(status)
