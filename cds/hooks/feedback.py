"""What clinicians did with our cards (CDS Hooks 2.0.1, "Feedback"), as far as it can be kept without a store.

The shape is checked and the outcomes are counted for the log. A comment is a clinician's free text about a
patient: it is read by nobody here, and written nowhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec import Raw, Struct

from cds.errors import WrongShape
from cds.hooks.hook_request import decode_json

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many cards were accepted, how many overridden, and how many of those with a reason."""

    accepted: int
    overridden: int
    reasoned: int


class _Suggestion(Struct):
    id: str


class _Override(Struct):
    reason: Raw = Raw()
    userComment: Raw = Raw()  # noqa: N815  (the wire's spelling)
    extension: Raw = Raw()  # where Epic puts the reason


class _Item(Struct):
    card: str
    outcome: str
    outcomeTimestamp: str  # noqa: N815
    acceptedSuggestions: list[_Suggestion] | None = None  # noqa: N815
    overrideReason: _Override | None = None  # noqa: N815
    overrideReasons: _Override | None = None  # noqa: N815  (Epic's spelling, also of one object)


class _Body(Struct):
    feedback: list[_Item]


_decoder = msgspec.json.Decoder(_Body)


def read_feedback(body: bytes) -> Outcomes:
    """The outcomes in ``body``. Raises ``MalformedJson``, or ``WrongShape`` naming the first wrong member."""
    items = decode_json(body, _decoder).feedback
    for place, item in enumerate(items):
        problem = _problem(item)
        if problem:
            raise WrongShape(f"feedback[{place}].{problem}")
    overridden = [item for item in items if item.outcome == "overridden"]
    return Outcomes(
        accepted=len(items) - len(overridden),
        overridden=len(overridden),
        reasoned=sum(1 for item in overridden if item.overrideReason or item.overrideReasons),
    )


def _problem(item: _Item) -> str:
    if not item.card.strip():
        return "card is empty."
    if item.outcome not in {"accepted", "overridden"}:
        return "outcome is neither accepted nor overridden."
    if not _is_instant(item.outcomeTimestamp):
        return "outcomeTimestamp is no RFC 3339 instant."
    if item.outcome == "accepted" and not item.acceptedSuggestions:
        return "acceptedSuggestions is missing: accepted needs the id of a suggestion."
    for override in (item.overrideReason, item.overrideReasons):
        if override and not any(
            bytes(part) for part in (override.reason, override.userComment, override.extension)
        ):
            return "overrideReason holds neither a reason nor a userComment."
    return ""


def _is_instant(text: str) -> bool:
    if not _RFC3339.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True
