"""The ways from an RxNorm code to its ingredients, by the kind (TTY) of the code.

A row of RXNREL reads backwards, "RXCUI2 RELA RXCUI1": a product, ``has_ingredient``, its ingredient. The
release holds each relation in both directions; either is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

INGREDIENT, PRECISE = "IN", "PIN"
PRECISE_OF = "form_of"  # from a salt or biosimilar to its ingredient

# In the order in which contents can be told: what a kind consists of stands above it.
WAYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("MIN", ("has_part",)),
    ("SCDC", ("has_ingredient", "has_precise_ingredient")),
    ("SCDF", ("has_ingredient", "has_ingredients")),
    ("SCDG", ("has_ingredient", "has_ingredients")),
    ("SCDFP", ("has_precise_ingredient", "has_ingredient")),
    ("SCDGP", ("has_precise_ingredient", "has_ingredient")),
    ("BN", ("tradename_of",)),
    ("SBDC", ("tradename_of",)),
    ("SBDF", ("tradename_of",)),
    ("SBDG", ("tradename_of",)),
    ("SBDFP", ("tradename_of",)),
    ("SCD", ("consists_of", "has_ingredients")),
    ("SBD", ("tradename_of", "consists_of")),
    ("GPCK", ("contains",)),
    ("BPCK", ("contains", "tradename_of")),
)
KINDS = frozenset({INGREDIENT, PRECISE, *(kind for kind, _ in WAYS)})
FORWARD = frozenset({PRECISE_OF, *(relation for _, ways in WAYS for relation in ways)})
BACKWARD: Mapping[str, str] = MappingProxyType(
    {
        "has_form": "form_of",
        "part_of": "has_part",
        "ingredient_of": "has_ingredient",
        "ingredients_of": "has_ingredients",
        "precise_ingredient_of": "has_precise_ingredient",
        "has_tradename": "tradename_of",
        "constitutes": "consists_of",
        "contained_in": "contains",
    }
)


def forward(first: str, relation: str, second: str) -> tuple[str, str, str] | None:
    """A row of RXNREL as (whole, relation, part); ``None`` if the relation does not lead to ingredients."""
    if relation in FORWARD:
        return second, relation, first
    if relation in BACKWARD:
        return first, BACKWARD[relation], second
    return None
