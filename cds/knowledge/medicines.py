"""Recognises medicines: codes first, then whole words of the name.

Built once from the drug files and the RxNorm tables, then read by every request. What has not been
recognised is said to be so: a medicine is never passed over because its code is unknown here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from cds.facts import DrugMatch
from cds.knowledge.code_systems import ATC, NDC, OF_MEDICINES, RXNORM, SNOMED, SYSTEM_OF, question_of
from cds.knowledge.codings import (
    LONGEST_CODE,
    MOST_CODES,
    Code,
    is_in_terms,
    is_readable,
    names_in,
    terms_in,
)
from cds.knowledge.local_forms import is_local_atc
from cds.knowledge.lookup import Ingredient, Lookup
from cds.knowledge.names import LONGEST_TEXT, Mention, NameIndex, are_local
from cds.knowledge.ndc import normalise_ndc

_REMEMBERED = 4096


class Recognition(NamedTuple):
    """What is known of one medicine.

    Attributes:
        matches: the ingredients that the knowledge has, one match each; empty if there is none.
        coded: a code was understood, so ``matches`` is the whole answer, even when it is empty.
        by_name: the matches rest on the words of the name alone.
        named: a name that a person can read was sent.
        others: ingredients that the knowledge does not have, where a code tells them.
        local_form: by its code or brand it acts where it is applied.
        doubtful: a drug of ours is named, perhaps in passing, or may be named where a text was too long to be
            searched, and nothing else tells what the medicine is.
    """

    matches: tuple[DrugMatch, ...]
    coded: bool
    by_name: bool
    named: bool
    others: tuple[Ingredient, ...] = ()
    local_form: bool = False
    doubtful: bool = False

    @property
    def recognised(self) -> bool:
        """False if nobody can tell from what was sent which medicine it is."""
        return self.coded or bool(self.matches) or (self.named and not self.doubtful)


class _Meaning(NamedTuple):
    """What one coding stands for. Of a rank with a match, later ranks are not looked at."""

    rank: int
    matches: tuple[DrugMatch, ...]
    others: tuple[Ingredient, ...] = ()
    local_form: bool = False


# Each of these is a whole medicine; of the ranks after them, each coding may be one ingredient of several.
_PRODUCT, _PACKAGE = 0, 1
_INGREDIENT, _BY_ATC, _BY_SNOMED = 2, 3, 4


@dataclass(frozen=True, slots=True)
class MedicineIndex:
    """Codes and names of all medicines that the knowledge has.

    Attributes:
        ingredients: RxNorm codes of ingredients, precise and multiple ones too, to drug ids.
        products: RxNorm codes of products to drug ids; none if it contains none of our drugs.
        historic: the same for codes that today's prescribable set no longer has.
        local_forms: those of both that act where they are applied.
        packages: NDC without the package (labeller and product, nine digits) to a code of one of both.
        atc: seven-character codes to drug ids. A class code (five characters) says too little.
        snomed: substances to drug ids.
        local: a whole RxNorm release on this machine, asked before ``products``, ``historic``, ``packages``.
        remote: asked last, and only about a medicine of which no code is understood.
        house: (system, code) of a hospital's own to drug ids; none if it contains none of our drugs.
        off: drugs that are recognised but not matched, because the hospital switched them off.

    Orders repeat: what codes of a terminology mean, and which drugs its own names for them hold, is
    remembered. Free text is not, nor anything that would say whose order it was.
    """

    ingredients: Mapping[str, tuple[str, ...]]
    products: Mapping[str, tuple[str, ...]]
    historic: Mapping[str, tuple[str, ...]]
    atc: Mapping[str, tuple[str, ...]]
    snomed: Mapping[str, tuple[str, ...]]
    names: NameIndex
    local_forms: frozenset[str] = frozenset()
    packages: Mapping[str, str] = field(default_factory=dict)
    local: Lookup | None = None
    remote: Lookup | None = None
    house: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    _of_codes: Callable[[tuple[tuple[str, str], ...]], Recognition | None] = field(
        init=False, repr=False, compare=False
    )
    _of_term: Callable[[str], tuple[Mention, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_of_codes", lru_cache(_REMEMBERED)(self._understand))
        object.__setattr__(self, "_of_term", lru_cache(_REMEMBERED)(self._find_names))

    def in_house(
        self, codes: Mapping[tuple[str, str], tuple[str, ...]], off: frozenset[str]
    ) -> MedicineIndex:
        """The same index for a hospital with such ``codes`` of its own, where ``off`` are never matched."""
        return replace(self, house=MappingProxyType(dict(codes)), off=off)

    def with_lookups(self, local: Lookup | None, remote: Lookup | None) -> MedicineIndex:
        """The same index that also asks these."""
        return replace(self, local=local, remote=remote)

    def recognise(
        self, codings: Sequence[Code], texts: Sequence[str], *, in_passing: bool = False
    ) -> Recognition:
        """The ingredients of one medicine from its codings and further names (``text``, ``display``).

        A code that is understood settles it, whatever the text says: an RxNorm product before an NDC, that
        before the single ingredients that an EHR lists beside it, then ATC, then SNOMED CT; what names a drug
        of ours goes before what names none. Names are searched only when no code was understood.

        A name that a text speaks of in passing ("leucovorin after methotrexate") is not what is ordered;
        with ``in_passing`` it counts, as the substance of a reaction does.
        """
        named = is_readable(codings, texts)
        understood = self._meant_by(codings)
        if understood is None and self.remote is not None:
            asked = (self._ask(self.remote, coding) for coding in codings)
            understood = self._settled([meaning for meaning in asked if meaning is not None])
        if understood is not None:
            return understood if named else understood._replace(named=False)
        terms = terms_in(codings)
        found = {
            text: self._of_term(text) if text in terms else tuple(self.names.mentions(text))
            for text in names_in(codings, texts)
        }
        mentions = [mention for each in found.values() for mention in each]
        meant = [mention for mention in mentions if mention.meant or in_passing]
        names = [mention.name for mention in meant]
        matches = self._in_use(
            DrugMatch(drug, "name", mention.name.written, mention.leads)
            for mention in sorted(meant, key=lambda mention: not mention.leads)
            for drug in mention.name.drugs
        )
        # a terminology's own name that holds none of ours says that it is something else
        is_other = any(not found[term] and is_readable((), (term,)) for term in terms & found.keys())
        is_cut = any(len(text) > LONGEST_TEXT for text in found)
        return Recognition(
            matches=matches,
            coded=False,
            by_name=bool(matches),
            named=named or any(name.drugs for name in names),
            local_form=are_local(names),
            doubtful=not (names or is_other) and (is_cut or any(each.name.drugs for each in mentions)),
        )

    def understands(self, codings: Sequence[Code]) -> bool:
        """Whether a code of the medicine is known on this machine, so that ``remote`` need not be asked."""
        return self._meant_by(codings) is not None

    def is_in_terms(self, codings: Sequence[Code], text: str) -> bool:
        """Whether a medicine has nothing but codes of terminologies and the names that came with them.

        Then it means the same whenever it is sent, unless somebody is asked who may have learnt since.
        """
        return self.remote is None and is_in_terms(codings, text)

    def _meant_by(self, codings: Sequence[Code]) -> Recognition | None:
        codes = tuple(
            (coding.system, code)
            for coding in codings
            if (code := coding.code.strip()) and self._may_know(coding.system, code)
        )
        return (self._of_codes if len(codes) <= MOST_CODES else self._understand)(codes)

    def _may_know(self, system: str, code: str) -> bool:
        is_known = SYSTEM_OF[system] in OF_MEDICINES and len(code) <= LONGEST_CODE
        return is_known or (system, code) in self.house

    def _understand(self, codes: tuple[tuple[str, str], ...]) -> Recognition | None:
        meanings = (self._meaning(Code(system, code)) for system, code in codes)
        return self._settled([meaning for meaning in meanings if meaning is not None])

    def _find_names(self, text: str) -> tuple[Mention, ...]:
        return tuple(self.names.mentions(text))

    def _settled(self, meanings: Sequence[_Meaning]) -> Recognition | None:
        """What the codings of one medicine that were understood come to; ``named`` is for others to say."""
        if not meanings:
            return None
        rank = min(meanings, key=lambda meaning: (not meaning.matches, meaning.rank)).rank
        of_rank = [meaning for meaning in meanings if meaning.rank == rank]
        if rank in {_PRODUCT, _PACKAGE}:
            # Codings of one medicine that disagree: the fullest product, the first of several equals.
            of_rank = [max(of_rank, key=lambda meaning: len(meaning.matches))]
            forms = of_rank
        else:  # an ingredient has no form of its own, but an ATC code beside it may tell one
            forms = [meaning for meaning in meanings if meaning.rank == _BY_ATC] or of_rank
        return Recognition(
            matches=self._in_use(match for meaning in of_rank for match in meaning.matches),
            coded=True,
            by_name=False,
            named=True,
            others=tuple(dict.fromkeys(other for meaning in of_rank for other in meaning.others)),
            local_form=all(meaning.local_form for meaning in forms),
        )

    def _in_use(self, matches: Iterable[DrugMatch]) -> tuple[DrugMatch, ...]:
        return tuple(match for match in _each_once(matches) if match.ingredient not in self.off)

    def _meaning(self, coding: Code) -> _Meaning | None:
        system, code = SYSTEM_OF[coding.system], coding.code.strip()
        if (coding.system, code) in self.house:
            return _Meaning(_PRODUCT, _matches(self.house[coding.system, code], "local", code))
        if system == RXNORM:
            if code in self.ingredients:
                return _Meaning(_INGREDIENT, _matches(self.ingredients[code], "rxnorm", code))
            return self._asked_here(coding) or self._product(code)
        elif system == NDC:
            return self._asked_here(coding) or self._package(code)
        elif system == ATC and code.upper() in self.atc:
            return _Meaning(_BY_ATC, _matches(self.atc[code.upper()], "atc", code), (), is_local_atc(code))
        elif system == SNOMED and code in self.snomed:
            return _Meaning(_BY_SNOMED, _matches(self.snomed[code], "snomed", code))
        return None

    def _asked_here(self, coding: Code) -> _Meaning | None:
        return self._ask(self.local, coding) if self.local is not None else None

    def _product(self, code: str) -> _Meaning | None:
        for table, matched_by in ((self.products, "rxnorm"), (self.historic, "historic")):
            if code in table:
                local_form = code in self.local_forms
                return _Meaning(_PRODUCT, _matches(table[code], matched_by, code), (), local_form)
        return None

    def _package(self, code: str) -> _Meaning | None:
        product = self.packages.get((normalise_ndc(code) or "")[:9])
        sold = self._product(product) if product is not None else None
        if sold is None:
            return None
        matches = _matches((match.ingredient for match in sold.matches), "ndc", code)
        return _Meaning(_PACKAGE, matches, (), sold.local_form)

    def _ask(self, lookup: Lookup, coding: Code) -> _Meaning | None:
        """What ``lookup`` knows of an RxNorm code or NDC. Only the code itself is handed over."""
        question = question_of(coding.system, coding.code.strip())
        contents = lookup(*question) if question is not None else None
        if question is None or contents is None:
            return None
        code, is_package = coding.code.strip(), question[0] == NDC
        matched_by = "ndc" if is_package else "historic" if contents.retired else "rxnorm"
        matches: list[DrugMatch] = []
        others: list[Ingredient] = []
        for ingredient in contents.ingredients:
            drugs = self._drugs_of(ingredient)
            matches += _matches(drugs, matched_by, code)
            others += [] if drugs else [ingredient]
        is_ingredient = any(code in ingredient.codes for ingredient in contents.ingredients)
        rank = _PACKAGE if is_package else _INGREDIENT if is_ingredient else _PRODUCT
        return _Meaning(rank, _each_once(matches), tuple(others), contents.local_form)

    def _drugs_of(self, ingredient: Ingredient) -> tuple[str, ...]:
        for code in ingredient.codes:
            if code in self.ingredients:
                return self.ingredients[code]
        # The knowledge has drugs whose RxNorm code is not known, and may have one that RxNorm has retired.
        return self.names.whole(ingredient.name)


def _matches(drugs: Iterable[str], matched_by: str, code: str) -> tuple[DrugMatch, ...]:
    return tuple(DrugMatch(drug, matched_by, code) for drug in drugs)


def _each_once(matches: Iterable[DrugMatch]) -> tuple[DrugMatch, ...]:
    first: dict[str, DrugMatch] = {}
    for match in matches:
        first.setdefault(match.ingredient, match)
    return tuple(first.values())
