"""A page as plain data: what is said, before it becomes HTML, Markdown or plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to another page; ``page`` is its name, as in ``Page.name``."""

    text: str
    page: str


Inline: TypeAlias = str | Link | tuple[str | Link, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: Inline


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what belongs to them, in order; a name may come several times."""

    rows: tuple[tuple[str, Inline], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """``caption`` says what it shows; the first cell of a row is the row's name."""

    caption: str
    heading: tuple[str, ...]
    rows: tuple[tuple[Inline, ...], ...]


Block: TypeAlias = Paragraph | Bullets | Facts | Table


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        name: its path without an ending, e.g. ``drugs/clozapine``.
        under: the line below the title: the version.
        home: the name of the page that all others lead back to; empty on a page that stands alone.
    """

    name: str
    title: str
    under: str
    sections: tuple[Section, ...]
    home: str = ""


def plain_text(text: Inline) -> str:
    """The words alone, without where they lead."""
    if isinstance(text, str):
        return text
    return text.text if isinstance(text, Link) else "".join(map(plain_text, text))
