"""What changed between two exports of the knowledge, entry by entry and member by member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

# Not entries, but what an export says of itself.
_ABOUT = frozenset({"format", "version", "overlay"})
_NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Attributes:
        table: ``drugs``, ``limits`` …
        entry: the id, e.g. ``clozapine`` or ``fever.celsius``.
        what: an entry is added or removed; a member of one is changed.
        member: of the entry, e.g. ``limits.stop_neutrophils_below_per_ul``; empty for a whole entry.
        before, after: the member's values; ``None`` for a whole entry, or where there was none.
    """

    table: str
    entry: str
    what: Literal["added", "removed", "changed"]
    member: str = ""
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        name = f"{self.table}/{self.entry}"
        if self.what != "changed":
            return f"{name}: {self.what}"
        said = f"{_written(self.before)} -> {_written(self.after)}"
        return f"{name}: {self.member}: {said}" if self.member else f"{name}: {said}"


def find_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Every change from one export to the other, table by table in the order of the exports."""
    for table in dict.fromkeys((*before, *after)):
        if table not in _ABOUT:
            yield from _in_table(table, before.get(table, {}), after.get(table, {}))


def _in_table(table: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for entry in dict.fromkeys((*before, *after)):
        if entry not in after:
            yield Change(table, entry, "removed")
        elif entry not in before:
            yield Change(table, entry, "added")
        else:
            for member, old, new in _members("", before[entry], after[entry]):
                yield Change(table, entry, "changed", member, old, new)


def _members(name: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            yield from _members(f"{name}.{key}" if name else key, before.get(key), after.get(key))
    elif before != after:
        yield name, before, after


def _written(value: Any) -> str:
    if value is None or value == "" or value == []:
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{key} = {_written(each)}" for key, each in value.items())
    return ", ".join(map(_written, value)) if isinstance(value, list) else str(value)
