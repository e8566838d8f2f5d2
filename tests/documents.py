"""The pages of the project taken apart: fenced blocks with what is said about them, and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from tests.source_code import ROOT

PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))

_REMARK = re.compile(r"<!-- (not run|prints|file)(?:: (.+?))? -->")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Attributes:
        language: ``sh``, ``toml`` or ``text``.
        remark: what the comment right above says: ``not run``, ``prints`` (the block before prints this),
            ``file``; or nothing.
        about: the reason, or the file's path.
        prints: the text that a following ``prints`` block promises.
    """

    place: str
    language: str
    text: str
    remark: str = ""
    about: str = ""
    prints: str | None = None


def blocks_of(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    blocks: list[Block] = []
    remark = about = ""
    for token in MarkdownIt("commonmark").parse(page.read_text("utf-8")):
        if token.type == "html_block":
            found = _REMARK.fullmatch(token.content.strip())
            remark, about = (found[1], found[2] or "") if found else ("", "")
            continue
        if token.type == "fence":
            place = f"{page.relative_to(ROOT)}:{token.map[0] + 1 if token.map else '?'}"
            block = Block(place, token.info, token.content, remark, about)
            if remark == "prints":
                blocks[-1] = Block(**(vars(blocks[-1]) | {"prints": token.content}))
            blocks.append(block)
        remark = about = ""
    return blocks


def links_of(page: Path) -> Iterator[str]:
    """The targets of all links to this project's own files, with their anchors."""
    for target in _LINK.findall(page.read_text("utf-8")):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors_of(page: Path) -> set[str]:
    """The anchors that a host makes of the page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
