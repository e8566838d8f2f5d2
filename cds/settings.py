"""Every setting of the service: named, explained and checked here, once.

A setting ``port`` is read from the variable ``LEUKOCDS_PORT``; an empty variable counts as not set. The only
secret is the password in ``database_url``, which is never shown and may come from the file that
``LEUKOCDS_DATABASE_URL_FILE`` names. All problems are collected and raised together as one
``SettingsError``; ``cds.setting_safety`` tells which combinations are refused.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

from cds.errors import SettingsError
from cds.preferences import ClozapinePolicy as ClozapinePolicy
from cds.preferences import OnFault as OnFault
from cds.preferences import Preferences as Preferences
from cds.preferences import Profile as Profile
from cds.preferences import WhenNotChecked as WhenNotChecked
from cds.setting_safety import find_unsafe
from cds.setting_values import (
    base_url,
    base_urls,
    certificates,
    database_url,
    listening_host,
    one_of,
    origins,
    read_instant,
    read_secret_files,
    readable_file,
    redacted,
    seconds,
    sink,
    whole,
    written,
    yes_or_no,
)

PREFIX = "LEUKOCDS_"
SECRETS = ("database_url",)  # each also as ..._FILE: an environment is shown to too many


def _setting(default: object, explained: str, parse: Callable[[str], Any] = str) -> Any:
    return dataclasses.field(default=default, metadata={"explained": explained, "parse": parse})


# --- all of them ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process serves. Made by ``load_settings``; the defaults are a sandbox on this machine."""

    host: str = _setting("127.0.0.1", "address to listen on", listening_host)
    port: int = _setting(8080, "port to listen on; 0 picks a free one", whole(0, 65535))
    workers: int = _setting(1, "server processes", whole(1, 64))
    threads: int = _setting(16, "threads per process", whole(1, 256))
    env: str = _setting(
        "sandbox",
        "sandbox: anybody may call, invented patients only; production: only callers of LEUKOCDS_TENANTS",
        one_of(Literal["sandbox", "production"]),
    )
    sandbox_anywhere: bool = _setting(
        False, "1: let a sandbox listen beyond this machine, open to anybody who can reach it", yes_or_no
    )
    clock: datetime | None = _setting(
        None, "sandbox only: the instant that counts as now, such as 2026-11-20T12:00:00Z", read_instant
    )
    max_body: int = _setting(5_000_000, "bytes; a larger body is refused with 413", whole(1_000, 100_000_000))
    public_url: str = _setting(
        "",
        "address under which callers know this service; a token's audience is checked against it",
        base_url,
    )
    tenants: Path | None = _setting(None, "TOML file of the callers that are known in production", Path)
    protect_discovery: bool = _setting(
        False, "production only, 1: ask for a token on GET /cds-services too", yes_or_no
    )
    profile: Profile = _setting(
        "generic", f"kind of EHR that shows the cards: {', '.join(get_args(Profile))}", one_of(Profile)
    )
    max_cards: int = _setting(3, "cards per answer at most", whole(1, 20))
    merge_cards: bool = _setting(
        False, "1: counts, suspects and precautions on one card instead of three", yes_or_no
    )
    clozapine_policy: ClozapinePolicy = _setting(
        "us-label",
        f"whose limits apply to clozapine: {', '.join(get_args(ClozapinePolicy))}",
        one_of(ClozapinePolicy),
    )
    when_not_checked: WhenNotChecked = _setting(
        "412",
        "answer when no blood counts can be had: 412, or a card that says so, for EHRs that show an error as"
        " if all were clear",
        one_of(WhenNotChecked),
    )
    knowledge_overlay: Path | None = _setting(
        None,
        "folder in which this hospital switches things off, changes limits, adds drugs and says what its own"
        " codes mean; read again at SIGHUP",
        Path,
    )
    switches: Path | None = _setting(
        None,
        "TOML file of topics and rules that are switched off or in shadow; a change holds within seconds",
        Path,
    )
    rxnorm_index: Path | None = _setting(
        None,
        "RxNorm as a whole: the file that leukocds knowledge import-rxnorm has made; it also knows NDC codes",
        Path,
    )
    rxnav_url: str = _setting(
        "",
        "address of RxNav's REST services, to be asked about codes that are known nowhere here; off when"
        " empty. Codes are sent, never a name or anything of a patient",
        base_url,
    )
    rxnav_deadline: float = _setting(
        1.0, "seconds that one answer may wait for RxNav in all", seconds(0.05, 10)
    )
    rxnav_cache: Path | None = _setting(
        None, "file that keeps what RxNav has answered; without one it is kept until the service stops", Path
    )
    fhir_servers: tuple[str, ...] = _setting(
        (),
        "sandbox only: FHIR servers that may be asked for what the prefetch lacks, parted by commas; in"
        " production each caller's own stand in LEUKOCDS_TENANTS",
        base_urls,
    )
    fhir_deadline: float = _setting(
        2.5, "seconds that all questions to the FHIR server may take together", seconds(0.05, 30)
    )
    allow_http_fhir: bool = _setting(
        False, "1: speak plain http to a listed FHIR server, whose data then travels unprotected", yes_or_no
    )
    ca_file: Path | None = _setting(
        None,
        "PEM file of the authorities that vouch for FHIR servers and for the addresses of callers' keys,"
        " instead of the public ones",
        certificates,
    )
    database_url: str = _setting(
        "sqlite:///~/.local/state/leukocds/leukocds.sqlite",
        "where feedback, shown cards and used tokens are kept: sqlite:///FILE (~ is the home folder),"
        " postgresql+psycopg://USER:PASSWORD@HOST/NAME for several replicas, or memory, in one process until"
        " it stops; LEUKOCDS_DATABASE_URL_FILE may name a file that holds it",
        database_url,
    )
    replay_policy: str = _setting(
        "refuse",
        "what becomes of a token while the database is down: refuse it, or warn and let it in",
        one_of(Literal["refuse", "warn"]),
    )
    retention_days: int = _setting(
        365, "days after which leukocds purge deletes shown cards and feedback", whole(1, 3650)
    )
    cors_origins: tuple[str, ...] = _setting(
        (),
        "origins of browser clients that may call, parted by commas, such as https://ehr.example.org",
        origins,
    )
    source_url: str = _setting("", "address that the source line of a card links to", base_url)
    metrics_port: int = _setting(
        0,
        "port of its own for /metrics, on the same host; 0: none. In a sandbox /metrics"
        " is also served on the port of the service",
        whole(0, 65535),
    )
    audit: str = _setting(
        "off",
        "audit trail of decisions and feedback, a FHIR AuditEvent per line: off, stdout, or a file",
        sink,
    )
    audit_people: str = _setting(
        "none",
        "how an audit event names patient and user: none; hash, by a number that only the holder of"
        " LEUKOCDS_AUDIT_KEY_FILE can make again; or reference, as the EHR names them",
        one_of(Literal["none", "hash", "reference"]),
    )
    audit_key_file: Path | None = _setting(
        None, "file with the secret, of 32 bytes or more, for LEUKOCDS_AUDIT_PEOPLE=hash", readable_file
    )
    otel: bool = _setting(
        False,
        "1: send traces by OpenTelemetry, to where its own variables (OTEL_EXPORTER_OTLP_ENDPOINT) say; needs"
        " leukocds[otel]",
        yes_or_no,
    )
    log_level: str = _setting(
        "info", "debug, info, warning or error", one_of(Literal["debug", "info", "warning", "error"])
    )

    @property
    def production(self) -> bool:
        """True where real patients may be sent."""
        return self.env == "production"

    @property
    def preferences(self) -> Preferences:
        """The choices for callers that have none of their own."""
        return Preferences(
            self.profile, self.max_cards, self.merge_cards, self.clozapine_policy, self.when_not_checked
        )


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One line of ``leukocds config``: variable, value as it would be written, where from, what for."""

    variable: str
    value: str
    origin: str
    explained: str


# --- reading them ---------------------------------------------------------------------------------------


def load_settings(
    environment: Mapping[str, str] | None = None, options: Mapping[str, str | None] | None = None
) -> Settings:
    """The settings of this process.

    ``options`` come from the command line, keyed by field name, and win over ``environment`` (``os.environ``
    when not given). Raises ``SettingsError`` with every problem.
    """
    settings, problems = examine_settings(environment, options)
    if problems:
        raise SettingsError(problems)
    return settings


def examine_settings(
    environment: Mapping[str, str] | None = None, options: Mapping[str, str | None] | None = None
) -> tuple[Settings, list[str]]:
    """The settings with the default for each value that cannot be used, and every problem."""
    settings, problems = _read(os.environ if environment is None else environment, options or {})
    return settings, problems + find_unsafe(settings)


def describe_settings(environment: Mapping[str, str] | None = None) -> tuple[SettingRow, ...]:
    """Every setting with its value and its origin; a value that cannot be used is shown as its default."""
    environment = os.environ if environment is None else environment
    settings, _ = _read(environment, {})
    return tuple(
        SettingRow(
            variable=_variable(field),
            value=redacted(written(getattr(settings, field.name))),
            origin=_origin(field, environment),
            explained=field.metadata["explained"],
        )
        for field in dataclasses.fields(Settings)
    )


def _variable(field: dataclasses.Field[Any]) -> str:
    return PREFIX + field.name.upper()


def _origin(field: dataclasses.Field[Any], environment: Mapping[str, str]) -> str:
    if field.name in SECRETS and environment.get(f"{_variable(field)}_FILE"):
        return "file"
    return "environment" if environment.get(_variable(field)) else "default"


def _read(environment: Mapping[str, str], options: Mapping[str, str | None]) -> tuple[Settings, list[str]]:
    fields = dataclasses.fields(Settings)
    values: dict[str, Any] = {}
    secrets, problems = read_secret_files(environment, [PREFIX + name.upper() for name in SECRETS])
    environment = {**environment, **secrets}
    for field in fields:
        option = options.get(field.name)
        text = environment.get(_variable(field), "").strip() if option is None else option
        if not text:
            continue
        try:
            values[field.name] = field.metadata["parse"](text)
        except ValueError as error:
            name = _variable(field) if option is None else f"--{field.name}"
            problems.append(f"{name} {error}")
    known = [_variable(field) for field in fields] + [f"{PREFIX}{name.upper()}_FILE" for name in SECRETS]
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f"; did you mean {near[0]}?" if near else "; see leukocds config"
            problems.append(f"{name} is not a setting{meant}")
    return Settings(**values), problems
