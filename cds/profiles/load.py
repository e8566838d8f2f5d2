"""The profiles as values; read once, from the files beside this one."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from cds.settings import Profile


class EHRProfile(Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of EHR.

    Attributes:
        name: for people.
        hooks: those that it calls.
        reads_discovery: if not, service and prefetch are entered by hand.
        prefetch_tokens: those that it fills in; ``context.*`` are all that the hook allows.
        scope_names: what has to be granted, in its own words; empty if it speaks SMART.
        notes: what it drops or shows otherwise, told to whoever looks at cards.
        steps: what an analyst has to do, beside what the specification says.
        cards: what becomes of a card, as it stands in the file: its members are those of
            ``cards.profile.CardProfile``, which ``cds.app`` makes of it.
    """

    name: str
    hooks: tuple[str, ...]
    reads_discovery: bool
    prefetch_tokens: tuple[str, ...]
    scope_names: tuple[str, ...]
    notes: tuple[str, ...]
    steps: tuple[str, ...]
    cards: dict[str, Any]


@cache
def load_profile(profile: Profile) -> EHRProfile:
    """The profile of that name."""
    text = Path(__file__).with_name(f"{profile}.toml").read_text("utf-8")
    return msgspec.toml.decode(text, type=EHRProfile)
