"""What each kind of EHR does with a card, told to whoever looks at the sandbox."""

from __future__ import annotations

from typing import get_args

from msgspec import Struct

from cds.profiles.load import load_profile
from cds.settings import Profile


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


def list_profiles() -> list[ProfileData]:
    """All profiles, the specification's own first."""
    profiles: tuple[Profile, ...] = get_args(Profile)
    return [
        ProfileData(
            each,
            profile.name,
            profile.hooks,
            profile.notes,
            profile.cards.actions_per_suggestion,
            profile.cards.shows_labels,
        )
        for each in profiles
        for profile in (load_profile(each),)
    ]
