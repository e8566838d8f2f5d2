"""Two answers side by side: what must be equal in them, and what may differ."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from tests.cases.asking import LOUDNESS, Answer, comparable
from tests.cases.requests import Json

_REPORTED = re.compile(r" \(reported [^()]*(?:\([^()]*\)[^()]*)*\)")
_DECIMAL = re.compile(r"\d+\.\d+")
_DATE = re.compile(r"\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?: \d{4})?")
_MORE = re.compile(r" \(\d+ more notes?\)$")  # said only where the summary has room for it
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:]+Z)?")


def verdict(answer: Answer) -> Json:
    """What was concluded: topics with their indicators, tiers, suspects and order risks; no words."""
    return {
        "cards": list(zip(answer.topics, (card["indicator"] for card in answer.cards), strict=True)),
        "tiers": {each["line"]: each["tier"] for each in answer.counts()},
        "suspects": answer.standings(),
        "risks": sorted(answer.risks()),
    }


def loudness(answer: Answer) -> int:
    """0 for silence to 3 for critical."""
    return LOUDNESS.index(answer.highest)


def whatever_the_unit(answer: Answer) -> list[Json]:
    """The cards without the spelling of the laboratory: ``0.90``, ``900 /uL`` and ``0.9`` are one."""
    return [_mapped(card, _without_spelling) for card in comparable(answer)]


def whatever_the_date(answer: Answer) -> list[Json]:
    """The cards with every date hidden; of a summary only its number, since a long date may shorten it."""
    cards = [_mapped(card, _without_dates) for card in comparable(answer)]
    return [card | {"summary": card["summary"].partition("(")[0].partition(":")[0]} for card in cards]


def whatever_the_shape(answer: Answer) -> list[Json]:
    """The cards without the references of the Observations, which differ from shape to shape."""
    return [_without_references(card) for card in comparable(answer)]


def _mapped(value: Any, change: Any) -> Any:
    if isinstance(value, dict):
        return {name: _mapped(member, change) for name, member in value.items()}
    if isinstance(value, list):
        return [_mapped(each, change) for each in value]
    return change(value) if isinstance(value, str) else value


def _without_spelling(text: str) -> str:
    shortest = _DECIMAL.sub(lambda found: f"{Decimal(found.group()).normalize():f}", text)
    return _MORE.sub("", _REPORTED.sub("", shortest))


def _without_dates(text: str) -> str:
    return _ISO.sub("<date>", _DATE.sub("<date>", text))


def _without_references(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_references(each) for name, each in value.items() if name != "observations"}
    return [_without_references(each) for each in value] if isinstance(value, list) else value
