"""One call of the service over HTTP, and its answer as a clinician would read it.

Every answer is held against what holds for all of them: HTTP 200, summaries of at most 139 characters, the
source, rules and inputs shown, and no word that a card may never say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask.testing import FlaskClient

from cds.app import create_app
from cds.settings import Settings
from tests.cases.requests import NOW, Json, knowledge, request

LOUDNESS = (None, "info", "warning", "critical")
_ONE_MESSAGE = frozenset({"leukoLowCount", "leukoSuspects", "leukoPrecautions"})


@dataclass(frozen=True)
class Answer:
    """The cards of one answer."""

    cards: tuple[Json, ...]

    @property
    def highest(self) -> str | None:
        """The loudest indicator of all cards; ``None`` without a card."""
        return max((card["indicator"] for card in self.cards), key=LOUDNESS.index, default=None)

    @property
    def topics(self) -> list[str]:
        """The topics in the order of the cards."""
        return [topic_of(card) for card in self.cards]

    @property
    def messages(self) -> list[str]:
        """One indicator per message: counts, suspects and precautions are parts of one."""
        parts = [card["indicator"] for card in self.cards if topic_of(card) in _ONE_MESSAGE]
        rest = [card["indicator"] for card in self.cards if topic_of(card) not in _ONE_MESSAGE]
        return [*rest, *([max(parts, key=LOUDNESS.index)] if parts else [])]

    @property
    def text(self) -> str:
        """Everything that can be read: summaries, details and the labels of the suggestions."""
        return "\n".join(text_of(card) for card in self.cards)

    def card(self, topic: str) -> Json:
        """The card of a topic."""
        return next(card for card in self.cards if topic_of(card) == topic)

    def about(self, *topics: str) -> str:
        """What the cards of these topics say."""
        return "\n".join(text_of(card) for card in self.cards if topic_of(card) in topics)

    def lacks(self, *words: str) -> list[str]:
        """Those of the words that no card says; to be empty."""
        return [word for word in words if not _says(self.text, word)]

    def has(self, *words: str) -> list[str]:
        """Those of the words that some card says; to be empty."""
        return [word for word in words if _says(self.text, word)]

    def tier(self, line: str) -> str | None:
        """How low a line was found to be, as the cards tell a machine."""
        return next((each["tier"] for each in self.counts() if each["line"] == line), None)

    def counts(self) -> list[Json]:
        """All low lines, as every card tells a machine."""
        found = [card["extension"]["org.leukocds.basis"].get("counts", []) for card in self.cards]
        return found[0] if found else []

    def standings(self) -> dict[str, str]:
        """Suspects and how each stands."""
        return {
            each["ingredient"]: each["standing"]
            for card in self.cards
            for each in card["extension"]["org.leukocds.basis"].get("suspects", [])
        }

    def risks(self) -> set[tuple[str, str]]:
        """Ingredient (or nothing, for a vaccine) and reason of every order risk."""
        return {
            (each.get("ingredient", ""), each["why"])
            for card in self.cards
            for each in card["extension"]["org.leukocds.basis"].get("orderRisks", [])
        }

    def tests_offered(self) -> list[str]:
        """LOINC codes of the tests that one click would order."""
        return [
            action["resource"]["code"]["coding"][0]["code"]
            for card in self.cards
            for offer in card.get("suggestions", [])
            for action in offer["actions"]
            if action["type"] == "create"
        ]


def topic_of(card: Json) -> str:
    """The code under which an EHR remembers an override."""
    return str(card["source"]["topic"]["code"])


def text_of(card: Json) -> str:
    """What a card says."""
    offers = (offer["label"] for offer in card.get("suggestions", []))
    return "\n".join([card["summary"], plain(card.get("detail", "")), *offers])


def plain(markdown: str) -> str:
    """Markdown as it is read: without marks and escapes."""
    return re.sub(r"\\([^\w\s])", r"\1", markdown).replace("**", "")


def ask(hook: str = "order-sign", *entries: Json, **members: Any) -> Answer:
    """The checked answer to one request; see ``tests.cases.requests.request``."""
    now = members.pop("now", NOW)
    policy = members.pop("policy", "us-label")
    return send(request(hook, *entries, **members), hook, now=now, policy=policy)


def send(body: bytes, hook: str = "order-sign", *, now: datetime = NOW, policy: str = "us-label") -> Answer:
    """The checked answer to one body."""
    response = client(now, policy).post(
        f"/cds-services/leuko-{hook}", data=body, content_type="application/json"
    )
    assert response.status_code == 200, response.text
    answer = Answer(tuple(json.loads(response.data)["cards"]))
    complaints = [complaint for card in answer.cards for complaint in find_faults(card)]
    assert not complaints, complaints
    return answer


@lru_cache(maxsize=32)
def client(now: datetime = NOW, policy: str = "us-label") -> FlaskClient:
    """The service in a sandbox, with its clock standing."""
    settings = Settings(clozapine_policy=policy)  # type: ignore[arg-type]
    return create_app(settings, knowledge(), clock=lambda: now).test_client()


def comparable(answer: Answer) -> list[Json]:
    """The cards without what differs between two equal calls: their identifiers."""
    return [_without_uuids(card) for card in answer.cards]


def _without_uuids(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_uuids(member) for name, member in value.items() if name != "uuid"}
    return [_without_uuids(each) for each in value] if isinstance(value, list) else value


def _says(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(word)}(?!\w|\.\d)", text, re.IGNORECASE) is not None


# --- what holds for every card --------------------------------------------------------------------------

_NEVER = (
    r"caused by",
    r"definite(?:ly)?",
    r"must",
    r"stop immediately",
    r"rac(?:e|ial)",
    r"ethnic(?:ity)?",
    r"african|asian|caucasian|hispanic|latin[oa]|arab|middle[- ]eastern|jewish",
    r"black",
    r"white(?![ -](?:blood )?(?:cells?|counts?)\b)",
    r"(?<!no )rectal|rectal(?! temperature)",
    r"10\*\d+",
    r"(?<!duffy.)null|undefined",
)
_ANTIBIOTIC_ENDINGS = (
    r"(?!(?:mito|bleo|dactino)mycin)"  # these are cytotoxic
    r"\w*(?:cillin|penem|floxacin|mycin|cycline|bactam)|(?:cef|ceph)\w+|vancomycin|aztreonam"
)
_NEVER_IN_FEVER = (
    _ANTIBIOTIC_ENDINGS,
    r"gentamicin|amikacin|metronidazole|trimethoprim|linezolid|teicoplanin",
)


def find_faults(card: Json) -> list[str]:
    """What is wrong with a card, whatever it is about."""
    faults = []
    summary, topic = card["summary"], topic_of(card)
    if not 0 < len(summary.encode("utf-16-le")) // 2 <= 139:
        faults.append(f"{topic}: summary of {len(summary)} characters")
    if card["indicator"] not in LOUDNESS[1:]:
        faults.append(f"{topic}: indicator {card['indicator']}")
    if not card["source"].get("label"):
        faults.append(f"{topic}: no source")
    text = text_of(card)
    basis = card.get("extension", {}).get("org.leukocds.basis", {})
    if not basis.get("knowledge") or not basis.get("asOf") or "Basis:" not in text:
        faults.append(f"{topic}: its basis is not shown")
    rests_on = _RESTS_ON.get(topic)
    if rests_on and basis.get(rests_on) and not (basis.get("rules") and basis.get("sources")):
        faults.append(f"{topic}: its rules or sources are not shown")
    unsourced = [count for count in basis.get("counts", []) if not count.get("observations")]
    if unsourced:
        faults.append(f"{topic}: a count without its Observation: {unsourced}")
    never = (*_NEVER, *(_NEVER_IN_FEVER if topic == "leukoFever" else ()))
    faults += [f"{topic}: says {word!r}" for word in said_of(text, never)]
    return faults


_RESTS_ON = {
    "leukoFever": "asOf",
    "leukoOrderRisk": "asOf",
    "leukoLiveVaccine": "asOf",
    "leukoLowCount": "counts",
    "leukoSuspects": "suspects",
}


def said_of(text: str, patterns: Iterable[str]) -> list[str]:
    """The forbidden words that a text says."""
    return [
        found.group()
        for pattern in patterns
        for found in re.finditer(rf"\b(?:{pattern})(?!\w)", text, re.IGNORECASE)
    ]
