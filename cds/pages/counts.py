"""The cell lines and every number that a rule compares with, as pages."""

from __future__ import annotations

from cds.knowledge.base import Knowledge
from cds.knowledge.schema import Entry, Line
from cds.pages.document import Block, Facts, Inline, Page, Section, Table
from cds.pages.drug import HOME
from cds.pages.words import limits_in_words, mark, member_table, written


def lines_page(knowledge: Knowledge) -> Page:
    """How each cell line is coded and graded."""
    return Page(
        name="lines",
        title="Cell lines",
        under=f"Knowledge {knowledge.version}. Counts in 10*9/L unless another unit is named.",
        sections=tuple(Section(line.name.capitalize(), _line(line)) for line in knowledge.lines.values()),
        home=HOME,
    )


def limits_page(knowledge: Knowledge) -> Page:
    """The limits of the rules, the points of the ranking and the limits of drug labels."""
    top = Section("Single limits", (member_table("limits.toml", knowledge.limits),))
    ranking = Section("Points of the ranking", (member_table("ranking.toml", knowledge.ranking),))
    return Page(
        name="limits",
        title="Limits",
        under=f"Knowledge {knowledge.version}. Comparisons are strict unless a name says otherwise.",
        sections=(top, *_tables_of(knowledge.limits), _labels(knowledge), ranking),
        home=HOME,
    )


def _tables_of(limits: Entry) -> tuple[Section, ...]:
    return tuple(
        Section(name.replace("_", " ").capitalize(), (member_table(f"limits.toml, {name}", table),))
        for name in type(limits).model_fields
        if isinstance(table := getattr(limits, name), Entry)
    )


def _labels(knowledge: Knowledge) -> Section:
    rows: tuple[tuple[Inline, ...], ...] = tuple(
        (drug.name, limits_in_words(knowledge, drug))
        for drug in knowledge.drugs.values()
        if drug.limits is not None
    )
    return Section(
        "Limits of drugs", (Table("Cells per microlitre, as labels print them", ("drug", "limits"), rows),)
    )


def _line(line: Line) -> tuple[Block, ...]:
    facts: list[tuple[str, Inline]] = [
        ("short name", line.short),
        ("codes (LOINC)", _codes(line)),
        ("speaks", line.speaks),
    ]
    blocks: list[Block] = [Facts(tuple(facts))]
    if line.tiers is not None:
        blocks.append(
            member_table(f"Adults: a count of {line.short} is in a tier when it is below", line.tiers)
        )
    if line.children:
        rows = tuple(
            (
                f"{each.from_days} to {each.to_days - 1}",
                f"{written(each.low)}{mark(each.confirmation)}",
                ", ".join(each.sources),
            )
            for each in line.children
        )
        blocks.append(
            Table(f"Lower limit of {line.short} by age", ("days of age", "lower limit", "sources"), rows)
        )
    return tuple(blocks)


def _codes(line: Line) -> str:
    return "; ".join(
        f"{property_.replace('_', ', ')}: {', '.join(codes)}" for property_, codes in line.codes if codes
    )
