"""``leukocds call``: one answer for a saved request or a bundle of FHIR data, without a server."""

from __future__ import annotations

import sys
from datetime import datetime

import click
import msgspec

from cds.commands.offline import UNUSABLE, file_options, open_workplace, read_requests, refuse
from cds.commands.terminal import exit_status, show_response
from cds.errors import RequestError


@click.command()
@file_options
@click.option("--json", "as_json", is_flag=True, help="Print each hook response as one line of JSON.")
def call(
    files: tuple[str, ...],
    tenant: str | None,
    as_of: datetime | None,
    hook: str | None,
    patient: str | None,
    as_json: bool,
) -> None:
    """Answer each FILE as the service would, and print the cards.

    FILE is a hook request, a FHIR Bundle, NDJSON (one resource, or one request, per line) or the folder of
    a story; "-" or none reads standard input. FHIR data is answered as patient-view unless --hook says
    otherwise; its drafts are then the orders being signed.

    What LEUKOCDS_SWITCHES switches off or holds in shadow, for all callers or for --tenant, is not shown,
    and that it holds is said on standard error.

    \b
    Exit status: 0 no card, 10 info, 20 warning, 30 critical (the most urgent of all answers),
    2 if an input could not be used, 1 if the service itself failed.
    """
    place = open_workplace(as_of, tenant)
    status = 0
    for each in read_requests(files, place, hook, patient):
        if each is None:
            status = UNUSABLE
            continue
        name, service, request = each
        try:
            answer = place.answerer.answer(service, request, place.preferences, place.now)
        except RequestError as error:
            refuse(name, error)
            status = UNUSABLE
            continue
        response = msgspec.json.decode(answer.body)
        for card in answer.shadowed:
            click.echo(f"{name}: in shadow, not shown: {card.topic}", err=True)
        if as_json:
            click.echo(answer.body)
        else:
            show_response(response)
        status = status if status == UNUSABLE else max(status, exit_status(response))
    sys.exit(status)
