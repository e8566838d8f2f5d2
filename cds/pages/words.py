"""Words that several pages share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

from cds.facts import WHITE_CELL_LINES, CellLine
from cds.knowledge.base import Knowledge
from cds.knowledge.schema import Confirmation, Drug, Effect, Entry
from cds.pages.document import Inline, Link, Table


def lowered_lines(drug: Drug) -> tuple[CellLine, ...]:
    """The white cell lines that ``drug`` lowers."""
    return tuple(line for line in WHITE_CELL_LINES if drug.effect.on(line) is Effect.LOWERS)


def mark(confirmation: Confirmation) -> str:
    """`` [mixed]`` behind what is not sourced."""
    return "" if confirmation is Confirmation.SOURCED else f" [{confirmation.value}]"


def limits_in_words(knowledge: Knowledge, drug: Drug) -> str:
    """Every limit of a drug's label or of the hospital, and where it is from."""
    if drug.limits is None:
        return ""
    by_origin: dict[str, list[str]] = {}
    for member, value in drug.limits:
        if member.endswith("_per_ul") and value is not None:
            origin = knowledge.origin_of_limit(drug, member)
            said = f"{member.removesuffix('_per_ul').replace('_', ' ')} {value} /uL"
            by_origin.setdefault(f"{origin.status}{mark(origin.confirmation)}", []).append(said)
    if not by_origin:
        return f"{drug.limits.status}{mark(drug.limits.confirmation)}"
    return "; ".join("; ".join((*said, whose)) for whose, said in by_origin.items())


def drug_link(knowledge: Knowledge, drug: str) -> str | Link:
    """The name of a drug, leading to its page; a group of drugs is written as its words."""
    if drug in knowledge.drugs:
        return Link(knowledge.drugs[drug].name, f"drugs/{drug}")
    return drug.replace("-", " ")


def joined(parts: Iterable[str | Link], by: str = ", ") -> Inline:
    """Parts with ``by`` between them."""
    made: list[str | Link] = []
    for part in parts:
        made += [by, part] if made else [part]
    return tuple(made)


def days(count: int) -> str:
    """``1 day``, ``14 days``."""
    return f"{count} day{'' if count == 1 else 's'}"


def member_table(caption: str, entry: Entry) -> Table:
    """Every member of ``entry`` that is no table of its own, by its name in the file."""
    rows = tuple(
        (name, written(getattr(entry, name)))
        for name in type(entry).model_fields
        if not isinstance(getattr(entry, name), Entry)
    )
    return Table(caption, ("member", "value"), rows)


def written(value: Any) -> str:
    """A value as words: lists with commas, yes and no, numbers as they are."""
    if value is None or value == "" or value == ():
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Mapping):
        return "; ".join(f"{written(key)}: {written(each)}" for key, each in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(written, value))
    return format(value, "f") if isinstance(value, Decimal) else str(value)
