"""What is wrong with a knowledge folder, in words for the pharmacist who edits it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from cds.knowledge import schema


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend.

    Attributes:
        file: path below the knowledge folder, e.g. ``drugs/methimazole.toml``.
        where: the member, e.g. ``codes.rxnorm[0]`` or ``line[neutrophils].tiers.mild``; empty: the file.
        message: what is wrong and, where it can be said, what to write instead.
    """

    file: str
    where: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.where, self.message) if part)


def problems_of(error: ValidationError, model: type[BaseModel], file: str, where: str) -> Iterator[Problem]:
    """Every fault that pydantic found in one entry; ``where`` leads to the entry inside its file."""
    for fault in error.errors(include_url=False):
        path = _path(fault["loc"])
        joined = f"{where}.{path}" if where and path else where or path
        yield Problem(file, joined, _in_plain_words(fault, model))


def _path(location: Sequence[int | str]) -> str:
    text = ""
    for part in location:
        if part == "[key]":  # pydantic's mark for "the key itself is wrong"
            continue
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _in_plain_words(fault: ErrorDetails, model: type[BaseModel]) -> str:
    kind, value = fault["type"], fault["input"]
    if kind == "missing":
        return "this member is missing"
    if kind == "extra_forbidden":
        return _unknown_member(str(fault["loc"][-1]), _model_at(model, fault["loc"][:-1]))
    if kind == "string_type":
        if isinstance(value, int) and not isinstance(value, bool) and _is_code(fault["loc"]):
            return f'a code is text; write "{value}"'
        return (
            f'text is needed, in quotation marks; write "{value}"' if _is_plain(value) else "text is needed"
        )
    if kind == "string_pattern_mismatch":
        shape = _SHAPES.get(fault["ctx"]["pattern"], "of another form")
        return f'"{value}" does not have the form of {shape}'
    if kind in {"literal_error", "enum"}:
        return f"{_quoted(value)} is not known here; write {fault['ctx']['expected']}"
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    if kind.startswith("date"):
        return f"{_quoted(value)} is not a date; write it as 2026-11-20, without quotation marks"
    return _PLAIN.get(kind, fault["msg"].lower()).format(**fault.get("ctx", {}), value=_quoted(value))


def _is_plain(value: object) -> bool:
    return not isinstance(value, Mapping | list)


def _is_code(location: Sequence[int | str]) -> bool:
    return any(part in _CODE_MEMBERS for part in location)


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _unknown_member(name: str, model: type[BaseModel] | None) -> str:
    known = sorted(model.model_fields) if model else []
    near = get_close_matches(name, known, n=1)
    if near:
        return f'there is no such member; is "{near[0]}" meant?'
    return f"there is no such member; known here: {', '.join(known)}" if known else "there is no such member"


def _model_at(model: type[BaseModel], location: Sequence[int | str]) -> type[BaseModel] | None:
    found: type[BaseModel] | None = model
    for part in location:
        if found is not None and isinstance(part, str) and part in found.model_fields:
            found = _model_in(found.model_fields[part].annotation)
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _model_in(arg))), None)


def _pattern(shape: Any) -> str:
    constraint = next(item for item in get_args(shape) if isinstance(item, StringConstraints))
    return str(constraint.pattern)


_CODE_MEMBERS = frozenset(
    {
        "rxnorm",
        "rxnorm_forms",
        "atc",
        "snomed",
        "cvx",
        "loinc",
        "icd10cm",
        "count",
        "percent",
        "code",
        "vaccine",
    }
)
_SHAPES = {
    _pattern(schema.Slug): "an id: small letters, digits and single hyphens",
    _pattern(schema.SourceId): "a source id: letters, digits, hyphens and full stops",
    _pattern(schema.Loinc): "a LOINC code: digits, a hyphen and one check digit",
    _pattern(schema.RxCui): "an RxNorm code: one to eight digits, no leading zero",
    _pattern(schema.Atc): "an ATC code: a capital letter, two digits, and so on",
    _pattern(schema.Sctid): "a SNOMED CT code: 6 to 18 digits",
    _pattern(schema.Cvx): "a CVX code: two or three digits",
    _pattern(schema.PairId): "the id of a pair: I and two digits",
    _pattern(schema.Reference): "an entry, such as drug:clozapine or limit:fever.celsius",
    _pattern(schema.System): "a code system: an address that begins with http://, https:// or urn:",
    _pattern(schema.LocalCode): "a code: no space at either end, and single ones inside",
}
_PLAIN = {
    "string_too_short": "this is empty; write it or leave the member out",
    "int_type": "{value} is not a whole number",
    "int_from_float": "{value} is not a whole number",
    "int_parsing": "{value} is not a whole number",
    "decimal_type": "{value} is not a number",
    "decimal_parsing": "{value} is not a number",
    "finite_number": "{value} is not a number that can be compared with",
    "greater_than_equal": "{value} is too low; the least is {ge}",
    "greater_than": "{value} is too low; it has to be above {gt}",
    "bool_type": "{value} is neither true nor false",
    "bool_parsing": "{value} is neither true nor false",
    "tuple_type": "a list is needed, in [ ]",
    "dict_type": "a table of members is needed",
    "model_type": "a table of members is needed",
    "too_short": "the list is too short; it has to have {min_length}",
    "too_long": "the list is too long; it may have {max_length}",
}
