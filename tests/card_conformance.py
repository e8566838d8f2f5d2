"""CDS Hooks 2.0.1, "CDS Service Response", as far as our answers use it: every way in which one breaks it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from cds.findings import Topic
from tests.kept_answers import Json

SUMMARY = 140  # "fewer than"

_CARD = {
    "uuid": str,
    "summary": str,
    "indicator": str,
    "detail": str,
    "source": dict,
    "suggestions": list,
    "selectionBehavior": str,
    "overrideReasons": list,
    "links": list,
    "extension": dict,
}
_ALWAYS = {"uuid", "summary", "indicator", "detail", "source", "overrideReasons", "extension"}
_HTML = re.compile(r"(?<!\\)<[A-Za-z/!?]")
_TABLE = re.compile(r"^\s*\|?\s*:?-{3,}", re.MULTILINE)
_MARKDOWN_LINK = re.compile(r"(?<!\\)\]\(")


def violations(answer: Json, request: Json) -> list[str]:
    """What is wrong with a hook response, in words; ``request`` is what it answers. To be empty."""
    return [*_of_answer(answer), *_empty(answer.get("cards", []), "cards"), *_of_cards(answer, request)]


def _of_answer(answer: Json) -> Iterator[str]:
    if set(answer) != {"cards"}:
        yield f"members {sorted(answer)}, not cards alone"


def _of_cards(answer: Json, request: Json) -> Iterator[str]:
    drafts = _draft_references(request)
    seen: set[str] = set()
    removed: set[str] = set()
    for place, card in enumerate(answer["cards"]):
        at = f"cards[{place}]"
        problems = [*_of_card(card), *_of_source(card["source"]), *_of_reasons(card["overrideReasons"])]
        problems += [
            problem for each in card.get("suggestions", []) for problem in _of_suggestion(each, drafts)
        ]
        yield from (f"{at}: {problem}" for problem in problems)
        for owner in (card, *card.get("suggestions", [])):
            if not _is_uuid4(owner.get("uuid", "")) or owner["uuid"] in seen:
                yield f"{at}: uuid {owner.get('uuid')} is no fresh UUID"
            seen.add(owner.get("uuid", ""))
        for target in _removals(card):
            if target in removed:
                yield f"{at}: offers twice to remove {target}"
            removed.add(target)


# --- one card -------------------------------------------------------------------------------------------


def _of_card(card: Json) -> Iterator[str]:
    for name, member in card.items():
        if not isinstance(member, _CARD.get(name, ())):
            yield f"{name} is no member of a card, or of the wrong type"
    for name in sorted(_ALWAYS - set(card)):
        yield f"{name} is missing"
    summary = card["summary"]
    if max(len(summary), len(summary.encode("utf-16-le")) // 2) >= SUMMARY:
        yield f"summary of {len(summary)} characters"
    if summary != summary.strip() or "\n" in summary or not summary:
        yield "summary is not one line"
    if card["indicator"] not in {"info", "warning", "critical"}:
        yield f"indicator {card['indicator']}"
    for pattern, what in ((_HTML, "HTML"), (_TABLE, "a table"), (_MARKDOWN_LINK, "a link")):
        if pattern.search(card["detail"]):
            yield f"detail holds {what}"
    if re.search(r"10\*\d", summary + card["detail"]):
        yield "a power of ten with an asterisk, which Markdown would take for emphasis"
    if any("." not in name for name in card["extension"]):
        yield "extension without a reverse domain name"
    suggestions = card.get("suggestions", [])
    if bool(suggestions) != ("selectionBehavior" in card):
        yield "selectionBehavior belongs to suggestions, and suggestions need it"
    if card.get("selectionBehavior", "any") not in {"any", "at-most-one"}:
        yield f"selectionBehavior {card['selectionBehavior']}"
    if len(suggestions) > 3:
        yield f"{len(suggestions)} suggestions"
    if sum(bool(each.get("isRecommended")) for each in suggestions) > 1:
        yield "more than one suggestion is recommended"


def _of_source(source: Json) -> Iterator[str]:
    if not source.get("label", "").strip():
        yield "source without label"
    if "url" in source and urlsplit(source["url"]).scheme not in {"http", "https"}:
        yield "source.url is not absolute"
    topic = source.get("topic", {})
    if topic.get("system") != "urn:leukocds:topic" or topic.get("code") not in {each.value for each in Topic}:
        yield f"source.topic {topic}"
    if not re.fullmatch(r"[A-Za-z0-9]{1,100}", topic.get("code", "")):
        yield "source.topic.code of other than letters and digits"


def _of_reasons(reasons: list[Json]) -> Iterator[str]:
    for reason in reasons:
        if {"system", "code", "display"} - set(reason):
            yield f"override reason {reason}"


def _of_suggestion(suggestion: Json, drafts: set[str]) -> Iterator[str]:
    if not suggestion.get("label", "").strip():
        yield "suggestion without label"
    actions = suggestion.get("actions", [])
    if len(actions) != 1:
        yield f"suggestion of {len(actions)} actions"
    for action in actions:
        if not action.get("description", "").strip():
            yield "action without description"
        if action["type"] == "delete":
            if "resource" in action or action.get("resourceId") not in drafts:
                yield f"delete of {action.get('resourceId')}, which is no draft of the request"
        elif action["type"] == "create":
            yield from _of_created(action)
        else:
            yield f"action {action['type']}"


def _of_created(action: Json) -> Iterator[str]:
    if "resourceId" in action or "id" in action["resource"]:
        yield "create of a resource that already has an id"
    yield from r4_faults(action["resource"])


# --- on the way -----------------------------------------------------------------------------------------


def r4_faults(resource: Json) -> list[str]:
    """How a resource, or a Bundle with all in it, breaks FHIR R4."""
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except ValidationError as error:
        return [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    return []


def _empty(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict | list | str) and not value and path != "cards":
        yield f"{path} is empty"
    if value is None:
        yield f"{path} is null"
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _empty(member, f"{path}.{name}")
    if isinstance(value, list):
        for place, member in enumerate(value):
            yield from _empty(member, f"{path}[{place}]")


def _draft_references(request: Json) -> set[str]:
    entries = request["context"].get("draftOrders", {}).get("entry", [])
    return {f"{each['resource']['resourceType']}/{each['resource'].get('id')}" for each in entries}


def _removals(card: Json) -> Iterator[str]:
    for suggestion in card.get("suggestions", []):
        for action in suggestion.get("actions", []):
            if action["type"] == "delete":
                yield action["resourceId"]


def _is_uuid4(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text and uuid.UUID(text).version == 4
    except ValueError:
        return False
