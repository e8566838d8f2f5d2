"""``leukocds conform``: the rules of CDS Hooks, tried on any service from outside."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cds.errors import StoryError
from cds.stories import load_story

if TYPE_CHECKING:
    from cds.conform.check import Result
    from cds.conform.signing import Signer

UNREACHABLE = 2
_COLOUR = {"passed": "green", "failed": "red", "advice": "yellow"}


@click.command()
@click.argument("url")
@click.option("--service", default="", help="Only the service with this id.")
@click.option("--hook", default="", help="Only services for this hook.")
@click.option(
    "--request",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="A hook request, or the folder of a story, that gets cards; others are derived from it. Repeatable.",
)
@click.option(
    "--patient", default="conform-patient", help="Id of the invented patient in the kit's own requests."
)
@click.option(
    "--token-key",
    type=click.Path(path_type=Path),
    help="Private key (JWK or PEM) of a caller that the service knows; every call is then signed.",
)
@click.option("--iss", default="", help="With --token-key: the issuer of the tokens.")
@click.option("--kid", default="", help="With --token-key: the key's id, if the file does not say it.")
@click.option("--jku", default="", help="With --token-key: where its public key can be fetched.")
@click.option("--tenant", default="", help="With --token-key: the tenant claim.")
@click.option(
    "--public-url", default="", help="With --token-key: the address that tokens have to name, if not URL."
)
@click.option(
    "--origin", default="https://sandbox.cds-hooks.org", show_default=True, help="Of a browser, for CORS."
)
@click.option("--timeout", default=10.0, show_default=True, help="Seconds to wait for one answer.")
@click.option(
    "--fhir-port",
    default=0,
    help="Where the kit plays the FHIR server, on this machine, for a service that calls listed ones alone.",
)
@click.option("--heavy", is_flag=True, help="Also send 20 MB at once, and 200 requests at a time.")
@click.option("--junit", type=click.Path(path_type=Path), help="Also write the results there as JUnit XML.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def conform(
    url: str, junit: Path | None, as_json: bool, timeout: float, public_url: str, **options: Any
) -> None:
    """Check the CDS Hooks service at URL, ours or any other, against what CDS Hooks 2.0.1 asks for.

    It sends several hundred requests about an invented patient, some of them malformed: never point it at a
    service in use. A fault that no published specification forbids is shown as advice.

    \b
    Exit status: 0 nothing that the specification demands was missed, 1 something was,
    2 nobody answered, or an option cannot be used.
    """
    from cds.conform.caller import Caller
    from cds.conform.reasons import Unreachable, Unusable
    from cds.conform.report import as_junit, as_objects
    from cds.conform.run import has_failed, run_checks
    from cds.conform.target import ROOT, Options, Target

    base = url.rstrip("/").removesuffix(ROOT)
    try:
        caller = Caller(
            base,
            timeout=timeout,
            signer=_signer(options),
            public=public_url.rstrip("/").removesuffix(ROOT),
        )
        wanted = Options(
            service=options["service"],
            hook=options["hook"],
            patient=options["patient"],
            examples=tuple(_example(file) for file in options["files"]),
            origin=options["origin"],
            heavy=options["heavy"],
            fhir_port=options["fhir_port"],
        )
        results = list(run_checks(Target(caller, wanted, lambda: datetime.now(UTC))))
    except (Unreachable, Unusable, StoryError) as error:
        click.echo(str(error), err=True)
        sys.exit(UNREACHABLE)
    if junit:
        junit.write_bytes(as_junit(results, base))
    if as_json:
        click.echo(json.dumps(as_objects(results), ensure_ascii=False, indent=1))
    else:
        _show(results, base, len(caller.replies))
    sys.exit(1 if has_failed(results) else 0)


def _signer(options: dict[str, Any]) -> Signer | None:
    from cds.conform.reasons import Unusable
    from cds.conform.signing import Signer, load_key

    if options["token_key"] is None:
        return None
    key, algorithm, kid = load_key(options["token_key"])
    if not options["iss"]:
        raise Unusable("--token-key needs --iss, the issuer that the service knows")
    return Signer(
        key=key,
        algorithm=algorithm,
        issuer=options["iss"],
        kid=options["kid"] or kid,
        clock=time.time,
        jku=options["jku"],
        tenant=options["tenant"],
    )


def _example(file: Path) -> dict[str, Any]:
    from cds.conform.reasons import Unusable

    text = load_story(file, datetime.now(UTC)).request if file.is_dir() else file.read_bytes()
    try:
        request = json.loads(text)
    except ValueError as error:
        raise Unusable(f"{file} is no JSON: {error}") from None
    if not isinstance(request, dict) or not isinstance(request.get("context"), dict) or "hook" not in request:
        raise Unusable(f"{file} is no hook request: it needs hook and context")
    return request


def _show(results: list[Result], base: str, calls: int) -> None:
    from cds.conform.report import basis_of, by_item, summary

    for each in by_item(results):
        word = each.outcome.value
        outcome = click.style(f"{word:<15}", fg=_COLOUR.get(word))
        click.echo(f"{' '.join(each.check.shows):<18} {each.check.level}  {outcome}{each.check.claim}")
        shown = each.said if word in _COLOUR else each.said[:1]
        for said in shown:
            click.echo(f"{'':<22}- {said}")
        if word in {"failed", "advice"}:
            click.echo(f"{'':<22}  ({basis_of(each.check)})")
    click.echo(f"\n{base}: {len(results)} checks, {calls} calls")
    for line in summary(results):
        click.echo(f"  {line}")
