"""What one kind of EHR makes of a card: what it can take, and what of a card it would drop."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from msgspec import Struct

_PLAIN_TOPIC = re.compile(r"[A-Za-z0-9]{1,100}")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*$", re.MULTILINE)
_LIST_ITEM = re.compile(r"^( *)(?:[-*+]|\d+[.)]) ", re.MULTILINE)
_EVERYBODYS = frozenset({"http://loinc.org", "http://snomed.info/sct"})  # no orderable code of a site


class CardProfile(Struct, frozen=True, forbid_unknown_fields=True):
    """How one kind of EHR takes cards. Without arguments: as CDS Hooks 2.0.1 has it.

    The files of the profiles have these members and defaults, and no others.

    Attributes:
        selection_behaviors: those that it knows.
        recommends: whether it shows which suggestion is recommended.
        actions_per_suggestion: so many of a suggestion's actions are carried out; 0: all.
        creates: ``site-code`` if a new order needs a code of the site's own.
        no_update_of: resource types that a suggestion cannot update.
        shows_labels: whether a suggestion's label is shown; if not, the description of its action is.
        plain_topics: a topic's code has letters and digits alone, 100 at most.
        detail_type_member, detail_type: member of a card's extension that tells the media type of
            ``detail``, and its value; empty: none.
        short_lines: one line per sentence, for a narrow column.
        list_depth: so deep lists may be nested; 0: as deep as they like.
        tables: whether a table in ``detail`` can be read.
        app_context: whether it passes ``appContext`` on.
    """

    selection_behaviors: tuple[str, ...] = ("at-most-one", "any")
    recommends: bool = True
    actions_per_suggestion: int = 0
    creates: Literal["any-code", "site-code"] = "any-code"
    no_update_of: tuple[str, ...] = ()
    shows_labels: bool = True
    plain_topics: bool = False
    detail_type_member: str = ""
    detail_type: str = ""
    short_lines: bool = False
    list_depth: int = 0
    tables: bool = True
    app_context: bool = True


@dataclass(frozen=True, slots=True)
class Dropped:
    """A part of a card that an EHR does not show or carry out: ``where`` in the card, and ``why``."""

    where: str
    why: str


def dropped_by(profile: CardProfile, card: Mapping[str, Any]) -> tuple[Dropped, ...]:
    """What this kind of EHR would drop of ``card``, a card as it is sent (its JSON, decoded)."""
    return (*_of_card(profile, card), *_of_suggestions(profile, card), *_of_detail(profile, card))


def _of_card(profile: CardProfile, card: Mapping[str, Any]) -> Iterator[Dropped]:
    behavior = card.get("selectionBehavior")
    if behavior is not None and behavior not in profile.selection_behaviors:
        yield Dropped("selectionBehavior", f"only {' or '.join(profile.selection_behaviors)} is known")
    topic = card.get("source", {}).get("topic", {}).get("code", "")
    if profile.plain_topics and topic and not _PLAIN_TOPIC.fullmatch(topic):
        yield Dropped("source.topic", "a code has letters and digits alone, 100 at most")
    for number, link in enumerate(card.get("links", ())):
        if not profile.app_context and "appContext" in link:
            yield Dropped(f"links[{number}].appContext", "it is not passed on")


def _of_suggestions(profile: CardProfile, card: Mapping[str, Any]) -> Iterator[Dropped]:
    for number, suggestion in enumerate(card.get("suggestions", ())):
        place = f"suggestions[{number}]"
        actions: Sequence[Mapping[str, Any]] = suggestion.get("actions", ())
        if suggestion.get("isRecommended") and not profile.recommends:
            yield Dropped(f"{place}.isRecommended", "all suggestions look alike")
        shown = {action.get("description") for action in actions[:1]}
        if not profile.shows_labels and shown and suggestion.get("label") not in shown:
            yield Dropped(f"{place}.label", "the description of the action is shown instead")
        for index, action in enumerate(actions):
            why = _why_not_done(profile, index, action)
            if why:
                yield Dropped(f"{place}.actions[{index}]", why)


def _why_not_done(profile: CardProfile, index: int, action: Mapping[str, Any]) -> str:
    resource: Mapping[str, Any] = action.get("resource") or {}
    kind = resource.get("resourceType", "")
    if profile.actions_per_suggestion and index >= profile.actions_per_suggestion:
        return f"{profile.actions_per_suggestion} action of a suggestion is carried out"
    if action.get("type") == "update" and kind in profile.no_update_of:
        return f"a {kind} cannot be updated"
    if action.get("type") == "create" and profile.creates == "site-code" and not _has_site_code(resource):
        return "a new order needs a code of the site's own"
    return ""


def _has_site_code(resource: Mapping[str, Any]) -> bool:
    concept = resource.get("code") or resource.get("medicationCodeableConcept") or {}
    return any(coding.get("system") not in _EVERYBODYS for coding in concept.get("coding", ()))


def _of_detail(profile: CardProfile, card: Mapping[str, Any]) -> Iterator[Dropped]:
    detail = card.get("detail", "")
    if not profile.tables and _TABLE_RULE.search(detail):
        yield Dropped("detail", "a table cannot be read in a narrow column")
    depths = {len(found[1]) for found in _LIST_ITEM.finditer(detail)}
    if profile.list_depth and len(depths) > profile.list_depth:
        yield Dropped("detail", "lists in lists cannot be read in a narrow column")
