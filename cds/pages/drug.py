"""One drug as a page: everything that the knowledge holds of it, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cds.facts import WHITE_CELL_LINES
from cds.knowledge.base import Knowledge
from cds.knowledge.schema import Drug, Effect, Monitoring
from cds.pages.document import Facts, Inline, Page, Section
from cds.pages.words import days, drug_link, limits_in_words, mark

HOME = "index"


def drug_page(knowledge: Knowledge, drug: Drug) -> Page:
    """The page of ``drug``; what is not ``sourced`` is marked where it stands."""
    return Page(
        name=f"drugs/{drug.id}",
        title=drug.name,
        under=f"{drug.drug_class}; {drug.tier}; knowledge {knowledge.version}",
        sections=tuple(
            Section(title, (Facts(rows),))
            for title, found in _sections(knowledge, drug)
            if (rows := tuple((name, text) for name, text in found if text))
        ),
        home=HOME,
    )


def _sections(knowledge: Knowledge, drug: Drug) -> Iterator[tuple[str, Iterable[tuple[str, Inline]]]]:
    yield "How it is recognised", (("confirmation", drug.confirmation.value), *_names(drug))
    yield "What it does to the counts", _effect(drug)
    yield "What labels and guidelines say", _advice(knowledge, drug)
    yield "With other drugs", _pairs(knowledge, drug)
    yield "When counts are due", _monitoring(knowledge, drug)
    yield (
        "Sources",
        (
            ("source", f"{name}: {source.citation} [read: {source.read_as}]")
            for name in _sources(knowledge, drug)
            if (source := knowledge.sources[name])
        ),
    )
    review = drug.review
    said = f"written by {review.authored}; checked by {review.checked or 'nobody yet'}"
    yield "Review", (("review", f"{said}; on {review.reviewed_on}; next on {review.next_review}"),)


def _sources(knowledge: Knowledge, drug: Drug) -> tuple[str, ...]:
    own = knowledge.house.drug_limits.get(drug.id) if knowledge.house is not None else None
    return tuple(dict.fromkeys((*drug.sources, *(own.sources if own is not None else ()))))


def _names(drug: Drug) -> Iterator[tuple[str, str]]:
    codes = drug.codes
    yield "RxNorm", f"{', '.join(codes.rxnorm) or 'none'} ({codes.rxnorm_status})"
    yield "RxNorm forms", ", ".join(f"{code} {name}" for code, name in codes.rxnorm_forms.items())
    yield "ATC", ", ".join(codes.atc)
    yield "SNOMED CT", ", ".join(codes.snomed)
    yield "names", ", ".join((*drug.names.brands, *drug.names.local_brands, *drug.names.also))


def _effect(drug: Drug) -> Iterator[tuple[str, str]]:
    lowered = _listed(drug, Effect.LOWERS)
    yield "lowers", lowered + (", red cells, platelets" if drug.effect.all_lines else "")
    yield "raises", _listed(drug, Effect.RAISES)
    yield "mechanism", f"{drug.effect.mechanism.value.replace('_', ' ')}: {drug.effect.explained}"
    yield "evidence", f"grade {drug.evidence.grade}; {drug.evidence.frequency}"
    first, last = drug.onset.typical_days
    usual = f"{first} to {last} days, at the widest {drug.onset.min_days} to {drug.onset.max_days}"
    yield "onset", f"{usual}, from {drug.onset.anchor.replace('_', ' ')}; {drug.onset.explained}"
    yield "recovery", f"up to {days(drug.recovery.max_days)}; {drug.recovery.explained}"


def _advice(knowledge: Knowledge, drug: Drug) -> Iterator[tuple[str, str]]:
    yield "boxed warning", drug.evidence.boxed_warning
    yield "label limits", limits_in_words(knowledge, drug)
    yield "advice", drug.advice
    yield "note", "never stopped without the prescriber" if drug.stop_only_with_prescriber else ""
    yield "note", "a fall is its expected effect" if drug.cytotoxic else ""
    yield "note", "given to raise the counts" if drug.treats_neutropenia else ""
    yield "note", "given for infections" if drug.treats_infection else ""


def _pairs(knowledge: Knowledge, drug: Drug) -> Iterator[tuple[str, Inline]]:
    for pair in knowledge.pairs:
        if drug.id in (pair.first, pair.second):
            other = pair.second if pair.first == drug.id else pair.first
            said = f" ({pair.severity}): {pair.effect}{mark(pair.confirmation)}"
            yield "risky with", (drug_link(knowledge, other), said)


def _monitoring(knowledge: Knowledge, drug: Drug) -> Iterator[tuple[str, str]]:
    for row in knowledge.monitoring:
        if row.drug == drug.id:
            yield "monitoring", f"{row.line.value}, {row.policy}: {calendar(row)}{mark(row.confirmation)}"


def calendar(row: Monitoring) -> str:
    """When counts are due, in words."""
    steps = [
        f"{f'from day {step.from_days} ' if step.from_days else ''}every {days(step.every_days)}"
        for step in row.steps
    ]
    end = f"until day {row.until_days}" if row.until_days is not None else ""
    return ", ".join(filter(None, ("a count before the start" if row.baseline_required else "", *steps, end)))


def _listed(drug: Drug, effect: Effect) -> str:
    return ", ".join(line.value for line in WHITE_CELL_LINES if drug.effect.on(line) is effect)
