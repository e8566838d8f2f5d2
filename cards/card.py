"""The wire types of CDS Hooks 2.0.1: one class per object of the specification.

Every limit of the specification is checked when an object is made, so a card that exists is a legal card.
A member without content is left out: no ``null``, ``""``, ``[]`` or ``{}`` is ever sent. All classes raise
``ValueError`` for content that breaks a rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec

from cards.profile import CardProfile

SUMMARY_LIMIT = 139  # "fewer than 140 characters"


def summary_length(text: str) -> int:
    """The longer of the two ways in which clients count: code points, and UTF-16 units as JavaScript does."""
    if text.isascii():
        return len(text)
    return max(len(text), len(text.encode("utf-16-le", "surrogatepass")) // 2)


def _require(condition: bool, complaint: str) -> None:
    if not condition:
        raise ValueError(complaint)


def is_absolute_url(url: str) -> bool:
    """True for an http(s) address with a host."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


class Wire(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Base of everything that is sent: camelCase at the wire, members equal to their default left out."""


class Indicator(StrEnum):
    """How a client presents a card."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class SelectionBehavior(StrEnum):
    """How many suggestions of one card may be accepted."""

    ANY = "any"
    AT_MOST_ONE = "at-most-one"


class ActionType(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class LinkType(StrEnum):
    ABSOLUTE = "absolute"
    SMART = "smart"


class Coding(Wire, frozen=True, kw_only=True):
    """A code and the system that gives it its meaning."""

    system: str
    code: str
    display: str = ""

    def __post_init__(self) -> None:
        _require(bool(self.system.strip()), "a Coding needs a system")
        _require(bool(self.code.strip()), "a Coding needs a code")


class OverrideReason(Coding, frozen=True, kw_only=True):
    """A reason that a clinician may give for setting a card aside."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _require(bool(self.display.strip()), "an override reason needs a display")


class Source(Wire, frozen=True, kw_only=True):
    """Where the advice of a card comes from."""

    label: str
    url: str = ""
    icon: str = ""
    topic: Coding | None = None

    def __post_init__(self) -> None:
        _require(bool(self.label.strip()), "a source needs a label")
        for url in (self.url, self.icon):
            _require(not url or is_absolute_url(url), f"not an absolute URL: {url!r}")


class Action(Wire, frozen=True, kw_only=True):
    """One change that the client makes when the suggestion is accepted."""

    type: ActionType
    description: str
    resource: dict[str, object] | None = None
    resource_id: str = ""

    def __post_init__(self) -> None:
        _require(bool(self.description.strip()), "an action needs a description")
        if self.type is ActionType.DELETE:
            kind, _, identity = self.resource_id.partition("/")
            _require(bool(kind and identity), "a delete needs a resourceId such as MedicationRequest/d1")
            _require(self.resource is None, "a delete carries no resource")
        else:
            _require(bool(self.resource), "a create or update needs a resource")
            _require(not self.resource_id, "resourceId belongs to a delete")


class Suggestion(Wire, frozen=True, kw_only=True):
    """Something the clinician can accept with one click."""

    label: str
    uuid: str = ""
    is_recommended: bool = False
    actions: tuple[Action, ...] = ()

    def __post_init__(self) -> None:
        _require(bool(self.label.strip()), "a suggestion needs a label")


class Link(Wire, frozen=True, kw_only=True):
    """A page or a SMART app."""

    label: str
    url: str
    type: LinkType
    app_context: str = ""

    def __post_init__(self) -> None:
        _require(bool(self.label.strip()), "a link needs a label")
        _require(is_absolute_url(self.url), f"not an absolute URL: {self.url!r}")
        _require(not self.app_context or self.type is LinkType.SMART, "appContext belongs to a smart link")


class Card(Wire, frozen=True, kw_only=True):
    """One piece of advice.

    Attributes:
        summary: one line of 1 to 139 characters.
        detail: GitHub-flavoured Markdown without HTML and tables.
        extension: members by reverse domain name, such as ``org.leukocds.basis``.
    """

    uuid: str = ""
    summary: str
    detail: str = ""
    indicator: Indicator
    source: Source
    suggestions: tuple[Suggestion, ...] = ()
    selection_behavior: SelectionBehavior | None = None
    override_reasons: tuple[OverrideReason, ...] = ()
    links: tuple[Link, ...] = ()
    extension: dict[str, msgspec.Struct | str] | None = None

    def __post_init__(self) -> None:
        _require(bool(self.summary.strip()), "a card needs a summary")
        _require(len(self.summary.splitlines()) == 1, "a summary is one line")
        length = summary_length(self.summary)
        if length > SUMMARY_LIMIT:
            raise ValueError(f"a summary has at most {SUMMARY_LIMIT} characters, not {length}")
        _require(
            bool(self.suggestions) == (self.selection_behavior is not None),
            "selectionBehavior goes with suggestions, and only with them",
        )
        if self.selection_behavior is SelectionBehavior.AT_MOST_ONE:
            recommended = sum(suggestion.is_recommended for suggestion in self.suggestions)
            _require(
                recommended <= 1, "where at most one suggestion may be chosen, at most one is recommended"
            )
        _require(
            self.extension is None or (bool(self.extension) and all("." in name for name in self.extension)),
            "an extension has members named by reverse domain name",
        )


class CardsResponse(Wire, frozen=True, kw_only=True):
    """The answer of a service; ``cards`` is always sent, even empty."""

    cards: tuple[Card, ...]


def encode_response(cards: Iterable[Card]) -> bytes:
    """The JSON body of an answer with these cards."""
    return msgspec.json.encode(CardsResponse(cards=tuple(cards)))


@dataclass(frozen=True, slots=True)
class CardSettings:
    """What one EHR wants of its cards.

    Attributes:
        source_url: the service's page of source attributes; empty if there is none.
        max_cards: at most so many cards, but for those that are never dropped.
        merge_cards: fold low counts, suspects and precautions into one card.
        profile: what this kind of EHR makes of a card.
        orderables: id of a test to the code with which this hospital orders it.
    """

    source_url: str = ""
    max_cards: int = 3
    merge_cards: bool = False
    profile: CardProfile = field(default_factory=CardProfile)
    orderables: Mapping[str, Coding] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require(not self.source_url or is_absolute_url(self.source_url), "source_url is not an absolute URL")
        _require(self.max_cards >= 1, "max_cards is at least 1")
