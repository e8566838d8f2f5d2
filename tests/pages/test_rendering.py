"""Pages as HTML and Markdown: what they say arrives as it is, and every link leads somewhere."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from cds.knowledge.load import load_knowledge
from cds.pages.document import Bullets, Facts, Link, Page, Paragraph, Section, Table, plain_text
from cds.pages.formulary import formulary_pages
from cds.pages.html import render_html
from cds.pages.markdown import render_markdown

VOID = {"meta"}
EVIL = '<script>alert("1")</script> & [x](y) *a* | `b` _c_'


class Reader(HTMLParser):
    """Reads a page as a strict browser would: every element closed in order, text gathered."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.met: Counter[str] = Counter()
        self.faults: list[str] = []
        self.text: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()
        self.faults += [f"<{name}> is never closed" for name in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.met[tag] += 1
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def of(self, tag: str, name: str) -> list[str]:
        return [str(attributes.get(name)) for met, attributes in self.attributes if met == tag]


PAGE = Page(
    name="drugs/x",
    title=f"Title {EVIL}",
    under="2026.11.0",
    sections=(
        Section(
            f"Section {EVIL}",
            (
                Paragraph((f"{EVIL} see ", Link("clozapine", "drugs/clozapine"))),
                Bullets((EVIL, "1. first")),
                Facts((("name", EVIL), ("pair", Link("pairs", "pairs")))),
                Table(f"Caption {EVIL}", ("one", "two"), ((EVIL, "b"), ("c", "d"))),
            ),
        ),
    ),
    home="index",
)


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    return list(formulary_pages(load_knowledge()))


@pytest.fixture(scope="module")
def read(pages: list[Page]) -> dict[str, Reader]:
    return {page.name: Reader(render_html(page)) for page in pages}


def test_html_shows_every_text_as_text() -> None:
    page = Reader(render_html(PAGE))

    assert [] == page.faults
    assert 0 == page.met["script"]
    assert 8 == sum(EVIL in text for text in page.text)  # the title twice
    assert f"Title {EVIL}" in page.text


def test_html_is_built_for_screen_readers_and_paper() -> None:
    text = render_html(PAGE)
    page = Reader(text)

    assert text.startswith("<!doctype html>")
    assert ["en"] == page.of("html", "lang")
    assert 1 == page.met["h1"] == page.met["main"] == page.met["caption"]
    assert ["col", "col", "row", "row"] == page.of("th", "scope")
    assert page.of("h2", "id") == page.of("section", "aria-labelledby")
    assert page.met["dt"] == page.met["dd"] == 2
    assert "@media print" in text


def test_html_fetches_nothing() -> None:
    page = Reader(render_html(PAGE))

    assert {"a"} == {tag for tag, attributes in page.attributes if {"src", "href"} & attributes.keys()}
    assert "url(" not in "".join(page.text)
    assert "@import" not in "".join(page.text)


def test_links_lead_from_folder_to_folder() -> None:
    html, markdown = render_html(PAGE), render_markdown(PAGE)

    assert ["../index.html", "clozapine.html", "../pairs.html"] == Reader(html).of("a", "href")
    assert re.findall(r"\]\((\S+?)\)", markdown.replace(r"\[x\](y)", "")) == [
        "clozapine.md",
        "../pairs.md",
        "../index.md",
    ]


def test_markdown_shows_every_text_as_text() -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(render_markdown(PAGE))
    inner = [child for token in tokens for child in token.children or []]
    kinds = {child.type for child in inner} | {token.type for token in tokens}

    assert not kinds & {"html_inline", "html_block", "em_open", "code_inline", "image"}
    assert 3 == sum(child.type == "link_open" for child in inner)
    assert 7 == sum(
        EVIL in "".join(child.content for child in token.children or []) for token in tokens if token.children
    )
    assert 1 == sum(token.type == "table_open" for token in tokens)
    assert 4 == sum(token.type == "td_open" for token in tokens)
    assert 0 == sum(token.type == "ordered_list_open" for token in tokens)


def test_plain_text_keeps_the_words_of_links() -> None:
    assert "with clozapine (avoid)" == plain_text(("with ", Link("clozapine", "drugs/clozapine"), " (avoid)"))


def test_every_page_of_the_formulary_is_sound_html(read: dict[str, Reader]) -> None:
    assert {} == {name: page.faults[:3] for name, page in read.items() if page.faults}


def test_every_link_of_the_formulary_leads_to_a_page(read: dict[str, Reader]) -> None:
    names = {f"{name}.html" for name in read}
    targets = {
        (name, posixpath.normpath(posixpath.join(posixpath.dirname(name), address)))
        for name, page in read.items()
        for address in page.of("a", "href")
    }

    assert set() == {(page, target) for page, target in targets if target not in names}
    assert names - {"index.html"} <= {target for _, target in targets}


def test_names_of_pages_and_ids_are_unique(pages: list[Page]) -> None:
    assert len(pages) == len({page.name for page in pages})
    assert pages[0].name == "index"
