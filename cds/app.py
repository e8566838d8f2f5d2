"""Where the parts are put together: the only place that knows both the service and its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import msgspec
from flask import Flask

from cards.basis import drugs_of, mark_of, topics_in
from cards.card import Card, CardSettings, Coding, encode_response
from cards.endings import TOPIC_NAME
from cards.explanation import Section, explanation_sections, render_explanation
from cards.not_evaluated import render_not_evaluated
from cards.overrides import OVERRIDE_REASONS
from cards.profile import CardProfile, dropped_by
from cards.render import TOPIC_SYSTEM, cited_references, render_cards
from cards.wording import number
from cds import __version__
from cds.answer import Answerer, Conclusion
from cds.findings import Assessment, Topic
from cds.hooks.about import SOURCE_ATTRIBUTES, About
from cds.hooks.feedback import our_reasons
from cds.hooks.keeping import Keeping
from cds.hooks.records import MemoryRecords, Records
from cds.hooks.routes import hook_app
from cds.hooks.services import Answer, offered_services
from cds.knowledge.base import Knowledge
from cds.pages.html import render_html
from cds.pages.source_attributes import source_attributes_data, source_attributes_page
from cds.profiles.load import load_profile
from cds.rxnorm.sources import Sources, open_sources
from cds.self_test import find_fault
from cds.setting_values import IN_MEMORY
from cds.settings import Preferences, Profile, Settings
from cds.shown import ShownCard, Spoken
from cds.standing import Standing, open_switchboard
from cds.store.records import DatabaseRecords, open_records
from cds.stories import stories_folder
from cds.telemetry.assembly import Telemetry, open_telemetry
from cds.telemetry.exposition import CONTENT_TYPE
from cds.workbench.routes import Workbench, register_workbench

# system, code and name of what an EHR has to know of our cards beforehand
REASON_CODES = tuple((each.system, each.code, each.display) for each in OVERRIDE_REASONS)
TOPIC_CODES = tuple((TOPIC_SYSTEM, topic.value, TOPIC_NAME[topic].capitalize()) for topic in Topic)
OFFERED_REASONS = our_reasons(REASON_CODES)


def create_app(
    settings: Settings,
    knowledge: Knowledge,
    clock: Callable[[], datetime] | None = None,
    telemetry: Telemetry | None = None,
    records: Records | None = None,
) -> Flask:
    """The service as a WSGI application.

    ``clock`` gives now in UTC; by default the one of the settings. ``telemetry`` watches it; by default what
    watches this process alone. ``records`` remember tokens, cards and feedback; by default this process does.
    Raises ``TenantsError`` in production when the callers' file cannot be used, ``SwitchesError`` when the
    file of switches cannot, and what ``create_answerer`` raises.
    """
    telemetry = telemetry or open_telemetry(settings)
    answerer = create_answerer(settings, knowledge)
    services = offered_services(knowledge)
    clock = clock or clock_of(settings)
    switchboard = open_switchboard(settings, knowledge, telemetry)
    threads = settings.workers * settings.threads
    standing = Standing(knowledge, switchboard, records or MemoryRecords(), telemetry, clock, threads)
    about = About(
        knowledge=knowledge.version,
        overlay=knowledge.overlay,
        find_fault=partial(find_fault, answerer, services),
        page=render_html(source_attributes_page(knowledge)).encode(),
        data=msgspec.json.encode(source_attributes_data(knowledge)),
        metrics=standing.page,
        metrics_type=CONTENT_TYPE,
        open_metrics=not settings.production,
        records=records.state if records else None,
        needs_records=settings.production and settings.replay_policy == "refuse",
    )
    keeping = Keeping(standing.records, OFFERED_REASONS, knowledge.version)
    app = hook_app(
        settings,
        services,
        replace(answerer, span=telemetry.span).answer,
        about,
        clock,
        keeping,
        switchboard,
        observers=(*telemetry.observers, standing.follow),
        tracer=telemetry.tracer,
        own_up=partial(own_up, knowledge.version, source_url_of(settings)),
    )
    if not settings.production:
        bench = Workbench(
            answerer=answerer,
            services=services,
            explain=explain_by_section,
            digits=number,
            preferences=settings.preferences,
            stories=stories_folder(),
            version=__version__,
            clock=clock,
            takes_cards=card_profile,
        )
        register_workbench(app, bench)
    return app


def open_memory(settings: Settings) -> MemoryRecords | DatabaseRecords:
    """Where tokens, cards and feedback are remembered. Raises ``DatabaseError`` if that cannot be used."""
    return MemoryRecords() if settings.database_url == IN_MEMORY else open_records(settings.database_url)


def create_answerer(settings: Settings, knowledge: Knowledge) -> Answerer:
    """What answers a hook request, without HTTP.

    Raises ``RxNormIndexError`` or ``SettingsError`` if what the settings name for codes cannot be used.
    """
    sources = open_sources(
        settings.rxnorm_index, settings.rxnav_url, settings.rxnav_deadline, settings.rxnav_cache
    )
    source_url = source_url_of(settings)
    orderables = {
        test: Coding(system=each.system, code=each.code, display=each.display)
        for test, each in knowledge.orderables.items()
    }

    def say(assessment: Assessment, preferences: Preferences, patient_id: str) -> Spoken:
        wanted = CardSettings(
            source_url=source_url,
            max_cards=preferences.max_cards,
            merge_cards=preferences.merge_cards,
            profile=card_profile(preferences.profile),
            orderables=orderables,
        )
        cards = render_cards(assessment, patient_id=patient_id, settings=wanted)
        return Spoken(encode_response(cards), tuple(map(shown_card, cards)))

    return Answerer(ask_sources(knowledge, sources), cited_references, say, sources.one_answer)


def own_up(knowledge: str, source_url: str, preferences: Preferences, reference: str) -> Answer:
    """A fault of ours as a card; the log holds it under ``reference``."""
    wanted = CardSettings(source_url=source_url, profile=card_profile(preferences.profile))
    card = render_not_evaluated(knowledge, reference, wanted)
    return Answer(encode_response((card,)), (shown_card(card),), unchecked="fault")


@cache
def card_profile(profile: Profile) -> CardProfile:
    """What the kind of EHR of that name makes of a card."""
    return msgspec.convert(load_profile(profile).cards, CardProfile)


def dropped_of(profile: Profile, card: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What the kind of EHR of that name would drop of ``card``, as it was sent: where, and why."""
    return tuple((each.where, each.why) for each in dropped_by(card_profile(profile), card))


def shown_card(card: Card) -> ShownCard:
    """What may be kept of ``card``."""
    return ShownCard(
        uuid=card.uuid,
        topic=card.source.topic.code if card.source.topic else "",
        indicator=card.indicator.value,
        drugs=drugs_of(card),
        suggestions=tuple(suggestion.uuid for suggestion in card.suggestions),
        topics=topics_in(card),
        mark=mark_of(card),
    )


def ask_sources(knowledge: Knowledge, sources: Sources) -> Knowledge:
    """The knowledge, whose recognition of medicines also asks what the site has for codes."""
    return replace(knowledge, medicines=knowledge.medicines.with_lookups(sources.local, sources.remote))


def source_url_of(settings: Settings) -> str:
    """What the source line of a card links to: what was set, else our own page, if it has an address."""
    if settings.source_url or not settings.public_url:
        return settings.source_url
    return f"{settings.public_url}{SOURCE_ATTRIBUTES}"


def explain_conclusion(conclusion: Conclusion) -> str:
    """The whole reasoning of one conclusion, as plain text."""
    return render_explanation(conclusion.assessment, conclusion.read)


def explain_by_section(conclusion: Conclusion) -> tuple[Section, ...]:
    """The same reasoning in titled sections, for a page."""
    return explanation_sections(conclusion.assessment, conclusion.read)


def clock_of(settings: Settings) -> Callable[[], datetime]:
    """Now in UTC: the clock of this machine, or the one instant that a sandbox is set to."""
    fixed = settings.clock
    return utc_now if fixed is None else lambda: fixed


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)
