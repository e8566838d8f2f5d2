"""Findings to cards: which topics speak, in which order, how many, and what each card ends with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import chain
from uuid import uuid4

import msgspec

from cards.basis import BASIS, Basis, build_basis, common_basis
from cards.card import Card, CardSettings, Coding, Indicator, Source
from cards.caveat_words import caveats_for
from cards.data_quality import render_data_quality
from cards.endings import TOPIC_NAME, write_ending, write_not_shown
from cards.fever import fever_evidence, render_fever
from cards.live_vaccine import live_vaccine_evidence, render_live_vaccine
from cards.low_count import low_count_evidence, render_low_count
from cards.markdown import write_markdown
from cards.message import Evidence, Message, distinct
from cards.monitoring import monitoring_evidence, render_monitoring
from cards.order_risk import order_risk_evidence, render_order_risk
from cards.precautions import render_precautions
from cards.profile import CardProfile
from cards.suggestions import build_suggestions, selection_behavior
from cards.suspects import render_suspects, suspects_evidence
from cards.telling import Telling
from cds.findings import Assessment, Topic, Urgency

TOPIC_SYSTEM = "urn:leukocds:topic"

_RENDERERS: dict[Topic, Callable[[Telling, Urgency], Message]] = {
    Topic.FEVER: render_fever,
    Topic.ORDER_RISK: render_order_risk,
    Topic.LIVE_VACCINE: render_live_vaccine,
    Topic.LOW_COUNT: render_low_count,
    Topic.SUSPECTS: render_suspects,
    Topic.MONITORING: render_monitoring,
    Topic.PRECAUTIONS: render_precautions,
    Topic.DATA_QUALITY: render_data_quality,
}
_EVIDENCE: dict[Topic, Callable[[Assessment], Evidence]] = {  # of those that rest on more than low counts
    Topic.FEVER: fever_evidence,
    Topic.ORDER_RISK: order_risk_evidence,
    Topic.LIVE_VACCINE: live_vaccine_evidence,
    Topic.LOW_COUNT: low_count_evidence,
    Topic.SUSPECTS: suspects_evidence,
    Topic.MONITORING: monitoring_evidence,
}
_MERGED = (Topic.LOW_COUNT, Topic.SUSPECTS, Topic.PRECAUTIONS)
_NEVER_DROPPED = {Topic.FEVER, Topic.LIVE_VACCINE}
_WITH_PRECAUTIONS = (Topic.LOW_COUNT, Topic.PRECAUTIONS)
_INDICATOR = {
    Urgency.INFO: Indicator.INFO,
    Urgency.WARNING: Indicator.WARNING,
    Urgency.CRITICAL: Indicator.CRITICAL,
}


def _uuid4() -> str:
    return str(uuid4())


def render_cards(
    assessment: Assessment,
    *,
    patient_id: str = "",
    settings: CardSettings | None = None,
    new_uuid: Callable[[], str] = _uuid4,
) -> tuple[Card, ...]:
    """The cards of one answer, in the order of the topics.

    Pure but for ``new_uuid``: the same assessment gives the same cards.

    Args:
        assessment: what was concluded, with a decision per topic; a topic without urgency makes no card.
        patient_id: subject of a suggested test order; without it no test order is suggested.
        settings: what this EHR wants of its cards.
        new_uuid: makes the identifiers of cards and suggestions.

    Raises:
        ValueError: a topic was decided to speak, but there is no finding to speak of.
    """
    settings = settings if settings is not None else CardSettings()
    messages = _speak(assessment)
    if settings.merge_cards:
        messages = _fold(messages, _MERGED)
    kept = _cap(messages, settings.max_cards)
    if any(message.topic is Topic.PRECAUTIONS for message in messages if message not in kept):
        # Precautions are part of what this service promises: they move in with the count rather than out.
        messages = _fold(messages, _WITH_PRECAUTIONS)
        kept = _cap(messages, settings.max_cards)
    dropped = [message for message in messages if message not in kept]
    common = common_basis(assessment)
    offered: set[str] = set()
    cards: list[Card] = []
    for message in kept:
        last = message is kept[-1]
        caveats = caveats_for(assessment, message.topics)
        suggestions = build_suggestions(
            message,
            patient_id=patient_id,
            settings=settings,
            new_uuid=new_uuid,
            offered=offered,
        )
        blocks = (
            *message.blocks,
            *write_ending(assessment, message, caveats),
            *write_not_shown(dropped if last else []),
            *message.hand_over,
        )
        cards.append(
            Card(
                uuid=new_uuid(),
                summary=message.summary,
                indicator=_INDICATOR[message.urgency],
                detail=write_markdown(blocks, short_lines=settings.profile.short_lines),
                source=_source(assessment.knowledge, message.topic, settings.source_url),
                suggestions=suggestions,
                selection_behavior=selection_behavior(message, suggestions, settings.profile),
                override_reasons=message.reasons,
                extension=_extension(build_basis(common, message.evidence, caveats), settings.profile),
            )
        )
    return tuple(cards)


def cited_references(assessment: Assessment, topics: Iterable[Topic]) -> tuple[str, ...]:
    """References of the resources that the cards of these topics rest on, which are held against FHIR R4.

    The newest low counts on any card, and the references in the evidence of each.
    """
    spoken = tuple(topics)
    if not spoken:
        return ()
    counts = (reference for low in assessment.low_counts for reference in low.count.references)
    evidence = (_EVIDENCE[topic](assessment).references for topic in spoken if topic in _EVIDENCE)
    return distinct((*counts, *chain.from_iterable(evidence)))


# --- which cards ----------------------------------------------------------------------------------------


def _speak(assessment: Assessment) -> list[Message]:
    telling = Telling(assessment)
    messages: list[Message] = []
    for topic, render in _RENDERERS.items():
        urgency = assessment.decision(topic).urgency
        if urgency is not None:
            messages.append(render(telling, urgency))
    return messages


def _fold(messages: list[Message], topics: tuple[Topic, ...]) -> list[Message]:
    """These topics as one card, if there is a low count to hold them."""
    parts = [message for message in messages if message.topic in topics]
    if len(parts) < 2 or parts[0].topic is not Topic.LOW_COUNT:
        return messages
    first = parts[0]
    folded = first
    for part in parts[1:]:
        folded = Message(
            topics=(*folded.topics, *part.topics),
            urgency=max(folded.urgency, part.urgency),
            summary=first.summary,
            blocks=folded.blocks + part.blocks,
            evidence=folded.evidence | part.evidence,
            removals=folded.removals + part.removals,
            tests=folded.tests + part.tests,
            said=folded.said + part.said,
            hand_over=folded.hand_over + part.hand_over,
        )
    return [folded if message is first else message for message in messages if message not in parts[1:]]


def _cap(messages: list[Message], max_cards: int) -> list[Message]:
    """The loudest so many, the first topics first among equals; none that may not be dropped is dropped."""
    if len(messages) <= max_cards:
        return messages
    always = [message for message in messages if _is_kept_always(message)]
    others = [message for message in messages if not _is_kept_always(message)]
    others.sort(key=lambda message: -message.urgency)
    kept = [*always, *others[: max(max_cards - len(always), 0)]]
    return [message for message in messages if message in kept]


def _is_kept_always(message: Message) -> bool:
    if message.topic is Topic.ORDER_RISK:
        return message.urgency is Urgency.CRITICAL
    return message.always or message.topic in _NEVER_DROPPED


def _extension(basis: Basis, profile: CardProfile) -> dict[str, msgspec.Struct | str]:
    extension: dict[str, msgspec.Struct | str] = {BASIS: basis}
    if profile.detail_type_member:
        extension[profile.detail_type_member] = profile.detail_type
    return extension


@lru_cache(64)
def _source(knowledge: str, topic: Topic, url: str) -> Source:
    """The same for all answers of a service, and so kept for good."""
    return Source(
        label=f"leukocds {knowledge} (knowledge)",
        url=url,
        topic=Coding(system=TOPIC_SYSTEM, code=topic.value, display=TOPIC_NAME[topic].capitalize()),
    )
