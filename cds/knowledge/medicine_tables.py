"""The drug files and the RxNorm tables as the one index that recognises medicines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from cds.knowledge.medicines import MedicineIndex
from cds.knowledge.names import index_names
from cds.knowledge.rxnorm_table import LOCAL_FORM
from cds.knowledge.schema import Drug


def index_medicines(
    drugs: Iterable[Drug],
    products: Mapping[str, tuple[str, ...]],
    historic: Mapping[str, tuple[str, ...]],
    packages: Mapping[str, str] = MappingProxyType({}),
) -> MedicineIndex:
    """The index over ``drugs``; ``products`` and ``historic`` give ingredient codes by product code.

    ``packages`` gives the product code by the nine digits of an NDC's labeller and product.
    """
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
        local_forms=frozenset(
            code for table in (products, historic) for code in table if LOCAL_FORM in table[code]
        ),
        packages=packages,
    )


def _by_drug(
    table: Mapping[str, tuple[str, ...]], ingredients: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    found = {}
    for product, codes in table.items():
        found[product] = tuple(dict.fromkeys(drug for code in codes for drug in ingredients.get(code, ())))
    return MappingProxyType(found)
