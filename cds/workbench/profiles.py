"""What each kind of EHR does with a card, told to whoever looks at the sandbox."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

_PROFILES = Path(__file__).with_name("profiles.toml")


class EHRProfile(Struct, frozen=True):
    """One kind of EHR. ``hooks`` are those that it calls; ``notes`` what it drops or shows otherwise."""

    id: str
    name: str
    hooks: list[str]
    notes: list[str]


class _File(Struct):
    profile: list[EHRProfile]


def load_profiles() -> list[EHRProfile]:
    """All profiles, the specification's own first."""
    return msgspec.toml.decode(_PROFILES.read_text("utf-8"), type=_File).profile
