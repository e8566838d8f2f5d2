"""What each kind of EHR does with a card, told to whoever looks at the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, get_args

from msgspec import Struct

from cds.profiles.load import load_profile
from cds.settings import Profile


class TakesCards(Protocol):
    """As far as the page plays it, how a kind of EHR takes cards."""

    @property
    def actions_per_suggestion(self) -> int:
        """So many of a suggestion's actions are carried out; 0 is all."""

    @property
    def shows_labels(self) -> bool:
        """A suggestion shows its label, not the description of its action."""


class ProfileData(Struct, frozen=True):
    """One kind of EHR, as far as the page plays it.

    Attributes:
        hooks: those that it calls.
        notes: what it drops or shows otherwise.
        actions: so many actions of a suggestion are carried out; 0 is all.
        shows_labels: a suggestion shows its label, not the description of its action.
    """

    id: str
    name: str
    hooks: tuple[str, ...]
    notes: tuple[str, ...]
    actions: int
    shows_labels: bool


def list_profiles(takes_cards: Callable[[Profile], TakesCards]) -> list[ProfileData]:
    """All profiles, the specification's own first."""
    profiles: tuple[Profile, ...] = get_args(Profile)
    return [
        ProfileData(
            each,
            profile.name,
            profile.hooks,
            profile.notes,
            cards.actions_per_suggestion,
            cards.shows_labels,
        )
        for each in profiles
        for profile, cards in ((load_profile(each), takes_cards(each)),)
    ]
