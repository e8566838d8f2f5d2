"""What a source of RxNorm outside the knowledge folder answers: a local index of a release, or RxNav."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

System = Literal["rxnorm", "ndc"]


class Ingredient(NamedTuple):
    """One ingredient of a product.

    Attributes:
        codes: its RxNorm codes, the most precise first: the salt or the biosimilar, then the ingredient.
        name: as RxNorm calls the ingredient, e.g. ``methimazole``.
    """

    codes: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Contents:
    """All ingredients of one code, those included that the knowledge does not have.

    Attributes:
        retired: the code is no longer in use: retired, remapped, obsolete or not to be dispensed.
        local_form: it acts where it is applied, by its dose form: cream, eye drops, inhaler.
    """

    ingredients: tuple[Ingredient, ...]
    retired: bool = False
    local_form: bool = False


# An RxNorm code (digits), or an NDC as its eleven digits, to what it contains; ``None`` if it is not known.
Lookup = Callable[[System, str], Contents | None]
