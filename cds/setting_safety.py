"""Combinations of settings that would leave patient data open to anyone, or have to be said out loud."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cds.setting_values import IN_MEMORY, written

if TYPE_CHECKING:
    from cds.settings import Settings


def find_unsafe(settings: Settings) -> list[str]:
    """What must not be started like this, one sentence each."""
    problems = [*_unsafe_audit(settings)]
    if settings.metrics_port and settings.metrics_port == settings.port:
        problems.append("LEUKOCDS_METRICS_PORT is that of the service: the metrics need a door of their own")
    if settings.production:
        if settings.tenants is None:
            problems.append(
                "production without a known caller: set LEUKOCDS_TENANTS to a TOML file of those who may call"
            )
        if not settings.public_url.startswith("https://"):
            problems.append(
                "production needs LEUKOCDS_PUBLIC_URL, the https address under which callers reach it"
            )
        if settings.clock is not None:
            problems.append("LEUKOCDS_CLOCK is for the sandbox: in production now is now")
        if settings.sandbox_anywhere:
            problems.append("LEUKOCDS_SANDBOX_ANYWHERE has no meaning in production: remove one of the two")
        if settings.fhir_servers:
            problems.append(
                "LEUKOCDS_FHIR_SERVERS is for the sandbox: in production each caller's own stand in"
                " LEUKOCDS_TENANTS"
            )
        if settings.database_url == IN_MEMORY and settings.workers > 1:
            problems.append(
                "LEUKOCDS_DATABASE_URL is memory, which processes do not share: a used token would be let in"
                " again by the next; name a database, or use one process"
            )
        return problems
    if not settings.sandbox_anywhere and not _is_loopback(settings.host):
        problems.append(
            f"a sandbox asks nobody who they are, so it does not listen on {settings.host}:"
            " use 127.0.0.1, or LEUKOCDS_ENV=production, or LEUKOCDS_SANDBOX_ANYWHERE=1 for invented patients"
        )
    if settings.tenants is not None:
        problems.append("LEUKOCDS_TENANTS is set but nobody is checked: set LEUKOCDS_ENV=production as well")
    if not settings.allow_http_fhir and any(each.startswith("http://") for each in settings.fhir_servers):
        problems.append("LEUKOCDS_FHIR_SERVERS names one without TLS: LEUKOCDS_ALLOW_HTTP_FHIR=1 allows that")
    if settings.protect_discovery:
        problems.append("LEUKOCDS_PROTECT_DISCOVERY needs LEUKOCDS_ENV=production")
    return problems


def _unsafe_audit(settings: Settings) -> Iterator[str]:
    if settings.audit_people == "hash" and settings.audit_key_file is None:
        yield "LEUKOCDS_AUDIT_PEOPLE=hash needs LEUKOCDS_AUDIT_KEY_FILE: without a secret, ids can be guessed"
    if settings.audit_people == "reference" and settings.audit == "stdout":
        yield (
            "LEUKOCDS_AUDIT_PEOPLE=reference would write patients among the lines of the log:"
            " let LEUKOCDS_AUDIT be a file"
        )


def warnings_of(settings: Settings) -> tuple[str, ...]:
    """What is allowed but has to be said out loud at start."""
    warnings = []
    if not settings.production and not _is_loopback(settings.host):
        warnings.append(
            f"SANDBOX OPEN TO EVERYONE who can reach {settings.host}:{settings.port}."
            " Nobody is asked who they are. Never send it a real patient."
        )
    if settings.clock is not None:
        warnings.append(f"The clock stands still at {written(settings.clock)}.")
    if settings.allow_http_fhir:
        warnings.append(
            "LEUKOCDS_ALLOW_HTTP_FHIR: a FHIR server may be spoken to in plain http. Tokens and patients'"
            " data then travel unprotected."
        )
    if settings.rxnav_url:
        warnings.append(
            f"Codes of medicines that are not known here are sent to {settings.rxnav_url}:"
            " the codes alone, no names and nothing of a patient."
        )
    if settings.production and settings.database_url == IN_MEMORY:
        warnings.append(
            "Used tokens, shown cards and feedback are remembered by this process alone and are gone when it"
            " stops. A second replica would let a stolen token in again: LEUKOCDS_DATABASE_URL is memory."
        )
    if settings.production and settings.replay_policy == "warn":
        warnings.append(
            "While the database is down every process remembers used tokens for itself, and lets a stolen"
            " token in once more: LEUKOCDS_REPLAY_POLICY is warn."
        )
    return tuple(warnings)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
