"""One resource as it was sent, and which of several copies of it counts."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from msgspec import Struct

from cds.readers.decode import META, Bytes
from cds.readers.page import WHOLE_PAGE, Page

R = TypeVar("R")
_LONGEST_NUMBER = 19  # of a version


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
    """Copies left out: the same reference, or without one the same bytes.

    Of versions that differ the newest stays, else one that was not withdrawn; the order of the prefetch keys
    decides nothing.
    """
    kept: dict[str | bytes, Sent[Any]] = {}
    for sent in resources:
        key = sent.reference or bytes(sent.raw)
        earlier = kept.setdefault(key, sent)
        if earlier is not sent and _version(sent) > _version(earlier):
            kept[key] = sent
    return list(kept.values())


def _version(sent: Sent[Any]) -> tuple[int, str, bool, bytes]:
    meta = META.read(sent.resource.meta) if sent.resource.meta else None
    number, updated = (meta.version_id, meta.last_updated) if meta is not None else ("", "")
    return (
        int(number) if number.isdecimal() and len(number) < _LONGEST_NUMBER else -1,
        updated,
        not is_void(getattr(sent.resource, "status", "")),
        bytes(sent.raw),
    )
