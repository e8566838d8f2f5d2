"""What RxNav's REST services answer, as far as it is read here (RxNorm API, JSON).

``historystatus`` tells what became of a code and, where it is curated, each ingredient with its salt;
``related`` the ingredients of a code in use; ``ndcstatus`` the code of a package.
"""

from __future__ import annotations

from typing import TypeVar

from msgspec import DecodeError, Struct, ValidationError, field, json

from cds.knowledge.local_forms import is_local_form
from cds.knowledge.lookup import Ingredient

AnswerT = TypeVar("AnswerT")


class UnreadableAnswerError(Exception):
    """The body is not what the service is known to answer."""


class _Status(Struct):
    status: str = ""


class _Strength(Struct):
    base: str | None = field(name="baseRxcui", default=None)
    base_name: str | None = field(name="baseName", default=None)
    active: str | None = field(name="activeIngredientRxcui", default=None)


class _DoseForm(Struct):
    name: str | None = field(name="doseFormName", default=None)


class _Features(Struct):
    forms: list[_DoseForm] | None = field(name="doseFormConcept", default=None)
    ingredients: list[_Strength] | None = field(name="ingredientAndStrength", default=None)


class _Remapped(Struct):
    code: str = field(name="remappedRxCui", default="")


class _Quantified(Struct):
    code: str = field(name="quantifiedRxcui", default="")


class _Derived(Struct):
    remapped: list[_Remapped] | None = field(name="remappedConcept", default=None)
    quantified: list[_Quantified] | None = field(name="quantifiedConcept", default=None)


class _History(Struct):
    meta: _Status = field(name="metaData")
    features: _Features | None = field(name="definitionalFeatures", default=None)
    derived: _Derived | None = field(name="derivedConcepts", default=None)


class _HistoryAnswer(Struct):
    history: _History = field(name="rxcuiStatusHistory")


class _Concept(Struct):
    rxcui: str
    name: str = ""
    tty: str = ""


class _Group(Struct):
    tty: str = ""
    concepts: list[_Concept] | None = field(name="conceptProperties", default=None)


class _Related(Struct):
    groups: list[_Group] | None = field(name="conceptGroup", default=None)


class _RelatedAnswer(Struct):
    related: _Related = field(name="relatedGroup")


class _Package(Struct):
    rxcui: str | None = None


class _PackageAnswer(Struct):
    package: _Package = field(name="ndcStatus")


class History(Struct, frozen=True):
    """What became of a code.

    Attributes:
        status: ``active``, ``obsolete``, ``remapped``, ``quantified``, ``notcurrent`` or ``unknown``.
        successors: codes that stand for it today.
        ingredients: as curated with the code; empty where that is not so.
        local_form: all its dose forms act where they are applied.
    """

    status: str
    successors: tuple[str, ...]
    ingredients: tuple[Ingredient, ...]
    local_form: bool


def read_history(body: bytes) -> History:
    """``/rxcui/{code}/historystatus.json``. Raises ``UnreadableAnswerError``, as all of these do."""
    history = _decode(body, _HistoryAnswer).history
    derived = history.derived or _Derived()
    features = history.features or _Features()
    forms = [form.name or "" for form in features.forms or ()]
    return History(
        status="".join(filter(str.isalpha, history.meta.status)).lower(),
        successors=_codes(
            *(each.code for each in derived.remapped or ()), *(each.code for each in derived.quantified or ())
        ),
        ingredients=tuple(
            Ingredient(_codes(each.active or "", each.base), each.base_name or "")
            for each in features.ingredients or ()
            if each.base
        ),
        local_form=bool(forms) and all(map(is_local_form, forms)),
    )


def read_related(body: bytes) -> tuple[Ingredient, ...]:
    """``/rxcui/{code}/related.json?tty=IN``: the ingredients, without their salts."""
    groups = _decode(body, _RelatedAnswer).related.groups or ()
    concepts = [concept for group in groups if group.tty == "IN" for concept in group.concepts or ()]
    return tuple(Ingredient((concept.rxcui,), concept.name) for concept in concepts if concept.rxcui)


def read_package(body: bytes) -> str | None:
    """``/ndcstatus.json?ndc=``: the RxNorm code of a package, ``None`` if there is none."""
    return _decode(body, _PackageAnswer).package.rxcui or None


def _decode(body: bytes, kind: type[AnswerT]) -> AnswerT:
    try:
        return json.decode(body, type=kind)
    except (DecodeError, ValidationError) as fault:
        raise UnreadableAnswerError from fault


def _codes(*codes: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for code in codes if code))
