"""A hospital's own folder, laid over the knowledge: read, joined to the tables, and checked with them.

The folder holds ``overlay.toml`` and, where they are needed, ``sources.toml`` and ``drugs/<id>.toml`` in the
same form as the knowledge. A README.md may stand beside them. Nothing in it can change a drug or a table of
the knowledge but what ``overlay.toml`` names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cds.knowledge.entries import drug_id_of, ids_of, read_drugs, read_entries, read_entry
from cds.knowledge.folder import LIMITS, fingerprint, parse_toml, read_files
from cds.knowledge.names import words_of
from cds.knowledge.problems import Problem, problems_of
from cds.knowledge.schema import Drug, DrugLimits, LabelLimits, Limits, Overlay, Source
from cds.knowledge.tables import Tables, reviews_of

OVERLAY = "overlay.toml"
_SOURCES = "sources.toml"
_README = "README.md"
_DRUG_FILE = re.compile(r"drugs/[^/]+\.toml")
_SOURCES_MEMBER = "sources"


@dataclass(frozen=True, slots=True)
class OverlayFolder:
    """A hospital's folder as read; an entry with a fault is left out.

    Attributes:
        overlay: ``overlay.toml``; ``None`` if it cannot be read.
        version: what the knowledge's version gets appended, e.g. ``generalhospital-1a2b3c4d``.
        source_ids: of all its sources, those with a fault too; ``drug_ids`` likewise.
    """

    folder: Path
    overlay: Overlay | None
    version: str
    sources: tuple[Source, ...]
    drugs: tuple[Drug, ...]
    source_ids: frozenset[str]
    drug_ids: frozenset[str]

    def file(self, name: str) -> str:
        """``name`` as a problem gives it, so that nobody looks for it in the knowledge itself."""
        return (self.folder / name).as_posix()


def read_overlay(folder: Path) -> tuple[OverlayFolder, tuple[Problem, ...]]:
    """Every file of a hospital's folder read and validated, and all problems found, none of them raised."""
    files, problems = read_files(folder, _is_known, {OVERLAY}, {"drugs"})
    files.pop(_README, None)
    documents: dict[str, dict[str, Any]] = {}
    for name, raw in files.items():
        documents[name], faults = parse_toml(name, raw)
        problems += faults
    written = documents.get(OVERLAY)
    overlay = read_entry(written, Overlay, OVERLAY, "", problems) if written else None
    rows = documents.get(_SOURCES, {})
    name = "".join(words_of(overlay.name)) if overlay else ""
    if overlay and not name:
        problems.append(Problem(OVERLAY, "name", "a letter from a to z or a digit is needed"))
    own = OverlayFolder(
        folder=folder,
        overlay=overlay,
        version=f"{name}-{fingerprint(files)[:8]}",
        sources=read_entries(rows, _SOURCES, "source", Source, problems),
        drugs=read_drugs(documents, problems),
        source_ids=ids_of(rows.get("source")),
        drug_ids=frozenset(drug_id_of(name) for name in documents if name.startswith("drugs/")),
    )
    return own, tuple(replace(problem, file=own.file(problem.file)) for problem in problems)


def lay_over(tables: Tables, own: OverlayFolder, overlay: Overlay) -> tuple[Tables, tuple[Problem, ...]]:
    """The tables with what the hospital adds and changes. What it switches off is still there, to be checked.

    ``overlay`` is that of ``own``; the tables have their limits.
    """
    problems: list[Problem] = []
    for drug in sorted(own.drug_ids & tables.drug_ids):
        message = f"{drug} is a drug of the knowledge; its limits are changed by [drug_limits.{drug}]"
        problems.append(Problem(f"drugs/{drug}.toml", "", f"{message} in {OVERLAY}"))
    problems += [
        Problem(_SOURCES, f"source[{source}]", f"{source} is a source of the knowledge")
        for source in sorted(own.source_ids & tables.source_ids)
    ]
    limits = _limits(tables, overlay, problems)
    every = (*tables.drugs, *(drug for drug in own.drugs if drug.id not in tables.drug_ids))
    merged = replace(
        tables,
        version=f"{tables.version}.{own.version}",
        sources=(*tables.sources, *own.sources),
        limits=limits,
        drugs=tuple(_with_limits(drug, overlay.drug_limits.get(drug.id)) for drug in every),
        source_ids=tables.source_ids | own.source_ids,
        drug_ids=tables.drug_ids | own.drug_ids,
        reviews={**tables.reviews, **_reviews(own, overlay)},
        overlay=overlay,
    )
    return merged, tuple(replace(problem, file=own.file(problem.file)) for problem in problems)


def as_the_overlay(problem: Problem, own: OverlayFolder) -> Problem:
    """A problem that the overlay brought into the tables, at the place where the hospital wrote it."""
    file, where = problem.file, problem.where
    if file == LIMITS:
        return Problem(own.file(OVERLAY), f"limits.{where}", problem.message)
    if not file.startswith("drugs/"):
        return replace(problem, file=own.file(file if file == _SOURCES else OVERLAY))
    drug = drug_id_of(file)
    if drug in own.drug_ids:
        return replace(problem, file=own.file(file))
    member = where.removeprefix("limits.")
    return Problem(own.file(OVERLAY), f"drug_limits.{drug}.{member}", problem.message)


def _reviews(own: OverlayFolder, overlay: Overlay) -> dict[str, date]:
    drugs = {own.file(name): day for name, day in reviews_of(own.drugs).items()}
    return {own.file(OVERLAY): overlay.review.next_review, **drugs}


# --- limits ---------------------------------------------------------------------------------------------


def _limits(tables: Tables, overlay: Overlay, problems: list[Problem]) -> Limits | None:
    if tables.limits is None or not overlay.limits:
        return tables.limits
    problems.extend(_without_sources(overlay.limits, "limits"))
    try:
        return Limits.model_validate(_merged(tables.limits.model_dump(), overlay.limits))
    except ValidationError as fault:
        problems.extend(problems_of(fault, Limits, OVERLAY, "limits"))
        return tables.limits


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in own.items():
        known = base.get(name)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            merged[name] = _merged(known, value)
        elif name == _SOURCES_MEMBER and isinstance(value, list):
            merged[name] = tuple(dict.fromkeys((*(known or ()), *value)))
        else:
            merged[name] = value
    return merged


def _without_sources(own: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """A table with a changed number that does not say where the number comes from."""
    changed = any(name != _SOURCES_MEMBER and not isinstance(value, Mapping) for name, value in own.items())
    if changed and not own.get(_SOURCES_MEMBER):
        yield Problem(OVERLAY, f"{where}.{_SOURCES_MEMBER}", "say where the changed limits come from")
    for name, value in own.items():
        if isinstance(value, Mapping) and name != "sites":  # the words for the places of a temperature
            yield from _without_sources(value, f"{where}.{name}")


def _with_limits(drug: Drug, own: DrugLimits | None) -> Drug:
    if own is None:
        return drug
    # whose a limit is stays with those that are not named; of the others the overlay itself is asked
    base = drug.limits.model_dump() if drug.limits else own.model_dump(include={"status", "confirmation"})
    changed = own.model_dump(exclude_none=True, exclude={"status", "confirmation", _SOURCES_MEMBER})
    return drug.model_copy(update={"limits": LabelLimits.model_validate(base | changed)})


def _is_known(name: str) -> bool:
    return name in {OVERLAY, _SOURCES, _README} or _DRUG_FILE.fullmatch(name) is not None
