"""What a card may carry beside its message: links, reasons to override it, extensions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from cds.conform.check import check
from cds.conform.json_text import is_absolute, is_coding, is_text, objects, shown, split_url
from cds.conform.reasons import NotApplicable
from cds.conform.samples import Json
from cds.conform.target import Target

_MEMBERS = {
    *("uuid", "summary", "detail", "indicator", "source", "suggestions", "selectionBehavior"),
    *("overrideReasons", "links", "extension"),
}


@check("M", "1.0+", "C-13")
def links_are_whole(target: Target) -> Iterator[str]:
    """Every link has ``label``, an absolute ``url``, and the ``type`` absolute or smart."""
    for place, link in _links(target):
        for name in ("label", "url"):
            if not is_text(link.get(name)):
                yield f"{place}.{name} is {shown(link.get(name))}"
        if is_text(link.get("url")) and not is_absolute(link["url"]):
            yield f"{place}.url is {shown(link['url'])}"
        if link.get("type") not in ("absolute", "smart"):
            yield f"{place}.type is {shown(link.get('type'))}"


@check("M", "1.0+", "C-14")
def app_context_is_for_smart_links(target: Target) -> Iterator[str]:
    """``appContext`` is a string, and stands on links of type smart alone."""
    for place, link in _links(target):
        if "appContext" in link and (link.get("type") != "smart" or not is_text(link["appContext"])):
            yield f"{place}: type {shown(link.get('type'))} with appContext {shown(link['appContext'])}"


@check("M", "1.0+", "C-15", "C-16")
def smart_links_are_launch_addresses(target: Target) -> Iterator[str]:
    """A smart link's address has no ``iss`` and ``launch``; ``autolaunchable`` is a boolean."""
    for place, link in _links(target):
        query = parse_qs(split_url(link.get("url")).query, keep_blank_values=True)
        if link.get("type") == "smart" and query.keys() & {"iss", "launch"}:
            yield f"{place}.url is {shown(link['url'])}; the client adds iss and launch"
        if not isinstance(link.get("autolaunchable", True), bool):
            yield f"{place}.autolaunchable is {shown(link['autolaunchable'])}"


@check("M", "2.0+", "C-17")
def override_reasons_are_codings(target: Target) -> Iterator[str]:
    """Every override reason has ``code``, ``system`` and ``display``, and none occurs twice on a card."""
    found = [(place, card["overrideReasons"]) for place, card in target.cards() if "overrideReasons" in card]
    if not found:
        raise NotApplicable("no card has override reasons")
    for place, reasons in found:
        seen: Counter[str] = Counter()
        for at, reason in enumerate(reasons if isinstance(reasons, list) else [reasons]):
            if not is_coding(reason) or not is_text(reason.get("display")):
                yield f"{place}.overrideReasons[{at}] is {shown(reason)}"
            else:
                seen[f"{reason['system']}|{reason['code']}"] += 1
        yield from (
            f"{place}: override reason {shown(code)} occurs {n} times" for code, n in seen.items() if n > 1
        )


@check("M", "1.0+", "X-05")
def extensions_are_objects(target: Target) -> Iterator[str]:
    """``extension``, wherever it stands outside FHIR, is an object."""
    for place, extension in _extended(target):
        if not isinstance(extension, dict):
            yield f"{place}: extension is {shown(extension)}"


@check("S", "1.0+", "X-05")
def extensions_have_domain_names(target: Target) -> Iterator[str]:
    """The members of an ``extension`` have domain names, such as ``org.example.thing``."""
    for place, extension in _extended(target):
        others = [name for name in extension if "." not in name] if isinstance(extension, dict) else []
        if others:
            yield f"{place}: extension has {shown(others)}"


@check("S", "ENG", "X-05")
def cards_have_no_other_members(target: Target) -> Iterator[str]:
    """A card has no member that the specification does not know; ``extension`` is for those."""
    for place, card in target.cards():
        if others := {*card} - _MEMBERS:
            yield f"{place}: {', '.join(sorted(others))}"


# --- on the way -----------------------------------------------------------------------------------------


def _links(target: Target) -> list[tuple[str, Json]]:
    found = [
        (f"{place}.links[{at}]", link)
        for place, card in target.cards()
        for at, link in objects(card.get("links"))
    ]
    if not found:
        raise NotApplicable("no card has a link")
    return found


def _extended(target: Target) -> list[tuple[str, Any]]:
    found = [(place, value) for place, card in target.cards() for value in _extensions(card)]
    if not found:
        raise NotApplicable("no card has an extension")
    return found


def _extensions(value: Any) -> Iterator[Any]:
    if isinstance(value, dict) and "resourceType" not in value:
        for name, member in value.items():
            if name == "extension":
                yield member
            else:
                yield from _extensions(member)
    for each in value if isinstance(value, list) else ():
        yield from _extensions(each)
