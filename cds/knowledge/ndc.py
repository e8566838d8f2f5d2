"""National Drug Codes in their one unambiguous spelling: eleven digits, 5-4-2."""

from __future__ import annotations

import re

# labeller, product and package as the label prints them; exactly one of the three may be short of a digit
_SPELLINGS = ((5, 4, 2), (4, 4, 2), (5, 3, 2), (5, 4, 1))
_DASHED = re.compile(r"(\d{4,5})-(\d{3,4})-(\d{1,2})", re.ASCII)
_PLAIN = re.compile(r"\d{11}", re.ASCII)


def normalise_ndc(text: str) -> str | None:
    """The eleven digits of an NDC: ``0078-0126-05`` and ``00078-0126-05`` are ``00078012605``.

    ``None`` for anything else. Ten digits without dashes could be any of three packages, so they are none.
    """
    text = text.strip()
    if _PLAIN.fullmatch(text):
        return text
    dashed = _DASHED.fullmatch(text)
    if dashed is None or tuple(map(len, dashed.groups())) not in _SPELLINGS:
        return None
    labeller, product, package = dashed.groups()
    return labeller.zfill(5) + product.zfill(4) + package.zfill(2)
