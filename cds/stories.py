"""The stories of ``fixtures``: one folder per case, told as if they happened now.

The wheel carries them, so that a service that was installed can tell them too.

A story is a ``case.toml`` that says what it proves and a ``request.json``. Its dates are written relative to
now, so that it never grows old:

    {{now}}  {{now-12h}}  {{now+2d}}      an instant: 2026-11-20T12:00:00Z (m, h, d, w: minutes ... weeks)
    {{today}}  {{today-34d}}              a date: 2026-11-20
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cds.errors import StoryError
from cds.toml_text import parse_toml_text

_PLACEHOLDER = re.compile(
    r"\{\{\s*(?P<base>now|today)\s*(?:(?P<sign>[+-])\s*(?P<count>\d+)(?P<unit>[mhdw]))?\s*\}\}"
)
_SHIPPED = Path(__file__).with_name("fixtures"), Path(__file__).parents[1] / "fixtures"
_CASE = "case.toml"
_UNIT = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Story:
    """One case, told at one moment.

    Attributes:
        name: the folder's name.
        title, proves: what it is about, and the claim it proves.
        service: id of the service that it is sent to.
        request: the body, its dates filled in.
        case: all of ``case.toml``.
    """

    name: str
    title: str
    proves: str
    service: str
    request: bytes
    case: Mapping[str, Any]


def stories_folder() -> Path:
    """Where the stories lie: beside this module where it was installed, beside the package in a checkout."""
    return next((folder for folder in _SHIPPED if folder.is_dir()), _SHIPPED[-1])


def load_story(folder: Path, now: datetime) -> Story:
    """The story in ``folder``, told at ``now``. Raises ``StoryError`` if a file is missing or unreadable."""
    if folder.is_dir() and not (folder / _CASE).exists():
        raise StoryError([f"{folder}: no story, for it holds no {_CASE}.{_hint(folder)}"])
    try:
        case = parse_toml_text((folder / _CASE).read_text("utf-8"))
        text = (folder / "request.json").read_text("utf-8")
        return Story(
            name=folder.resolve().name,
            title=case["title"],
            proves=case["proves"],
            service=case["service"],
            request=fill_in(text, now).encode(),
            case=case,
        )
    except (OSError, ValueError) as error:
        raise StoryError([f"{folder}: {error}"]) from None
    except KeyError as error:
        raise StoryError([f"{folder / _CASE}: {error.args[0]} is missing"]) from None


def _hint(folder: Path) -> str:
    stories = sorted(case.parent for case in folder.glob(f"*/{_CASE}"))
    return f" Name one of the stories in it, such as {stories[0]}." if stories else ""


def fill_in(text: str, now: datetime) -> str:
    """``text`` with its relative dates written out as of ``now`` (UTC)."""

    def date(found: re.Match[str]) -> str:
        moment = now.replace(microsecond=0)
        if found["unit"]:
            distance = timedelta(**{_UNIT[found["unit"]]: int(found["count"])})
            moment = moment + distance if found["sign"] == "+" else moment - distance
        return moment.strftime("%Y-%m-%d" if found["base"] == "today" else "%Y-%m-%dT%H:%M:%SZ")

    return _PLACEHOLDER.sub(date, text)
