"""What clinicians did with our cards (CDS Hooks 2.0.1, "Feedback"), as far as it may be kept.

Of a reason its code is kept if it is one of ours, or one that the site has said to mean one of ours; every
other is ``other``. A comment is a clinician's free text about a patient: that there was one is noted, but it
is read by nobody here, and written nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Raw, Struct

from cds.errors import WrongShape
from cds.hooks.hook_request import decode_json
from cds.shown import CardOutcome

# to our code, from "system|code"; from "code", sent without a system; from "*|code", whatever its system;
# or from a title in lower case
Reasons = Mapping[str, str]

OTHER = "other"
MOST_ITEMS = 10_000  # per request; also the most suggestions
_LONGEST_ID = 200  # characters; ours have 36
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_EPIC = "com.epic.cdshooks.feedback.overrideReason."
_EPIC_PARTS = ("reasonCategory", "reasonTitle", "reasonDisplay")


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
    overrideReasons: _Override | list[_Override] | None = None  # noqa: N815  (Epic's spelling, of one object)

    @property
    def override(self) -> _Override | None:
        return next(iter(self.overrides), None)

    @property
    def overrides(self) -> list[_Override]:
        several = self.overrideReasons if isinstance(self.overrideReasons, list) else [self.overrideReasons]
        return [each for each in (self.overrideReason, *several) if each is not None]


class _Body(Struct):
    feedback: list[_Item]


_decoder = msgspec.json.Decoder(_Body)


def our_reasons(offered: Iterable[tuple[str, str, str]]) -> Reasons:
    """The reasons that our cards offer, by system, code and title."""
    known: dict[str, str] = {}
    for system, code, title in offered:
        known |= {f"{system}|{code}": code, code: code, title.casefold(): code}
    return known


def site_reasons(meant: Mapping[str, str]) -> Reasons:
    """What a site's own reasons mean: from "system|code", a code or a title to one of our codes."""
    known: dict[str, str] = {}
    for name, code in meant.items():
        known |= {name: code} if "|" in name else {f"*|{name}": code, name: code, name.casefold(): code}
    return known


def read_feedback(body: bytes, *reasons: Reasons) -> tuple[CardOutcome, ...]:
    """The outcomes in ``body``, one per overridden card and one per accepted suggestion.

    ``reasons`` tell what a reason means; the first that knows it counts. Raises ``MalformedJson``, or
    ``WrongShape`` naming the first wrong member.
    """
    items = decode_json(body, _decoder).feedback
    if len(items) > MOST_ITEMS:
        raise WrongShape(f"feedback holds more than {MOST_ITEMS} items; send them in several calls.")
    outcomes: list[CardOutcome] = []
    for place, item in enumerate(items):
        problem = _problem(item)
        if problem:
            raise WrongShape(f"feedback[{place}].{problem}")
        outcomes += _outcomes(item, reasons)
        if len(outcomes) > MOST_ITEMS:
            raise WrongShape(f"feedback[{place}].acceptedSuggestions: too many; send them in several calls.")
    return tuple(outcomes)


# --- one item -------------------------------------------------------------------------------------------


def _outcomes(item: _Item, reasons: tuple[Reasons, ...]) -> Iterator[CardOutcome]:
    card, at = item.card.strip(), _instant(item.outcomeTimestamp)
    if item.outcome == "accepted":
        for suggestion in item.acceptedSuggestions or ():
            yield CardOutcome(card, "accepted", at, suggestion.id.strip())
    else:
        override = item.override
        yield CardOutcome(
            card,
            "overridden",
            at,
            reason=_reason(override, reasons) if override else "",
            commented=override is not None and _is_there(override.userComment),
        )


def _problem(item: _Item) -> str:
    if not item.card.strip():
        return "card is empty."
    if len(item.card) > _LONGEST_ID:
        return f"card is longer than {_LONGEST_ID} characters."
    if item.outcome not in {"accepted", "overridden"}:
        return "outcome is neither accepted nor overridden."
    if not _is_instant(item.outcomeTimestamp):
        return "outcomeTimestamp is no RFC 3339 instant."
    if item.outcome == "accepted" and not item.acceptedSuggestions:
        return "acceptedSuggestions is missing: accepted needs the id of a suggestion."
    for number, suggestion in enumerate(item.acceptedSuggestions or ()):
        if not 0 < len(suggestion.id.strip()) <= _LONGEST_ID:
            return f"acceptedSuggestions[{number}].id is empty, or longer than {_LONGEST_ID} characters."
    for override in item.overrides:
        if not any(bytes(part) for part in (override.reason, override.userComment, override.extension)):
            return "overrideReason holds neither a reason nor a userComment."
    return ""


def _is_instant(text: str) -> bool:
    if not _RFC3339.fullmatch(text):
        return False
    try:
        _instant(text)
    except (ValueError, OverflowError):  # no such day; or none in UTC, at either end of the calendar
        return False
    return True


def _instant(text: str) -> datetime:
    """A leap second, which RFC 3339 has and ``datetime`` has not, is the one after it."""
    leap = text[17:19] == "60"
    written = datetime.fromisoformat(f"{text[:17]}59{text[19:]}".upper() if leap else text.upper())
    return (written + timedelta(seconds=leap)).astimezone(UTC)


# --- its reason -----------------------------------------------------------------------------------------


def _reason(override: _Override, reasons: tuple[Reasons, ...]) -> str:
    """Our code for the reason; empty if none was given."""
    if not _is_there(override.reason) and not _is_there(override.extension):
        return ""
    names = [*_names_of_coding(override.reason), *_names_in_extension(override.extension)]
    return next((known[name] for name in names for known in reasons if name in known), OTHER)


def _names_of_coding(sent: Raw) -> Iterator[str]:
    """What a Coding may be known by, the most telling first; also within a CodeableConcept."""
    reason = _decoded(sent)
    codings = reason.get("coding", [reason]) if isinstance(reason, dict) else []
    for coding in codings if isinstance(codings, list) else []:
        if isinstance(coding, dict) and isinstance(code := coding.get("code"), str):
            system = coding.get("system")
            yield f"{system.strip()}|{code.strip()}" if isinstance(system, str) and system.strip() else code
            yield f"*|{code.strip()}"


def _names_in_extension(sent: Raw) -> Iterator[str]:
    """What Epic calls the reason: members by name, or a FHIR-like list of them."""
    extension = _decoded(sent)
    if isinstance(extension, list):
        parts = [each for each in extension if isinstance(each, dict)]
        extension = {
            each.get("url"): next((value for name, value in each.items() if name.startswith("value")), None)
            for each in parts
            if isinstance(each.get("url"), str)
        }
    for part in _EPIC_PARTS if isinstance(extension, dict) else ():
        value = extension.get(f"{_EPIC}{part}")
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str | int):
                yield f"*|{text}"
                yield str(text).strip().casefold()


def _decoded(sent: Raw) -> Any:
    try:
        return msgspec.json.decode(sent) if _is_there(sent) else None
    except (msgspec.DecodeError, RecursionError):
        return None  # no reason that anybody agreed on


def _is_there(sent: Raw) -> bool:
    return bytes(sent).strip() not in {b"", b"null", b'""', b"{}", b"[]"}
