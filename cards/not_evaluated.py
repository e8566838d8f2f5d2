"""The card of a service that failed, for those who prefer it to an error that no clinician sees."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from cards.card import Card, CardSettings, Coding, Indicator, Source
from cards.endings import TOPIC_NAME
from cards.markdown import Block, write_markdown
from cards.overrides import NOTHING_SEEN_REASONS
from cards.render import TOPIC_SYSTEM
from cards.wording import capitalise
from cds.findings import Topic

_SUMMARY = "Low white cell counts were not checked: the service failed."
_MEANS = "The service failed and looked at nothing, so that silence about counts and orders means nothing."
_DO = "Look at the counts themselves; tell those who run the service."


def render_not_evaluated(
    knowledge: str,
    reference: str,
    settings: CardSettings | None = None,
    new_uuid: Callable[[], str] = lambda: str(uuid4()),
) -> Card:
    """One card that says that nothing was looked at.

    Args:
        knowledge: version of the knowledge.
        reference: under which the log holds what happened.
        settings: what this EHR wants of its cards.
        new_uuid: makes the identifier of the card.
    """
    settings = settings if settings is not None else CardSettings()
    blocks = (
        Block("Not checked:", (_MEANS,)),
        Block("Consider:", items=(_DO,)),
        Block("Reference for support:", (reference,)),
    )
    return Card(
        uuid=new_uuid(),
        summary=_SUMMARY,
        indicator=Indicator.WARNING,
        detail=write_markdown(blocks, short_lines=settings.profile.short_lines),
        source=Source(
            label=f"leukocds {knowledge} (knowledge)",
            url=settings.source_url,
            topic=Coding(
                system=TOPIC_SYSTEM,
                code=Topic.DATA_QUALITY.value,
                display=capitalise(TOPIC_NAME[Topic.DATA_QUALITY]),
            ),
        ),
        override_reasons=NOTHING_SEEN_REASONS,
    )
