"""The stories of ``fixtures``: each is answered as it was reviewed, and does what it promises."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.card_conformance import r4_faults, violations
from tests.cases.asking import find_faults, plain, text_of, topic_of
from tests.cases.requests import knowledge
from tests.fixture_stories import DAYS, MIDNIGHT, story_folders, tell
from tests.kept_answers import told_again, without_uuids
from tests.promises import broken_promises

STORIES = story_folders()
NOW = DAYS[0]

each_story = pytest.mark.parametrize("folder", STORIES, ids=lambda folder: folder.name)
on_both_days = pytest.mark.parametrize("now", DAYS, ids=lambda now: f"{now:%Y-%m-%d}")
at_any_hour = pytest.mark.parametrize("now", [*DAYS, MIDNIGHT], ids=lambda now: f"{now:%Y-%m-%d}")


@each_story
@at_any_hour
def test_a_story_keeps_its_promises(folder: Path, now: datetime) -> None:
    """Indicator, topics and words of ``case.toml``, whatever the date and the hour."""
    assert [] == broken_promises(tell(folder, now))


@each_story
@on_both_days
def test_a_story_is_answered_as_reviewed(folder: Path, now: datetime) -> None:
    """``response.json``, to the letter. After a change on purpose: ``make fixtures``, then read the diff."""
    kept = folder / "response.json"

    assert kept.exists(), "no reviewed answer yet: make fixtures"
    assert told_again(kept.read_text("utf-8"), now, knowledge().version) == without_uuids(
        tell(folder, now).answer
    )


@each_story
def test_the_same_story_twice_gets_the_same_answer(folder: Path) -> None:
    first = tell(folder, NOW)
    again = tell.__wrapped__(folder, NOW)

    assert without_uuids(first.answer) == without_uuids(again.answer)
    assert not {*_uuids(first.answer)} & {*_uuids(again.answer)}


@each_story
def test_every_card_conforms_to_cds_hooks(folder: Path) -> None:
    told = tell(folder, NOW)

    assert [] == violations(told.answer, told.request)


@each_story
def test_every_card_speaks_as_a_card_may(folder: Path) -> None:
    """No verdict, no order, no race; rules, inputs and sources shown; no antibiotic named at a fever."""
    assert [] == [fault for card in tell(folder, NOW).cards for fault in find_faults(card)]


@each_story
def test_a_fever_card_names_no_antibiotic_of_the_knowledge(folder: Path) -> None:
    antibiotics = {
        name.lower()
        for drug in knowledge().drugs.values()
        if drug.treats_infection
        for name in (drug.name, *drug.names.brands, *drug.names.also)
    }
    fever = "\n".join(text_of(card) for card in tell(folder, NOW).cards if topic_of(card) == "leukoFever")

    assert [] == sorted(name for name in antibiotics if re.search(rf"\b{re.escape(name)}\b", fever.lower()))


@each_story
def test_what_a_card_tells_a_machine_is_told_once(folder: Path) -> None:
    """No suspect, order risk, source or caveat stands twice in the basis of one card."""
    lists = [
        (name, [repr(each) for each in listed])
        for card in tell(folder, NOW).cards
        for name, listed in card["extension"]["org.leukocds.basis"].items()
        if isinstance(listed, list)
    ]

    assert [] == [f"{name}: {listed}" for name, listed in lists if len(listed) != len(set(listed))]


@each_story
def test_every_count_shown_was_sent_or_is_marked_calculated(folder: Path) -> None:
    told = tell(folder, NOW)
    sent = [*_numbers_sent(told.request)]
    shown = [
        found
        for card in told.cards
        for text in (card["summary"], plain(card["detail"]))
        for found in re.finditer(r"(\d+(?:\.\d+)?) x10\^9/L(?P<after>[^;:]{0,60})", text)
    ]

    assert [] == [
        found.group()
        for found in shown
        if "calculated" not in found["after"] and not any(_shows(found[1], number) for number in sent)
    ]


@each_story
def test_a_request_is_valid_fhir_r4(folder: Path) -> None:
    """So that a story shows what a good client sends; one that is odd on purpose is tagged ``odd-input``."""
    told = tell(folder, NOW)
    sent = [told.request["context"].get("draftOrders"), *told.request.get("prefetch", {}).values()]
    faults = [fault for resource in sent if resource for fault in r4_faults(resource)]

    assert bool(faults) == ("odd-input" in told.story.case.get("tags", []))


@each_story
def test_a_request_holds_no_race_and_no_fixed_date(folder: Path) -> None:
    """But for dates of birth, which do not grow stale."""
    text = (folder / "request.json").read_text("utf-8")
    born = re.sub(r'"birthDate": "\d{4}-\d\d-\d\d"', "", text)

    assert [] == re.findall(r"us-core-(?:race|ethnicity)|\b20\d\d-\d\d-\d\d", born)


# --- on the way -----------------------------------------------------------------------------------------


def _uuids(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["uuid"]] if "uuid" in value else []
        return own + [each for member in value.values() for each in _uuids(member)]
    return [each for item in value for each in _uuids(item)] if isinstance(value, list) else []


def _numbers_sent(value: Any) -> list[Decimal]:
    """Every number of a request, as sent and on the two smaller scales on which counts are sent."""
    if isinstance(value, dict):
        return [number for member in value.values() for number in _numbers_sent(member)]
    if isinstance(value, list):
        return [number for item in value for number in _numbers_sent(item)]
    if isinstance(value, bool) or value is None:
        return []
    found = re.findall(r"\d+(?:\.\d+)?", str(value)) if len(str(value)) < 20 else []
    return [Decimal(text).scaleb(-power) for text in found for power in (0, 3, 9)]


def _shows(shown: str, sent: Decimal) -> bool:
    """Whether a number on a card is the number sent, rounded to the digits shown."""
    return Decimal(shown) == round(sent, max(0, -int(Decimal(shown).as_tuple().exponent)))
