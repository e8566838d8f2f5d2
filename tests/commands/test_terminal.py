"""Cards at a terminal: readable, and unable to steer it."""

from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner

from cds.commands.terminal import exit_status, show_response

CARD: dict[str, Any] = {
    "summary": "ANC 0.32 x10^9/L (18 Nov, new): severe neutropenia.",
    "indicator": "critical",
    "detail": "**What**\n\n- ANC 0.32 \\*low\\*\n  - nested\n\n1. first",
    "source": {"label": "leukocds 2026.11", "url": "https://cds.example.org/sources"},
    "suggestions": [{"label": "Remove methimazole"}],
    "links": [{"label": "Label", "url": "https://example.org/label", "type": "absolute"}],
}


def _shown(*cards: dict[str, Any]) -> str:
    @click.command()
    def show() -> None:
        show_response({"cards": cards})

    return CliRunner().invoke(show, catch_exceptions=False).output


def test_a_card_is_shown_with_all_that_it_says() -> None:
    expected = [
        " CRITICAL  ANC 0.32 x10^9/L (18 Nov, new): severe neutropenia.",
        "  What",
        "",
        "  • ANC 0.32 *low*",
        "    • nested",
        "",
        "  1. first",
        "  • suggested: Remove methimazole",
        "  • link: Label <https://example.org/label>",
        "  Source: leukocds 2026.11 https://cds.example.org/sources",
        "",
    ]

    assert expected == _shown(CARD).splitlines()


def test_no_cards_are_said_too() -> None:
    assert "No cards: nothing to say about these data.\n" == _shown()


def test_what_the_ehr_sent_cannot_steer_the_terminal() -> None:
    shown = _shown(CARD | {"summary": "x\x1b[2J\x9b1my", "detail": "a\x07b\u202ec"})

    assert {letter for letter in shown if not letter.isprintable()} <= {"\n"}


def test_long_lines_are_wrapped_below_their_bullet() -> None:
    lines = _shown(CARD | {"detail": "- " + "word " * 40}).splitlines()

    assert all(len(line) <= 100 for line in lines)
    assert lines[2].startswith("    word")


@pytest.mark.parametrize(
    ("indicators", "status"),
    [([], 0), (["info"], 10), (["info", "warning"], 20), (["critical", "info"], 30)],
)
def test_the_most_urgent_card_decides_the_exit_status(indicators: list[str], status: int) -> None:
    assert status == exit_status({"cards": [{"indicator": each} for each in indicators]})
