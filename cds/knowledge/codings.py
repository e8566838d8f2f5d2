"""Codings of a medicine as they are sent, and what can be told of them without knowing any medicine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cds.knowledge.code_systems import OF_MEDICINES, SYSTEM_OF

# Only so much of what is sent is ever remembered.
MOST_CODES, LONGEST_CODE, LONGEST_TERM = 20, 40, 400
_READABLE = re.compile(r"[^\W\d_]{3}")
_SPELT_OUT = re.compile(r"[^\W\d_]{5}")


class Code(NamedTuple):
    """One coding of a medicine as sent: any of the three may be empty."""

    system: str
    code: str
    display: str = ""


def names_in(codings: Sequence[Code], texts: Sequence[str]) -> Iterator[str]:
    """Every text that may name the medicine."""
    for coding in codings:
        yield coding.display
        # Some local systems use the name itself as the code.
        if SYSTEM_OF[coding.system] not in OF_MEDICINES and _SPELT_OUT.search(coding.code):
            yield coding.code
    yield from texts


def terms_in(codings: Sequence[Code]) -> set[str]:
    """The names that came with codes of terminologies."""
    return {
        coding.display
        for coding in codings
        if SYSTEM_OF[coding.system] in OF_MEDICINES and len(coding.display) <= LONGEST_TERM
    }


def is_readable(codings: Sequence[Code], texts: Sequence[str]) -> bool:
    """Whether a name that a person can read was sent."""
    # A display that only repeats the code tells nobody anything.
    shown = [coding.display for coding in codings if coding.display != coding.code]
    return any(map(_READABLE.search, (*texts, *shown)))


def is_in_terms(codings: Sequence[Code], text: str) -> bool:
    """Whether there is nothing but codes of terminologies and the names that came with them."""
    return (
        0 < len(codings) <= MOST_CODES
        and all(
            SYSTEM_OF[coding.system] in OF_MEDICINES
            and len(coding.code) <= LONGEST_CODE
            and len(coding.display) <= LONGEST_TERM
            for coding in codings
        )
        and (not text or any(coding.display == text for coding in codings))
    )
