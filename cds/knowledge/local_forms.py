"""RxNorm's dose forms that act where they are applied, by the words of a product's name."""

from __future__ import annotations

import re

_LOCAL = re.compile(
    r"\b(?:Topical|Ophthalmic|Intraocular|Intravitreal|Otic|Nasal|Inhal\w*|Metered Dose Inhaler|Vaginal|"
    r"Mouthwash|Toothpaste|Oral Paste|Periodontal|Irrigation|"
    r"Medicated (?:Pad|Shampoo|Bar Soap|Liquid Soap))\b"
)
_BRAND = re.compile(r"\[[^\]]*\]")


def is_local_form(name: str) -> bool:
    """Whether a name of RxNorm, "hydrocortisone 10 MG/ML Topical Cream [X]", ends in such a form.

    A pack is local only if all of it is.
    """
    parts = [part for part in _BRAND.sub("", name).split("(") if part.strip(" {}0123456789ML)")]
    return all(_LOCAL.search(part) for part in parts) if parts else False
