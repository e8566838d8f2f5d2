"""Keeps what was shown and what became of it, and notes in the log how much that was."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from cds.hooks.exchange import note, tell
from cds.hooks.feedback import Reasons, read_feedback
from cds.hooks.hook_request import HookRequest
from cds.hooks.records import MemoryRecords, Records
from cds.hooks.services import Answer, CDSService
from cds.hooks.tenants import Tenant
from cds.settings import Preferences
from cds.shown import Encounter, Showing, ShownCard


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is done with answers and with feedback.

    Attributes:
        reasons: those that our cards offer, as ``cds.hooks.feedback`` says.
        knowledge: version of the knowledge that the answers rest on.
    """

    records: Records = field(default_factory=MemoryRecords)
    reasons: Reasons = field(default_factory=dict)
    knowledge: str = ""

    def leave_out_repeats(
        self, caller: Tenant, request: HookRequest, preferences: Preferences, answer: Answer, now: datetime
    ) -> Answer:
        """``answer`` without the cards that this encounter was shown already, if the caller wants it so.

        A critical card is never left out: whoever looks now may not be the one who saw it. Nor is one outside
        an encounter, or while the database cannot tell.
        """
        if not preferences.suppress_repeats or not request.encounter_id:
            return answer
        encounter = Encounter(caller.name, request.patient_id, request.encounter_id)
        left_out: list[ShownCard] = []
        while answer.say_without is not None and not answer.unchecked:
            marks = {card.mark for card in answer.shown if _may_be_left_out(card)}
            said = self.records.find_repeats(encounter, marks, now) if marks else frozenset()
            repeated = [card for card in answer.shown if card.mark in said and _may_be_left_out(card)]
            if not repeated:
                break
            left_out += repeated  # a card that had no room before may be there now, and may be one too
            answer = answer.without({topic for card in left_out for topic in card.topics})
        said_now = {card.mark for card in answer.shown if _may_be_left_out(card)}
        self.records.remember_marks(encounter, said_now, now)
        return replace(answer, repeated=tuple(left_out))

    def keep_answer(self, caller: Tenant, service: CDSService, answer: Answer, now: datetime) -> None:
        """Have it written down which cards were sent; nobody waits for it."""
        self.records.keep_showing(
            Showing(
                at=now,
                tenant=caller.name,
                service=service.id,
                hook=service.hook.value,
                knowledge=self.knowledge,
                cards=answer.shown,
                shadowed=answer.shadowed,
            )
        )

    def keep_feedback(self, caller: Tenant, service: CDSService, body: bytes, now: datetime) -> None:
        """Write down the feedback in ``body``.

        Raises ``MalformedJson`` or ``WrongShape`` if it cannot be read, ``RecordsUnavailable`` if not kept.
        """
        outcomes = read_feedback(body, caller.override_reasons, self.reasons)
        overridden = [each for each in outcomes if each.outcome == "overridden"]
        note(
            accepted=len(outcomes) - len(overridden),
            overridden=len(overridden),
            reasoned=sum(bool(each.reason or each.commented) for each in overridden),
        )
        kept = self.records.keep_outcomes(caller.name, service.id, outcomes, now)
        note(known=kept.repeated, unknown=kept.unknown)
        tell(kept=kept)


def _may_be_left_out(card: ShownCard) -> bool:
    return bool(card.mark and card.topics) and card.indicator != "critical"
