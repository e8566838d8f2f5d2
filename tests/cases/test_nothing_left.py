"""What was made of a request goes with it: none of it waits for the garbage collector, which looks seldom.

A cycle among what is made for one answer would keep the whole chart with it, some hundred kilobytes for each
call, until the collector comes by.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from cds.app import create_answerer
from cds.errors import RequestError
from cds.hooks.hook_request import read_hook_request
from cds.hooks.services import offered_services
from cds.settings import Settings
from cds.stories import load_story
from tests.cases.requests import knowledge
from tests.fixture_stories import DAYS, story_folders

SERVICES = offered_services(knowledge())
ANSWERER = create_answerer(Settings(), knowledge())


@contextmanager
def uncollected() -> Iterator[list[object]]:
    """What is made within, and would be there until the collector comes by; known in the end."""
    left: list[object] = []
    gc.disable()
    gc.freeze()  # what other tests have left is not looked at, which would take seconds
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield left
        gc.collect()
        left += gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.unfreeze()
        gc.enable()


def answer(body: bytes, service: str) -> None:
    with suppress(RequestError):  # a refusal must leave nothing either
        ANSWERER.answer(SERVICES[service], read_hook_request(body), Settings().preferences, DAYS[0])


@pytest.mark.parametrize("folder", story_folders(), ids=lambda folder: folder.name)
def test_an_answer_leaves_nothing(folder: Path) -> None:
    story = load_story(folder, DAYS[0])
    answer(story.request, story.service)  # what is made once for all stays

    with uncollected() as left:
        answer(story.request, story.service)

    assert {} == Counter(type(each).__name__ for each in left)
