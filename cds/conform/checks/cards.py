"""The cards of every answer that was seen."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from cds.conform.check import check
from cds.conform.json_text import is_absolute, is_coding, is_text, objects, shown, without
from cds.conform.reasons import NotApplicable
from cds.conform.samples import Json
from cds.conform.target import Target

SUMMARY = 140  # "fewer than"
_URGENCY = ("critical", "warning", "info")
_HTML = re.compile(r"(?<!\\)<(?:[a-z][a-z0-9]*[\s/>]|/[a-z]|!--)", re.IGNORECASE)
_POWER = re.compile(r"(?<!\\)\b10\*\d")


@check("M", "1.0+", "C-03", "X-03")
def summaries_are_short(target: Target) -> Iterator[str]:
    """Every card has a ``summary`` of 1 to 139 characters, also when counted in UTF-16 as browsers do."""
    for place, card in target.cards():
        summary = card.get("summary")
        if not isinstance(summary, str) or not is_text(summary):
            yield f"{place}: summary is {shown(summary)}"
            continue
        length = max(len(summary), len(summary.encode("utf-16-le", "surrogatepass")) // 2)
        if length >= SUMMARY:
            yield f"{place}: summary has {length} characters, {SUMMARY - 1} are allowed: {shown(summary)}"


@check("S", "ENG", "C-03")
def summaries_are_one_line(target: Target) -> Iterator[str]:
    """A ``summary`` is one line without space around it."""
    for place, card in target.cards():
        summary = card.get("summary")
        if isinstance(summary, str) and (summary != summary.strip() or len(summary.splitlines()) > 1):
            yield f"{place}: summary is {summary!r}"


@check("M", "1.0+", "C-04")
def indicators_are_known(target: Target) -> Iterator[str]:
    """Every card has the ``indicator`` info, warning or critical."""
    for place, card in target.cards():
        if card.get("indicator") not in _URGENCY:
            yield f"{place}: indicator is {shown(card.get('indicator'))}"


@check("M", "1.0+", "C-05", "X-03")
def sources_have_a_label(target: Target) -> Iterator[str]:
    """Every card has a ``source`` with a ``label`` that says something."""
    for place, card in target.cards():
        source = card.get("source")
        if not isinstance(source, dict) or not is_text(source.get("label")):
            yield f"{place}: source is {shown(source)}"


@check("M", "1.0+", "C-06")
def source_addresses_are_absolute(target: Target) -> Iterator[str]:
    """``source.url`` and ``source.icon``, if there, are absolute."""
    found = [
        (place, name, source[name])
        for place, source in _sources(target)
        for name in ("url", "icon")
        if name in source
    ]
    if not found:
        raise NotApplicable("no source has an address")
    for place, name, url in found:
        if not is_absolute(url):
            yield f"{place}: source.{name} is {shown(url)}"


@check("M", "2.0+", "C-07")
def topics_are_codings(target: Target) -> Iterator[str]:
    """``source.topic``, if there, has ``code`` and ``system``."""
    found = [(place, source["topic"]) for place, source in _sources(target) if "topic" in source]
    if not found:
        raise NotApplicable("no source has a topic")
    for place, topic in found:
        if not is_coding(topic):
            yield f"{place}: source.topic is {shown(topic)}"


@check("S", "VND", "C-07")
def topic_codes_are_letters_and_digits(target: Target) -> Iterator[str]:
    """A topic's code is of letters and digits, 100 at most: one EHR remembers overrides by it."""
    for place, source in _sources(target):
        topic = source.get("topic")
        code = topic.get("code") if isinstance(topic, dict) else None
        if isinstance(code, str) and not re.fullmatch(r"[A-Za-z0-9]{1,100}", code):
            yield f"{place}: source.topic.code is {shown(code)}"


@check("M", "2.0+", "C-12")
def identifiers_are_unique(target: Target) -> Iterator[str]:
    """No ``uuid`` of a card or suggestion occurs twice, in one answer or in two."""
    seen: Counter[str] = Counter()
    for each in target.speaking:
        again = target.post(each.offer, each.request)
        for card in (*each.reply.cards, *again.cards):
            seen.update(_uuids(card))
    if not seen:
        raise NotApplicable("no card has a uuid")
    for uuid, times in seen.items():
        if times > 1:
            yield f"uuid {shown(uuid)} occurs {times} times"


@check("O", "ENG", "C-12", "F-11")
def cards_can_be_named_in_feedback(target: Target) -> Iterator[str]:
    """Every card has a ``uuid``, without which no feedback about it is sent."""
    for place, card in target.cards():
        if not is_text(card.get("uuid")):
            yield f"{place}: uuid is {shown(card.get('uuid'))}"


@check("S", "3.0b", "C-08", "C-09")
def details_are_plain_markdown(target: Target) -> Iterator[str]:
    """``detail``, if there, is Markdown without raw HTML, which some clients drop and some run."""
    for place, card in target.cards():
        detail = card.get("detail", "x")
        if not is_text(detail):
            yield f"{place}: detail is {shown(detail)}"
        elif found := _HTML.search(detail):
            yield f"{place}: detail holds {shown(detail[found.start() : found.start() + 40])}"


@check("S", "ENG", "C-10")
def powers_of_ten_survive_markdown(target: Target) -> Iterator[str]:
    """Units such as ``10*9/L`` do not stand bare in ``detail``, where two of them lose their asterisks."""
    for place, card in target.cards():
        for paragraph in str(card.get("detail", "")).split("\n\n"):
            if len(_POWER.findall(re.sub(r"`[^`]*`", "", paragraph))) > 1:
                yield f"{place}: detail holds {shown(paragraph)}; escape it (10\\*9/L)"


@check("S", "ENG", "C-20")
def the_most_urgent_card_comes_first(target: Target) -> Iterator[str]:
    """Cards come in the order of their urgency."""
    for each in target.speaking:
        ranks = [
            _URGENCY.index(card["indicator"])
            for _, card in objects(each.reply.cards)
            if card.get("indicator") in _URGENCY
        ]
        if ranks != sorted(ranks):
            yield f"{each.offer.name}: {', '.join(_URGENCY[rank] for rank in ranks)}"


@check("S", "ENG", "C-21")
def no_card_is_sent_twice(target: Target) -> Iterator[str]:
    """No two cards of one answer say the same."""
    for each in target.speaking:
        said = Counter(json.dumps(without(card, "uuid")) for card in each.reply.cards)
        yield from (f"{each.offer.name}: {n} times {card[:80]}" for card, n in said.items() if n > 1)


# --- on the way -----------------------------------------------------------------------------------------


def _sources(target: Target) -> Iterator[tuple[str, Json]]:
    for place, card in target.cards():
        if isinstance(card.get("source"), dict):
            yield place, card["source"]


def _uuids(card: Any) -> Iterator[str]:
    for owner in (
        (card, *(each for _, each in objects(card.get("suggestions")))) if isinstance(card, dict) else ()
    ):
        if is_text(owner.get("uuid")):
            yield owner["uuid"]
