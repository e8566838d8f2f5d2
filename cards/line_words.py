"""The other lines beside a low one: the total, what it says of the neutrophils, and all lines together."""

from __future__ import annotations

from datetime import datetime

from cards.count_words import (
    amount,
    is_upper_bound,
    line_word,
    low_count_of,
    measured,
    qualifiers,
    state_of,
    unit_of,
)
from cards.markdown import Block
from cards.wording import COUNT_UNIT, sentence, short_day
from cds.facts import CellLine, LabFlag
from cds.findings import Assessment, Freshness, LineState, Severity

_RECENT = {Freshness.CURRENT, Freshness.RECENT}


def neutrophils_unknown(assessment: Assessment) -> str:
    """The total has no differential: the most that it says of the neutrophils."""
    bound = low_count_of(assessment, CellLine.NEUTROPHILS)
    if bound is None or not is_upper_bound(bound.count):
        return "No differential: ANC not known."
    most = amount(bound.count, bound.limit.value).removeprefix("at most ")
    return f"No differential: {bound.short} cannot be above {most}."


def total_not_low(assessment: Assessment) -> str | None:
    """``total white cells 6.8 (not low)``; a laboratory's own word is used where it sent one."""
    total = state_of(assessment, CellLine.LEUKOCYTES)
    if total is None or not _is_not_low(total):
        return None
    # without the laboratory's word only "not low" is known: no upper limit is judged here
    word = total.count.flag.value if total.count.flag is not None else "not low"
    return f"{line_word(CellLine.LEUKOCYTES)} {amount(total.count)} ({word})"


def last_counts(assessment: Assessment) -> tuple[str, ...]:
    """``Last ANC 3.8 x10^9/L (17 Nov), not low.``: what is known where no line is low; the ANC first."""
    return tuple(
        f"Last {measured(state.count, state.short)} "
        f"{qualifiers(state.count, assessment.as_of, state.freshness)}, not low."
        for line in (CellLine.NEUTROPHILS, CellLine.LEUKOCYTES)
        if (state := state_of(assessment, line)) is not None and _is_not_low(state)
    )


def neutrophils_not_low(assessment: Assessment) -> bool:
    """Whether a recent neutrophil count is not low, and nothing unread may say otherwise."""
    state = state_of(assessment, CellLine.NEUTROPHILS)
    hidden = any(caveat.may_hide for caveat in assessment.caveats)
    return state is not None and _is_not_low(state) and state.freshness in _RECENT and not hidden


def _is_not_low(state: LineState) -> bool:
    """Neither by its limit nor by the laboratory's word; a bound from above says nothing of it."""
    flagged = state.count.flag in {LabFlag.LOW, LabFlag.CRITICALLY_LOW}
    bounded = is_upper_bound(state.count) or state.count.bound.is_upper
    return state.severity is Severity.NONE and not flagged and not bounded


def all_lines(lines: tuple[LineState, ...], as_of: datetime) -> Block:
    """The newest usable count of every line in one sentence, low ones marked."""
    newest = lines[0].count.measured
    words: list[str] = []
    for state in lines:
        count = state.count
        limits = (state.limit.value,) if state.limit is not None else ()
        word = f"{line_word(state.line)} {amount(count, *limits)}"
        if (unit := unit_of(state.line)) != COUNT_UNIT:
            word += f" {unit}"
        if state.severity is not Severity.NONE:
            word += " low"
        if count.measured != newest:
            word += f" ({short_day(count.measured, as_of)})"
        words.append(word)
    return Block(f"All lines ({COUNT_UNIT}, {short_day(newest, as_of)}):", (sentence(", ".join(words)),))
