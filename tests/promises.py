"""What ``case.toml`` of a story promises, held against an answer."""

from __future__ import annotations

from cds.commands.terminal import EXIT_STATUS, exit_status
from tests.cases.asking import LOUDNESS, text_of, topic_of
from tests.fixture_stories import Told


def broken_promises(told: Told) -> list[str]:
    """Every promise that the answer does not keep, in words; to be empty."""
    if told.status != 200:
        return [f"HTTP {told.status}: {told.answer}"]
    expected, cards = told.expected, told.cards
    loudest = max((card["indicator"] for card in cards), key=LOUDNESS.index, default="none")
    topics = [topic_of(card) for card in cards]
    text = "\n".join(text_of(card) for card in cards).lower()
    broken = []
    if loudest != expected["indicator"]:
        broken.append(f"indicator is {loudest}, not {expected['indicator']}")
    if topics != expected["topics"]:
        broken.append(f"topics are {', '.join(topics) or 'none'}, not {', '.join(expected['topics'])}")
    if exit_status(told.answer) != EXIT_STATUS.get(expected["indicator"], 0):
        broken.append(f"exit status {exit_status(told.answer)}")
    broken += [f"does not say {words!r}" for words in expected.get("says", []) if words.lower() not in text]
    broken += [f"says {words!r}" for words in expected.get("never_says", []) if words.lower() in text]
    return broken
