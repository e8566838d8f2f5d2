"""Cards as they were shown, and what became of them: what may be kept and counted.

Identifiers of cards and suggestions are those that this service made up. No value, name, patient, user or
free text has a place here; only ``Encounter`` names a patient, and it lives no longer than its call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

Topical = tuple[str, str]  # topic of a card, and the foremost drug that it speaks of

REMEMBERED = timedelta(hours=24)  # for so long a card counts as a repeat within its encounter


@dataclass(frozen=True, slots=True)
class ShownCard:
    """One card that was sent.

    Attributes:
        uuid: the card's identifier; feedback names it.
        topic: code of the topic, such as ``leukoOrderRisk``; empty for a card without one.
        indicator: info, warning or critical.
        drugs: ingredients that the card speaks of, as the knowledge names them; first the foremost.
        suggestions: identifiers of its suggestions; feedback names the accepted ones.
        topics: its own topic, and those that were folded into it.
        mark: what it says, without a value or a date: two cards with the same mark say the same.
    """

    uuid: str
    topic: str
    indicator: str
    drugs: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    mark: str = field(default="", repr=False)

    @property
    def drug(self) -> str:
        """The foremost; empty if it speaks of none."""
        return self.drugs[0] if self.drugs else ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Cards as sent: the response body, and what may be kept of each card."""

    body: bytes
    shown: tuple[ShownCard, ...] = ()


@dataclass(frozen=True, slots=True)
class Encounter:
    """Where a card was shown, as long as it takes to find out whether it was shown there before."""

    tenant: str
    patient: str = field(repr=False)
    encounter: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Showing:
    """The cards of one answer.

    Attributes:
        at: when, in UTC.
        tenant: the caller's name.
        service: id of the service, and ``hook`` the hook that it answered.
        knowledge: version of the knowledge.
        cards: those sent.
        shadowed: those worked out, but held back because their topic is in shadow.
    """

    at: datetime
    tenant: str
    service: str
    hook: str
    knowledge: str
    cards: tuple[ShownCard, ...] = ()
    shadowed: tuple[ShownCard, ...] = ()


@dataclass(frozen=True, slots=True)
class CardOutcome:
    """What a clinician did with one card, or with one of its suggestions.

    Attributes:
        card: the card's identifier as sent back.
        outcome: accepted, or overridden.
        at: when, in UTC.
        suggestion: identifier of the accepted suggestion; empty if overridden.
        reason: code of one of our override reasons, or ``other`` for a code that is none of them; empty if
            no reason was given.
        commented: whether there was a comment, which nobody reads here.
    """

    card: str
    outcome: Literal["accepted", "overridden"]
    at: datetime
    suggestion: str = ""
    reason: str = ""
    commented: bool = False


@dataclass(frozen=True, slots=True)
class CountedOutcome:
    """An outcome that was kept: what may be counted of it. Topic and drug are empty for an unknown card."""

    outcome: str
    reason: str = ""
    topic: str = ""
    drug: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the outcomes of one call.

    Attributes:
        new: those that were not known yet, or replace an older one.
        repeated: how many were known already; nothing was changed.
        unknown: how many of the new ones are about cards that this caller was not shown, as far as is known.
    """

    new: tuple[CountedOutcome, ...] = ()
    repeated: int = 0
    unknown: int = 0


def latest_of_each(
    outcomes: Iterable[CardOutcome], name: Callable[[str], str]
) -> dict[tuple[str, str], CardOutcome]:
    """What became of each card and suggestion, in their order: of two reports the later one, by its own time.

    ``name`` says under which name an identifier is kept that was sent back.
    """
    latest: dict[tuple[str, str], CardOutcome] = {}
    for each in outcomes:
        place = name(each.card), name(each.suggestion)
        if place not in latest or each.at > latest[place].at:
            latest[place] = each
    return dict(sorted(latest.items()))


def our_identifier(sent: str) -> str:
    """An identifier that we made up, a UUID, as we wrote it; empty if it is none."""
    try:
        return str(UUID(sent))
    except ValueError:
        return ""


def kept_of(new: Sequence[tuple[CardOutcome, Topical | None]], sent: int) -> Kept:
    """What became of the outcomes of one call, of which so many were sent and these are new.

    Each goes with what its card spoke of; ``None`` for a card that this caller was not shown.
    """
    return Kept(
        new=tuple(CountedOutcome(each.outcome, each.reason, *(card or ("", ""))) for each, card in new),
        repeated=sent - len(new),
        unknown=sum(card is None for _, card in new),
    )


@dataclass(frozen=True, slots=True)
class RecordsState:
    """How the records are.

    Attributes:
        up: whether they could be reached when last tried.
        waiting: answers whose cards are not yet written down in this process.
        dropped: answers of this process whose cards never will be, since it started.
    """

    up: bool
    waiting: int = 0
    dropped: int = 0
