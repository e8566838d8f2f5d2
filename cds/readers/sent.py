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
        same = kept.setdefault(sent.reference or bytes(sent.raw), [])
        if not same:  # as nearly always
            same.append(sent)
        elif sent.reference and not any(_is_settled_by(other, sent) for other in same):
            same[:] = [other for other in same if not _is_newer(sent, other)] + [sent]
            same.sort(key=lambda each: bytes(each.raw))
    return [sent for same in kept.values() for sent in same]


def _is_settled_by(other: Sent[Any], sent: Sent[Any]) -> bool:
    """Whether ``sent`` tells nothing beside ``other``: a copy of it, or an older version."""
    return _is_copy(sent, other) or _is_newer(other, sent)


def _is_copy(sent: Sent[Any], other: Sent[Any]) -> bool:
    if sent.resource == other.resource:
        return True
    mine, theirs = bytes(sent.raw), bytes(other.raw)
    return mine != theirs and _content(mine) == _content(theirs)  # equal: parts of one container


def _content(raw: bytes) -> object:
    """What is said, however it is spaced and whatever was noted of its transport."""
    try:
        loaded = json.loads(raw, parse_float=str)
    except (ValueError, RecursionError):
        return raw
    return {name: value for name, value in loaded.items() if name != "meta"}


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
