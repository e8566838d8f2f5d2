"""Whether a medicine reaches the blood: creams, eye, ear and nose drops and inhalers do not count."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cds.readers.elements import CodeableConcept

# SNOMED CT route of administration, for requests that send the code without its name
_LOCAL_CODES = frozenset({"6064005", "54485002", "10547007", "46713006", "447694001"})
_SYSTEMIC_CODES = frozenset({"26643006", "47625008", "34206005", "78421000", "16857009"})
_SYSTEMIC_ROUTE = re.compile(
    r"\b(?:oral(?:ly)?|by mouth|per os|p\.?o|sublingual|buccal|intravenous|i\.?v|subcutaneous|s\.?c|s\.?q|"
    r"intramuscular|i\.?m|parenteral|injection|infusion|rectal|p\.?r|transdermal|intrathecal|enteral|"
    r"(?:naso)?gastric)\b",
    re.IGNORECASE,
)
_LOCAL_WORDS = (
    r"topical(?:ly)?|cutaneous|cream|ointment|lotion|shampoo|medicated pad|"
    r"ophthalmic|ocular|conjunctival|eyes?|otic|auricular|ears?|"
    r"nasal(?:ly)?|intranasal(?:ly)?|nose|nostrils?|inhal\w*|nebul\w*|respiratory tract|"
    r"vaginal(?:ly)?|intravitreal(?:ly)?|mouthwash|mouth rinse|dental"
)
# As order entry prints names, "HYDROCORTISONE 1 % EX CREA", "BUDESONIDE 0.5 MG/2ML IN SUSP"; and devices.
_LOCAL_NAMES = (
    r"ophth|crea|oint|lotn|nebu|aepb|hfa|diskus|ellipta|flexhaler|turbuhaler|respules|"
    r"ex (?:gel|soln|foam|pads?|powd|shampoo|sham|liqd)|top gel|op (?:soln|susp|gel|emul)|ot (?:soln|susp)|"
    r"na (?:soln|susp)|in (?:aero|susp)|va gel|mt (?:soln|susp|past|troc)"
)
# searched in small letters: that is three times as fast as to ignore the case, and every name is searched
_LOCAL = re.compile(rf"\b(?:{_LOCAL_WORDS}|{_LOCAL_NAMES})\b")
# the short forms mean this in a route only: as a name, INH is isoniazid
_LOCAL_ROUTE = re.compile(rf"\b(?:{_LOCAL_WORDS}|top|oph|nas|inh)\b", re.IGNORECASE)
# "Oral Inhaler": the mouth is only the way in
_INHALED_ROUTE = re.compile(r"\b(?:inhal\w*|inh|nebul\w*)\b", re.IGNORECASE)


def is_systemic(
    routes: Iterable[CodeableConcept],
    forms: Iterable[CodeableConcept],
    otherwise_local: bool,
) -> bool:
    """Judged by the route where one was sent, else by the form, else by its code and names.

    ``otherwise_local``: whether code or names stand for a local form.

    One systemic route is enough; without any sign a medicine is systemic.
    """
    verdicts = [verdict for route in routes if (verdict := _of_route(route)) is not None]
    if verdicts:
        return any(verdicts)
    words = [word for form in forms for word in _words(form)]
    if any(words):
        return not is_local(words)
    return not otherwise_local


def is_local(texts: Iterable[str]) -> bool:
    """Whether a word for a local form is among the names of a medicine or of a form."""
    return any(_LOCAL.search(text.casefold()) for text in dict.fromkeys(texts))


def _of_route(route: CodeableConcept) -> bool | None:
    codes = {coding.code for coding in route.coding}
    if codes & _SYSTEMIC_CODES:
        return True
    if codes & _LOCAL_CODES:
        return False
    text = " ".join((*_words(route), *codes))
    if _INHALED_ROUTE.search(text):
        return False
    if _SYSTEMIC_ROUTE.search(text):
        return True
    return False if _LOCAL_ROUTE.search(text) else None


def _words(concept: CodeableConcept) -> list[str]:
    return [word for word in (concept.text, *(coding.display for coding in concept.coding)) if word]
