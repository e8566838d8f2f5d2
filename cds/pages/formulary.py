"""The knowledge as a formulary: an index, a page for each drug, and one for each other table."""

from __future__ import annotations

from collections.abc import Iterator

from cds.knowledge.base import Knowledge
from cds.pages.counts import limits_page, lines_page
from cds.pages.document import Bullets, Inline, Link, Page, Paragraph, Section, Table
from cds.pages.drug import HOME, drug_page
from cds.pages.source_attributes import source_attributes_page
from cds.pages.tables import (
    causes_page,
    monitoring_page,
    pairs_page,
    precautions_page,
    sources_page,
    tests_page,
    vaccines_page,
)
from cds.pages.words import lowered_lines

_TABLES = (
    precautions_page,
    pairs_page,
    monitoring_page,
    limits_page,
    lines_page,
    causes_page,
    tests_page,
    vaccines_page,
    sources_page,
    source_attributes_page,
)
_READING = (
    "Evidence: A a boxed warning, a label's limit, expected pharmacology or the frequency in trials; B a"
    " systematic review, or a significant case-control study or cohort; C a label, or several series; D"
    " isolated reports, or very rare in a label; X it raises counts. Confirmation says how well the entry is"
    " sourced."
)


def formulary_pages(knowledge: Knowledge) -> Iterator[Page]:
    """Every page, the index first."""
    tables = [table(knowledge) for table in _TABLES]
    yield _index(knowledge, tables)
    yield from tables
    yield from (drug_page(knowledge, drug) for drug in knowledge.drugs.values())


def _index(knowledge: Knowledge, tables: list[Page]) -> Page:
    drugs = sorted(knowledge.drugs.values(), key=lambda drug: drug.name.casefold())
    rows: tuple[tuple[Inline, ...], ...] = tuple(
        (
            Link(drug.name, f"drugs/{drug.id}"),
            drug.drug_class,
            drug.tier,
            ", ".join(line.value for line in lowered_lines(drug)) or "none",
            drug.evidence.grade,
            drug.confirmation.value,
        )
        for drug in drugs
    )
    heading = ("drug", "class", "tier", "lowers", "evidence", "confirmation")
    under = f"Knowledge {knowledge.version}"
    return Page(
        name=HOME,
        title="Drugs and low white cell counts",
        under=f"{under}, with the overlay of {knowledge.overlay}" if knowledge.overlay else under,
        sections=(
            Section("Beside the drugs", (Bullets(tuple(Link(page.title, page.name) for page in tables)),)),
            Section(
                "Drugs",
                (
                    Paragraph(_READING),
                    Table(f"{len(rows)} drugs by name", heading, rows),
                ),
            ),
        ),
    )
