"""What an answer announces or counts, and what of it did not come.

An answer may come in pages, each with a link to the next, in whatever order and under whatever keys. The last
page has no such link; what it then lacks of its own ``total`` was cut off by somebody on the way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TypeAlias

from cds.facts import Gap, GapKind, When
from cds.readers import wire
from cds.readers.page import FullBundle

AnyBundle: TypeAlias = wire.Bundle | FullBundle

_LONGEST_TOTAL = 10  # digits
_NO_MATCHES = frozenset({"include", "outcome"})  # values of search.mode; total counts the others


class Pages:
    """The pages that were met so far. ``followed``: links to some of them, whatever those call themselves."""

    def __init__(self, followed: Collection[str]) -> None:
        self._came = {*followed}
        self._next: dict[str, str] = {}  # by a page's own address
        self._announced: list[tuple[str, Gap]] = []
        self._matches: Counter[str] = Counter()  # on all pages but the last ones
        self._lacking: list[tuple[int, Gap]] = []

    def add(
        self, bundle: AnyBundle, kinds: Sequence[str], unknown: str, oldest: Callable[[], When | None]
    ) -> None:
        """``kinds`` are the words for what it holds, ``unknown`` the one for what nobody can say; ``oldest``
        tells how far back it reaches.
        """
        own = {link.url for link in bundle.link if link.relation == "self"} - {""}
        self._came |= own
        following = [link.url for link in bundle.link if link.relation == "next"]
        for url in following:
            self._next.update(dict.fromkeys(own, url))
            self._announced += [(url, gap) for gap in _gaps(kinds or [unknown], oldest)]
        if following:
            self._matches.update(dict.fromkeys(kinds, _matches(bundle)))
        elif (kinds or not bundle.entry) and (lacking := how_many_lack(bundle)) > 0:
            self._lacking += [(lacking, gap) for gap in _gaps(kinds or [unknown], oldest)]

    def missing(self) -> Iterator[tuple[str, Gap]]:
        """Why something is missing, each with the link to it; that is empty where following it is no use."""
        for url, gap in self._announced:
            in_circle = self._leads_back(url)
            if in_circle or url not in self._came:
                yield "" if in_circle else url, gap
        for lacking, gap in self._lacking:
            if lacking > self._matches[gap.what]:
                yield "", gap

    def _leads_back(self, url: str) -> bool:
        """Whether the pages from here on come round to one of themselves, and so to no end."""
        passed = set()
        while url in self._next and url not in passed:
            passed.add(url)
            url = self._next[url]
        return url in passed


def how_many_lack(bundle: AnyBundle) -> int:
    """So many matches are counted in ``total`` and are not in this Bundle."""
    return read_total(bundle.total) - _matches(bundle)


def read_total(total: object) -> int:
    """How many matches a Bundle counts, also where that is sent as text; 0 if it does not say."""
    if isinstance(total, str) and total.strip().isdecimal() and len(total) < _LONGEST_TOTAL:
        return int(total)
    return total if isinstance(total, int) and not isinstance(total, bool) else 0


def _matches(bundle: AnyBundle) -> int:
    return sum(entry.search is None or entry.search.mode not in _NO_MATCHES for entry in bundle.entry)


def _gaps(kinds: Iterable[str], oldest: Callable[[], When | None]) -> list[Gap]:
    measured = oldest()
    return [Gap(GapKind.INCOMPLETE, kind, measured=measured) for kind in kinds]
