"""Forms that act where they are applied: by the words of an RxNorm name, or by the group of an ATC code."""

from __future__ import annotations

import re

_LOCAL = re.compile(
    r"\b(?:Topical|Ophthalmic|Intraocular|Intravitreal|Otic|Nasal|Inhal\w*|Metered Dose Inhaler|Vaginal|"
    r"Mouthwash|Toothpaste|Oral Paste|Periodontal|Irrigation|"
    r"Medicated (?:Pad|Shampoo|Bar Soap|Liquid Soap))\b"
)
# Mouth, haemorrhoids, skin, vagina, muscles, nose, throat, inhaled, eyes and ears; not what is swallowed for
# skin and eyes (D01B, D05B, D10B and D11AH08; S01EC).
_LOCAL_ATC = re.compile(
    r"A01A|C05A|D(?!01B|05B|10B|11AH08)|G01A|G02CC|M02A|R01A|R02A|R03[AB]|S(?!01EC)", re.IGNORECASE
)
_BRAND = re.compile(r"\[[^\]]*\]")


def is_local_form(name: str) -> bool:
    """Whether a name of RxNorm, "hydrocortisone 10 MG/ML Topical Cream [X]", ends in such a form.

    A pack is local only if all of it is.
    """
    parts = [part for part in _BRAND.sub("", name).split("(") if part.strip(" {}0123456789ML)")]
    return all(_LOCAL.search(part) for part in parts) if parts else False


def is_local_atc(code: str) -> bool:
    """Whether an ATC code stands for a local form: "S01AA01", chloramphenicol for the eye."""
    return _LOCAL_ATC.match(code) is not None
