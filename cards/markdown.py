"""A very small Markdown writer: bold leads, sentences and flat lists, and nothing else.

Whoever writes a card hands over plain text; only this module adds markup, and it escapes all text on the
way. So neither a medicine's name from the EHR nor a label's wording can become a link, an image, a tag or
emphasis, and ``10*3/uL`` twice in one paragraph stays what it is. Text that says so by its type has been
escaped before, and is not again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import ascii_letters, digits

import msgspec

from cards.wording import clean, spell_units

# Everything that starts an inline construct in CommonMark or GFM. A closing bracket alone does nothing.
_ACTIVE = re.compile(r"[\\`*_\[\]<>|~&]")
# What would start a list, a heading or an underline at the beginning of a line.
_LINE_START = re.compile(r"[#+\-=]|\d+(?=[.)])")
# Renderers look for bare addresses after escapes are resolved; only a space in the address stops them.
_WWW = re.compile(r"\bwww\.", re.IGNORECASE)
# What stands for itself, if it does not begin a line and is no address.
_HARMLESS = f"{ascii_letters}{digits} !\"#$%'()+,-./:;=?{{}}".encode()


class Markdown(str):
    """Text that has been escaped already; whatever is made of it is plain text again."""

    __slots__ = ()


class Block(msgspec.Struct, frozen=True):
    """One short paragraph of a card's detail, in plain text.

    Attributes:
        lead: printed in bold.
        sentences: run on after the lead.
        items: a flat list below.
    """

    lead: str
    sentences: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


def escape(text: str) -> str:
    """Plain text as Markdown that shows exactly this text (but for a space put into web addresses)."""
    if isinstance(text, Markdown) or _is_plain(text):
        return text
    text = spell_units(clean(text))
    if "@" in text or "://" in text or "www." in text.lower():
        text = clean(_break_addresses(text))
    text = _ACTIVE.sub(_escape_character, text)
    if start := _LINE_START.match(text):
        return f"{_escape_line_start(start.group())}{text[start.end() :]}"
    return text


def _is_plain(text: str) -> bool:
    """Whether ``escape`` has nothing to do, as for most texts: told much faster than by looking for it."""
    return (
        text.isascii()
        and text[:1].isalpha()
        and not text.encode().translate(None, _HARMLESS)
        and "  " not in text
        and not text.endswith(" ")
        and "://" not in text
        and "www." not in text.lower()
    )


def _break_addresses(text: str) -> str:
    return _WWW.sub("www .", text.replace("://", ": //").replace("@", " @ "))


def _escape_character(found: re.Match[str]) -> str:
    # a function, because a template such as r"\\\g<0>" is taken apart at each call
    return f"\\{found.group()}"


def _escape_line_start(start: str) -> str:
    # "1." is defused at its dot, all others at themselves.
    return f"{start}\\" if start.isdigit() else f"\\{start}"


def write_markdown(blocks: Iterable[Block], *, short_lines: bool = False) -> str:
    """The blocks as Markdown, a blank line between them.

    Args:
        blocks: what to write, in order.
        short_lines: one line per sentence, for a client that shows cards in a narrow column.
    """
    return "\n\n".join(_write(block, short_lines=short_lines) for block in blocks)


def _write(block: Block, *, short_lines: bool) -> str:
    lead = f"**{escape(block.lead)}**"
    items = block.items
    if short_lines:
        items = (*block.sentences, *items)
    elif block.sentences:
        lead = f"{lead} {escape(' '.join(block.sentences))}"
    if not items:
        return lead
    return f"{lead}\n\n- " + "\n- ".join(map(escape, items))
