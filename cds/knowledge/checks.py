"""Everything that has to hold in a knowledge folder, and the report of what does not.

The checks of single rooms are in ``check_lines.py``, ``check_drugs.py``, ``check_advice.py`` and others. Each
``check_*`` looks at one thing and yields a ``Problem`` for every place where it does not hold. None reads a
clock: whether a review is overdue depends on a day that is handed in, and is a warning, never an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cds.knowledge import check_advice, check_drugs, check_lines, check_magnitudes, check_overlay, check_seeds
from cds.knowledge.folder import LIMITS, PACKAGE_FOLDER, RANKING
from cds.knowledge.overlay import as_the_overlay, lay_over, read_overlay
from cds.knowledge.problems import Problem
from cds.knowledge.schema import Confirmation, Entry, relied_on
from cds.knowledge.tables import Tables, load_tables

Check = Callable[[Tables], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Report:
    """What a reviewer has to mend, or else the service does not start, and what to look at."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check_knowledge(folder: Path = PACKAGE_FOLDER, overlay: Path | None = None, *, today: date) -> Report:
    """Everything wrong with the folder and the overlay; ``today`` decides which reviews are overdue."""
    tables, problems = load_checked_tables(folder, overlay)
    return Report(problems, tuple(overdue_reviews(tables.reviews, today)))


def load_checked_tables(folder: Path, overlay: Path | None = None) -> tuple[Tables, tuple[Problem, ...]]:
    """The tables with what a hospital's ``overlay`` changes, and every problem of both."""
    tables, problems = load_tables(folder)
    problems += check_tables(tables)
    if overlay is None:
        return tables, problems
    own, faults = read_overlay(overlay)
    if problems or own.overlay is None:
        return tables, problems + faults
    merged, clashes = lay_over(tables, own, own.overlay)
    found = (as_the_overlay(problem, own) for problem in check_tables(merged))
    return merged, (*faults, *clashes, *found)


def check_tables(tables: Tables) -> tuple[Problem, ...]:
    """Every problem between readable entries, check by check."""
    return tuple(problem for check in CHECKS for problem in check(tables))


def overdue_reviews(reviews: Mapping[str, date], today: date) -> Iterator[Problem]:
    """Files whose next review lies before ``today``; ``reviews`` has that day for each file."""
    for file, due in reviews.items():
        if due < today:
            yield Problem(file, "review.next_review", f"the review was due on {due}")


def check_unique_ids(tables: Tables) -> Iterator[Problem]:
    """No two entries of one list have the same id."""
    for file, table, ids in (
        ("sources.toml", "source", [source.id for source in tables.sources]),
        ("cell_lines.toml", "line", [line.id.value for line in tables.lines]),
        ("interactions.toml", "pair", [pair.id for pair in tables.pairs]),
        ("conditions.toml", "condition", [condition.id for condition in tables.conditions]),
        ("workup.toml", "test", [test.id for test in tables.work_up]),
        ("precautions.toml", "precaution", [precaution.id for precaution in tables.precautions]),
        ("vaccines.toml", "vaccine", [vaccine.cvx for vaccine in tables.vaccines]),
    ):
        for name in sorted({name for name in ids if ids.count(name) > 1}):
            yield Problem(file, f"{table}[{name}]", f"{name} stands here {ids.count(name)} times")


def check_relied_on(tables: Tables) -> Iterator[Problem]:
    """What code calls by its id is there: nothing would tell that a rule has lost its drug or condition."""
    for drug in relied_on.DRUGS:
        if drug not in tables.drug_ids:
            yield Problem(f"drugs/{drug}.toml", "", f'the rules ask for the drug "{drug}"')
    for condition in relied_on.CONDITIONS:
        if condition not in tables.condition_ids:
            yield Problem("conditions.toml", "", f'the rules ask for a condition "{condition}"')


def check_sources_exist(tables: Tables) -> Iterator[Problem]:
    """Every entry that needs a source has one, and every source named is in sources.toml."""
    for file, where, entry in entries_of(tables):
        if "sources" not in type(entry).model_fields:
            continue
        named: tuple[str, ...] = entry.sources  # type: ignore[attr-defined]
        if not named and type(entry).model_fields["sources"].is_required():
            yield Problem(file, _joined(where, "sources"), "at least one source is needed")
        for source in named:
            if source not in tables.source_ids:
                message = f'"{source}" is not in sources.toml'
                yield Problem(file, _joined(where, "sources"), message)


def check_confirmations(tables: Tables) -> Iterator[Problem]:
    """What rests on own knowledge, alone or beside others, is not called sourced."""
    remembered = {source.id for source in tables.sources if source.read_as == "own-knowledge"}
    for file, where, entry in entries_of(tables):
        if not {"sources", "confirmation"} <= type(entry).model_fields.keys():
            continue
        sources: tuple[str, ...] = entry.sources  # type: ignore[attr-defined]
        sourced = entry.confirmation is Confirmation.SOURCED  # type: ignore[attr-defined]
        if sourced and not remembered.isdisjoint(sources):
            every = "every source" if remembered.issuperset(sources) else "one of the sources"
            message = f'{every} is own knowledge, so this cannot be "sourced"'
            yield Problem(file, _joined(where, "confirmation"), message)


def entries_of(tables: Tables) -> Iterator[tuple[str, str, Entry]]:
    """Every entry with its file and place, and every entry inside it."""
    for file, where, entry in _top_entries(tables):
        yield from _with_inner(file, where, entry)


def _top_entries(tables: Tables) -> Iterator[tuple[str, str, Entry]]:
    yield from ((f"drugs/{drug.id}.toml", "", drug) for drug in tables.drugs)
    yield from (("cell_lines.toml", f"line[{line.id}]", line) for line in tables.lines)
    yield from (("interactions.toml", f"pair[{pair.id}]", pair) for pair in tables.pairs)
    yield from (("workup.toml", f"test[{test.id}]", test) for test in tables.work_up)
    yield from (("precautions.toml", f"precaution[{row.id}]", row) for row in tables.precautions)
    yield from (("monitoring.toml", f"monitoring[{row.drug}]", row) for row in tables.monitoring)
    yield from (("monitoring.toml", f"clozapine_band[{n}]", band) for n, band in enumerate(tables.clozapine))
    if tables.limits:
        yield LIMITS, "", tables.limits
    if tables.ranking:
        yield RANKING, "", tables.ranking


def _with_inner(file: str, where: str, entry: Entry) -> Iterator[tuple[str, str, Entry]]:
    yield file, where, entry
    for member, value in entry:
        if isinstance(value, Entry):
            yield from _with_inner(file, _joined(where, member), value)
        elif isinstance(value, tuple):
            for index, inner in enumerate(value):
                if isinstance(inner, Entry):
                    yield from _with_inner(file, _joined(where, f"{member}[{index}]"), inner)


def _joined(where: str, member: str) -> str:
    return f"{where}.{member}" if where else member


CHECKS: tuple[Check, ...] = (
    check_unique_ids,
    check_relied_on,
    check_sources_exist,
    check_confirmations,
    check_lines.check_every_white_line,
    check_lines.check_loinc_codes,
    check_lines.check_tiers,
    check_lines.check_age_limits,
    check_lines.check_units,
    check_lines.check_freshness,
    check_lines.check_named_conditions,
    check_magnitudes.check_magnitudes,
    check_lines.check_ranking,
    check_drugs.check_rxnorm_codes,
    check_drugs.check_shared_codes,
    check_drugs.check_shared_names,
    check_drugs.check_combinations,
    check_drugs.check_brands,
    check_drugs.check_snomed_codes,
    check_drugs.check_classes,
    check_drugs.check_effects,
    check_drugs.check_other_meanings,
    check_drugs.check_windows,
    check_drugs.check_treatments_of_infection,
    check_drugs.check_label_limits,
    check_drugs.check_review_dates,
    check_drugs.check_pairs,
    check_drugs.check_monitoring,
    check_drugs.check_clozapine_bands,
    check_drugs.check_products,
    check_advice.check_precautions,
    check_advice.check_conditions,
    check_advice.check_vaccine_names,
    check_advice.check_source_attributes,
    check_advice.check_words,
    check_overlay.check_overlay,
    check_seeds.check_seeds,
)
