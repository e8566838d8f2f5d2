"""One value of the prefetch or one page of a FHIR server's answer, decoded once for all who read it.

A Bundle whose entries all fit is decoded with all its resources in one pass, which takes half the time of
one pass for the Bundle and one for each entry. A Bundle with anything odd in it is no ``whole``; it is read
entry by entry (``cds.readers.bundle``), so that one odd member costs time and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias, cast

import msgspec
from msgspec import Raw

from cds.readers import wire
from cds.readers.decode import Bytes, Resource, Single
from cds.readers.elements import Element


class FullEntry(Element, frozen=True):
    """An entry of a Bundle with its resource."""

    full_url: str = ""
    resource: Resource | None = None
    search: wire.Search | None = None
    response: wire.Response | None = None


class FullBundle(wire.Resource, frozen=True, tag="Bundle"):
    """A Bundle with its resources."""

    entry: tuple[FullEntry, ...] = ()
    link: tuple[wire.Link, ...] = ()
    total: int | None = None


Whole: TypeAlias = Single | FullBundle

WHOLE_PAGE: Final = -1
"""In place of the number of an entry: the resource is the page itself."""

_UNREAD: Final = object()
_whole: Final[msgspec.json.Decoder[Whole]] = msgspec.json.Decoder(Whole)
_entries: Final = msgspec.json.Decoder(wire.Bundle)


class Page:
    """What was sent, and what was decoded of it.

    Args:
        sent: the JSON as it came.
        whole: what it is, where it was decoded with others around it; ``sent`` cuts its JSON out of them.
    """

    __slots__ = ("_raws", "_sent", "_whole")

    def __init__(self, sent: Bytes | Callable[[], Bytes], whole: Whole | None = None) -> None:
        self._sent = sent
        self._whole: Whole | object | None = _UNREAD if whole is None else whole
        self._raws: tuple[Raw, ...] | None = None

    @property
    def sent(self) -> Bytes:
        """The JSON as it came."""
        if callable(self._sent):
            self._sent = self._sent()
        return self._sent

    @property
    def whole(self) -> Whole | None:
        """All of it in one tree; ``None`` if something in it is odd, or if it is no resource."""
        if self._whole is _UNREAD:
            try:
                self._whole = _whole.decode(self.sent)
            except (ValueError, RecursionError):  # msgspec's errors, and bytes that are not UTF-8
                self._whole = None
        return cast("Whole | None", self._whole)

    def raw(self, at: int) -> Bytes:
        """The JSON of the resource in entry ``at``, or of the page itself.

        Hardly any is ever asked for, so that where they begin is found out by a second pass, and only then.
        """
        if at == WHOLE_PAGE:
            return self.sent
        if self._raws is None:
            self._raws = tuple(entry.resource for entry in _entries.decode(self.sent).entry)
        return self._raws[at]
