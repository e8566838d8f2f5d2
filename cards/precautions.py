"""The precautions card: what lowers the risk of infection at this count, and words to hand over."""

from __future__ import annotations

from cards.count_words import bare_headline, dated_headline, leading_count, verdict
from cards.drug_words import REVIEW_MARKS, review_mark
from cards.markdown import Block
from cards.message import Evidence, Message, distinct
from cards.wording import fit_summary, sentence
from cds.findings import Assessment, Precaution, Topic, Urgency

_WEAK = "C"


def render_precautions(assessment: Assessment, urgency: Urgency) -> Message:
    """Bullets for the team; those for the patient are handed over, so that they end the card."""
    rows = tuple(sorted(assessment.precautions, key=lambda each: each.row))
    if not rows:
        raise ValueError("a precautions card needs precautions")
    return Message(
        topics=(Topic.PRECAUTIONS,),
        urgency=urgency,
        summary=_summary(assessment),
        blocks=_for_team(rows),
        evidence=Evidence(
            precautions=rows, sources=distinct(source for row in rows for source in row.sources)
        ),
        hand_over=_for_patient(rows),
    )


def _summary(assessment: Assessment) -> str:
    low = leading_count(assessment)
    if low is None:
        return "Infection precautions fitted to the low count, with words for the patient."
    dated, bare = dated_headline(low, assessment.as_of), bare_headline(low)
    return fit_summary(
        f"{dated}: infection precautions for {verdict(low)}, with words for the patient.",
        f"{dated}: infection precautions for {verdict(low)}.",
        f"{bare}: infection precautions.",
    )


def _for_team(rows: tuple[Precaution, ...]) -> tuple[Block, ...]:
    """One heading: what is confirmed, then the rest by how far it is."""
    by_mark = {
        mark: distinct(_bullet(row) for row in rows if review_mark(row.confirmation) == mark)
        for mark in REVIEW_MARKS
    }
    groups = [(mark, bullets) for mark, bullets in by_mark.items() if bullets]
    return tuple(
        Block(f"{'Also' if place else 'For the team'}{mark}:", items=bullets)
        for place, (mark, bullets) in enumerate(groups)
    )


def _bullet(row: Precaution) -> str:
    if not row.clinician:
        return ""
    weak = " (evidence weak or mixed)" if row.evidence == _WEAK else ""
    return f"{sentence(row.clinician).rstrip('.')}{weak}."


def _for_patient(rows: tuple[Precaution, ...]) -> tuple[Block, ...]:
    bullets = distinct(sentence(row.patient) for row in rows if row.patient)
    return (Block("For the patient (to hand over):", items=bullets),) if bullets else ()
