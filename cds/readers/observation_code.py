"""What the code of an Observation means here. Results repeat their codes, within a request and from one to
the next, so that a code that was read is remembered: its JSON alone, and nothing of whose result it was."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from cds.knowledge.base import FromKnowledge, Knowledge
from cds.readers.decode import CONCEPT
from cds.readers.meaning import Meaning, find_meanings, loinc_codes

_REMEMBERED, _LONGEST_REMEMBERED = 2048, 1000  # codes, and bytes of one


class Coded(NamedTuple):
    """What one code means here: results of the list, tests of the work-up, both or neither."""

    meanings: tuple[Meaning, ...] = ()
    tests: tuple[str, ...] = ()
    words: str = ""
    taken_as: str = ""


class Codes(FromKnowledge):
    """Reads the codes of Observations. Made once for the knowledge, shared by all requests.

    ``duffy_patterns`` finds what may be said of the Duffy-null phenotype.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self.duffy_patterns = re.compile("|".join(knowledge.limits.duffy_null.text_patterns), re.IGNORECASE)
        self._knowledge = knowledge
        self._work_up = frozenset(loinc for test in knowledge.work_up for loinc in test.loinc)
        self._remembered = lru_cache(_REMEMBERED)(self._read)

    def read(self, sent: bytes) -> Coded:
        """What the JSON of a CodeableConcept means."""
        return self._remembered(sent) if len(sent) <= _LONGEST_REMEMBERED else self._read(sent)

    def _read(self, sent: bytes) -> Coded:
        concept = CONCEPT.read(sent) if sent else None
        if concept is None:
            return Coded()
        codes = loinc_codes(concept, self._knowledge)
        tests = tuple(loinc for loinc in codes if loinc in self._work_up)
        words = " ".join((concept.text, *(coding.display for coding in concept.coding)))
        meanings = find_meanings(codes, self._knowledge)
        return Coded(meanings, tests, words, meanings[0].what if meanings else "test done")
