"""Findings across cell lines, which are said before any drug."""

from __future__ import annotations

from cards.count_words import amount, qualifiers, short_name, unit_of
from cards.markdown import Block
from cards.message import distinct
from cards.wording import COUNT_UNIT, capitalise, fit_summary, listed
from cds.facts import WHITE_CELL_LINES, CellLine
from cds.findings import Assessment, MarrowPattern, PatternKind

_HOW_MANY = {1: "One cell line", 2: "Two cell lines", 3: "Three cell lines"}
_PATTERN = {
    PatternKind.SEVERE_MARROW_FAILURE: "low, in the range of severe marrow failure",
    PatternKind.MARROW_FAILURE: "low, marrow-failure pattern",
    PatternKind.PANCYTOPENIA: "low (pancytopenia)",
    PatternKind.TWO_LINES: "low",
}
_RECORDED = "A condition on the problem list accounts for it."
_EXPECTED = "It may be the expected effect of treatment."


def pattern_summary(assessment: Assessment) -> str:
    """The first pattern as the summary of a card; the numbers lead."""
    pattern = _first(assessment)
    numbers = _numbers(assessment, pattern)
    dated = f"{numbers} {qualifiers(pattern.counts[0], assessment.as_of)}" if pattern.counts else numbers
    name = _named(pattern)
    step = pattern_steps(assessment)[0] if pattern_steps(assessment) else ""
    lower = name[:1].lower() + name[1:]
    return fit_summary(
        f"{capitalise(dated)}: {lower}. {step}".strip(),
        f"{capitalise(dated)}: {lower}.",
        f"{capitalise(numbers)}: {lower}.",
        f"{name}.",
    )


def pattern_block(assessment: Assessment) -> Block:
    """Every pattern with its numbers; the first line of a low-count card."""
    sentences: list[str] = []
    for pattern in sorted(assessment.patterns, key=_rank):
        dated = f" {qualifiers(pattern.counts[0], assessment.as_of)}" if pattern.counts else ""
        sentences.append(f"{_named(pattern)}: {_numbers(assessment, pattern)}{dated}.")
        if pattern.known:
            sentences.append(_RECORDED if pattern.recorded else _EXPECTED)
    if pattern_leads(assessment):
        sentences.append("A drug is only one possible explanation.")
    return Block("Before any drug:", distinct(sentences))


def pattern_steps(assessment: Assessment) -> tuple[str, ...]:
    """What to consider because of a pattern that nothing on the problem list accounts for."""
    if any(pattern.kind is PatternKind.BLASTS and not pattern.known for pattern in assessment.patterns):
        return ("Same-day haematology advice.",)
    return ("Haematology review.",) if pattern_leads(assessment) else ()


def pattern_leads(assessment: Assessment) -> bool:
    """Whether a pattern that nothing accounts for heads the card."""
    return any(not pattern.known for pattern in assessment.patterns)


def _first(assessment: Assessment) -> MarrowPattern:
    if not assessment.patterns:
        raise ValueError("a low-count card needs a low count or a pattern across cell lines")
    return min(assessment.patterns, key=_rank)


def _rank(pattern: MarrowPattern) -> int:
    return list(PatternKind).index(pattern.kind)


def _named(pattern: MarrowPattern) -> str:
    if pattern.kind is PatternKind.BLASTS:
        return "Blasts reported"
    lines = {_group(count.line) for count in pattern.counts}
    return f"{_HOW_MANY.get(len(lines), 'Several cell lines')} {_PATTERN[pattern.kind]}"


def _group(line: CellLine) -> str:
    """White cells, red cells (with their young forms) or platelets."""
    if line in {CellLine.HAEMOGLOBIN, CellLine.RETICULOCYTES}:
        return "red"
    return "white" if line in WHITE_CELL_LINES else line.value


def _numbers(assessment: Assessment, pattern: MarrowPattern) -> str:
    if not pattern.counts:
        return "no count sent"
    words = []
    for count in pattern.counts:
        unit = unit_of(count.line)
        words.append(f"{short_name(assessment, count.line)} {amount(count)}")
        if unit != COUNT_UNIT or count is pattern.counts[-1]:
            words[-1] += f" {unit}"
    return listed(words)
