"""Checks of the cell lines, their codes and limits, the units and the arithmetic of the suspects."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from cds.facts import WHITE_CELL_LINES
from cds.knowledge.folder import LIMITS, RANKING
from cds.knowledge.problems import Problem
from cds.knowledge.schema import Line, LineCodes
from cds.knowledge.tables import Tables

_CELL_LINES = "cell_lines.toml"


def check_every_white_line(tables: Tables) -> Iterator[Problem]:
    """All six white cell lines are described."""
    for line in WHITE_CELL_LINES:
        if line.value not in tables.line_ids:
            yield Problem(_CELL_LINES, "line", f'there is no [[line]] with id = "{line}"')


def check_loinc_codes(tables: Tables) -> Iterator[Problem]:
    """A LOINC code means one property of one line, and its check digit is right."""
    seen: dict[str, str] = {}
    for line in tables.lines:
        for member in LineCodes.model_fields:
            for code in getattr(line.codes, member):
                here = f"line[{line.id}].codes.{member}"
                if not _has_right_check_digit(code):
                    yield Problem(_CELL_LINES, here, f"{code} is mistyped: its check digit is wrong")
                if code in seen:
                    yield Problem(_CELL_LINES, here, f"{code} already stands in {seen[code]}")
                seen.setdefault(code, here)
    for where, codes in _other_loinc_codes(tables):
        for code in codes:
            if not _has_right_check_digit(code):
                yield Problem(*where, f"{code} is mistyped: its check digit is wrong")


def check_tiers(tables: Tables) -> Iterator[Problem]:
    """The limits fall from mild to profound."""
    for line in tables.lines:
        if line.tiers is None:
            if line.speaks == "card":
                yield Problem(_CELL_LINES, f"line[{line.id}].tiers", "a line that makes a card needs tiers")
            continue
        steps = [
            (name, limit)
            for name in ("mild", "moderate", "severe", "profound")
            if (limit := getattr(line.tiers, name)) is not None
        ]
        for (above, higher), (below, lower) in pairwise(steps):
            if not lower < higher:
                message = f"{below} ({lower}) has to be below {above} ({higher})"
                yield Problem(_CELL_LINES, f"line[{line.id}].tiers.{below}", message)


def check_age_limits(tables: Tables) -> Iterator[Problem]:
    """The limits of children leave no day out and cover none twice, up to the age of adults."""
    for line in tables.lines:
        yield from _age_faults(line, tables.limits.adult_from_days if tables.limits else None)


def check_units(tables: Tables) -> Iterator[Problem]:
    """A spelling stands once within its kind, as it is looked up: small letters, no spaces."""
    seen: set[tuple[str, str]] = set()
    for index, unit in enumerate(tables.units):
        for spelling in unit.spellings:
            here = f"unit[{index}].spellings"
            plain = "".join(unicodedata.normalize("NFKC", spelling).lower().split())
            if spelling != plain:
                yield Problem("units.toml", here, f'"{spelling}" is never looked up; write "{plain}"')
            if (unit.kind, spelling) in seen:
                message = f'"{spelling}" stands here a second time for a {unit.kind}'
                yield Problem("units.toml", here, message)
            seen.add((unit.kind, spelling))


def check_freshness(tables: Tables) -> Iterator[Problem]:
    """Each word for the age of a count reaches further back than the one before."""
    if tables.limits is None:
        return
    ages = tables.limits.freshness
    names = ("current_days", "recent_days", "ageing_days", "old_days")
    for before, after in pairwise(names):
        least, days = getattr(ages, before), getattr(ages, after)
        if not least < days:
            yield Problem(LIMITS, f"freshness.{after}", f"{days} has to be above {before} ({least})")


def check_named_conditions(tables: Tables) -> Iterator[Problem]:
    """The conditions that the fever rule names exist, and the ages of a child's CD4 share rise."""
    if tables.limits is None:
        return
    fever = tables.limits.fever
    for where in ("unknown_after", "cancers", "infections"):
        for name in getattr(fever, where):
            if name not in tables.condition_ids:
                yield Problem(LIMITS, f"fever.{where}", f'there is no condition "{name}"')
    since, until = tables.limits.immunity.cd4_percent_days
    if not since < until:
        yield Problem(LIMITS, "immunity.cd4_percent_days", f"{until} has to be above {since}")


def check_ranking(tables: Tables) -> Iterator[Problem]:
    """Every grade has points, the words have falling limits, and hidden drugs and named classes exist."""
    ranking = tables.ranking
    if ranking is None:
        return
    for grade in "ABCDX":
        if grade not in ranking.evidence:
            yield Problem(RANKING, "evidence", f"grade {grade} has no points")
    if not ranking.leading_from > ranking.possible_from > ranking.unlikely_from:
        yield Problem(RANKING, "leading_from", "leading, possible and unlikely have to fall in this order")
    for member in ("hidden_grade_d", "leading_when_occasional"):
        for drug in getattr(ranking, member):
            if drug not in tables.drug_ids:
                yield Problem(RANKING, member, f'there is no drug "{drug}"')
    classes = {drug.drug_class for drug in tables.drugs}
    for name in ranking.beta_lactam_classes:
        if name not in classes:
            yield Problem(RANKING, "beta_lactam_classes", f'no drug is of the class "{name}"')


def _age_faults(line: Line, adult_from_days: int | None) -> Iterator[Problem]:
    for index, limit in enumerate(line.children):
        here = f"line[{line.id}].children[{index}]"
        if not limit.from_days < limit.to_days:
            yield Problem(_CELL_LINES, here, f"to_days ({limit.to_days}) has to be above from_days")
    for index, (younger, older) in enumerate(pairwise(line.children), start=1):
        here = f"line[{line.id}].children[{index}].from_days"
        if older.from_days > younger.to_days:
            message = f"no limit for days {younger.to_days} to {older.from_days - 1} of age"
            yield Problem(_CELL_LINES, here, message)
        elif older.from_days < younger.to_days:
            message = f"overlaps with the limit before it, which goes up to day {younger.to_days}"
            yield Problem(_CELL_LINES, here, message)
    if line.children and line.children[0].from_days != 0:
        yield Problem(_CELL_LINES, f"line[{line.id}].children[0].from_days", "has to be 0, the day of birth")
    if line.children and adult_from_days is not None and line.children[-1].to_days != adult_from_days:
        here = f"line[{line.id}].children[{len(line.children) - 1}].to_days"
        message = f"has to be {adult_from_days}, adult_from_days of {LIMITS}"
        yield Problem(_CELL_LINES, here, message)


def _other_loinc_codes(tables: Tables) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    for test in tables.work_up:
        yield ("workup.toml", f"test[{test.id}].loinc"), test.loinc
    if tables.limits:
        yield (LIMITS, "fever.loinc"), tables.limits.fever.loinc


def _has_right_check_digit(code: str) -> bool:
    # LOINC's check digit is the "mod 10" (Luhn) digit over the number before the hyphen.
    number, check = code.split("-")
    total = 0
    for place, digit in enumerate(reversed(number)):
        doubled = int(digit) * 2 if place % 2 == 0 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return (10 - total % 10) % 10 == int(check)
