"""What an analyst needs to build this service in an EHR, put together from what the service really offers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from cds.app import REASON_CODES, TOPIC_CODES, source_url_of
from cds.hooks.services import CDSService
from cds.hooks.tenants import Tenant
from cds.profiles.load import load_profile
from cds.settings import Profile, Settings

_OWN_SECONDS = 0.5  # generous: without the FHIR server it takes some milliseconds
_UNSIGNED = ("MedicationRequest", "ServiceRequest")


class Endpoint(Struct, frozen=True):
    """One service. ``called``: whether this kind of EHR calls the hook; ``aud``: values of the claim."""

    hook: str
    title: str
    called: bool
    url: str
    aud: tuple[str, ...]
    feedback: str
    feedback_aud: tuple[str, ...]


class PrefetchQuery(Struct, frozen=True):
    """One prefetch key. Of the required ones, one has to be answered."""

    key: str
    query: str
    required: bool


class Code(Struct, frozen=True):
    system: str
    code: str
    name: str


class Token(Struct, frozen=True):
    """What a token of the caller has to be. Without a known caller ``issuer`` is empty."""

    algorithms: tuple[str, ...]
    issuer: str
    subject: str
    tenant: str
    seconds: int
    clock: int


class BuildSheet(Struct, frozen=True):
    """All of it. Addresses begin with ``LEUKOCDS_PUBLIC_URL``.

    Attributes:
        allow: who has to reach whom.
        seconds: what a call may take at most.
        when_not_checked, fail: what becomes of missing counts and of faults, as in ``Preferences``.
    """

    ehr: str
    discovery: str
    discovery_needs_token: bool
    endpoints: tuple[Endpoint, ...]
    prefetch: tuple[PrefetchQuery, ...]
    smart_v1: tuple[str, ...]
    smart_v2: tuple[str, ...]
    scopes: tuple[str, ...]
    unsigned_orders: tuple[str, ...]
    token: Token
    topics: tuple[Code, ...]
    reasons: tuple[Code, ...]
    links: tuple[str, ...]
    allow: tuple[str, ...]
    seconds: float
    when_not_checked: str
    fail: str
    steps: tuple[str, ...]


def build_sheet(
    settings: Settings,
    services: Mapping[str, CDSService],
    kind: Profile,
    tenant: Tenant | None,
) -> BuildSheet:
    """The sheet for this kind of EHR, and for this caller if there is one already."""
    profile = load_profile(kind)
    root = f"{settings.public_url}/cds-services"
    audiences = tuple(sorted(tenant.audiences)) if tenant else ()
    queries = next(iter(services.values())).queries
    types = (*dict.fromkeys(query.resource for query in queries), "Medication")
    wanted = tenant.preferences if tenant else settings.preferences
    caller = tenant or Tenant("")
    source = source_url_of(settings)
    return BuildSheet(
        ehr=profile.name,
        discovery=root,
        discovery_needs_token=settings.protect_discovery,
        endpoints=tuple(
            Endpoint(
                hook=service.hook.value,
                title=service.title,
                called=service.hook.value in profile.hooks,
                url=f"{root}/{service.id}",
                aud=audiences or (f"{root}/{service.id}",),
                feedback=f"{root}/{service.id}/feedback",
                feedback_aud=audiences or (f"{root}/{service.id}/feedback", f"{root}/{service.id}"),
            )
            for service in services.values()
        ),
        prefetch=tuple(
            PrefetchQuery(query.key, query.template_for(kind), query.required) for query in queries
        ),
        smart_v1=tuple(f"patient/{kind}.read" for kind in types),
        smart_v2=tuple(f"patient/{kind}.rs" for kind in types),
        scopes=profile.scope_names,
        unsigned_orders=_UNSIGNED,
        token=Token(
            algorithms=caller.algorithms,
            issuer=caller.issuer,
            subject=caller.subject,
            tenant=caller.claim,
            seconds=caller.max_lifetime,
            clock=caller.leeway,
        ),
        topics=_codes(TOPIC_CODES),
        reasons=_codes(REASON_CODES),
        links=(source,) if source else (),
        allow=tuple(_reached(settings, tenant)),
        seconds=settings.fhir_deadline + _OWN_SECONDS,
        when_not_checked=wanted.when_not_checked,
        fail=wanted.fail,
        steps=profile.steps,
    )


def _codes(codes: Iterable[tuple[str, str, str]]) -> tuple[Code, ...]:
    return tuple(Code(*code) for code in codes)


def _reached(settings: Settings, tenant: Tenant | None) -> Iterable[str]:
    yield f"from the EHR to {_origin(settings.public_url)} (hooks and feedback)"
    if tenant is None:
        return
    if tenant.keys.url:
        yield f"from this service to {_origin(tenant.keys.url)} (its public keys)"
    for server in tenant.fhir_servers:
        yield f"from this service to {_origin(server)} (FHIR, for what the prefetch lacks)"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def write_sheet(sheet: BuildSheet) -> str:
    """The sheet as plain text."""
    return "\n\n".join(f"{title}\n{'-' * len(title)}\n" + "\n".join(lines) for title, lines in _parts(sheet))


def _parts(sheet: BuildSheet) -> Iterable[tuple[str, list[str]]]:
    yield f"leukocds in {sheet.ehr}", [f"{number}. {step}" for number, step in enumerate(sheet.steps, 1)]
    yield "Addresses", list(_addresses(sheet))
    yield "Prefetch, the same for all services", list(_prefetch(sheet))
    yield "What has to be readable", list(_scopes(sheet))
    yield "The token of each call", list(_token(sheet))
    yield "Topics of cards (source.topic)", [_code(each) for each in sheet.topics]
    yield "Reasons to override a card", [_code(each) for each in sheet.reasons]
    yield (
        "To allow",
        [
            *(f"- {line}" for line in sheet.allow),
            *(f"- link of a card's source line: {link}" for link in sheet.links),
            "- no other links, no SMART apps, no system actions",
        ],
    )
    yield "What comes back", list(_answers(sheet))


def _answers(sheet: BuildSheet) -> Iterable[str]:
    yield f"- within {sheet.seconds:g} seconds, at once with a whole prefetch; the EHR has to wait so long"
    yield "- 200: cards; an empty list only if the data was looked at and nothing is to be said"
    if sheet.when_not_checked == "card":
        yield "- 200 with a card that says so, where blood counts came neither as prefetch nor otherwise"
    else:
        yield "- 412: blood counts are needed and came neither with the prefetch nor otherwise"
    if sheet.fail == "card":
        yield "- 200 with a card that says so, where we failed and checked nothing"
    yield "- 401 without a body: the token; the reason stands in our log alone"
    yield "- 400, 413, 415: the request; 500, 503: ours. None of them means that all is clear."


def _addresses(sheet: BuildSheet) -> Iterable[str]:
    protected = " (with a token of aud = this address)" if sheet.discovery_needs_token else ""
    yield f"discovery     {sheet.discovery}{protected}"
    for each in sheet.endpoints:
        yield f"{each.hook:<13} {each.url}{'' if each.called else '   (this EHR does not call it)'}"
        yield f"  feedback    {each.feedback}"


def _prefetch(sheet: BuildSheet) -> Iterable[str]:
    for each in sheet.prefetch:
        yield f"{each.key}{'   (one of the required)' if each.required else ''}"
        yield f"  {each.query}"


def _scopes(sheet: BuildSheet) -> Iterable[str]:
    yield f"SMART v1: {' '.join(sheet.smart_v1)}"
    yield f"SMART v2: {' '.join(sheet.smart_v2)}"
    if sheet.scopes:
        yield "In its own words, which may differ between versions:"
        yield from (f"  {scope}" for scope in sheet.scopes)
    yield f"and for the order hooks the unsigned {' and '.join(sheet.unsigned_orders)} that draftOrders holds"


def _token(sheet: BuildSheet) -> Iterable[str]:
    token = sheet.token
    yield f"alg   {' or '.join(token.algorithms)}; typ JWT; kid names one of the public keys"
    yield f"iss   {token.issuer or 'one fixed https address, told to us beforehand'}"
    yield "aud   the address called:"
    for each in sheet.endpoints:
        yield f"        {' or '.join(each.aud)}"
        yield f"        {' or '.join(each.feedback_aud)}   (feedback)"
    yield f"exp   at most {token.seconds} seconds after iat; clocks may differ by {token.clock} seconds"
    yield "jti   new for each call: a token is taken once"
    yield from (
        f"{name:<5} {value}" for name, value in (("sub", token.subject), ("tenant", token.tenant)) if value
    )


def _code(code: Code) -> str:
    return f"{code.system} | {code.code} | {code.name}"
