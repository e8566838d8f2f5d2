"""A hook response for people at a terminal."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Mapping
from typing import Any

import click

EXIT_STATUS = {"info": 10, "warning": 20, "critical": 30}

_COLOUR = {"info": "cyan", "warning": "yellow", "critical": "red"}
_WIDTH = 100
_BULLET = re.compile(r"(?P<indent>\s*)(?P<mark>[-*]|\d+\.)\s+(?P<text>.*)")


def show_response(response: Mapping[str, Any]) -> None:
    """Print the cards of a hook response, the most urgent first as sent."""
    cards = response["cards"]
    if not cards:
        _echo("No cards: nothing to say about these data.")
    for card in cards:
        _show_card(card)


def exit_status(response: Mapping[str, Any]) -> int:
    """0 without cards, else 10 (info), 20 (warning) or 30 (critical) for the most urgent one."""
    return max((EXIT_STATUS[card["indicator"]] for card in response["cards"]), default=0)


def _show_card(card: Mapping[str, Any]) -> None:
    indicator = card["indicator"]
    word = click.style(f" {indicator.upper()} ", fg=_COLOUR[indicator], bold=True, reverse=True)
    _echo(f"{word} {click.style(_plain(card['summary']), bold=True)}")
    for line in card.get("detail", "").splitlines():
        _echo(_wrapped(_plain(line)))
    for suggestion in card.get("suggestions", []):
        _echo(_wrapped(f"- suggested: {_plain(suggestion['label'])}"))
    for link in card.get("links", []):
        _echo(_wrapped(f"- link: {_plain(link['label'])} <{_plain(link['url'])}>"))
    source = (card["source"]["label"], card["source"].get("url", ""))
    _echo(_wrapped(f"Source: {_plain(' '.join(source).strip())}"))
    _echo("")


def _wrapped(line: str) -> str:
    bullet = _BULLET.fullmatch(line)
    if bullet:
        lead = f"  {bullet['indent']}{'•' if bullet['mark'] in '-*' else bullet['mark']} "
        return textwrap.fill(bullet["text"], _WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead))
    return textwrap.fill(line, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _plain(markdown: str) -> str:
    """One line of Markdown as text. Control characters go: they could steer the terminal."""
    text = re.sub(r"(?<!\\)\*\*|(?<!\\)`|^#+ ", "", markdown)
    text = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)
    return "".join(letter for letter in text if letter.isprintable())


def _echo(text: str) -> None:
    click.echo(text, color=sys.stdout.isatty() and not os.environ.get("NO_COLOR"))
