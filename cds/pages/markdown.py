"""Pages as Markdown (CommonMark with tables)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from cds.pages.document import Block, Bullets, Facts, Inline, Link, Page, Paragraph, Table

_SIGNS = re.compile(r"([\\`*_\[\]<>|])")
_BEGINNING = re.compile(r"^(\d+)([.)])|^([#+-])(?= |$)")


def render_markdown(page: Page) -> str:
    """The page as one Markdown document."""
    lines = [f"# {_escaped(page.title)}", "", _line(page.under, page), ""]
    for section in page.sections:
        lines += [f"## {_escaped(section.title)}", ""]
        for block in section.blocks:
            lines += [*_block(block, page), ""]
    if page.home:
        lines += [f"[All pages]({_address(page, page.home)})", ""]
    return "\n".join(lines).rstrip() + "\n"


def _block(block: Block, page: Page) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield _line(text, page)
        case Bullets(items):
            yield from (f"- {_line(item, page)}" for item in items)
        case Facts(rows):
            yield from (f"- **{_escaped(name)}**: {_line(text, page)}" for name, text in rows)
        case Table(caption, heading, rows):
            yield _line(caption, page)
            yield ""
            yield f"| {' | '.join(map(_escaped, heading))} |"
            yield f"|{'---|' * len(heading)}"
            for row in rows:
                yield f"| {' | '.join(_inline(cell, page) for cell in row)} |"


def _line(text: Inline, page: Page) -> str:
    """Text at the beginning of a line, where a few signs would begin a list or a heading."""
    return _BEGINNING.sub(lambda found: f"{found[1] or ''}\\{found[2] or found[3]}", _inline(text, page))


def _inline(text: Inline, page: Page) -> str:
    if isinstance(text, str):
        return _escaped(text)
    if isinstance(text, Link):
        return f"[{_escaped(text.text)}]({_address(page, text.page)})"
    return "".join(_inline(part, page) for part in text)


def _escaped(text: str) -> str:
    return _SIGNS.sub(r"\\\1", " ".join(text.split(" ")).replace("\n", " "))


def _address(page: Page, target: str) -> str:
    return posixpath.relpath(f"{target}.md", posixpath.dirname(page.name) or ".")
