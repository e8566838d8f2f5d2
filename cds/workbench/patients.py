"""The patients of the sandbox: the stories of ``fixtures``, told as of now, the telling ones first."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from msgspec import Raw, Struct

from cds.stories import Story, load_story

_THEMES = Path(__file__).with_name("themes.toml")


class PatientLine(Struct, frozen=True):
    """One line of the list. ``service`` is the one that the story is told to."""

    id: str
    title: str
    proves: str
    service: str


class Theme(Struct, frozen=True):
    """Patients that belong together."""

    name: str
    patients: list[PatientLine]


class PatientStory(Struct, frozen=True):
    """One story with its whole hook request, dates filled in."""

    id: str
    title: str
    proves: str
    service: str
    request: Raw


def list_patients(folder: Path, now: datetime) -> list[Theme]:
    """All stories in ``folder`` by theme; those of no theme come last, by name.

    Raises ``StoryError`` if a story cannot be read.
    """
    lines = {
        path.parent.name: _line(load_story(path.parent, now)) for path in sorted(folder.glob("*/case.toml"))
    }
    themes = []
    for name, stories in load_themes().items():
        themes.append(Theme(name, [lines.pop(story) for story in stories if story in lines]))
    themes.append(Theme("All other stories", list(lines.values())))
    return [theme for theme in themes if theme.patients]


def load_themes() -> dict[str, list[str]]:
    """The names of the stories that are shown first, by theme."""
    return {theme["name"]: theme["stories"] for theme in tomllib.loads(_THEMES.read_text("utf-8"))["theme"]}


def tell_patient(folder: Path, name: str, now: datetime) -> PatientStory | None:
    """The story ``name``, told at ``now``; ``None`` if there is none of that name."""
    if name not in _names(folder.glob("*/case.toml")):
        return None
    story = load_story(folder / name, now)
    return PatientStory(story.name, story.title, story.proves, story.service, Raw(story.request))


def _names(paths: Iterable[Path]) -> set[str]:
    return {path.parent.name for path in paths}


def _line(story: Story) -> PatientLine:
    return PatientLine(story.name, story.title, story.proves, story.service)
