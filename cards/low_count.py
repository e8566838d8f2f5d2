"""The low-count card: which lines are low, since when, what else was found, what to do next."""

from __future__ import annotations

from itertools import chain

from cards.count_words import (
    amount,
    flag_sentence,
    is_upper_bound,
    leading_count,
    measured,
    qualifiers,
    state_of,
    unit_of,
    verdict,
)
from cards.drug_words import aggravating_sentences, masking_sentences, stop_sentences
from cards.history_words import (
    baseline_sentences,
    duration_sentences,
    limit_sentence,
    nadir_sentences,
    newer_total_sentence,
    trend_sentence,
)
from cards.line_words import all_lines, neutrophils_unknown, total_not_low
from cards.markdown import Block
from cards.message import FEVER, Evidence, Message, OfferedTest, distinct
from cards.pattern_words import pattern_block, pattern_leads, pattern_steps, pattern_summary
from cards.telling import Telling
from cards.temperature_words import degrees, reading
from cards.wording import capitalise, days_old, fit_summary, sentence, short_day
from cds.facts import CellLine, Temperature
from cds.findings import (
    Assessment,
    BaselineKind,
    Caveat,
    Freshness,
    LowCount,
    Severity,
    Topic,
    Urgency,
)

_NEONATE = "First days of life: the tiers do not hold; discuss with neonatology."
_BECAUSE = {
    "neonate-discuss": _NEONATE,
    "neonate-mild": _NEONATE,
    "preterm": "Born before term: the limits for term infants do not apply; discuss with neonatology.",
}
_TESTS_SHOWN = 12
_NEWER_TOTAL = "newest-without-differential"
_STALE = {Freshness.AGEING, Freshness.OLD, Freshness.HISTORICAL, Freshness.UNDATED}


def render_low_count(telling: Telling, urgency: Urgency) -> Message:
    """What is low, in the order what, so what, why, do."""
    assessment = telling.assessment
    leading = leading_count(assessment)
    told = [low for low in assessment.low_counts if low is leading or low.urgency is not None]
    blocks: list[Block] = []
    if assessment.patterns:
        blocks.append(pattern_block(assessment))
    blocks += _found(telling, leading, told)
    if {state.line for state in assessment.lines} - {low.line for low in told}:  # else all are told above
        blocks.append(all_lines(assessment.lines, assessment.as_of))
    if leading is not None:
        blocks.append(Block("Meaning:", _meaning(assessment, leading)))
    blocks.append(Block("Consider:", items=_steps(assessment, leading)))
    if footnotes := distinct(_footnote(low) for low in told):
        blocks.append(Block("Footnote:", footnotes))
    return Message(
        topics=(Topic.LOW_COUNT,),
        urgency=urgency,
        summary=_summary(telling, leading),
        blocks=tuple(block for block in blocks if block.sentences or block.items),
        evidence=low_count_evidence(assessment),
        tests=_tests(assessment, leading),
        said=tuple(caveat for caveat in assessment.caveats if _is_said(caveat, told)),
    )


def low_count_evidence(assessment: Assessment) -> Evidence:
    """What the card rests on."""
    counts = (count for pattern in assessment.patterns for count in pattern.counts)
    doses = (low.nadir.references for low in assessment.low_counts if low.nadir is not None)
    return Evidence(
        rules=_rules(assessment),
        sources=_sources(assessment),
        references=distinct(
            (
                assessment.hottest.reference if assessment.hottest is not None else "",
                *(reference for count in counts for reference in count.references),
                *chain.from_iterable(doses),
                *(cause.reference for cause in assessment.other_causes),
            )
        ),
    )


def _tests(assessment: Assessment, leading: LowCount | None) -> tuple[OfferedTest, ...]:
    needed = _needs_count(leading)
    return tuple(OfferedTest(test, needed) for test in assessment.work_up if test.when != FEVER)


def _is_said(caveat: Caveat, told: list[LowCount]) -> bool:
    """Found tells of a newer total without this line, so that the ending need not."""
    newer = {low.line for low in told if low.newer_total is not None}
    return caveat.kind == _NEWER_TOTAL and caveat.what in newer


def _rules(assessment: Assessment) -> tuple[str, ...]:
    patterns = (pattern.rule for pattern in assessment.patterns)
    return distinct((*patterns, *(low.rule for low in assessment.low_counts)))


def _sources(assessment: Assessment) -> tuple[str, ...]:
    patterns = (source for pattern in assessment.patterns for source in pattern.sources)
    counts = (source for low in assessment.low_counts for source in (*low.sources, *low.limit.sources))
    return distinct((*patterns, *counts))


# --- summary --------------------------------------------------------------------------------------------


def _summary(telling: Telling, leading: LowCount | None) -> str:
    assessment = telling.assessment
    if leading is None or pattern_leads(assessment):
        return pattern_summary(assessment)
    if is_upper_bound(leading.count):
        return _bound_summary(assessment, leading)
    words = telling.words_of(leading)
    if heat := _heat(assessment, leading):
        return fit_summary(*(f"{head}. {heat}" for head in (words.full, words.dated, words.bare)))
    if leading.newer_total is not None:
        newer = short_day(leading.newer_total.measured, assessment.as_of)
        tail = f"Newer count ({newer}) has no differential: {leading.short} now not known."
    elif _is_usual(leading):
        tail = "Long-standing and stable."
    elif leading.nadir is not None:
        tail = f"Expected effect of treatment, day {leading.nadir.day}."
    elif leading.differential_missing:
        tail = neutrophils_unknown(assessment)
    elif leading.line is not CellLine.LEUKOCYTES and (total := total_not_low(assessment)) is not None:
        tail = f"{capitalise(total)}."
    else:
        tail = ""
    return fit_summary(f"{words.full}. {tail}".strip(), f"{words.full}.", f"{words.dated}.", f"{words.bare}.")


def _heat(assessment: Assessment, leading: LowCount) -> str:
    """A fever of the last day that is no fever by the rule, beside white cells that may be too few for it."""
    hottest = _unsaid_fever(assessment)
    defence = leading.line in {CellLine.NEUTROPHILS, CellLine.LEUKOCYTES}
    if hottest is None or not defence or leading.severity < Severity.MODERATE:
        return ""
    return f"Fever: {degrees(hottest)} ({short_day(hottest.measured, assessment.as_of)})."


def _unsaid_fever(assessment: Assessment) -> Temperature | None:
    """The highest temperature of the last day, if it is a fever and no card of its own tells of it.

    A fever card that the hospital switched off, or has in shadow, tells nobody.
    """
    told = assessment.decision(Topic.FEVER).urgency is not None
    return None if told else assessment.hottest


def _bound_summary(assessment: Assessment, low: LowCount) -> str:
    """Only the total was counted, and it alone proves the neutrophils low."""
    total = state_of(assessment, CellLine.LEUKOCYTES)
    limit = f"{low.short} cannot be above {amount(low.count, low.limit.value).removeprefix('at most ')}"
    if total is None:
        return fit_summary(f"{limit} {unit_of(low.line)}: {verdict(low)}; no differential.", f"{limit}.")
    named = measured(total.count, total.short)
    dated = f"{named} {qualifiers(total.count, assessment.as_of, total.freshness)}"
    if heat := _heat(assessment, low):
        return fit_summary(f"{dated}: {limit}, {verdict(low)}. {heat}", f"{dated}: {limit}. {heat}", named)
    return fit_summary(f"{dated}: {limit}, {verdict(low)}; no differential.", f"{dated}: {limit}.", named)


# --- what ----------------------------------------------------------------------------------------------


def _found(telling: Telling, leading: LowCount | None, told: list[LowCount]) -> list[Block]:
    return [
        Block(
            "Found:" if low is leading else "Also low:",
            _found_sentences(telling, low, leading=low is leading),
        )
        for low in sorted(told, key=lambda low: low is not leading)
    ]


def _found_sentences(telling: Telling, low: LowCount, *, leading: bool) -> tuple[str, ...]:
    assessment = telling.assessment
    as_of = assessment.as_of
    sentences = [
        telling.words_of(low).found,
        flag_sentence(low.count),
        limit_sentence(low),
        trend_sentence(low, as_of),
        newer_total_sentence(low, as_of),
    ]
    if is_upper_bound(low.count):
        sentences.append("No differential.")
    elif leading and low.differential_missing:
        sentences.append(neutrophils_unknown(assessment))
    if leading and (total := total_not_low(assessment)) is not None:
        sentences.append(f"{capitalise(total)}: a total that is normal does not exclude a low line.")
    if leading and (hottest := _unsaid_fever(assessment)) is not None:
        sentences.append(f"Highest temperature of the last day: {reading(hottest)}.")
        sentences.append("A lower temperature later does not exclude infection.")
    if low.freshness in _STALE and (age := days_old(low.count.measured, as_of)) is not None:
        sentences.append(f"This result is {age} days old: no recent count.")
    return distinct(sentences)


# --- so what, and why -----------------------------------------------------------------------------------


def _meaning(assessment: Assessment, low: LowCount) -> tuple[str, ...]:
    sentences: list[str] = []
    if low.protects_against:
        sentences.append(sentence(f"{low.name} protect against {low.protects_against}"))
    if low.is_severe_neutropenia:
        sentences.append("At this level the body's own germs are dangerous, and signs may be blunted.")
    if low.nadir is not None:
        sentences += nadir_sentences(low.nadir)
    else:
        sentences += baseline_sentences(low)
        if low.baseline is None or not _is_usual(low):
            sentences += duration_sentences(low)
    sentences += [_BECAUSE[reason] for reason in low.reasons if reason in _BECAUSE]
    sentences += [f"Already recorded on the problem list: {cause.name}." for cause in assessment.other_causes]
    sentences += stop_sentences(assessment)
    if assessment.decision(Topic.SUSPECTS).urgency is None:
        # else the suspects' card says it
        sentences += (*aggravating_sentences(assessment), *masking_sentences(assessment))
    return distinct(sentences)


# --- do -------------------------------------------------------------------------------------------------


def _steps(assessment: Assessment, leading: LowCount | None) -> tuple[str, ...]:
    steps = [*pattern_steps(assessment)]
    if leading is not None and _heat(assessment, leading):
        steps.append("Fever: urgent assessment and the local febrile-neutropenia pathway.")
    if leading is not None and leading.is_severe_neutropenia:
        if leading.freshness is not Freshness.CURRENT:
            steps.append("Repeat the count with differential today.")
        steps.append("Ask about fever, chills and sore throat; give a fever plan.")
    if leading is not None and leading.nadir is not None:
        steps.append("A date for the next count, with the treatment team.")
    said = " ".join(steps).lower()
    tests = [
        test.name
        for test in assessment.work_up
        if test.when != FEVER and test.name.lower() not in said  # a fever has a card of its own
    ]
    if tests:
        steps.append(f"Worth doing, no order in the data: {_some(tests)}.")
    return distinct(steps)


def _some(names: list[str]) -> str:
    more = len(names) - _TESTS_SHOWN
    return "; ".join(names[:_TESTS_SHOWN] + ([f"and {more} more"] if more > 0 else []))


def _is_usual(low: LowCount) -> bool:
    """Within what is usual for this person, as far as the record or a long course shows it."""
    baseline = low.baseline
    if baseline is None:
        return False
    return baseline.expected or baseline.kind is BaselineKind.POSSIBLE_LIFELONG


def _needs_count(low: LowCount | None) -> bool:
    """Whether the card itself says that a count is missing."""
    if low is None:
        return False
    unknown = low.differential_missing or low.newer_total is not None or is_upper_bound(low.count)
    return unknown or low.freshness in _STALE


def _footnote(low: LowCount) -> str:
    return sentence(f"{low.short}: {low.footnote}") if low.footnote else ""
