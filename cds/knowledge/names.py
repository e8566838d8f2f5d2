"""Finds names of drugs and live vaccines in the free text of an order: whole words, the longest first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cds.knowledge.schema import Drug, LiveVaccine

_WORD = re.compile(r"[a-z]+|\d+")
_SHORTEST_NAME = 4  # letters; a shorter one is read only where a drug file lists it under "also"
# A strength may stand between the words of a name: "penicillin 250 MG/5 ML oral suspension".
_STRENGTH = re.compile(
    r"\b\d[\d.,]*\s*(?:%|(?:mg|mcg|ug|g|ml|l|unt|units?|iu|meq|mmol|mci|million units)\b)"
    r"(?:\s*/\s*[\d.,]*\s*(?:mg|g|ml|l|hr|actuat|dose)\b)?",
    re.IGNORECASE,
)
_ALLERGY = frozenset({"allergy", "allergic", "allergies"})


@dataclass(frozen=True, slots=True)
class Name:
    """A name as words, as it is written, and the ids of the drugs (or CVX codes) it stands for.

    Most names stand for one drug; that of a combination (co-trimoxazole) stands for each of its parts, and
    that of something else (silver sulfadiazine) for none. ``local``: a brand of creams, drops or inhalers.
    """

    words: tuple[str, ...]
    written: str
    drugs: tuple[str, ...]
    local: bool = False


@dataclass(frozen=True, slots=True)
class NameIndex:
    """All names of all drugs, by their first word, the longest first."""

    by_first_word: Mapping[str, tuple[Name, ...]]

    def find(self, text: str) -> Iterator[Name]:
        """The names in ``text``, in order, whatever their case; words inside a longer name do not count.

        A name that says what the medicine is *not* ("penicillin allergy", "aspirin-free") is passed over.
        """
        words = words_of(text)
        if self.by_first_word.keys().isdisjoint(words):
            return  # as nearly all names
        words = words_of(_STRENGTH.sub(" ", text))
        place = 0
        while place < len(words):
            name = self._at(words, place)
            if name is None:
                place += 1
                continue
            end = place + len(name.words)
            if not _is_negated(words, place, end):
                yield name
            place = end

    def whole(self, text: str) -> tuple[str, ...]:
        """The drugs of which ``text`` as a whole is a name; none if it holds one word more or less."""
        words = words_of(text)
        name = self._at(words, 0) if words else None
        return name.drugs if name is not None and len(name.words) == len(words) else ()

    def _at(self, words: Sequence[str], place: int) -> Name | None:
        for name in self.by_first_word.get(words[place], ()):
            if tuple(words[place : place + len(name.words)]) == name.words:
                return name
        return None


def index_names(drugs: Iterable[Drug]) -> NameIndex:
    """The index over all names of ``drugs``; a name shared by several drugs stands for all of them."""
    names: dict[tuple[str, ...], Name] = {}
    drugs = tuple(drugs)
    for drug in drugs:
        for written in names_of(drug):
            words = tuple(words_of(written))
            known = names.get(words, Name(words, written, (), local=True))
            if words and drug.id not in known.drugs:
                local = known.local and written in drug.names.local_brands
                names[words] = Name(words, known.written, (*known.drugs, drug.id), local)
    for drug in drugs:
        for written in drug.names.not_in:
            words = tuple(words_of(written))
            names.setdefault(words, Name(words, written, ()))
    return _by_first_word(names.values())


def index_vaccine_names(vaccines: Iterable[LiveVaccine]) -> NameIndex:
    """The index over the names of live ``vaccines``; each stands for one CVX code."""
    return _by_first_word(
        Name(tuple(words_of(written)), written, (vaccine.cvx,))
        for vaccine in vaccines
        for written in vaccine.names
    )


def _by_first_word(names: Iterable[Name]) -> NameIndex:
    groups: dict[str, list[Name]] = {}
    for name in sorted(names, key=lambda name: -len(name.words)):
        groups.setdefault(name.words[0], []).append(name)
    return NameIndex(MappingProxyType({word: tuple(group) for word, group in groups.items()}))


def names_of(drug: Drug) -> Iterator[str]:
    """Every name by which ``drug`` is recognised: its own, its salts, forms, brands and other spellings."""
    for name in (drug.name, *drug.codes.rxnorm_forms.values(), *_brands(drug)):
        if sum(len(word) for word in words_of(name) if word.isalpha()) >= _SHORTEST_NAME:
            yield name
    yield from drug.names.also


def _brands(drug: Drug) -> tuple[str, ...]:
    return (*drug.names.brands, *drug.names.local_brands)


def words_of(text: str) -> list[str]:
    """The words of a name: runs of letters and runs of digits, in small letters without accents."""
    if not text.isascii():
        text = "".join(
            char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)
        )
    return _WORD.findall(text.lower())


def _is_negated(words: Sequence[str], start: int, end: int) -> bool:
    after = words[end] if end < len(words) else ""
    before = words[max(start - 2, 0) : start]
    if after in _ALLERGY or after == "free" or before[-1:] == ["non"]:
        return True
    return len(before) == 2 and before[0] in _ALLERGY and before[1] == "to"
