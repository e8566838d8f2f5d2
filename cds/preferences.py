"""What a site may choose about its answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Profile = Literal["generic", "epic", "oracle"]
ClozapinePolicy = Literal["us-label", "eu-2025", "uk"]
WhenNotChecked = Literal["412", "card"]
OnFault = Literal["error", "card"]


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a site may choose about its answers; a known caller may have its own.

    Attributes:
        profile: whose way of showing cards the suggestions and links have to fit.
        max_cards: at most so many cards per answer.
        merge_cards: counts, suspects and precautions as one card.
        clozapine_policy: whose limits apply to clozapine.
        when_not_checked: what becomes of a call whose blood counts cannot be had: HTTP 412, or a card that
            says so.
        fail: what becomes of a fault of our own: HTTP 500, or a card that says that nothing was checked.
        suppress_repeats: leave out a card that this caller was shown for the same patient and encounter.
        shadow: topics that are worked out, counted and logged, but not sent; ``*`` is all of them.
        off_topics, off_rules: what is switched off for this caller while the service runs, beside what the
            hospital's own folder switches off.
    """

    profile: Profile = "generic"
    max_cards: int = 3
    merge_cards: bool = False
    clozapine_policy: ClozapinePolicy = "us-label"
    when_not_checked: WhenNotChecked = "412"
    fail: OnFault = "error"
    suppress_repeats: bool = False
    shadow: frozenset[str] = frozenset()
    off_topics: frozenset[str] = frozenset()
    off_rules: frozenset[str] = frozenset()
