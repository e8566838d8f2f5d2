"""The paths below ``/sandbox``: the page, its patients and medicines, and what was concluded of a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from flask import Flask, Response, request
from msgspec import Struct

from cds.answer import Answerer, Conclusion
from cds.errors import HookMismatch, UnknownPath, UnknownService
from cds.hooks.exchange import json_response, read_json_body
from cds.hooks.hook_request import read_hook_request
from cds.hooks.sandbox import wished_moment, wished_preferences
from cds.hooks.services import CDSService
from cds.settings import Preferences, Profile
from cds.workbench.assets import guarded, register_assets
from cds.workbench.chart import Digits, draw_chart
from cds.workbench.chart_data import ChartData
from cds.workbench.documents import Opened, open_document
from cds.workbench.medicines import Orderable, orderables_of
from cds.workbench.patients import PatientStory, Theme, list_patients, tell_patient
from cds.workbench.profiles import ProfileData, TakesCards, list_profiles

PATH = "/sandbox"

Explanation = Callable[[Conclusion], tuple[tuple[str, tuple[str, ...]], ...]]


@dataclass(frozen=True, slots=True)
class Workbench:
    """What the sandbox is given of the service.

    Attributes:
        explain: the reasoning behind a conclusion, in titled sections of lines.
        digits: a number as the cards show it.
        preferences: what is shown when a call asks for nothing else.
        stories: folder of the stories.
        clock: gives now in UTC.
        takes_cards: how a kind of EHR takes cards.
    """

    answerer: Answerer
    services: Mapping[str, CDSService]
    explain: Explanation
    digits: Digits
    preferences: Preferences
    stories: Path
    version: str
    clock: Callable[[], datetime]
    takes_cards: Callable[[Profile], TakesCards]


class Start(Struct, frozen=True):
    """What the page needs to open."""

    version: str
    knowledge: str
    now: datetime
    services: list[dict[str, str]]
    profile: str
    profiles: list[ProfileData]
    themes: list[Theme]
    orderables: list[Orderable]


class ExplanationSection(Struct, frozen=True):
    title: str
    lines: tuple[str, ...]


class Reasoning(Struct, frozen=True):
    """What was read of one request and how it was judged."""

    chart: ChartData
    explanation: list[ExplanationSection]


def register_workbench(app: Flask, bench: Workbench) -> None:
    """Serve the sandbox. For a sandbox only: nothing here asks who is calling."""
    knowledge = bench.answerer.knowledge
    queries = next(iter(bench.services.values())).queries
    orderables, profiles = orderables_of(knowledge), list_profiles(bench.takes_cards)
    offered = [
        {"id": each.id, "hook": each.hook.value, "title": each.title} for each in bench.services.values()
    ]
    register_assets(app, PATH)

    @app.get(f"{PATH}/api/start")
    def start() -> Response:
        now = bench.clock()
        return _sent(
            Start(
                version=bench.version,
                knowledge=knowledge.version,
                now=now,
                services=offered,
                profile=bench.preferences.profile,
                profiles=profiles,
                themes=list_patients(bench.stories, now),
                orderables=orderables,
            )
        )

    @app.get(f"{PATH}/api/patients/<name>")
    def patient(name: str) -> Response:
        story = tell_patient(bench.stories, name, bench.clock())
        if story is None:
            raise UnknownPath
        return _sent(story)

    @app.post(f"{PATH}/api/documents")
    def document() -> Response:
        return _sent(open_document(read_json_body(), queries, request.args.get("patient", "")))

    @app.post(f"{PATH}/api/reasoning/<service_id>")
    def reasoning(service_id: str) -> Response:
        if service_id not in bench.services:
            raise UnknownService
        service = bench.services[service_id]
        asked = read_hook_request(read_json_body())
        if asked.hook != service.hook.value:
            raise HookMismatch(f"This service answers the hook {service.hook.value} and no other.")
        preferences = wished_preferences(request.headers, bench.preferences)
        moment = wished_moment(request.headers, bench.clock())
        conclusion = bench.answerer.conclude(service, asked, preferences, moment)
        return _sent(
            Reasoning(
                chart=draw_chart(conclusion, knowledge, preferences.clozapine_policy, bench.digits),
                explanation=[ExplanationSection(*section) for section in bench.explain(conclusion)],
            )
        )


def _sent(document: Start | PatientStory | Opened | Reasoning) -> Response:
    return guarded(json_response(msgspec.json.encode(document)))
