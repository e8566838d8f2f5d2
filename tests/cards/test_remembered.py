"""What is kept from one answer to the next: words of the knowledge, and nothing of a patient."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from types import FunctionType, ModuleType
from typing import Any

from cards.render import render_cards
from cards.telling import Telling
from cds.app import create_app
from cds.settings import Settings
from tests import canaries
from tests.cards.builders import EVERYTHING
from tests.cases.requests import knowledge
from tests.fixture_stories import story_folders, tell

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def remembering() -> Iterator[Callable[..., Any]]:
    """Every function of ``cards`` that remembers what it has returned."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "cards":
            yield from (each for each in vars(module).values() if hasattr(each, "cache_info"))


def texts_kept_by(remembers: Callable[..., Any]) -> set[str]:
    """Every text among what the function was asked and what it returned."""
    texts: set[str] = set()
    seen: set[int] = set()
    waiting: list[object] = [remembers]
    while waiting:
        held = waiting.pop()
        if id(held) in seen or isinstance(held, FunctionType | ModuleType | type):
            continue
        seen.add(id(held))
        if isinstance(held, str):
            texts.add(held)
        waiting += gc.get_referents(held)
    return texts


def all_texts_kept() -> set[str]:
    return {text for remembers in remembering() for text in texts_kept_by(remembers)}


def test_after_every_story_nothing_of_a_patient_is_remembered() -> None:
    client = create_app(Settings(), knowledge(), lambda: NOW).test_client()
    shown = ""
    for folder in story_folders():
        request = canaries.planted(tell(folder, NOW).request)
        shown += client.post(f"/cds-services/leuko-{request['hook']}", json=request).text
    kept = all_texts_kept()

    assert all(canary in shown for canary in canaries.OF_THE_CHART)
    assert "Hand hygiene for staff, visitors and patient: the most effective single measure." in kept
    assert [] == [text for text in kept for canary in canaries.ALL if canary in text]
    assert [] == [text for text in kept if text.startswith(("Observation/", "MedicationRequest/"))]


def test_the_search_finds_what_is_remembered() -> None:
    @lru_cache
    def remembers(text: str, place: int) -> tuple[str, ...]:
        return (f"{place}. {text}",)

    remembers(canaries.NAME, 1)

    assert {canaries.NAME, f"1. {canaries.NAME}"} <= texts_kept_by(remembers)


def test_the_words_of_an_answer_are_forgotten_with_it() -> None:
    render_cards(EVERYTHING)

    assert not any(isinstance(held, Telling) for held in gc.get_objects())
