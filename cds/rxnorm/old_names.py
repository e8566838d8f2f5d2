"""Ingredients of a retired product from its RxNorm name, which is made of them by rule.

"methimazole 10 MG Oral Tablet [Tapazole]", "acetaminophen 325 MG / oxycodone hydrochloride 5 MG Oral Tablet":
parts stand between " / ", and each begins with the name of its ingredient, then the strength. A name that
does not read like this to its end tells nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_BRAND = re.compile(r"\s*\[[^\]]*\]\s*$")
_QUANTITY = re.compile(r"^[\d.]+ (?:HR|ML|MG|ACTUAT) ", re.IGNORECASE)
_PART = re.compile(r"(?P<ingredient>.+?) [\d.,]+ (?:[A-Z%][\w%/.\[\]-]*)(?: .*)?$")


def ingredients_in(name: str, codes: Mapping[str, int]) -> tuple[int, ...]:
    """The codes of all ingredients of the product ``name``; none unless every part names one of ``codes``.

    ``codes`` has the names of ingredients in small letters.
    """
    found = []
    for part in _QUANTITY.sub("", _BRAND.sub("", name)).split(" / "):
        read = _PART.match(part)
        code = codes.get(read["ingredient"].lower()) if read is not None else None
        if code is None:
            return ()
        found.append(code)
    return tuple(dict.fromkeys(found))
