"""Reads the file of known callers: one table per EHR, with its public keys and its choices.

    [[tenant]]
    name = "north-hospital"                       # for our log
    issuer = "https://fhir.north.example.org/R4"  # the token's iss, exactly
    jwks_url = "https://fhir.north.example.org/R4/jwks.json"  # fetched, kept, and fetched again; or
    jwks_file = "north.jwks.json"                 # beside this file, read once; or [[tenant.keys]] tables
    algorithms = ["RS384", "ES384"]               # the default; never none, never HS*
    audience = "sand_man"                         # only if its tokens do not name the address called
    subject = "..."                               # the token's sub, if it has to be checked
    tenant = "..."                                # the token's tenant, where one issuer serves several
    leeway_seconds = 60                           # how far its clock may be off
    max_lifetime_seconds = 3600                   # exp - iat at most
    fhir_servers = ["https://fhir.north.example.org/R4"]  # those that may be asked; no other ever is
    profile = "epic"                              # as in Settings; so are max_cards, merge_cards and
    clozapine_policy = "eu-2025"                  # this one
    when_not_checked = "412"                      # no counts to be had: "412", or a "card" that says so
    fail = "error"                                # a fault of ours: "error" (500), or a "card" that says so
    suppress_repeats = false                      # leave out what was shown in this encounter already
    shadow = ["leukoMonitoring"]                  # worked out and counted, but not sent; true: all topics

    [tenant.override_reasons]                     # what its own reasons mean, by code, system|code or title:
    "1042" = "known-and-followed"                 # the code of one of ours; all others count as other

Every problem is reported at once, by place and never by value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from cds.errors import TenantsError
from cds.hooks.feedback import site_reasons
from cds.hooks.key_sets import AgreedKeys, FetchedKeys, Keys
from cds.hooks.signing_keys import Algorithm, read_key, read_key_set
from cds.hooks.tenants import Tenant
from cds.knowledge.schema import SWITCHABLE_TOPICS
from cds.knowledge.schema.switches import EVERY_TOPIC
from cds.setting_values import base_url
from cds.settings import ClozapinePolicy, OnFault, Preferences, Profile, Settings, WhenNotChecked
from cds.toml_text import parse_toml_text

# its private key is published with its source, so that its signature proves nothing
PUBLIC_SANDBOX_ISSUER = "https://sandbox.cds-hooks.org"

_MEANT = {  # by pattern
    "name": "must be lower-case words of letters and digits, joined by hyphens, such as north-hospital",
    "issuer": "must be the https address that stands as iss in its tokens",
    "jwks_url": "must be an https address without a user, a password or a fragment",
}
_CHOICES = (
    "profile",
    "max_cards",
    "merge_cards",
    "clozapine_policy",
    "when_not_checked",
    "fail",
    "suppress_repeats",
    "shadow",
)


def _not_empty(value: object) -> object:
    if value == "empty":
        raise ValueError("an empty answer after a fault would look like all clear; choose error or card")
    return value


def _shadowed(value: object) -> object:
    if isinstance(value, bool):
        return frozenset([EVERY_TOPIC] if value else [])
    if not isinstance(value, list) or not all(topic in SWITCHABLE_TOPICS for topic in value):
        raise ValueError(f"must be true, false, or a list of topics: {', '.join(SWITCHABLE_TOPICS)}")
    return frozenset(value)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)
    issuer: str = Field(pattern=r"^https://\S+$")
    jwks_url: str = Field(default="", pattern=r"^(https://[^\s@#/]+/[^\s@#]*)?$")
    jwks_file: str = ""
    keys: list[dict[str, Any]] = []
    algorithms: list[Algorithm] = Field(default=["RS384", "ES384"], min_length=1)
    audience: str | list[str] = []
    subject: str = ""
    tenant: str = ""
    leeway_seconds: int = Field(default=60, ge=0, le=300)
    max_lifetime_seconds: int = Field(default=3600, ge=1, le=86400)
    fhir_servers: list[str] = []
    profile: Profile | None = None
    max_cards: int | None = Field(default=None, ge=1, le=20)
    merge_cards: bool | None = None
    clozapine_policy: ClozapinePolicy | None = None
    when_not_checked: WhenNotChecked | None = None
    fail: Annotated[OnFault | None, BeforeValidator(_not_empty)] = None
    suppress_repeats: bool | None = None
    shadow: Annotated[frozenset[str] | None, BeforeValidator(_shadowed)] = None
    override_reasons: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class _Listed:
    """One table, as far as its members have the right shape; ``faulty`` are those that have not."""

    table: _Table
    place: str
    faulty: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return self.place if "name" in self.faulty else self.table.name

    def is_whole(self, *members: str) -> bool:
        """Whether nothing that depends on these members would be said of a wrong one."""
        return self.faulty.isdisjoint(members)


def tenants_of(settings: Settings, reasons: Collection[str] | None = None) -> tuple[Tenant, ...]:
    """The callers that the settings name a file of; none without one. Raises as ``load_tenants``."""
    if settings.tenants is None:
        return ()
    return load_tenants(
        settings.tenants,
        settings.preferences,
        allow_http_fhir=settings.allow_http_fhir,
        ca_file=settings.ca_file,
        reasons=reasons,
    )


def load_tenants(
    path: Path,
    preferences: Preferences,
    *,
    allow_http_fhir: bool = False,
    ca_file: Path | None = None,
    reasons: Collection[str] | None = None,
) -> tuple[Tenant, ...]:
    """The callers listed in the file at ``path``; ``preferences`` hold for those who state none.

    ``allow_http_fhir`` lets a FHIR server have a plain http address; ``ca_file`` vouches for the addresses
    of keys; ``reasons`` are the codes that a caller's own reasons may mean, if that is to be checked. Raises
    ``TenantsError`` with every problem: of a table that has a member of the wrong shape the others are looked
    at all the same.
    """
    try:
        document = parse_toml_text(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise TenantsError([f"{path} cannot be read: {error}"]) from None
    listed, problems = _tables(document)
    for each in listed:
        found = _problems(each, path, reasons, allow_http=allow_http_fhir)
        problems += [f"{each.name}: {problem}" for problem in found]
    problems += _ambiguous(each.table for each in listed if each.is_whole("name", "issuer", "tenant"))
    if problems:
        raise TenantsError(f"{path}: {problem}" for problem in problems)
    return tuple(_tenant(each.table, path, preferences, ca_file) for each in listed)


def _tables(document: dict[str, Any]) -> tuple[list[_Listed], list[str]]:
    """The tables, and what is wrong with the shape of their members."""
    listed: list[_Listed] = []
    problems = [f"{name}: only [[tenant]] tables belong here" for name in document if name != "tenant"]
    sent = document.get("tenant")
    if not isinstance(sent, list) or not sent:
        return [], [*problems, "tenant: at least one [[tenant]] table is needed"]
    for number, table in enumerate(sent):
        place = f"tenant.{number}"
        try:
            listed.append(_Listed(_Table.model_validate(table), place))
        except ValidationError as error:
            problems += [_in_words(number, each["loc"], each["type"], each["msg"]) for each in error.errors()]
            if isinstance(table, dict):
                listed.append(_rest(table, place, {str(each["loc"][0]) for each in error.errors()}))
    return listed, problems


def _rest(sent: Mapping[str, Any], place: str, wrong: Collection[str]) -> _Listed:
    """What is left of a table without its wrong members; one that is misspelt is a wrong one of its own."""
    good = {member: value for member, value in sent.items() if member not in wrong}
    meant = {near for member in wrong for near in get_close_matches(member, _Table.model_fields, n=1)}
    table = _Table.model_validate({"name": "unknown", "issuer": "https://unknown", **good})
    return _Listed(table, place, frozenset({*wrong, *meant}))


def _in_words(number: int, location: tuple[int | str, ...], kind: str, message: str) -> str:
    place = ".".join(str(part) for part in ("tenant", number, *location))
    if kind == "extra_forbidden":
        near = get_close_matches(str(location[0]), _Table.model_fields, n=1)
        message = f"not a member of a tenant{f'; did you mean {near[0]}?' if near else ''}"
    elif kind == "string_pattern_mismatch":
        message = _MEANT[str(location[0])]
    return f"{place}: {message.removeprefix('Value error, ')}"


def _tenant(table: _Table, path: Path, preferences: Preferences, ca_file: Path | None) -> Tenant:
    chosen: dict[str, Any] = {name: value for name in _CHOICES if (value := getattr(table, name)) is not None}
    return Tenant(
        name=table.name,
        issuer=table.issuer,
        keys=_keys(table, path, ca_file),
        audiences=frozenset([table.audience] if isinstance(table.audience, str) else table.audience),
        subject=table.subject,
        algorithms=tuple(table.algorithms),
        claim=table.tenant,
        leeway=table.leeway_seconds,
        max_lifetime=table.max_lifetime_seconds,
        preferences=replace(preferences, **chosen),
        fhir_servers=tuple(server.rstrip("/") for server in table.fhir_servers),
        override_reasons=site_reasons(table.override_reasons),
    )


def _keys(table: _Table, path: Path, ca_file: Path | None) -> Keys:
    if table.jwks_url:
        return FetchedKeys(table.jwks_url, table.algorithms, table.name, ca_file)
    return AgreedKeys(dict(read_key(jwk, table.algorithms) for jwk in _agreed(table, path)))


def _agreed(table: _Table, path: Path) -> list[Any]:
    keys: list[Any] = list(table.keys)
    if table.jwks_file:
        keys += read_key_set(path.parent.joinpath(table.jwks_file).read_bytes())
    return keys


# --- what is wrong --------------------------------------------------------------------------------------


def _problems(
    listed: _Listed, path: Path, reasons: Collection[str] | None, *, allow_http: bool
) -> Iterator[str]:
    table = listed.table
    if any(_is_sandbox(url) for url in (table.issuer, table.jwks_url)):
        yield f"the private key of {PUBLIC_SANDBOX_ISSUER} is public; refused in production"
    if table.jwks_url and (table.jwks_file or table.keys):
        yield "jwks_url stands beside jwks_file or [[tenant.keys]]; one of them has to go"
    elif not table.jwks_url and listed.is_whole("jwks_url", "jwks_file", "keys", "algorithms"):
        yield from _key_problems(table, path)
    if "" in ([table.audience] if isinstance(table.audience, str) else table.audience):
        yield "audience is empty"
    for number, server in enumerate(table.fhir_servers):
        try:
            base_url(server)
        except ValueError as error:
            yield f"fhir_servers.{number}: {error}"
            continue
        if not server.startswith("https://") and not allow_http:
            yield f"fhir_servers.{number}: must be https; LEUKOCDS_ALLOW_HTTP_FHIR=1 allows http"
    if reasons is not None:
        for code in sorted({*table.override_reasons.values()}.difference(reasons)):
            yield f"override_reasons: {code} is none of {', '.join(sorted(reasons))}"


def _is_sandbox(url: str) -> bool:
    return f"{url}/".startswith(f"{PUBLIC_SANDBOX_ISSUER}/")


def _key_problems(table: _Table, path: Path) -> Iterator[str]:
    try:
        sent = _agreed(table, path)
    except OSError as error:
        yield f"jwks_file {path.parent / table.jwks_file} cannot be read: {error.strerror}"
        sent = list(table.keys)
    except ValueError:
        yield f"jwks_file {path.parent / table.jwks_file} cannot be read as a JWK set"
        sent = list(table.keys)
    if not sent:
        yield "no keys; give jwks_url, jwks_file or [[tenant.keys]]"
    names = set()
    for number, jwk in enumerate(sent, start=1):
        try:
            kid, _ = read_key(jwk, table.algorithms)
        except ValueError as error:
            yield f"key {number}: {error}"
            continue
        if kid in names:
            yield f"key {number}: kid occurs twice"
        names.add(kid)


def _ambiguous(tables: Iterable[_Table]) -> Iterator[str]:
    names, callers = set(), dict[str, set[str]]()
    for table in tables:
        if table.name in names:
            yield f"{table.name}: name occurs twice"
        names.add(table.name)
        claims = callers.setdefault(table.issuer, set())
        if table.tenant in claims or (claims and "" in {table.tenant, *claims}):
            yield f"{table.name}: issuer occurs twice; tell them apart by tenant"
        claims.add(table.tenant)
