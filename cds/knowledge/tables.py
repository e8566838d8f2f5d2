"""The knowledge as written: each entry of each file as its model, before anything is joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from cds import __version__
from cds.knowledge.folder import (
    HISTORIC,
    LIMITS,
    LIST_FILES,
    PRODUCTS,
    RANKING,
    fingerprint,
    parse_toml,
    read_folder,
)
from cds.knowledge.problems import Problem, problems_of
from cds.knowledge.rxnorm_table import read_products
from cds.knowledge.schema import (
    ClozapineBand,
    Condition,
    Drug,
    Entry,
    Limits,
    Line,
    LiveVaccine,
    Monitoring,
    Precaution,
    Ranking,
    RiskyPair,
    Source,
    UnitScale,
    WorkUpTest,
)

EntryT = TypeVar("EntryT", bound=Entry)


@dataclass(frozen=True, slots=True)
class Tables:
    """Every readable entry, in the order of the files; an entry with a fault is left out.

    Attributes:
        version: release and content hash, e.g. ``2026.11.0+3f2a9c1d0b7e``.
        products: RxNorm product code to the codes of its ingredients, today's prescribable products.
        historic: the same for codes that are retired or stand for a part of a product.
        source_ids: the ids of all sources, those with a fault too, so that one slip in a source does not
            make every reference to it look wrong; ``drug_ids`` and ``line_ids`` likewise.
    """

    version: str
    sources: tuple[Source, ...]
    lines: tuple[Line, ...]
    units: tuple[UnitScale, ...]
    limits: Limits | None
    ranking: Ranking | None
    drugs: tuple[Drug, ...]
    pairs: tuple[RiskyPair, ...]
    conditions: tuple[Condition, ...]
    work_up: tuple[WorkUpTest, ...]
    precautions: tuple[Precaution, ...]
    vaccines: tuple[LiveVaccine, ...]
    monitoring: tuple[Monitoring, ...]
    clozapine: tuple[ClozapineBand, ...]
    products: Mapping[str, tuple[str, ...]]
    historic: Mapping[str, tuple[str, ...]]
    source_ids: frozenset[str]
    drug_ids: frozenset[str]
    line_ids: frozenset[str]


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
        return _entries(documents.get(name, {}), name, table, model, problems)

    def whole(name: str, model: type[EntryT]) -> EntryT | None:
        return _entry(documents[name], model, name, "", problems) if documents.get(name) else None

    def products(name: str) -> Mapping[str, tuple[str, ...]]:
        table, faults = read_products(name, files.get(name, b""))
        problems.extend(faults)
        return table

    tables = Tables(
        version=f"{__version__}+{fingerprint(files)}",
        sources=entries("sources.toml", "source", Source),
        lines=entries("cell_lines.toml", "line", Line),
        units=entries("units.toml", "unit", UnitScale),
        limits=whole(LIMITS, Limits),
        ranking=whole(RANKING, Ranking),
        drugs=_drugs(documents, problems),
        pairs=entries("interactions.toml", "pair", RiskyPair),
        conditions=entries("conditions.toml", "condition", Condition),
        work_up=entries("workup.toml", "test", WorkUpTest),
        precautions=entries("precautions.toml", "precaution", Precaution),
        vaccines=entries("vaccines.toml", "vaccine", LiveVaccine),
        monitoring=entries("monitoring.toml", "monitoring", Monitoring),
        clozapine=entries("monitoring.toml", "clozapine_band", ClozapineBand),
        products=products(PRODUCTS),
        historic=products(HISTORIC),
        source_ids=_ids(documents.get("sources.toml", {}).get("source")),
        drug_ids=frozenset(_drug_id(name) for name in documents if name.startswith("drugs/")),
        line_ids=_ids(documents.get("cell_lines.toml", {}).get("line")),
    )
    return tables, tuple(problems)


def entry_label(entry: Mapping[str, Any], index: int) -> str:
    """What an entry of a list is called in a problem: its id, vaccine code or drug, else its place from 0."""
    name = next((entry[key] for key in ("id", "cvx", "drug") if isinstance(entry.get(key), str)), None)
    return name or str(index)


def _unknown_tables(documents: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    return [
        Problem(name, member, f"there is no such table; known here: [[{']], [['.join(LIST_FILES[name])}]]")
        for name, document in documents.items()
        for member in document
        if name in LIST_FILES and member not in LIST_FILES[name]
    ]


def _entries(
    document: Mapping[str, Any], name: str, table: str, model: type[EntryT], problems: list[Problem]
) -> tuple[EntryT, ...]:
    rows = document.get(table, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        problems.append(Problem(name, table, f"a list of tables is needed, each begun by [[{table}]]"))
        return ()
    if document and not rows:
        problems.append(Problem(name, table, f"there is not one [[{table}]]"))
    read = (
        _entry(row, model, name, f"{table}[{entry_label(row, index)}]", problems)
        for index, row in enumerate(rows)
    )
    return tuple(entry for entry in read if entry is not None)


def _entry(
    row: Mapping[str, Any], model: type[EntryT], name: str, where: str, problems: list[Problem]
) -> EntryT | None:
    try:
        return model.model_validate(row)
    except ValidationError as fault:
        problems.extend(problems_of(fault, model, name, where))
        return None


def _drugs(documents: Mapping[str, Mapping[str, Any]], problems: list[Problem]) -> tuple[Drug, ...]:
    drugs = []
    for name, document in documents.items():
        if not name.startswith("drugs/") or not document:
            continue
        if "id" in document:
            problems.append(Problem(name, "id", "leave this out: the name of the file is the id"))
        drug = _entry({**document, "id": _drug_id(name)}, Drug, name, "", problems)
        if drug is not None:
            drugs.append(drug)
    return tuple(drugs)


def _drug_id(name: str) -> str:
    return name.removeprefix("drugs/").removesuffix(".toml")


def _ids(rows: object) -> frozenset[str]:
    tables = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return frozenset(row["id"] for row in tables if isinstance(row.get("id"), str))
