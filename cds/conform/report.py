"""A run for people, for machines, and for a build server."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

from cds.conform.check import ADVISORY, Check, Outcome, Result

_LEVELS = {"M": "must", "S": "should", "O": "may"}


def as_objects(results: Iterable[Result]) -> list[dict[str, Any]]:
    """Each result as an object for JSON."""
    return [
        {
            "check": each.check.name,
            "claim": each.check.claim,
            "items": list(each.check.shows),
            "level": each.check.level,
            "basis": each.check.basis,
            "outcome": each.outcome.value,
            "said": list(each.said),
        }
        for each in results
    ]


def by_item(results: Iterable[Result]) -> list[Result]:
    """In the order of the requirements table."""
    return sorted(results, key=lambda each: _place(each.check))


def summary(results: Sequence[Result]) -> Iterator[str]:
    """A few lines that say what came out."""
    for level, word in _LEVELS.items():
        found = Counter(
            each.outcome for each in results if each.check.level == level and not each.check.is_advice
        )
        yield f"{level} ({word}): {_counted(found)}"
    found = Counter(each.outcome for each in results if each.check.is_advice)
    yield f"advice beside the specification: {_counted(found)}"


def as_junit(results: Sequence[Result], address: str) -> bytes:
    """The run as JUnit XML; advice is no failure."""
    suite = ElementTree.Element(
        "testsuite",
        name=f"CDS Hooks conformance of {address}",
        tests=str(len(results)),
        failures=str(sum(each.outcome is Outcome.FAILED for each in results)),
        skipped=str(sum(each.outcome in {Outcome.SKIPPED, Outcome.NOT_APPLICABLE} for each in results)),
    )
    for each in results:
        place = f"{each.check.level}.{'+'.join(each.check.shows)}"
        case = ElementTree.SubElement(suite, "testcase", classname=place, name=each.check.name)
        said = "\n".join(each.said)
        if each.outcome is Outcome.FAILED:
            ElementTree.SubElement(case, "failure", message=each.check.claim).text = said
        elif each.outcome in {Outcome.SKIPPED, Outcome.NOT_APPLICABLE}:
            ElementTree.SubElement(case, "skipped", message=f"{each.outcome.value}: {said}")
        elif said:
            ElementTree.SubElement(case, "system-out").text = f"advice: {said}"
    return bytes(ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True))


def basis_of(check: Check) -> str:
    """What a claim rests on, in words."""
    if check.basis in ADVISORY:
        return ADVISORY[check.basis]
    words = {"hook": "the definition of the hook", "LM": "the logical model of CDS Hooks"}
    return words.get(check.basis, f"CDS Hooks since {check.basis.rstrip('+')}")


def _counted(found: Counter[Outcome]) -> str:
    return ", ".join(f"{found[outcome]} {outcome.value}" for outcome in Outcome if found[outcome]) or "none"


def _place(check: Check) -> tuple[int, int, str]:
    letter, number = re.fullmatch(r"([A-Z])-(\d+)", check.shows[0]).groups()  # type: ignore[union-attr]
    return "XDTRHPCAFSJN".index(letter), int(number), check.name
