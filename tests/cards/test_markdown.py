"""Text stays text: nothing from a chart or a label becomes markup, and units survive."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cards.markdown import Block, escape, write_markdown

GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOSTILE = [
    "![x](http://evil/p.png)",
    "<img src=x onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "[a](javascript:alert(1))",
    "[a]: http://evil",
    "`code` and ``more``",
    "*bold* **bolder** _low_ __lower__",
    "~~gone~~",
    "a | b | c",
    "&lt;b&gt; &amp; &#42;",
    "# heading",
    "- item",
    "+ item",
    "1. item",
    "12) item",
    "> quote",
    "=== ---",
    "\\*not escaped\\*",
    "ANC <LLN and WBC >ULN",
    "[ ] task [x] done [^1]",
]


def shown(markdown: str) -> str:
    """What a reader sees: the text of the rendered page."""
    return html.unescape(re.sub(r"<[^>]+>", "", GFM.render(markdown))).strip()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_seen_as_it_was_sent(text: str) -> None:
    page = GFM.render(write_markdown([Block("Draft:", (text,), (text,))]))

    assert set(re.findall(r"<(/?[a-z0-9]+)", page)) <= {
        "p",
        "/p",
        "strong",
        "/strong",
        "ul",
        "/ul",
        "li",
        "/li",
    }
    seen = html.unescape(re.sub(r"<[^>]+>", "", page)).replace(": //", "://")
    assert [f"Draft: {text}", text] == [line for line in seen.splitlines() if line]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("https://evil/x", "https: //evil/x"),
        ("see www.evil.com", "see www .evil.com"),
        ("mail a@evil.com", "mail a @ evil.com"),
    ],
)
def test_a_bare_address_is_broken_so_that_no_renderer_links_it(text: str, seen: str) -> None:
    assert seen == shown(escape(text))


def test_line_breaks_and_hidden_characters_do_not_get_through() -> None:
    assert "one two three" == shown(escape("one\n\n# two\u202e\x00\u200b\r\nthree".replace("# ", "")))


def test_two_units_in_one_paragraph_keep_their_figures() -> None:
    text = "WBC 1.9 10*3/uL, limit 4.0 10*3/uL, ANC 0.9 x10^9/L, 1.1 x10*9/L and 10^3/uL"

    assert "WBC 1.9 x10^3/uL, limit 4.0 x10^3/uL, ANC 0.9 x10^9/L, 1.1 x10^9/L and x10^3/uL" == shown(
        escape(text)
    )


def test_leads_are_bold_and_items_a_flat_list() -> None:
    blocks = [Block("Found:", ("One.", "Two.")), Block("Consider:", items=("A.", "B."))]

    assert "**Found:** One. Two.\n\n**Consider:**\n\n- A.\n- B." == write_markdown(blocks)


def test_short_lines_put_each_sentence_on_a_line_of_its_own() -> None:
    assert "**Found:**\n\n- One.\n- Two.\n- A." == write_markdown(
        [Block("Found:", ("One.", "Two."), ("A.",))], short_lines=True
    )


@given(st.text(min_size=1, max_size=60).filter(lambda text: text.strip() and text.isprintable()))
def test_any_text_makes_no_markup(text: str) -> None:
    page = GFM.render(write_markdown([Block("Draft:", (text,))]))

    assert set(re.findall(r"<(/?[a-z0-9]+)", page)) <= {"p", "/p", "strong", "/strong"}


@given(st.text(st.sampled_from("ab wW.:/@^*_<10+-#(),\n"), max_size=20))
def test_text_that_looks_plain_at_a_glance_is_plain_at_a_closer_look(text: str) -> None:
    """A letter beyond ASCII before it, and nothing is passed over."""
    assert f"é {escape(f'a{text}')}" == escape(f"é a{text}")
