"""What one topic says, before it is dressed as a card of the wire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from cards.card import OverrideReason
from cards.markdown import Block
from cards.overrides import OVERRIDE_REASONS
from cds.facts import DraftOrder, MedicationUse
from cds.findings import Caveat, OrderRisk, Precaution, Suspect, Topic, Urgency, WorkUp


class Removal(msgspec.Struct, frozen=True):
    """Offer to take a draft back."""

    draft: DraftOrder
    name: str


class OfferedTest(msgspec.Struct, frozen=True):
    """Offer to order a test; ``recommended`` where the card itself says that the count is needed."""

    test: WorkUp
    recommended: bool = False


class Evidence(msgspec.Struct, frozen=True):
    """What a card rests on beyond the low counts, which every card names.

    Attributes:
        references: the resources that it rests on; of many requests for one drug the first and the last.
    """

    suspects: tuple[Suspect, ...] = ()
    order_risks: tuple[OrderRisk, ...] = ()
    precautions: tuple[Precaution, ...] = ()
    rules: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    def __or__(self, other: Evidence) -> Evidence:
        return Evidence(
            suspects=distinct_suspects(self.suspects + other.suspects),
            order_risks=self.order_risks + other.order_risks,
            precautions=self.precautions + other.precautions,
            rules=distinct((*self.rules, *other.rules)),
            sources=distinct((*self.sources, *other.sources)),
            references=distinct((*self.references, *other.references)),
        )


class Message(msgspec.Struct, frozen=True):
    """The words of one topic.

    Attributes:
        topics: the topic, and those folded into it.
        summary: the line that fits a card's summary.
        blocks: what, so what, why, do.
        removals, tests: what can be offered as a suggestion.
        exclusive: accepting one removal makes the others pointless.
        said: caveats that the blocks have put into words already.
        hand_over: words for the patient. They end the card, apart from all that is for the clinician.
        always: never left out for want of room.
        reasons: for setting the card aside.
    """

    topics: tuple[Topic, ...]
    urgency: Urgency
    summary: str
    blocks: tuple[Block, ...]
    evidence: Evidence
    removals: tuple[Removal, ...] = ()
    tests: tuple[OfferedTest, ...] = ()
    exclusive: bool = False
    said: tuple[Caveat, ...] = ()
    hand_over: tuple[Block, ...] = ()
    always: bool = False
    reasons: tuple[OverrideReason, ...] = OVERRIDE_REASONS

    @property
    def topic(self) -> Topic:
        """The topic under which an EHR remembers an override."""
        return self.topics[0]


FEVER = "fever"  # WorkUp.when of the tests that a fever asks for
_RECHECK = "recheck"


def count_order(work_up: Iterable[WorkUp], *, recommended: bool = False) -> tuple[OfferedTest, ...]:
    """The count itself, which comes first among the tests for any low count; empty if it is not wanted."""
    counts = [test for test in work_up if test.when == _RECHECK]
    return tuple(OfferedTest(test, recommended) for test in counts[:1])


def distinct_suspects(suspects: Iterable[Suspect]) -> tuple[Suspect, ...]:
    """Each suspect once. They are few and deep, so that to compare them is much cheaper than to hash them."""
    kept: list[Suspect] = []
    for suspect in suspects:
        if suspect not in kept:
            kept.append(suspect)
    return tuple(kept)


def ends(references: Sequence[str]) -> tuple[str, ...]:
    """The first and the last of a long row."""
    return (*references[:1], *references[-1:])


def of_uses(uses: Iterable[MedicationUse]) -> tuple[str, ...]:
    """The first and the last request of a drug."""
    return ends([use.reference for use in uses])


def of_risks(risks: Iterable[OrderRisk]) -> Iterator[str]:
    """What the risks of drafts rest on: the drafts, the counts, and what they are held against."""
    for risk in risks:
        yield risk.draft.reference
        for result in (risk.count, risk.earlier, risk.share):
            yield from result.references if result is not None else ()
        yield from of_uses(risk.suspect.uses) if risk.suspect is not None else risk.related


def distinct(words: Iterable[str]) -> tuple[str, ...]:
    """Each non-empty word once, in the order of its first appearance."""
    return tuple(dict.fromkeys(filter(None, words)))
