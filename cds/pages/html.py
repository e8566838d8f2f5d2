"""Pages as HTML: no script and nothing fetched, readable by a screen reader, and fit to be printed."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from html import escape

from cds.pages.document import Block, Bullets, Facts, Inline, Link, Page, Paragraph, Section, Table

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 0 auto;
       max-width: 60rem; padding: 1rem; }
h1 { line-height: 1.2; margin-bottom: 0; }
h2 { border-bottom: 1px solid #767676; margin-top: 2rem; }
a { color: #0b4f9e; }
.under { color: #444; margin-top: .25rem; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-style: italic; padding: .25rem 0; }
th, td { border: 1px solid #767676; padding: .25rem .5rem; text-align: left; vertical-align: top; }
thead th { background: #eee; }
dl { display: grid; grid-template-columns: minmax(8rem, 12rem) 1fr; gap: .25rem 1rem; }
dt { font-weight: bold; }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 40rem) { dl { display: block; } dd { margin-bottom: .5rem; } }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } nav { display: none; }
               tr, dd, li { break-inside: avoid; } thead { display: table-header-group; }
               .wide { overflow: visible; } a { color: inherit; } }
""".strip()


def render_html(page: Page) -> str:
    """The page as one HTML document."""
    body = "\n".join(_section(section, number, page) for number, section in enumerate(page.sections, 1))
    home = f'<nav><a href="{escape(_address(page, page.home))}">All pages</a></nav>\n' if page.home else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(page.title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n{home}<main>\n"
        f'<h1>{escape(page.title)}</h1>\n<p class="under">{escape(page.under)}</p>\n{body}\n'
        "</main>\n</body>\n</html>\n"
    )


def _section(section: Section, number: int, page: Page) -> str:
    name = f"section-{number}"
    blocks = "\n".join(line for block in section.blocks for line in _block(block, page))
    title = escape(section.title)
    return f'<section aria-labelledby="{name}">\n<h2 id="{name}">{title}</h2>\n{blocks}\n</section>'


def _block(block: Block, page: Page) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield f"<p>{_inline(text, page)}</p>"
        case Bullets(items):
            yield "<ul>"
            yield from (f"<li>{_inline(item, page)}</li>" for item in items)
            yield "</ul>"
        case Facts(rows):
            yield "<dl>"
            yield from (f"<dt>{escape(name)}</dt><dd>{_inline(text, page)}</dd>" for name, text in rows)
            yield "</dl>"
        case Table():
            yield from _table(block, page)


def _table(table: Table, page: Page) -> Iterator[str]:
    caption = escape(table.caption)
    yield f'<div class="wide" role="region" aria-label="{caption}" tabindex="0">'
    yield f"<table>\n<caption>{caption}</caption>"
    heading = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.heading)
    yield f"<thead><tr>{heading}</tr></thead>\n<tbody>"
    for first, *rest in table.rows:
        cells = "".join(f"<td>{_inline(cell, page)}</td>" for cell in rest)
        yield f'<tr><th scope="row">{_inline(first, page)}</th>{cells}</tr>'
    yield "</tbody>\n</table>\n</div>"


def _inline(text: Inline, page: Page) -> str:
    if isinstance(text, str):
        return escape(text)
    if isinstance(text, Link):
        return f'<a href="{escape(_address(page, text.page))}">{escape(text.text)}</a>'
    return "".join(_inline(part, page) for part in text)


def _address(page: Page, target: str) -> str:
    return posixpath.relpath(f"{target}.html", posixpath.dirname(page.name) or ".")
