"""The paths of CDS Hooks 2.0.1: discovery, one path per service, feedback; and two for operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Blueprint, Response, request

from cds.errors import UnknownService
from cds.hooks.exchange import json_response, note, read_json_body
from cds.hooks.feedback import read_feedback
from cds.hooks.hook_request import HookRequest, read_hook_request
from cds.hooks.services import Answer, CDSService, discovery_body
from cds.hooks.trust import Trust
from cds.settings import Preferences, Settings

Answers = Callable[[CDSService, HookRequest, Preferences, datetime], Answer]
Clock = Callable[[], datetime]

_ROOT = "/cds-services"


def hook_routes(
    services: Mapping[str, CDSService],
    answers: Answers,
    settings: Settings,
    trust: Trust | None,
    clock: Clock,
) -> Blueprint:
    """The routes of ``services``. Without ``trust`` (a sandbox) nobody is asked who they are."""
    routes = Blueprint("cds-hooks", __name__)
    discovery = discovery_body(services.values())

    def admit(*paths: str) -> Preferences:
        if trust is None:
            return settings.preferences
        addresses = [settings.public_url + path for path in paths]
        caller = trust.authenticate(request.headers.get("Authorization"), addresses, clock())
        note(caller=caller.name)
        return caller.preferences

    def find(service_id: str) -> CDSService:
        if service_id not in services:
            raise UnknownService
        note(service=service_id, hook=services[service_id].hook.value)
        return services[service_id]

    @routes.get(_ROOT)
    def discover() -> Response:
        if settings.protect_discovery:
            admit(_ROOT)
        return json_response(discovery)

    @routes.post(f"{_ROOT}/<service_id>")
    def invoke(service_id: str) -> Response:
        preferences = admit(f"{_ROOT}/{service_id}")
        service = find(service_id)
        hook_request = read_hook_request(read_json_body())
        note(instance=hook_request.instance)
        answer = answers(service, hook_request, preferences, clock())
        note(cards=answer.cards, topics=answer.topics, gaps=answer.gaps)
        return json_response(answer.body)

    @routes.post(f"{_ROOT}/<service_id>/feedback")
    def feedback(service_id: str) -> Response:
        admit(f"{_ROOT}/{service_id}/feedback", f"{_ROOT}/{service_id}")
        find(service_id)
        outcomes = read_feedback(read_json_body())
        note(accepted=outcomes.accepted, overridden=outcomes.overridden, reasoned=outcomes.reasoned)
        return json_response(b"{}")

    @routes.get("/healthz")
    def healthy() -> Response:
        return json_response(b'{"status":"alive"}')

    @routes.get("/readyz")
    def ready() -> Response:
        return json_response(b'{"status":"ready"}')

    return routes
