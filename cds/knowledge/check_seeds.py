"""Checks of what became of the articles: every row leads to entries that exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cds.knowledge.problems import Problem
from cds.knowledge.schema import Entry
from cds.knowledge.tables import Tables

_SEEDS = "seeds.toml"
_TIERS = ("mild", "moderate", "severe", "profound")


def check_seeds(tables: Tables) -> Iterator[Problem]:
    """A term stands once, its articles are sources, and what covers it exists."""
    for term, times in Counter(row.term.casefold() for row in tables.seeds).items():
        if times > 1:
            yield Problem(_SEEDS, f"named[{term}]", f"stands here {times} times")
    known = references_of(tables)
    for row in tables.seeds:
        here = f"named[{row.term}]"
        for article in row.articles:
            if article not in tables.source_ids:
                yield Problem(_SEEDS, f"{here}.articles", f'"{article}" is not in sources.toml')
        for reference in row.covered_by:
            if reference not in known:
                yield Problem(_SEEDS, f"{here}.covered_by", f'there is no "{reference}"')


def references_of(tables: Tables) -> frozenset[str]:
    """Everything that a row may name as covering it."""
    classes = {name for drug in tables.drugs for name in drug.seed_class.split(", ") if name}
    return frozenset(
        (
            *(f"drug:{drug}" for drug in tables.drug_ids),
            *(f"class:{name}" for name in classes),
            *(f"condition:{row.id}" for row in tables.conditions),
            *(f"precaution:{row.id}" for row in tables.precautions),
            *(f"test:{row.id}" for row in tables.work_up),
            *(f"line:{row.id}" for row in tables.lines),
            *(f"tier:{row.id}.{tier}" for row in tables.lines if row.tiers for tier in _TIERS),
            *(f"limit:{name}" for name in _members(tables.limits, "")),
        )
    )


def _members(entry: Entry | None, before: str) -> Iterator[str]:
    if entry is None:
        return
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        if isinstance(value, Entry):
            yield from _members(value, f"{before}{name}.")
        else:
            yield f"{before}{name}"
