"""One resource as it was sent, and which of several copies of it counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct

from cds.readers.decode import META, Bytes
from cds.readers.moments import read_moment
from cds.readers.page import WHOLE_PAGE, Page

R = TypeVar("R")
_LONGEST_NUMBER = 19  # of a version
_MOST_VERSIONS = 16  # of one id that are held against each other; where there are more, none is left out
_STANDING: Final[Mapping[str, int]] = {
    "registered": 0,
    "preliminary": 0,
    "final": 1,
    "amended": 2,
    "appended": 2,
    "corrected": 3,
}


class Sent(Struct, Generic[R], frozen=True, gc=False):
    """One resource as it was sent: in entry ``at`` of a page.

    ``reference`` is relative (``Observation/o2``); a contained resource has that of its container and its own
    id (``DiagnosticReport/r1#o2``). Without an id it is the entry's ``fullUrl``, or empty.
    """

    reference: str
    resource: R
    page: Page
    at: int = WHOLE_PAGE
    full_url: str = ""

    @property
    def raw(self) -> Bytes:
        """Its JSON; a contained resource has that of its container."""
        return self.page.raw(self.at)


def is_void(status: str) -> bool:
    """Whether a status says that this never counted."""
    return status in ("entered-in-error", "cancelled")


def each_once(resources: list[Sent[Any]]) -> list[Sent[Any]]:
    """Copies left out: the same reference and content, or without a reference the same bytes.

    Of versions that differ the newer stays: by ``meta``, then what was not withdrawn, then the more final,
    then the one issued later. Where nothing of that decides, both stay; and what two servers know by one id
    has nothing to do with each other. The order in which they came decides nothing.
    """
    kept: dict[str | bytes, list[Sent[Any]]] = {}
    for sent in resources:
        kept.setdefault(sent.reference or bytes(sent.raw), []).append(sent)
    return [
        sent
        for same in kept.values()
        for sent in (same if len(same) == 1 else _settle(same))  # nearly always 1
    ]


def _settle(same: list[Sent[Any]]) -> list[Sent[Any]]:
    if not same[0].reference:
        return same[:1]
    different = _without_copies(same)
    if len(different) > _MOST_VERSIONS:
        return different
    left: list[Sent[Any]] = []
    for sent in different:
        if not any(sent.resource == other.resource or _is_newer(other, sent) for other in left):
            left = [other for other in left if not _is_newer(sent, other)] + [sent]
    return sorted(left, key=lambda each: bytes(each.raw))  # the order in which they came decides nothing


def _without_copies(same: list[Sent[Any]]) -> list[Sent[Any]]:
    at_place: dict[tuple[int, int], list[Sent[Any]]] = {}  # parts without an id lie in one container
    for sent in same:
        parts = at_place.setdefault((id(sent.page), sent.at), [])
        if _is_none_of(parts, sent):
            parts.append(sent)
    by_content = {_content(bytes(parts[0].raw)): parts for parts in at_place.values()}
    return [sent for parts in by_content.values() for sent in parts]


def _is_none_of(alike: list[Sent[Any]], sent: Sent[Any]) -> bool:
    return len(alike) >= _MOST_VERSIONS or all(sent.resource != other.resource for other in alike)


def _content(raw: bytes) -> str | bytes:
    """What is said, however it is spaced and whatever was noted of its transport."""
    try:
        loaded = json.loads(raw, parse_float=str)
    except (ValueError, RecursionError):
        return raw
    if not isinstance(loaded, dict):
        return raw
    return json.dumps({name: value for name, value in loaded.items() if name != "meta"}, sort_keys=True)


def _is_newer(sent: Sent[Any], other: Sent[Any]) -> bool:
    if _base(sent) and _base(other) and _base(sent) != _base(other):
        return False
    mine, theirs = _version(sent), _version(other)
    for one, another in zip(mine, theirs, strict=True):
        if one is not None and another is not None and one != another:
            return bool(one > another)
    return False


def _base(sent: Sent[Any]) -> str:
    """The server that knows it by its reference; empty if that is not told."""
    is_address = sent.full_url.startswith("http") and sent.full_url.endswith(f"/{sent.reference}")
    return sent.full_url.removesuffix(sent.reference) if is_address else ""


def _version(sent: Sent[Any]) -> tuple[Any, ...]:
    """What tells versions apart, the surest first; ``None`` where it was not sent."""
    meta = META.read(sent.resource.meta) if sent.resource.meta else None
    number = meta.version_id if meta is not None else ""
    updated = read_moment(meta.last_updated) if meta is not None else None
    issued = read_moment(getattr(sent.resource, "issued", ""))
    status = getattr(sent.resource, "status", "")
    return (
        int(number) if number.isdecimal() and len(number) < _LONGEST_NUMBER else None,
        updated.earliest if updated is not None else None,
        not is_void(status),
        _STANDING.get(status),
        issued.earliest if issued is not None else None,
    )
