"""One assessment on its way into cards: what was concluded, and words that several of its cards share."""

from __future__ import annotations

from cards.count_words import LowCountWords, low_count_words
from cds.facts import CellLine
from cds.findings import Assessment, LowCount


class Telling:
    """The findings of one answer, whose low counts are put into words once for all its cards.

    It remembers words about one patient, and so must not outlive the answer.

    Attributes:
        assessment: what was concluded.
    """

    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment
        self._low_counts: dict[CellLine, LowCountWords] = {}

    def words_of(self, low: LowCount) -> LowCountWords:
        """A low count of the assessment in words."""
        words = self._low_counts.get(low.line)
        if words is None:
            words = low_count_words(low, self.assessment.as_of)
            self._low_counts[low.line] = words
        return words
