"""Duffy-null, where somebody recorded it: a phenotype or genotype in words. It is never inferred."""

from __future__ import annotations

import re

from cds.readers.wire import Observation

_DENIED = re.compile(
    r"\b(?:no|not|non|negative|neg|absent|without|undetected|unlikely|pending)\b", re.IGNORECASE
)
_AFFIRMED = re.compile(r"\s*(?:positive|pos|present|detected|yes|true|confirmed)\b", re.IGNORECASE)


def records_duffy_null(code: str, sent: Observation, patterns: re.Pattern[str]) -> bool:
    """Whether a result says so: in its value, or as a "yes" to a code that asks for it.

    ``code`` is the text of its code. "Duffy null: not detected" and "Duffy null test: Fy(a+b-)" do not.
    """
    value = _value(sent)
    if not value or _DENIED.search(value):
        return False
    if patterns.search(value):
        return True
    if patterns.search(code):
        return _AFFIRMED.match(value) is not None
    # a genotype: the variant in the code, the alleles in the value
    return patterns.search(f"{code} {value}") is not None


def _value(sent: Observation) -> str:
    if sent.value_boolean is not None:
        return str(sent.value_boolean)
    concept = sent.value_codeable_concept
    words = (concept.text, *(coding.display for coding in concept.coding)) if concept is not None else ()
    return " ".join((sent.value_string, *words)).strip()
