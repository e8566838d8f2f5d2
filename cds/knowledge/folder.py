"""The knowledge folder as it lies on disk: which files there are, and what their bytes say."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Set
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cds.knowledge.problems import Problem
from cds.toml_text import parse_toml_text

PACKAGE_FOLDER = Path(__file__).parent

# Each file of lists, with the tables it may hold.
LIST_FILES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cell_lines.toml": ("line",),
        "conditions.toml": ("condition",),
        "interactions.toml": ("pair",),
        "monitoring.toml": ("monitoring", "clozapine_band"),
        "precautions.toml": ("precaution",),
        "seeds.toml": ("named",),
        "sources.toml": ("source",),
        "units.toml": ("unit",),
        "vaccines.toml": ("vaccine",),
        "workup.toml": ("test",),
    }
)
LIMITS = "limits.toml"
RANKING = "ranking.toml"
SOURCE_ATTRIBUTES = "source_attributes.toml"
PRODUCTS = "rxnorm/products.tsv"
HISTORIC = "rxnorm/historic.tsv"
PACKAGES = "rxnorm/ndc.tsv"
EMPTY_FILE = "the file is empty"
_PROVENANCE = "rxnorm/PROVENANCE.md"
_RXNORM = (PRODUCTS, HISTORIC, PACKAGES, _PROVENANCE)
_REQUIRED = frozenset({*LIST_FILES, LIMITS, RANKING, SOURCE_ATTRIBUTES, *_RXNORM})
_FOLDERS = frozenset({"drugs", "rxnorm"})


def read_folder(folder: Path) -> tuple[dict[str, bytes], list[Problem]]:
    """The bytes of every knowledge file by its path below ``folder`` (with ``/``), sorted by path.

    Code, compiled code and hidden files are passed over; any other file that the knowledge does not know is
    a problem, since it may be a misspelt name, and so is a file that is missing or cannot be opened.
    """
    return read_files(folder, _is_known, _REQUIRED, _FOLDERS)


def read_files(
    folder: Path, is_known: Callable[[str], bool], required: Set[str], subfolders: Set[str]
) -> tuple[dict[str, bytes], list[Problem]]:
    """As ``read_folder``, for a folder with other files: those that ``is_known``, and those ``required``."""
    if not folder.is_dir():
        return {}, [Problem("", "", f"{folder} is not a folder")]
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for path in sorted(_listing(folder, subfolders), key=lambda path: path.relative_to(folder).as_posix()):
        name = path.relative_to(folder).as_posix()
        if not is_known(name):
            problems.append(Problem(name, "", "no such file belongs to the knowledge; is the name right?"))
            continue
        try:
            files[name] = path.read_bytes()
        except OSError as fault:
            problems.append(Problem(name, "", f"the file cannot be read: {fault.strerror}"))
    given = files.keys() | {problem.file for problem in problems}
    problems.extend(Problem(name, "", "the file is missing") for name in sorted(required - given))
    return files, problems


def fingerprint(files: Mapping[str, bytes]) -> str:
    """The first 12 hexadecimal digits of a SHA-256 over the names and contents of all files."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(b"%s\0%d\0" % (name.encode(), len(files[name])))
        digest.update(files[name])
    return digest.hexdigest()[:12]


def parse_toml(name: str, raw: bytes) -> tuple[dict[str, Any], list[Problem]]:
    """The TOML document of one file, numbers with a point as ``Decimal``; empty if it cannot be parsed."""
    try:
        document = parse_toml_text(raw.decode(), Decimal)
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        return {}, [Problem(name, f"line {line}", "the file is not written in UTF-8")]
    except ValueError as fault:
        return {}, [Problem(name, "", f"the file is not valid TOML: {fault}")]
    return document, [] if document else [Problem(name, "", EMPTY_FILE)]


def _listing(folder: Path, subfolders: Set[str]) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name == "__pycache__" or path.suffix == ".py":
            continue
        if (path / "__init__.py").exists():
            continue  # a package of code
        if path.is_dir() and path.name in subfolders:
            yield from (inner for inner in path.iterdir() if not inner.name.startswith("."))
        else:
            yield path


def _is_known(name: str) -> bool:
    return name in _REQUIRED or (name.startswith("drugs/") and name.endswith(".toml"))
