"""Checks of what a hospital wrote in its overlay: that everything it names is there, and nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from cds.knowledge.code_systems import ATC, CVX, LOINC, RXNORM, SNOMED, SYSTEM_OF
from cds.knowledge.overlay import OVERLAY
from cds.knowledge.problems import Problem
from cds.knowledge.schema import (
    SWITCHABLE_TOPICS,
    Confirmation,
    HouseCode,
    LabCode,
    LineCodes,
    MedicineCode,
    Overlay,
)
from cds.knowledge.schema.relied_on import CLOZAPINE
from cds.knowledge.tables import Tables

# The rules by the beginnings of their names; a line, drug or pair may follow. ``cds.rules`` gives the names.
RULES = (
    "fever/neutrophils",
    "order-risk/live-vaccine",
    "order-risk/reexposure",
    "order-risk/same-class",
    "pattern/blasts",
    "pattern/marrow-failure",
    "pattern/pancytopenia",
    "pattern/severe-marrow-failure",
    "pattern/two-lines",
)
RULES_BY_LINE = (
    "low-count",
    "suspect",
    "order-risk/label-limit",
    "order-risk/suspect-reordered",
    "order-risk/suspect-started",
)
RULES_BY_DRUG = ("monitoring",)
RULES_BY_PAIR = ("order-risk/pair",)

_STANDARD = ("loinc.org", "/rxnorm", "snomed.info/", "/sid/cvx", "whocc.no/atc")
_STANDARD_SYSTEMS = frozenset({LOINC, RXNORM, SNOMED, CVX, ATC})  # under their OIDs too


def check_overlay(tables: Tables) -> Iterator[Problem]:
    """Every problem of ``overlay.toml`` that needs the tables, with the overlay's additions, to be seen."""
    if tables.overlay is None:
        return
    for where, message in (
        *_switches(tables.overlay, tables),
        *_drug_limits(tables.overlay, tables),
        *_lab_codes(tables.overlay.lab_code, tables),
        *_medicine_codes(tables.overlay.medicine_code, tables),
        *_house_codes("vaccine_code", tables.overlay.vaccine_code),
        *_orderables(tables.overlay, tables),
    ):
        yield Problem(OVERLAY, where, message)
    if tables.overlay.review.next_review <= tables.overlay.review.reviewed_on:
        yield Problem(OVERLAY, "review.next_review", "has to be after reviewed_on")


def rules_of(tables: Tables) -> frozenset[str]:
    """Every rule that a finding may name."""
    return rule_names(tables.line_ids, tables.drug_ids, [pair.id for pair in tables.pairs])


def rule_names(lines: Iterable[str], drugs: Iterable[str], pairs: Iterable[str]) -> frozenset[str]:
    """Every rule that a finding about these lines, drugs and pairs may name."""
    lines = tuple(lines)
    return frozenset(
        (
            *RULES,
            *(f"{rule}/{line}" for rule in RULES_BY_LINE for line in lines),
            *(f"{rule}/{drug}" for rule in RULES_BY_DRUG for drug in drugs),
            *(f"{rule}/{pair}" for rule in RULES_BY_PAIR for pair in pairs),
        )
    )


def _switches(overlay: Overlay, tables: Tables) -> Iterator[tuple[str, str]]:
    known: dict[str, Iterable[str]] = {
        "drug": tables.drug_ids,
        "precaution": {row.id for row in tables.precautions},
        "vaccine": {row.cvx for row in tables.vaccines},
        "monitoring": {row.drug for row in tables.monitoring},
        "pair": {row.id for row in tables.pairs},
        "topic": SWITCHABLE_TOPICS,
    }
    rules = rules_of(tables)
    for index, off in enumerate(overlay.off):
        here = f"off[{index}].{off.kind}"
        if off.kind == "topic" and off.name == "leukoDataQuality":
            yield here, "cannot be switched off: a result that nobody could read would look like a normal one"
        elif off.kind == "rule":
            if not any(rule == off.name or rule.startswith(f"{off.name}/") for rule in rules):
                yield here, f'no rule is called "{off.name}" or begins so'
        elif off.name not in known[off.kind]:
            yield here, f'there is no {off.kind} "{off.name}"'
    for (kind, name), times in Counter((off.kind, off.name) for off in overlay.off).items():
        if times > 1:
            yield "off", f'{kind} "{name}" is switched off {times} times'


def _drug_limits(overlay: Overlay, tables: Tables) -> Iterator[tuple[str, str]]:
    for drug, limits in overlay.drug_limits.items():
        here = f"drug_limits.{drug}"
        if drug not in tables.drug_ids:
            yield here, f'there is no drug "{drug}"'
        if drug == CLOZAPINE:
            yield here, "clozapine is judged by its policies, which LEUKOCDS_CLOZAPINE_POLICY chooses"
        if not limits.sources:
            yield f"{here}.sources", "at least one source is needed"
        for source in limits.sources:
            if source not in tables.source_ids:
                yield f"{here}.sources", f'"{source}" is not in sources.toml'
        remembered = {source.id for source in tables.sources if source.read_as == "own-knowledge"}
        if limits.confirmation is Confirmation.SOURCED and not remembered.isdisjoint(limits.sources):
            yield f"{here}.confirmation", 'a source is own knowledge, so this cannot be "sourced"'


def _lab_codes(codes: tuple[LabCode, ...], tables: Tables) -> Iterator[tuple[str, str]]:
    yield from _house_codes("lab_code", codes)
    known = {
        code
        for line in tables.lines
        for member in LineCodes.model_fields
        for code in getattr(line.codes, member)
    }
    known.update(chain.from_iterable(test.loinc for test in tables.work_up))
    known.update(tables.limits.fever.loinc if tables.limits else ())
    for index, code in enumerate(codes):
        if code.loinc not in known:
            message = f"{code.loinc} is read nowhere: it is no code of a cell line, a temperature or a test"
            yield f"lab_code[{index}].loinc", message


def _medicine_codes(codes: tuple[MedicineCode, ...], tables: Tables) -> Iterator[tuple[str, str]]:
    yield from _house_codes("medicine_code", codes)
    for index, code in enumerate(codes):
        for drug in code.drugs:
            if drug not in tables.drug_ids:
                yield f"medicine_code[{index}].drugs", f'there is no drug "{drug}"'


def _orderables(overlay: Overlay, tables: Tables) -> Iterator[tuple[str, str]]:
    tests = {test.id for test in tables.work_up}
    for index, orderable in enumerate(overlay.orderable):
        if orderable.test not in tests:
            yield f"orderable[{index}].test", f'there is no test "{orderable.test}" in workup.toml'
    for test, times in Counter(each.test for each in overlay.orderable).items():
        if times > 1:
            yield "orderable", f'"{test}" stands here {times} times'


def _house_codes(table: str, codes: Sequence[HouseCode]) -> Iterator[tuple[str, str]]:
    """A hospital says what its own codes mean; a standard's code means what the standard says."""
    for index, code in enumerate(codes):
        named = any(standard in code.system for standard in _STANDARD)
        if named or SYSTEM_OF[code.system] in _STANDARD_SYSTEMS:
            yield f"{table}[{index}].system", f"{code.system} is no system of the hospital's own"
    for (system, code_), times in Counter((code.system, code.code) for code in codes).items():
        if times > 1:
            yield table, f"{code_} of {system} stands here {times} times"
