"""The monitoring card: a drug that needs counts has none in time."""

from __future__ import annotations

from collections.abc import Iterator

from cards.count_words import described, line_word, measured, qualifiers, short_name
from cards.drug_words import named, review_mark
from cards.markdown import Block
from cards.message import Evidence, Message, count_order, distinct, of_uses
from cards.telling import Telling
from cards.wording import capitalise, day, fit_summary
from cds.findings import Assessment, MonitoringDue, Topic, Urgency


def render_monitoring(telling: Telling, urgency: Urgency) -> Message:
    """Last count, interval, and the count to order."""
    assessment = telling.assessment
    due = _due(assessment)
    if not due:
        raise ValueError("a monitoring card needs a count that is due")
    blocks = [_block(assessment, each) for each in due]
    tests = count_order(assessment.work_up, recommended=True)
    if tests:
        blocks.append(Block("Consider:", items=tuple(f"Order {offered.test.name}." for offered in tests)))
    return Message(
        topics=(Topic.MONITORING,),
        urgency=urgency,
        summary=_summary(assessment, due),
        blocks=tuple(blocks),
        evidence=monitoring_evidence(assessment),
        tests=tests,
    )


def monitoring_evidence(assessment: Assessment) -> Evidence:
    """What the card rests on."""
    due = _due(assessment)
    return Evidence(
        rules=distinct(each.rule for each in due),
        sources=distinct(source for each in due for source in each.sources),
        references=distinct(reference for each in due for reference in _references(each)),
    )


def _due(assessment: Assessment) -> tuple[MonitoringDue, ...]:
    """Loudest first."""
    return tuple(sorted(assessment.monitoring, key=lambda each: -each.urgency))


def _references(due: MonitoringDue) -> Iterator[str]:
    yield from due.last.references if due.last is not None else ()
    yield due.draft.reference if due.draft is not None else ""
    yield from of_uses(due.uses)


def _summary(assessment: Assessment, due: tuple[MonitoringDue, ...]) -> str:
    first, *others = due
    name = short_name(assessment, first.line)
    also = f" Also: {', '.join(each.drug.name for each in others)}." if others else ""
    needs = f"{first.drug.name} needs a {_which(first)}"
    if first.last is None:
        head = f"{capitalise(name)} not available: {needs}"
        return fit_summary(f"{head}.{also}", f"{head}.")
    bare = capitalise(measured(first.last, name))
    dated = f"{bare} {qualifiers(first.last, assessment.as_of)}"
    overdue = f", {_overdue(first)}" if first.overdue_days and not _is_start(first) else ""
    return fit_summary(
        f"{dated} is the last count: {needs}{overdue}.{also}",
        f"{dated} is the last count: {needs}{overdue}.",
        f"{bare}: {needs}.",
    )


def _which(due: MonitoringDue) -> str:
    if not _is_start(due):
        return f"count {_every(due)}"
    return "newer count before it is started" if due.last is not None else "count before it is started"


def _is_start(due: MonitoringDue) -> bool:
    """Ordered, and no earlier order of it in the data: nothing is overdue yet."""
    return due.draft is not None and due.since is None and not due.uses


def _every(due: MonitoringDue) -> str:
    return "every day" if due.every_days == 1 else f"every {due.every_days} days"


def _overdue(due: MonitoringDue) -> str:
    return f"{due.overdue_days} day{'' if due.overdue_days == 1 else 's'} overdue"


def _block(assessment: Assessment, due: MonitoringDue) -> Block:
    name = short_name(assessment, due.line)
    mark = review_mark(due.confirmation)
    policy = "label" if due.policy == "label" else f"site's policy ({due.policy})"
    sentences = [f"{capitalise(line_word(due.line))} are due {_every(due)} by the {policy}{mark}."]
    if due.last is None:
        sentences.append(f"No usable {name} was found.")
    else:
        sentences.append(f"Last count: {described(due.last, name)}.")
    if due.overdue_days and not _is_start(due):
        sentences.append(f"{_overdue(due)}.")
    if due.since is not None:
        sentences.append(f"Treatment from {day(due.since)}.")
    return Block(f"{named(due.drug)}{review_mark(due.drug.confirmation)}:", tuple(sentences))
