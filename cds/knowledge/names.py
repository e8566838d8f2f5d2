"""Finds names of drugs and live vaccines in the free text of an order: whole words, the longest first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from cds.knowledge.schema import Drug, LiveVaccine

_WORD = re.compile(r"[a-z]+|\d+")
_SHORTEST_NAME = 4  # letters; a shorter one is read only where a drug file lists it under "also"
LONGEST_TEXT = 2_000
"""Characters of a text in which names are looked for: more than twice as many as any real name has."""
# A strength may stand between the words of a name: "penicillin 250 MG/5 ML oral suspension". A run of digits,
# points and commas is looked at from its beginning alone, and nothing that was passed is given back.
_STRENGTH = re.compile(
    r"(?<![\d.,])[.,]*+\b\d[\d.,]*+\s*+"
    r"(?:%|(?:mg|mcg|ug|g|ml|l|unt|units?|iu|meq|mmol|mci|million units)\b)"
    r"(?:\s*+/\s*+[\d.,]*+\s*+(?:mg|g|ml|l|hr|actuat|dose)\b)?",
    re.IGNORECASE,
)
_ALLERGY = frozenset({"allergy", "allergic", "allergies"})

# A text may name a drug that it does not order: "leucovorin (methotrexate rescue)", "hold azathioprine".
_STOPPED = frozenset(
    _WORD.findall(
        "stop stopped stopping hold holding held discontinue discontinued dc no not without never avoid off"
    )
)
_BESIDE = frozenset(
    _WORD.findall(
        "for with while on after before during following from since against pre post prior replaces"
        " replacing instead than unlike versus vs despite due secondary addition adjunct antidote rescue"
    )
)
_SAYS_OTHERWISE = frozenset(
    _WORD.findall(
        "rescue antidote toxicity overdose hold held stop stopped discontinued induced associated related"
        " level levels monitoring neutropenia premedication premed"
    )
)
_MOCK = frozenset({"placebo", "sham"})
_NEAR_A_STOP, _NEAR = 2, 4  # so many words before the name, or one of them is such a word
_JOINERS = frozenset({"and", "or", "plus"})
_MADE_FOR = frozenset(_WORD.findall("injection infusion suspension solution reconstitution inhalation use"))
# Words that may stand before the name of the very medicine, or within the name of a product.
_OF_PRODUCTS = frozenset(
    _WORD.findall(
        "tab tabs tablet tablets cap caps capsule capsules inj injection injectable iv im sc po oral orally"
        " susp suspension syrup sol soln solution powder infusion cream ointment gel drops spray inhaler"
        " patch kit pack hr hour er xr sr dr ec ds generic product containing contains precisely only sodium"
        " hydrochloride hcl use reconstitution mg mcg ug g ml l unt unit units meq day days"
    )
)


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


class Mention(NamedTuple):
    """A name in a text.

    Attributes:
        leads: the text is a product's name and begins with this, or with names that lead before it.
        meant: False where the text may be about something else, and speak of this only in passing.
    """

    name: Name
    leads: bool
    meant: bool


@dataclass(frozen=True, slots=True)
class NameIndex:
    """All names of all drugs, by their first word, the longest first."""

    by_first_word: Mapping[str, tuple[Name, ...]]

    def find(self, text: str) -> Iterator[Name]:
        """The names in ``text``, in order, whatever their case; words inside a longer name do not count.

        A name that says what the medicine is *not* ("penicillin allergy", "aspirin-free") is passed over.
        """
        return (mention.name for mention in self.mentions(text))

    def mentions(self, text: str) -> Iterator[Mention]:
        """The same, and of each whether a text that orders a medicine orders this one.

        Of a text that is longer than ``LONGEST_TEXT`` only so much is looked at.
        """
        is_cut = len(text) > LONGEST_TEXT
        text = text[:LONGEST_TEXT]
        words = words_of(text)
        if self.by_first_word.keys().isdisjoint(words):
            return  # as nearly all names
        words = words_of(_STRENGTH.sub(" ", text))
        if is_cut:
            words = words[:-1]  # half of a word may be another
        is_mock = not _MOCK.isdisjoint(words)
        place = done = 0  # what follows the last name begins at the latter
        leads = meant = True
        while place < len(words):
            name = self._at(words, place)
            if name is None:
                place += 1
                continue
            end = place + len(name.words)
            if not _is_negated(words, place, end):
                between = words[done:place]
                leads = leads and all(
                    _is_of_product(word) or (word == "with" and done > 0) for word in between
                )
                joined = done > 0 and all(word in _JOINERS for word in between)
                meant = (
                    not is_mock
                    and (meant or not joined)
                    and not _says_otherwise(words, end)
                    and not _is_stopped(between)
                    and (leads or not _is_beside(between))
                )
                yield Mention(name, leads and meant, meant)
                done = end
            place = end

    def whole(self, text: str) -> tuple[str, ...]:
        """The drugs of which ``text`` as a whole is a name; none if it holds one word more or less."""
        words = words_of(text) if len(text) <= LONGEST_TEXT else []
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


def are_local(names: Iterable[Name]) -> bool:
    """Whether one of them says that what all name acts where it is applied: "Restasis (cyclosporine)"."""
    drugs = [(drug, name.local) for name in names for drug in name.drugs]
    local = {drug for drug, is_local in drugs if is_local}
    return bool(local) and all(drug in local for drug, _ in drugs)


def words_of(text: str) -> list[str]:
    """The words of a name: runs of letters and runs of digits, in small letters without accents."""
    if not text.isascii():
        text = "".join(
            char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)
        )
    return _WORD.findall(text.lower())


def _is_of_product(word: str) -> bool:
    return word in _OF_PRODUCTS or word in _JOINERS or word.isdecimal()


def _is_stopped(before: Sequence[str]) -> bool:
    near = _near(before, _NEAR_A_STOP)
    return not _STOPPED.isdisjoint(near) or before[-2:] == ["d", "c"]


def _is_beside(before: Sequence[str]) -> bool:
    """Whether a word such as "for" or "after" leads to the name; not so "powder for injection"."""
    near = _near(before, _NEAR)
    return any(
        word in _BESIDE and not (word == "for" and not _MADE_FOR.isdisjoint(near[place:]))
        for place, word in enumerate(near)
    )


def _near(before: Sequence[str], most: int) -> Sequence[str]:
    """The last words before a name; a number ends what they may belong to."""
    near = before[-most:]
    numbers = [place for place, word in enumerate(near) if word.isdecimal()]
    return near[numbers[-1] + 1 :] if numbers else near


def _says_otherwise(words: Sequence[str], end: int) -> bool:
    after = words[end : end + 2]
    if after == ["on", "hold"]:
        return True
    if not after or after[0] not in _SAYS_OTHERWISE:
        return False
    return not (after[0] == "stop" and after[1:] and (after[1] in {"date", "on"} or after[1].isdecimal()))


def _is_negated(words: Sequence[str], start: int, end: int) -> bool:
    after = words[end] if end < len(words) else ""
    before = words[max(start - 2, 0) : start]
    if after in _ALLERGY or after == "free" or before[-1:] == ["non"]:
        return True
    return len(before) == 2 and before[0] in _ALLERGY and before[1] == "to"
