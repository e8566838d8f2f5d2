"""Single entries of the knowledge's files as their models; a fault becomes a problem, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from cds.knowledge.problems import Problem, problems_of
from cds.knowledge.schema import Drug, Entry

EntryT = TypeVar("EntryT", bound=Entry)


def read_entries(
    document: Mapping[str, Any], name: str, table: str, model: type[EntryT], problems: list[Problem]
) -> tuple[EntryT, ...]:
    """The readable entries of one list of tables, in their order."""
    rows = document.get(table, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        problems.append(Problem(name, table, f"a list of tables is needed, each begun by [[{table}]]"))
        return ()
    if document and not rows:
        problems.append(Problem(name, table, f"there is not one [[{table}]]"))
    read = (
        read_entry(row, model, name, f"{table}[{entry_label(row, index)}]", problems)
        for index, row in enumerate(rows)
    )
    return tuple(entry for entry in read if entry is not None)


def read_entry(
    row: Mapping[str, Any], model: type[EntryT], name: str, where: str, problems: list[Problem]
) -> EntryT | None:
    """One entry, or ``None`` with all its faults among the ``problems``."""
    try:
        return model.model_validate(row)
    except ValidationError as fault:
        problems.extend(problems_of(fault, model, name, where))
        return None


def read_drugs(documents: Mapping[str, Mapping[str, Any]], problems: list[Problem]) -> tuple[Drug, ...]:
    """The readable drugs among the files; the name of a file is the id."""
    drugs = []
    for name, document in documents.items():
        if not name.startswith("drugs/") or not document:
            continue
        if "id" in document:
            problems.append(Problem(name, "id", "leave this out: the name of the file is the id"))
        drug = read_entry({**document, "id": drug_id_of(name)}, Drug, name, "", problems)
        if drug is not None:
            drugs.append(drug)
    return tuple(drugs)


def drug_id_of(name: str) -> str:
    """The id of the drug in the file ``name``, a path below the folder."""
    return name.removeprefix("drugs/").removesuffix(".toml")


def ids_of(rows: object) -> frozenset[str]:
    """The ids of the tables of one list, those with faults too."""
    tables = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return frozenset(row["id"] for row in tables if isinstance(row.get("id"), str))


def entry_label(entry: Mapping[str, Any], index: int) -> str:
    """What an entry is called in a problem: its id, vaccine code, drug or term, else its place from 0."""
    keys = ("id", "cvx", "drug", "term")
    return next((entry[key] for key in keys if isinstance(entry.get(key), str)), None) or str(index)
