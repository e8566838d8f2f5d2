"""What may be told of one finished exchange, and the shape of those who are told.

The log, the metrics and the audit trail are observers. They are handed the same record after the answer is
made, and can change nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict

from cds.hooks.services import Answer
from cds.shown import Kept


class Action(StrEnum):
    """What was asked of the service."""

    DECISION = "decision"
    FEEDBACK = "feedback"
    DISCOVERY = "discovery"
    OTHER = "other"


class Outcome(StrEnum):
    """What became of an exchange. "No card" and "could not look" are never the same word."""

    CARDS = "cards"
    SILENT = "silent"  # looked, and nothing was to be said
    SHADOW = "shadow"  # there was something to say, and all of it is in shadow
    REPEATED = "repeated"  # all that was to be said had been said in this encounter
    MISSING = "missing"  # no blood counts to look at: 412, or a card that says so
    NOT_MEANT = "not-meant"  # the reader is the patient; the words are for clinicians
    DONE = "done"  # feedback, discovery and pages
    REFUSED = "refused"  # any other 4xx
    UNAVAILABLE = "unavailable"  # 503: the database is down
    FAULT = "fault"  # our own: any other 5xx, or a card that says so


@dataclass(frozen=True, slots=True)
class Exchange:
    """One finished exchange.

    Attributes:
        at: when it began, in UTC.
        request: our id of it; ``trace`` the trace that it belongs to, 32 hexadecimal digits.
        tenant: the caller's name; empty if it is not known who called.
        service, hook: of the path; empty if there is none.
        instance: hookInstance, if it is a UUID.
        knowledge: version of the knowledge that it rests on.
        reason: why it was refused, as a code.
        seconds: how long it took.
        unchecked_token: it was let in although nobody could tell whether its token had been used.
        stale_keys: it was let in by keys of the caller that could not be fetched again when they were due.
        patient, user: whom it was about and who asked, as sent. Only the audit trail may look.
        answer: what was decided, if anything was.
        kept: what was made of feedback.
        noted: the line of the log.
    """

    at: datetime
    request: str
    trace: str
    action: Action
    service: str
    hook: str
    instance: str
    status: int
    reason: str
    seconds: float
    tenant: str = ""
    knowledge: str = ""
    unchecked_token: bool = False
    stale_keys: bool = False
    patient: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    answer: Answer | None = None
    kept: Kept | None = None
    noted: Mapping[str, Any] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """What became of it."""
        if self.status >= 400:
            return _REFUSALS.get(self.status, Outcome.REFUSED if self.status < 500 else Outcome.FAULT)
        if self.action is not Action.DECISION or self.answer is None:
            return Outcome.DONE
        if self.answer.unchecked:
            return Outcome(self.answer.unchecked)
        if self.answer.shown:
            return Outcome.CARDS
        if self.answer.shadowed:
            return Outcome.SHADOW
        return Outcome.REPEATED if self.answer.repeated else Outcome.SILENT


_REFUSALS = {412: Outcome.MISSING, 503: Outcome.UNAVAILABLE}


class Seen(TypedDict, total=False):
    """What the routes tell of an exchange beside its line in the log; see ``Exchange``."""

    tenant: str
    knowledge: str
    unchecked_token: bool
    stale_keys: bool
    patient: str
    user: str
    answer: Answer
    kept: Kept


Observer = Callable[[Exchange], None]
