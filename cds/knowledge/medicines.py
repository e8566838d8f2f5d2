"""Recognises medicines: codes first, then whole words of the name.

Built once from the drug files and the RxNorm tables, then read by every request. What has not been
recognised is said to be so: a medicine is never passed over because its code is unknown here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cds.facts import DrugMatch
from cds.knowledge.names import NameIndex, index_names
from cds.knowledge.schema import Drug

_RXNORM, _ATC, _SNOMED = "rxnorm", "atc", "snomed"
_SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "http://www.nlm.nih.gov/research/umls/rxnorm": _RXNORM,
        "urn:oid:2.16.840.1.113883.6.88": _RXNORM,
        "http://www.whocc.no/atc": _ATC,
        "urn:oid:2.16.840.1.113883.6.73": _ATC,
        "http://snomed.info/sct": _SNOMED,
        "urn:oid:2.16.840.1.113883.6.96": _SNOMED,
    }
)
_READABLE = re.compile(r"[^\W\d_]{3}")
_SPELT_OUT = re.compile(r"[^\W\d_]{5}")


@dataclass(frozen=True, slots=True)
class Code:
    """One coding of a medicine as sent: any of the three may be empty."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What is known of one medicine.

    Attributes:
        matches: the ingredients that the knowledge has, one match each; empty if there is none.
        coded: a code was understood, so ``matches`` is the whole answer, even when it is empty.
        by_name: the matches rest on the words of the name alone.
        named: a name that a person can read was sent.
    """

    matches: tuple[DrugMatch, ...]
    coded: bool
    by_name: bool
    named: bool

    @property
    def recognised(self) -> bool:
        """False if nobody can tell from what was sent which medicine it is."""
        return self.coded or self.named or bool(self.matches)


@dataclass(frozen=True, slots=True)
class MedicineIndex:
    """Codes and names of all medicines that the knowledge has.

    Attributes:
        ingredients: RxNorm codes of ingredients, precise and multiple ones too, to drug ids.
        products: RxNorm codes of products to drug ids; none if it contains none of our drugs.
        historic: the same for codes that today's prescribable set no longer has.
        atc: seven-character codes to drug ids. A class code (five characters) says too little.
        snomed: substances to drug ids.
    """

    ingredients: Mapping[str, tuple[str, ...]]
    products: Mapping[str, tuple[str, ...]]
    historic: Mapping[str, tuple[str, ...]]
    atc: Mapping[str, tuple[str, ...]]
    snomed: Mapping[str, tuple[str, ...]]
    names: NameIndex

    def recognise(self, codings: Sequence[Code], texts: Sequence[str]) -> Recognition:
        """The ingredients of one medicine from its codings and further names (``text``, ``display``).

        A code that is understood settles it, whatever the text says: RxNorm before ATC before SNOMED CT, and
        a product before the single ingredients that an EHR lists beside it. Names are searched only when no
        code was understood.
        """
        matches = self._by_code(codings)
        if matches is not None:
            return Recognition(matches, coded=True, by_name=False, named=_is_readable(codings, texts))
        matches = self._by_name(_names_in(codings, texts))
        return Recognition(matches, False, bool(matches), _is_readable(codings, texts))

    def _by_code(self, codings: Sequence[Code]) -> tuple[DrugMatch, ...] | None:
        products: list[tuple[DrugMatch, ...]] = []
        ingredients: list[DrugMatch] = []
        atc: list[DrugMatch] = []
        snomed: list[DrugMatch] = []
        for coding in codings:
            system, code = _SYSTEMS.get(coding.system), coding.code.strip()
            if system == _RXNORM:
                if code in self.products:
                    products.append(_matches(self.products[code], "rxnorm", code))
                elif code in self.ingredients:
                    ingredients += _matches(self.ingredients[code], "rxnorm", code)
                elif code in self.historic:
                    products.append(_matches(self.historic[code], "historic", code))
            elif system == _ATC:
                atc += _matches(self.atc.get(code.upper(), ()), "atc", code)
            elif system == _SNOMED:
                snomed += _matches(self.snomed.get(code, ()), "snomed", code)
        if products:
            # Codings of one medicine that disagree: the fullest product, the first of several equals.
            return max(products, key=len)
        for matches in (ingredients, atc, snomed):
            if matches:
                return _each_once(matches)
        return None

    def _by_name(self, texts: Iterable[str]) -> tuple[DrugMatch, ...]:
        return _each_once(
            DrugMatch(drug, "name", name.written)
            for text in dict.fromkeys(texts)
            for name in self.names.find(text)
            for drug in name.drugs
        )


def index_medicines(
    drugs: Iterable[Drug],
    products: Mapping[str, tuple[str, ...]],
    historic: Mapping[str, tuple[str, ...]],
) -> MedicineIndex:
    """The index over ``drugs``; ``products`` and ``historic`` give ingredient codes by product code."""
    ingredients: dict[str, tuple[str, ...]] = {}
    atc: dict[str, tuple[str, ...]] = {}
    snomed: dict[str, tuple[str, ...]] = {}
    drugs = tuple(drugs)
    for drug in drugs:
        for code in (*drug.codes.rxnorm, *drug.codes.rxnorm_forms):
            ingredients[code] = (*ingredients.get(code, ()), drug.id)
        for code in drug.codes.atc:
            atc[code] = (*atc.get(code, ()), drug.id)
        for code in drug.codes.snomed:
            snomed[code] = (*snomed.get(code, ()), drug.id)
    return MedicineIndex(
        ingredients=MappingProxyType(ingredients),
        products=_by_drug(products, ingredients),
        historic=_by_drug(historic, ingredients),
        atc=MappingProxyType(atc),
        snomed=MappingProxyType(snomed),
        names=index_names(drugs),
    )


def _by_drug(
    table: Mapping[str, tuple[str, ...]], ingredients: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    found = {}
    for product, codes in table.items():
        found[product] = tuple(dict.fromkeys(drug for code in codes for drug in ingredients.get(code, ())))
    return MappingProxyType(found)


def _matches(drugs: Iterable[str], matched_by: str, code: str) -> tuple[DrugMatch, ...]:
    return tuple(DrugMatch(drug, matched_by, code) for drug in drugs)


def _each_once(matches: Iterable[DrugMatch]) -> tuple[DrugMatch, ...]:
    first: dict[str, DrugMatch] = {}
    for match in matches:
        first.setdefault(match.ingredient, match)
    return tuple(first.values())


def _names_in(codings: Sequence[Code], texts: Sequence[str]) -> Iterator[str]:
    for coding in codings:
        yield coding.display
        # Some local systems use the name itself as the code.
        if coding.system not in _SYSTEMS and _SPELT_OUT.search(coding.code):
            yield coding.code
    yield from texts


def _is_readable(codings: Sequence[Code], texts: Sequence[str]) -> bool:
    # A display that only repeats the code tells nobody anything.
    shown = (coding.display for coding in codings if coding.display != coding.code)
    return any(_READABLE.search(text) for text in (*shown, *texts))
