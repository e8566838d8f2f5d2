"""``leukocds onboard``: what an analyst needs to build the service in an EHR, and a look at a first token."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import IO, Any, cast, get_args

import click
import msgspec

from cds.commands.callers import find_caller
from cds.errors import StartError
from cds.hooks.services import offered_services
from cds.settings import Profile, Settings, load_settings


@click.command()
@click.option("--profile", type=click.Choice(get_args(Profile)), help="Kind of EHR; as set, or the tenant's.")
@click.option("--tenant", "name", help="A caller of LEUKOCDS_TENANTS: its issuer, audience and FHIR servers.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--token", type=click.File("r"), help="File with a first token; - reads it from standard input."
)
@click.option("--response", type=click.File("rb"), help="File with a hook response, of whatever service.")
def onboard(
    profile: str | None, name: str | None, form: str, token: IO[str] | None, response: IO[bytes] | None
) -> None:
    """Print the build sheet: addresses, prefetch, scopes, tokens, codes, and what to allow.

    With --token: show the header and the claims of a token without trusting it, and the table to list its
    sender with; its aud is compared with LEUKOCDS_PUBLIC_URL. Neither the token nor its signature is printed.

    With --response: say what this kind of EHR would drop of its cards; exit 1 if anything.
    """
    if token is not None and response is not None:
        raise click.UsageError("--token and --response are two questions; ask them one after the other.")
    from cds.app import clock_of
    from cds.commands.build_sheet import build_sheet, write_sheet
    from cds.commands.first_token import read_token, write_token
    from cds.knowledge.load import load_knowledge

    try:
        given = load_settings()
        settings = _with_address(given)
        services = offered_services(load_knowledge(overlay=settings.knowledge_overlay))
        tenant = None if name is None else find_caller(settings, name)
    except StartError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(1)
    kind = cast("Profile", profile or (tenant.preferences.profile if tenant else settings.profile))
    if response is not None:
        sys.exit(_tell_dropped(kind, response))
    sheet = build_sheet(settings, services, kind, tenant)
    if token is None:
        click.echo(msgspec.json.format(msgspec.json.encode(sheet)) if form == "json" else write_sheet(sheet))
        return
    endpoints = [address for each in sheet.endpoints for address in (each.url, each.feedback)]
    addresses = [sheet.discovery, *endpoints] if given.public_url else []
    try:
        told = read_token(token.read(20_000), addresses, kind, clock_of(settings)())
    except ValueError as error:
        click.echo(f"{token.name}: {error}", err=True)
        sys.exit(1)
    click.echo(msgspec.json.format(msgspec.json.encode(told)) if form == "json" else write_token(told))


def _with_address(settings: Settings) -> Settings:
    if settings.public_url:
        return settings
    address = f"http://{settings.host}:{settings.port}"
    click.echo(f"LEUKOCDS_PUBLIC_URL is not set: the addresses below begin with {address}.", err=True)
    return replace(settings, public_url=address)


def _tell_dropped(kind: Profile, response: IO[bytes]) -> int:
    """Print what is dropped of each card, by its number; 1 if anything is, 2 if it is no hook response."""
    from cds.app import dropped_of

    try:
        cards = msgspec.json.decode(response.read(), type=_Response).cards
    except msgspec.MsgspecError:
        click.echo("this is no hook response", err=True)
        return 2
    told = [(number, *drop) for number, card in enumerate(cards, 1) for drop in dropped_of(kind, card)]
    for number, where, why in told:
        click.echo(f"card {number}: {where}: {why}")
    if not told:
        click.echo(f"Of {len(cards)} card{'' if len(cards) == 1 else 's'} nothing is dropped.")
    return 1 if told else 0


class _Response(msgspec.Struct):
    cards: list[dict[str, Any]]
