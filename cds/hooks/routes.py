"""The paths of CDS Hooks 2.0.1: discovery, one path per service, feedback; and those about the service."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from flask import Flask, Response, request

from cds.errors import MissingData, UnknownService
from cds.hooks.about import CALLERS_WITHOUT_KEYS, About, register_about
from cds.hooks.browsers import register_browsers
from cds.hooks.exchange import (
    Tracer,
    json_response,
    note,
    on_fault,
    read_json_body,
    register_exchange,
    tell,
    tidy_paths,
)
from cds.hooks.fetch import FhirCall, open_call
from cds.hooks.fhir_servers import FhirServers
from cds.hooks.hook_request import HookRequest, read_hook_request
from cds.hooks.keeping import Keeping
from cds.hooks.observed import Observer
from cds.hooks.sandbox import wished_moment, wished_preferences
from cds.hooks.services import Answer, CDSService, discovery_body
from cds.hooks.switches import Switchboard
from cds.hooks.tenants import Tenant
from cds.hooks.tenants_file import tenants_of
from cds.hooks.trust import Trust
from cds.knowledge.schema.switches import EVERY_TOPIC
from cds.settings import Preferences, Settings
from cds.trace import carry_on

Answers = Callable[[CDSService, HookRequest, Preferences, datetime, FhirCall], Answer]
Clock = Callable[[], datetime]

_ROOT = "/cds-services"


def hook_app(
    settings: Settings,
    services: Mapping[str, CDSService],
    answers: Answers,
    about: About,
    clock: Clock,
    keeping: Keeping | None = None,
    switchboard: Switchboard | None = None,
    observers: Sequence[Observer] = (),
    tracer: Tracer = carry_on,
    own_up: Callable[[Preferences, str], Answer] | None = None,
) -> Flask:
    """The WSGI application that offers ``services``, sends what ``answers`` answers, and says what it is.

    ``clock`` gives now in UTC. ``keeping`` remembers tokens, cards and feedback, by default in this process.
    ``switchboard`` says what is switched off and in shadow; without it nothing is. ``observers`` are told of
    every exchange, ``tracer`` opens its step in the caller's trace. ``own_up`` makes a fault of ours, by its
    reference, into the card that some callers prefer to HTTP 500. In production only the callers of
    ``settings.tenants`` are let in; raises ``TenantsError`` if that file cannot be used, ``SwitchesError`` if
    that of the switches cannot. Callers whose keys could not be fetched stand in the application's
    configuration, as ``CALLERS_WITHOUT_KEYS``; they are fetched again when one calls.
    """
    app = Flask("leukocds", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body
    app.url_map.merge_slashes = False
    register_exchange(app, observers=observers, tracer=tracer)
    register_browsers(app, settings)
    keeping = keeping or Keeping(knowledge=about.knowledge)
    trust = _trust(settings, keeping)
    app.config[CALLERS_WITHOUT_KEYS] = frozenset() if trust is None else trust.fetch_keys(clock())
    switchboard = switchboard or Switchboard()
    anybody = Tenant("sandbox", preferences=settings.preferences, fhir_servers=settings.fhir_servers)
    switchboard.open([anybody] if trust is None else trust.tenants)
    _register_routes(app, settings, services, answers, clock, trust or anybody, keeping, switchboard, own_up)
    register_about(app, about, partial(switchboard.standing, clock))
    app.wsgi_app = tidy_paths(app.wsgi_app, urlsplit(settings.public_url).path)  # type: ignore[method-assign]
    return app


def _register_routes(
    app: Flask,
    settings: Settings,
    services: Mapping[str, CDSService],
    answers: Answers,
    clock: Clock,
    trust: Trust | Tenant,
    keeping: Keeping,
    switchboard: Switchboard,
    own_up: Callable[[Preferences, str], Answer] | None,
) -> None:
    discovery = discovery_body(services.values())
    fhir_servers = FhirServers(settings)

    def admit(*paths: str) -> Tenant:
        if isinstance(trust, Tenant):  # anybody, in a sandbox
            tell(tenant=trust.name)
            return trust
        addresses = [settings.public_url + path for path in paths]
        caller = trust.authenticate(request.headers.get("Authorization"), addresses, clock())
        note(caller=caller.name)
        tell(tenant=caller.name)
        return caller

    def find(service_id: str) -> CDSService:
        if service_id not in services:
            raise UnknownService
        note(service=service_id, hook=services[service_id].hook.value)
        tell(knowledge=keeping.knowledge)
        return services[service_id]

    @app.get(_ROOT)
    def discover() -> Response:
        if settings.protect_discovery:
            admit(_ROOT)
        return json_response(discovery)

    @app.post(f"{_ROOT}/<service_id>")
    def invoke(service_id: str) -> Response:
        caller = admit(f"{_ROOT}/{service_id}")
        moment = clock()
        preferences = switchboard.preferences_of(caller, moment)
        if own_up is not None and preferences.fail == "card" and EVERY_TOPIC not in preferences.shadow:
            on_fault(partial(own_up, preferences))
        service = find(service_id)
        hook_request = read_hook_request(read_json_body())
        note(instance=hook_request.instance)
        tell(patient=hook_request.patient_id, user=hook_request.user)
        if isinstance(trust, Tenant):
            preferences = wished_preferences(request.headers, preferences)
            moment = wished_moment(request.headers, moment)
        fhir = open_call(fhir_servers, caller.fhir_servers, hook_request, preferences.profile)
        with _telling_of(fhir):
            answer = answers(service, hook_request, preferences, moment, fhir)
        answer = keeping.leave_out_repeats(caller, hook_request, preferences, answer, clock())
        note(cards=len(answer.shown), topics=answer.topics, gaps=answer.gaps)
        if answer.repeated:
            note(repeated=len(answer.repeated))
        if answer.shadowed:
            note(shadowed=[card.topic for card in answer.shadowed])
        tell(answer=answer)
        keeping.keep_answer(caller, service, answer, clock())
        return json_response(answer.body)

    @app.post(f"{_ROOT}/<service_id>/feedback")
    def feedback(service_id: str) -> Response:
        caller = admit(f"{_ROOT}/{service_id}/feedback", f"{_ROOT}/{service_id}")
        keeping.keep_feedback(caller, find(service_id), read_json_body(), clock())
        return json_response(b"{}")


@contextmanager
def _telling_of(fhir: FhirCall) -> Iterator[None]:
    """What was fetched is told, even if it was not enough for an answer."""
    try:
        yield
    except MissingData:
        tell(answer=Answer(b"", prefetch=fhir.told, questions=fhir.questions, unchecked="missing"))
        raise
    finally:
        came = [*fhir.told.values()]
        if came:
            note(supplied=came.count("supplied"), fetched=came.count("fetched"))
        if fhir.unfetched or fhir.questions:
            note(unfetched=fhir.unfetched, fhir_ms=round(fhir.seconds * 1000, 2))


def _trust(settings: Settings, keeping: Keeping) -> Trust | None:
    """Who may call; ``None`` in a sandbox, where anybody may."""
    if not settings.production:
        return None
    return Trust(
        tenants_of(settings, {*keeping.reasons.values()}),
        keeping.records,
        insist=settings.replay_policy == "refuse",
        on_doubt=lambda: tell(unchecked_token=True),
        on_stale=lambda: tell(stale_keys=True),
    )
