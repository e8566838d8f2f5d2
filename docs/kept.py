"""Parts of the pages that come from kept runs, and from what is installed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parent.parent

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
_NOT_SHIPPED = {"setuptools"}  # builds the wheel, and stays behind
_COPYLEFT = re.compile(r"\b(?:[AL]?GPL|MPL|EPL|CDDL|EUPL)\b")
_SHORT = {
    "MIT License": "MIT",
    "BSD License": "BSD",
    "BSD license": "BSD",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


def container_check() -> Iterator[str]:
    """What the last kept check of the container said."""
    yield "```text"
    yield (ROOT / "deploy" / "container-check.txt").read_text("utf-8").rstrip()
    yield "```"


def faults() -> Iterator[str]:
    """What the last kept run of the fault proofs measured."""
    yield from _figures("test-faults", of_database=False)


def database() -> Iterator[str]:
    """The same, of what was done to the database."""
    yield from _figures("test-postgres", of_database=True)


def _figures(target: str, *, of_database: bool) -> Iterator[str]:
    folder = ROOT / "tests" / "faults"
    kept = json.loads((folder / "figures.json").read_text("utf-8"))
    proofs = (folder / "test_database.py").read_text("utf-8")
    yield "| what was done to it | what came of it |"
    yield "|---|---|"
    for name, figure in sorted(kept["figures"].items()):
        test, _, case = name.partition("[")
        if (f"def {test}(" in proofs) is of_database:
            claim = test.removeprefix("test_").replace("_", " ")
            which = f" ({case[:-1].replace('-', ', ')})" if case else ""
            yield f"| {claim}{which} | {figure} |"
    yield ""
    yield f"Measured on {kept['day']} by `make {target}`."


def load() -> Iterator[str]:
    """The last kept run under load."""
    kept = json.loads((ROOT / "bench" / "load.json").read_text("utf-8"))
    yield (
        f"{kept['minutes']:g} minutes of `order-sign`, `order-select` and `patient-view` for"
        f" {kept['patients']} patients in turn, asked as fast as they were answered, by {kept['processes']}"
        f" processes on {kept['machine']}, which also ran the {kept['clients']} clients:"
    )
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| answers | {sum(kept['answers'].values()):,}, {kept['per_second']} a second |"
    yield f"| wrong, missing, or with a value of another patient | {sum(kept['wrong'].values())} |"
    median, most, nearly = (f"{kept[name]:g} ms" for name in ("median_ms", "p95_ms", "p99_ms"))
    yield f"| time of an answer | median {median}, 95 % within {most}, 99 % within {nearly} |"
    minutes = ", ".join(f"{each:.0f}" for each in kept["memory_mb_by_minute"])
    growth = f"{kept['memory_mb_per_minute']:+.2f} MB a minute in the second half"
    yield f"| memory of the processes together, minute by minute | {minutes} MB ({growth}) |"
    yield ""
    yield f"Measured on {kept['day']} by `make load`; no two patients had a count in common."


def licences() -> Iterator[str]:
    """What is installed of the runtime lock, and under which licence."""
    shipped = sorted(_shipped(), key=lambda each: each.name.lower())
    yield "| package | version | licence |"
    yield "|---|---|---|"
    for each in shipped:
        licence = licence_of(each)
        shown = f"**{licence}** (copyleft)" if _COPYLEFT.search(licence) else licence
        yield f"| {each.name} | {each.version} | {shown} |"


def _shipped() -> Iterator[Distribution]:
    for name in _PINNED.findall((ROOT / "requirements.lock").read_text("utf-8")):
        if name not in _NOT_SHIPPED:
            try:
                yield distribution(name)
            except PackageNotFoundError:  # for another platform
                continue


def licence_of(package: Distribution) -> str:
    """The licence as the package itself tells it, shortened where it is spelt out."""
    told = package.metadata
    classified = [
        each.rpartition(" :: ")[2]
        for each in told.get_all("Classifier") or []
        if each.startswith("License :: OSI Approved")
    ]
    words = told.get("License-Expression") or told.get("License") or " or ".join(classified)
    return _SHORT.get(words.strip(), words.strip()) or "unknown"
