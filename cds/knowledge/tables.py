"""The knowledge as written: each entry of each file as its model, before anything is joined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cds import __version__
from cds.knowledge.entries import EntryT, drug_id_of, ids_of, read_drugs, read_entries, read_entry
from cds.knowledge.folder import (
    HISTORIC,
    LIMITS,
    LIST_FILES,
    PACKAGES,
    PRODUCTS,
    RANKING,
    SOURCE_ATTRIBUTES,
    fingerprint,
    parse_toml,
    read_folder,
)
from cds.knowledge.problems import Problem
from cds.knowledge.rxnorm_table import read_packages, read_products
from cds.knowledge.schema import (
    ClozapineBand,
    Condition,
    Drug,
    Limits,
    Line,
    LiveVaccine,
    Monitoring,
    Named,
    Overlay,
    Precaution,
    Ranking,
    RiskyPair,
    Source,
    SourceAttributes,
    UnitScale,
    WorkUpTest,
)


@dataclass(frozen=True, slots=True)
class Tables:
    """Every readable entry, in the order of the files; an entry with a fault is left out.

    Attributes:
        version: release and content hash, e.g. ``2026.11.0+3f2a9c1d0b7e``.
        products: RxNorm product code to the codes of its ingredients, today's prescribable products.
        historic: the same for codes that are retired or stand for a part of a product.
        source_ids: the ids of all sources, those with a fault too, so that one slip in a source does not
            make every reference to it look wrong; ``drug_ids``, ``line_ids`` and ``condition_ids``
            likewise.
        reviews: file to the day on which its next review is due.
        overlay: what a hospital wrote; its drugs, sources and limits are already among the tables.
    """

    version: str
    sources: tuple[Source, ...]
    lines: tuple[Line, ...]
    units: tuple[UnitScale, ...]
    limits: Limits | None
    ranking: Ranking | None
    attributes: SourceAttributes | None
    drugs: tuple[Drug, ...]
    pairs: tuple[RiskyPair, ...]
    conditions: tuple[Condition, ...]
    work_up: tuple[WorkUpTest, ...]
    precautions: tuple[Precaution, ...]
    vaccines: tuple[LiveVaccine, ...]
    monitoring: tuple[Monitoring, ...]
    clozapine: tuple[ClozapineBand, ...]
    seeds: tuple[Named, ...]
    products: Mapping[str, tuple[str, ...]]
    historic: Mapping[str, tuple[str, ...]]
    packages: Mapping[str, str]
    source_ids: frozenset[str]
    drug_ids: frozenset[str]
    line_ids: frozenset[str]
    condition_ids: frozenset[str]
    reviews: Mapping[str, date]
    overlay: Overlay | None = None


def load_tables(folder: Path) -> tuple[Tables, tuple[Problem, ...]]:
    """Every file below ``folder`` read and validated, and all problems found, none of them raised."""
    files, problems = read_folder(folder)
    documents: dict[str, dict[str, Any]] = {}
    for name in files:
        if name.endswith(".toml"):
            documents[name], faults = parse_toml(name, files[name])
            problems += faults
    problems += _unknown_tables(documents)

    def entries(name: str, table: str, model: type[EntryT]) -> tuple[EntryT, ...]:
        return read_entries(documents.get(name, {}), name, table, model, problems)

    def whole(name: str, model: type[EntryT]) -> EntryT | None:
        return read_entry(documents[name], model, name, "", problems) if documents.get(name) else None

    def products(name: str) -> Mapping[str, tuple[str, ...]]:
        table, faults = read_products(name, files.get(name, b""))
        problems.extend(faults)
        return table

    drugs = read_drugs(documents, problems)
    packages, faults = read_packages(PACKAGES, files.get(PACKAGES, b""))
    problems += faults
    tables = Tables(
        version=f"{__version__}+{fingerprint(files)}",
        sources=entries("sources.toml", "source", Source),
        lines=entries("cell_lines.toml", "line", Line),
        units=entries("units.toml", "unit", UnitScale),
        limits=whole(LIMITS, Limits),
        ranking=whole(RANKING, Ranking),
        attributes=whole(SOURCE_ATTRIBUTES, SourceAttributes),
        drugs=drugs,
        pairs=entries("interactions.toml", "pair", RiskyPair),
        conditions=entries("conditions.toml", "condition", Condition),
        work_up=entries("workup.toml", "test", WorkUpTest),
        precautions=entries("precautions.toml", "precaution", Precaution),
        vaccines=entries("vaccines.toml", "vaccine", LiveVaccine),
        monitoring=entries("monitoring.toml", "monitoring", Monitoring),
        clozapine=entries("monitoring.toml", "clozapine_band", ClozapineBand),
        seeds=entries("seeds.toml", "named", Named),
        products=products(PRODUCTS),
        historic=products(HISTORIC),
        packages=packages,
        source_ids=ids_of(documents.get("sources.toml", {}).get("source")),
        drug_ids=frozenset(drug_id_of(name) for name in documents if name.startswith("drugs/")),
        line_ids=ids_of(documents.get("cell_lines.toml", {}).get("line")),
        condition_ids=ids_of(documents.get("conditions.toml", {}).get("condition")),
        reviews=reviews_of(drugs),
    )
    return tables, tuple(problems)


def reviews_of(drugs: Iterable[Drug]) -> dict[str, date]:
    """The day on which each drug's next review is due, by its file."""
    return {f"drugs/{drug.id}.toml": drug.review.next_review for drug in drugs}


def _unknown_tables(documents: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    return [
        Problem(name, member, f"there is no such table; known here: [[{']], [['.join(LIST_FILES[name])}]]")
        for name, document in documents.items()
        for member in document
        if name in LIST_FILES and member not in LIST_FILES[name]
    ]
