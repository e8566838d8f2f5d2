"""The same result sent twice counts once, and of its versions the most final one.

Two results of one code and one draw are versions of each other: corrected before amended before final
before unknown before preliminary, then the later issued, then the higher version. Where nothing decides
between two different numbers both stay, for the rules to notice.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from cds.facts import CellCount, CellFraction, Precision, ResultStatus
from cds.readers.decode import META, Bytes
from cds.readers.moments import read_moment

T = TypeVar("T")

_STANDING = {
    ResultStatus.PRELIMINARY: 0,
    ResultStatus.UNKNOWN: 1,
    ResultStatus.FINAL: 2,
    ResultStatus.AMENDED: 3,
    ResultStatus.CORRECTED: 4,
}
_NEVER = datetime.min.replace(tzinfo=UTC)


class Result(NamedTuple):
    """One reading with what tells its versions apart; ``code`` is its LOINC code."""

    code: str
    fact: CellCount | CellFraction
    issued: str
    meta: Bytes


def settle_duplicates(results: Sequence[Result]) -> list[CellCount | CellFraction]:
    """One fact for each result that was really made."""
    groups = _grouped(results, _draw_and_code)
    if groups is not None:
        results = [result for versions in groups for result in _latest_versions(versions)]
    groups = _grouped(results, _same_reading)
    if groups is None:
        return [result.fact for result in results]
    return [
        copies[0].fact if len(copies) == 1 else _merged([copy.fact for copy in copies]) for copies in groups
    ]


def _grouped(items: Sequence[T], key: Callable[[T], Hashable]) -> Iterable[list[T]] | None:
    """Items with the same key together; ``None`` if no two have the same, as nearly always."""
    keys = [key(item) for item in items]
    if len(set(keys)) == len(keys):
        return None
    groups: dict[Hashable, list[T]] = {}
    for at, item in zip(keys, items, strict=True):
        groups.setdefault(at, []).append(item)
    return groups.values()


def _draw_and_code(result: Result) -> Hashable:
    fact = result.fact
    if fact.draw.startswith("specimen:"):
        return result.code, fact.draw
    if fact.measured is not None and fact.measured.precision is Precision.INSTANT:
        return result.code, fact.measured.earliest
    if fact.measured is None and fact.draw:
        return result.code, fact.draw
    return result.code, fact.references, _number(fact)  # a day or less tells no draw: nobody's version


def _latest_versions(versions: list[Result]) -> list[Result]:
    if len(versions) == 1:
        return versions
    ranked = [(_version(version), version) for version in versions]
    best = max(rank for rank, _ in ranked)
    return [version for rank, version in ranked if rank == best]


def _version(result: Result) -> tuple[int, datetime, int]:
    issued = read_moment(result.issued)
    meta = META.read(result.meta) if result.meta else None
    number = meta.version_id if meta is not None else ""
    return (
        _STANDING[result.fact.status],
        issued.latest if issued is not None else _NEVER,
        int(number) if number.isdecimal() and len(number) < 19 else -1,
    )


def _same_reading(result: Result) -> Hashable:
    """The same line, time and value, whatever the code: one reading, flat and in a report, say."""
    fact = result.fact
    earliest = fact.measured.earliest if fact.measured is not None else None
    if isinstance(fact, CellCount):
        return fact.line, earliest, fact.value, fact.bound
    return fact.line, earliest, fact.percent, fact.manual, fact.all_neutrophils


def _number(fact: CellCount | CellFraction) -> object:
    return fact.value if isinstance(fact, CellCount) else fact.percent


def _merged(copies: list[CellCount | CellFraction]) -> CellCount | CellFraction:
    """The copy that says most, resting on all of them; the order in which they came decides nothing."""
    best = max(copies, key=_telling)
    references = tuple(sorted({reference for copy in copies for reference in copy.references}))
    return best._replace(references=references)


def _telling(fact: CellCount | CellFraction) -> tuple[int, bool, bool, bool, bool, tuple[str, ...]]:
    return (
        _STANDING[fact.status],
        fact.draw.startswith("specimen:"),
        bool(fact.draw),
        isinstance(fact, CellCount) and fact.flag is not None,
        isinstance(fact, CellCount) and fact.reference_low is not None,
        fact.references,
    )
