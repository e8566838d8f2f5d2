"""The whole reasoning behind one answer, for someone who wants to argue with it. Plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cards.caveat_words import caveat_sentences
from cards.count_words import described, line_word, on_its_scale, unit_of, verdict
from cards.drug_words import marked_name
from cards.reason_words import reason_words
from cards.suspect_words import WORD, against, arithmetic, fits, settles
from cards.wording import day, number, quote
from cds.findings import Assessment, LowCount, OrderRisk, ScorePart, SetAside, Suspect

Section = tuple[str, tuple[str, ...]]  # a title and its lines


def render_explanation(assessment: Assessment, read: Iterable[tuple[str, str]] = ()) -> str:
    """What was read, what was concluded by which rule from which numbers and sources, and what stayed silent.

    Args:
        read: (reference, what it was taken as or why it was refused) for each resource.
    """
    head = (
        f"As of {assessment.as_of:%Y-%m-%d %H:%M} UTC, {assessment.occasion.value}, "
        f"knowledge {assessment.knowledge}, clozapine policy {assessment.policy}."
    )
    text = [head]
    for title, lines in explanation_sections(assessment, read):
        text += ["", title, *(f"  {line}" for line in (lines or ["none"]))]
    return "\n".join(text) + "\n"


def explanation_sections(assessment: Assessment, read: Iterable[tuple[str, str]] = ()) -> tuple[Section, ...]:
    """The same part by part, for a page; a section without lines found nothing. Deeper lines are indented."""
    sections = (
        ("Read", _read(read)),
        ("Doubts about the data", list(caveat_sentences(assessment.caveats, assessment.as_of))),
        ("Counts", _counts(assessment)),
        ("Low counts", [line for low in assessment.low_counts for line in _low_count(low)]),
        ("Patterns across lines", _patterns(assessment)),
        ("Other explanations on the problem list", _other_causes(assessment)),
        ("Suspects", [line for suspect in assessment.suspects for line in _suspect(suspect)]),
        ("Drugs set aside", [_set_aside(aside) for aside in assessment.set_aside]),
        ("Risky pairs among current drugs", _pairs(assessment)),
        ("Draft orders", [line for risk in assessment.order_risks for line in _order_risk(risk)]),
        ("Counts that are due", _monitoring(assessment)),
        ("Fever", _fever(assessment)),
        ("Precautions", _precautions(assessment)),
        ("Topics", _topics(assessment)),
        (
            "Sources",
            [f"[{each.id}] {each.citation} (read as: {each.read_as})" for each in assessment.sources],
        ),
    )
    return tuple((title, tuple(lines)) for title, lines in sections)


def _read(read: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{reference or 'unnamed entry'}: {taken_as}" for reference, taken_as in read]


def _counts(assessment: Assessment) -> list[str]:
    rows = []
    for state in assessment.lines:
        limit = ""
        if state.limit is not None:
            value = number(on_its_scale(state.line, state.limit.value))
            limit = f"; limit {value} ({state.limit.basis.value}) {_sources(state.limit.sources)}"
        tier = state.severity.name.lower() if state.severity else "not low"
        text = described(state.count, state.short)
        cited = ", ".join(state.count.references)
        rows.append(f"{text}: {tier}; {state.freshness.value}{limit}; {cited}")
    return rows


def _low_count(low: LowCount) -> Iterator[str]:
    loud = low.urgency.name.lower() if low.urgency is not None else "no card of its own"
    rule = _rule(low.rule, low.sources)
    yield f"{low.short}: {verdict(low)}; {low.duration.value}; speaks as {loud}. {rule}"
    yield f"  because: {', '.join(map(reason_words, low.reasons)) or 'no reason given'}"
    trend = low.trend
    if trend.last_normal is not None:
        yield f"  last normal: {described(trend.last_normal, low.short)}"
    if trend.fall_percent is not None and trend.baseline is not None:
        base = f"{number(trend.baseline)} {unit_of(low.line)}"
        yield f"  fell {trend.fall_percent} % from a baseline of {base}; {trend.direction.value}"
    for count in trend.earlier:
        yield f"  earlier: {described(count, low.short)}"
    if low.nadir is not None:
        drugs = ", ".join(drug.name for drug in low.nadir.drugs)
        dose = day(low.nadir.last_dose)
        yield f"  day {low.nadir.day} after {drugs} ({dose}) {_sources(low.nadir.sources)}"
    if low.baseline is not None:
        yield f"  own baseline: {low.baseline.kind.value}, expected: {low.baseline.expected}"


def _patterns(assessment: Assessment) -> list[str]:
    return [
        f"{reason_words(pattern.kind.value)}: "
        + "; ".join(described(count, line_word(count.line)) for count in pattern.counts)
        + f"; known: {pattern.known}; new: {pattern.new} {_sources(pattern.sources)}"
        for pattern in assessment.patterns
    ]


def _other_causes(assessment: Assessment) -> list[str]:
    return [
        cause.name
        + (f" ({quote(cause.text)})" if quote(cause.text) else "")
        + f", acts as {cause.acts_as}; {cause.reference}"
        for cause in assessment.other_causes
    ]


def _suspect(suspect: Suspect) -> Iterator[str]:
    drug = suspect.drug
    yield (
        f"{marked_name(drug)} for {line_word(suspect.line)}: {WORD[suspect.standing]}; "
        f"score {arithmetic(suspect)} (rule points, not a probability)"
    )
    yield from (f"  {_part(part)}" for part in suspect.parts)
    yield f"  fits: {fits(suspect)}"
    yield f"  against: {against(suspect)}"
    yield f"  would settle it: {settles(suspect)}"
    requests = ", ".join(use.reference for use in suspect.uses)
    rule = _rule(suspect.rule, suspect.sources)
    yield f"  requests: {requests}; recognised by {suspect.matched_by}. {rule}"


def _part(part: ScorePart) -> str:
    days = f", {part.days} days" if part.days is not None else ""
    names = f" ({', '.join(map(quote, part.names))})" if part.names else ""
    return f"{part.name} {part.points:+d}: {part.reason.replace('-', ' ')}{days}{names}"


def _set_aside(aside: SetAside) -> str:
    score = f"; score {aside.score}" if aside.score is not None else ""
    parts = "; ".join(_part(part) for part in aside.parts if part.points)
    sum_of_parts = f" ({parts})" if parts else ""
    return f"{aside.drug.name} for {line_word(aside.line)}: {reason_words(aside.gate)}{score}{sum_of_parts}"


def _pairs(assessment: Assessment) -> list[str]:
    return [
        f"{pair.id} {pair.first.name} with {pair.second.name}: {pair.severity}; {pair.effect} "
        f"{_sources(pair.sources)}"
        for pair in assessment.pairs
    ]


def _order_risk(risk: OrderRisk) -> Iterator[str]:
    name = risk.drug.name if risk.drug is not None else risk.vaccine or quote(risk.draft.text)
    draft = risk.draft.reference or "draft without id"
    yield f"{name} ({draft}): {reason_words(risk.why.value)}; {risk.urgency.name.lower()}. Rule {risk.rule}"
    if risk.label_limit is not None:
        limit = risk.label_limit
        yield f"  {limit.kind} below {number(limit.below_per_ul)} /uL: {limit.status}, {limit.confirmation}"
    if risk.pair is not None:
        yield f"  pair {risk.pair.id}: {risk.pair.effect}"
    yield f"  {_sources(risk.sources)}"


def _monitoring(assessment: Assessment) -> list[str]:
    return [
        f"{due.drug.name}: {line_word(due.line)} every {due.every_days} days ({due.policy}), "
        + (f"overdue by {due.overdue_days} days" if due.overdue_days is not None else "no usable count")
        + f". {_rule(due.rule, due.sources)}"
        for due in assessment.monitoring
    ]


def _fever(assessment: Assessment) -> list[str]:
    fever = assessment.fever
    if fever is None:
        return []
    reading = (
        f"{fever.temperature.reported} ({fever.temperature.site}), {fever.temperature.reference}"
        if fever.temperature is not None
        else f"recorded condition {fever.condition.reference}"
        if fever.condition is not None
        else "recorded"
    )
    return [f"{reading}: {reason_words(fever.definition.value)}. {_rule(fever.rule, fever.sources)}"]


def _precautions(assessment: Assessment) -> list[str]:
    return [
        f"row {each.row} {each.id}: evidence {each.evidence}, {each.confirmation} {_sources(each.sources)}"
        for each in assessment.precautions
    ]


def _topics(assessment: Assessment) -> list[str]:
    return [
        f"{decision.topic.value}: "
        + (decision.urgency.name.lower() if decision.urgency is not None else "silent")
        + f", because {'; '.join(map(reason_words, decision.reasons))}"
        for decision in assessment.decisions
    ]


def _rule(rule: str, sources: tuple[str, ...]) -> str:
    return f"Rule {rule} {_sources(sources)}"


def _sources(sources: tuple[str, ...]) -> str:
    return f"[{', '.join(sources)}]" if sources else ""
