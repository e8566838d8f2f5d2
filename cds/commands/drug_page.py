"""One drug as a page of text: everything the knowledge holds of it, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill

from cds.facts import WHITE_CELL_LINES, CellLine
from cds.knowledge.base import Knowledge
from cds.knowledge.schema import Confirmation, Drug, Effect, LabelLimits

_WIDTH = 100
_INDENT = 14


def drug_page(knowledge: Knowledge, drug: Drug) -> str:
    """The page of ``drug``; what is not ``sourced`` is marked where it stands."""
    head = f"{drug.name} ({drug.drug_class}; {drug.tier})\nknowledge {knowledge.version}\n"
    return "\n".join((head, *filter(None, _rows(knowledge, drug))))


def lowered_lines(drug: Drug) -> tuple[CellLine, ...]:
    """The white cell lines that ``drug`` lowers."""
    return tuple(line for line in WHITE_CELL_LINES if drug.effect.on(line) is Effect.LOWERS)


def _rows(knowledge: Knowledge, drug: Drug) -> Iterator[str]:
    yield _row("confirmation", drug.confirmation)
    yield from _codes(drug)
    yield _row("names", ", ".join((*drug.names.brands, *drug.names.also)))
    yield _row(
        "lowers", _listed(drug, Effect.LOWERS) + (", red cells, platelets" if drug.effect.all_lines else "")
    )
    yield _row("raises", _listed(drug, Effect.RAISES))
    yield _row("mechanism", f"{drug.effect.mechanism.value.replace('_', ' ')}: {drug.effect.explained}")
    yield _row("evidence", f"grade {drug.evidence.grade}; {drug.evidence.frequency}")
    yield _row("boxed warning", drug.evidence.boxed_warning)
    first, last = drug.onset.typical_days
    anchor = drug.onset.anchor.replace("_", " ")
    days = f"{first} to {last} days, at the widest {drug.onset.min_days} to {drug.onset.max_days}"
    yield _row("onset", f"{days}, from {anchor}; {drug.onset.explained}")
    yield _row("recovery", f"up to {drug.recovery.max_days} days; {drug.recovery.explained}")
    if drug.limits:
        yield _row("label limits", f"{_limits(drug.limits)} {_mark(drug.limits.confirmation)}")
    yield _row("advice", drug.advice)
    yield _row("note", "never stopped without the prescriber" if drug.stop_only_with_prescriber else "")
    for pair in knowledge.pairs:
        if drug.id in (pair.first, pair.second):
            other = pair.second if pair.first == drug.id else pair.first
            yield _row("risky with", f"{other} ({pair.severity}): {pair.effect} {_mark(pair.confirmation)}")
    for row in knowledge.monitoring:
        if row.drug == drug.id:
            yield _row("monitoring", f"{row.line}, {row.policy} {_mark(row.confirmation)}")
    yield from _sources(knowledge, drug)
    review = drug.review
    checked = review.checked or "nobody yet"
    yield _row("review", f"written by {review.authored}; checked by {checked}; next on {review.next_review}")


def _codes(drug: Drug) -> Iterator[str]:
    codes = drug.codes
    yield _row("RxNorm", f"{', '.join(codes.rxnorm) or 'none'} ({codes.rxnorm_status})")
    yield _row("", ", ".join(f"{code} {name}" for code, name in codes.rxnorm_forms.items()))
    yield _row("ATC", ", ".join(codes.atc))
    yield _row("SNOMED CT", ", ".join(codes.snomed))


def _sources(knowledge: Knowledge, drug: Drug) -> Iterator[str]:
    for name in drug.sources:
        source = knowledge.sources[name]
        yield _row("source", f"{name}: {source.citation} [read: {source.read_as}]")


def _listed(drug: Drug, effect: Effect) -> str:
    return ", ".join(line.value for line in WHITE_CELL_LINES if drug.effect.on(line) is effect)


def _limits(limits: LabelLimits) -> str:
    said = (
        f"{member.removesuffix('_per_ul').replace('_', ' ')} {value} /uL"
        for member, value in limits
        if member.endswith("_per_ul") and value is not None
    )
    return "; ".join((*said, limits.status))


def _mark(confirmation: Confirmation) -> str:
    return "" if confirmation is Confirmation.SOURCED else f"[{confirmation.value}]"


def _row(name: str, text: str) -> str:
    indent = " " * _INDENT
    return (
        fill(text.strip(), _WIDTH, initial_indent=f"{name:<{_INDENT}}", subsequent_indent=indent)
        if text
        else ""
    )
