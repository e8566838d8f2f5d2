"""A page of the knowledge as plain text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill

from cds.knowledge.base import Knowledge
from cds.knowledge.schema import Drug
from cds.pages.document import Facts, plain_text
from cds.pages.drug import drug_page

_WIDTH = 100
_INDENT = 14


def drug_text(knowledge: Knowledge, drug: Drug) -> str:
    """The page of ``drug``, one fact a line."""
    page = drug_page(knowledge, drug)
    facts = (block for section in page.sections for block in section.blocks if isinstance(block, Facts))
    return "\n".join((fill(f"{page.title} ({page.under})", _WIDTH), "", *_lines(facts)))


def _lines(facts: Iterator[Facts]) -> Iterator[str]:
    for name, text in (row for block in facts for row in block.rows):
        yield fill(
            plain_text(text),
            _WIDTH,
            initial_indent=f"{name:<{_INDENT}}",
            subsequent_indent=" " * _INDENT,
        )
