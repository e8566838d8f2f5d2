"""Builds the local index from a release: every RxNorm code and NDC to its ingredients, as one SQLite file.

The tables are streamed into a second, passing file beside the index and joined there, so that memory stays
small whatever the size of the release. The index appears under its name whole, or not at all.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory

from cds.errors import ReleaseError
from cds.knowledge.local_forms import is_local_form
from cds.knowledge.ndc import normalise_ndc
from cds.rxnorm import graph, tables
from cds.rxnorm.old_names import ingredients_in
from cds.rxnorm.release import (
    ARCHIVE,
    ATTRIBUTES,
    CONCEPTS,
    RELATIONS,
    SUCCESSORS,
    Progress,
    Release,
)

_RXNORM = "|RXNORM|"  # all other sources of a release need a licence, and are not read
# SUPPRESS: N in use, O obsolete, E not to be dispensed, Y withdrawn. Relations may leave it out.
_RETIRED = frozenset({"O", "E"})
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Built:
    """What went into an index.

    Attributes:
        released: the date of the release, if its file tells it.
        ingredients: ingredients (TTY IN).
        codes: codes whose contents are known, retired ones included.
        retired: those of them that are retired.
        ndcs: package codes.
        untold: codes of the release whose ingredients cannot be told for certain; left out.
    """

    released: date | None
    ingredients: int
    codes: int
    retired: int
    ndcs: int
    untold: int


def build_index(release: Release, output: Path, made_on: date, progress: Progress) -> Built:
    """Write the index of ``release`` to ``output``, replacing what was there.

    Raises ``ReleaseError`` if the release cannot be read to its end or holds no ingredient, or if the folder
    cannot be written to; ``output`` is then as it was before.
    """
    try:
        with TemporaryDirectory(prefix=f".{output.name}.", dir=output.parent) as folder:
            unfinished = Path(folder, output.name)
            built = _write(release, unfinished, Path(folder, "passing.sqlite"), made_on, progress)
            os.replace(unfinished, output)
    except (OSError, sqlite3.OperationalError) as fault:
        raise ReleaseError(f"{output} cannot be written: {fault}") from fault
    return built


def _write(release: Release, index: Path, passing: Path, made_on: date, progress: Progress) -> Built:
    with closing(sqlite3.connect(index, isolation_level=None)) as database:
        database.execute("ATTACH ? AS passing", (str(passing),))
        database.executescript(tables.CREATE)
        _insert(database, "concept", _concepts(release, progress))
        _insert(database, "relation", _relations(release, progress))
        _tell_contents(database)
        _insert(database, "former", _former(release, progress))
        _insert(database, "successor", _successors(release, progress))
        database.execute(tables.MERGED)
        _follow_successors(database)
        _read_old_names(database)
        _follow_successors(database)
        _insert(database, "packed", _packages(release, progress))
        database.executescript(tables.FINISH)
        built = Built(release.released, *(database.execute(each).fetchone()[0] for each in tables.COUNTS))
        if not built.ingredients:
            raise ReleaseError(f"{release.name} holds no ingredient of RxNorm")
        released = release.released.isoformat() if release.released is not None else ""
        about = (release.name, released, made_on.isoformat(), built.ingredients, built.codes)
        database.execute(tables.ABOUT, (*about, built.retired, built.ndcs))
        database.execute("DETACH passing")
    return built


# --- reading --------------------------------------------------------------------------------------------


def _concepts(release: Release, progress: Progress) -> Iterator[tuple[object, ...]]:
    wanted = "RXCUI SAB TTY STR SUPPRESS"
    for code, source, kind, name, suppressed in release.rows(CONCEPTS, _RXNORM, wanted, progress):
        if (
            source == "RXNORM"
            and kind in graph.KINDS
            and suppressed in {"N", "", *_RETIRED}
            and _is_code(code)
        ):
            yield int(code), kind, name, suppressed in _RETIRED, is_local_form(name)


def _relations(release: Release, progress: Progress) -> Iterator[tuple[object, ...]]:
    wanted = "RXCUI1 RELA RXCUI2 SAB SUPPRESS"
    for first, name, second, source, suppressed in release.rows(RELATIONS, _RXNORM, wanted, progress):
        if (
            source != "RXNORM"
            or suppressed not in {"N", "", "O"}
            or not (_is_code(first) and _is_code(second))
        ):
            continue
        if (way := graph.forward(first, name, second)) is not None:
            yield int(way[0]), way[1], int(way[2]), suppressed == "O"


def _former(release: Release, progress: Progress) -> Iterator[tuple[object, ...]]:
    wanted = "RXCUI SAB TTY STR MERGED_TO_RXCUI"
    for code, source, kind, name, merged in release.rows(ARCHIVE, _RXNORM, wanted, progress):
        if source == "RXNORM" and kind in graph.KINDS and _is_code(code):
            heir = int(merged) if _is_code(merged) and merged != code else None
            yield int(code), name, heir, is_local_form(name)


def _successors(release: Release, progress: Progress) -> Iterator[tuple[object, ...]]:
    for old, new in release.rows(SUCCESSORS, "|", "CUI1 CUI2", progress):
        if old != new and _is_code(old) and _is_code(new):
            yield int(old), int(new)


def _packages(release: Release, progress: Progress) -> Iterator[tuple[object, ...]]:
    wanted = "RXCUI ATN SAB ATV SUPPRESS"
    for code, name, source, value, suppressed in release.rows(ATTRIBUTES, "|NDC|RXNORM|", wanted, progress):
        ndc = normalise_ndc(value) if name == "NDC" and source == "RXNORM" else None
        if ndc is not None and suppressed in {"N", "", *_RETIRED} and _is_code(code):
            yield int(ndc), int(code), suppressed in _RETIRED


def _is_code(text: str) -> bool:
    return text.isascii() and text.isdigit()


# --- joining --------------------------------------------------------------------------------------------


def _insert(database: sqlite3.Connection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    rows = iter(rows)
    database.execute("BEGIN")
    while batch := list(islice(rows, _BATCH)):
        database.executemany(tables.INSERT[table], batch)
    database.execute("COMMIT")


def _tell_contents(database: sqlite3.Connection) -> None:
    database.executescript(tables.INGREDIENTS)
    for kind, ways in graph.WAYS:
        for way in ways:
            database.execute(tables.FOLLOW, {"kind": kind, "way": way})
        database.execute(tables.PRECISE_IS_ENOUGH, {"kind": kind})


def _read_old_names(database: sqlite3.Connection) -> None:
    known = {name.lower(): code for name, code in database.execute(tables.INGREDIENT_NAMES)}
    _insert(database, "read", _readings(database.execute(tables.UNTOLD_NAMES), known))
    database.execute(tables.TAKE_READ)


def _readings(names: Iterable[tuple[int, str]], known: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    for code, rows in groupby(names, key=itemgetter(0)):
        # A code that was renamed in its time has several names; all have to say the same.
        said = {frozenset(ingredients_in(name, known)) for _, name in rows}
        yield from ((code, part) for part in (said.pop() if len(said) == 1 else ()))


def _follow_successors(database: sqlite3.Connection) -> None:
    # A successor may have been retired itself: go on until nothing more comes to light.
    while database.execute(tables.INHERIT).rowcount > 0:
        pass
