"""The precautions card: what lowers the risk of infection at this count, and words to hand over."""

from __future__ import annotations

from cards.count_words import bare_headline, dated_headline, leading_count, verdict
from cards.drug_words import review_mark
from cards.markdown import Block
from cards.message import Evidence, Message, distinct
from cards.wording import fit_summary, sentence
from cds.findings import Assessment, Precaution, Topic, Urgency

_WEAK = "C"


def render_precautions(assessment: Assessment, urgency: Urgency) -> Message:
    """Bullets for the clinician, then bullets for the patient."""
    rows = tuple(sorted(assessment.precautions, key=lambda each: each.row))
    if not rows:
        raise ValueError("a precautions card needs precautions")
    confirmed = tuple(_for_team(row) for row in rows if not review_mark(row.confirmation))
    awaiting = tuple(_for_team(row) for row in rows if review_mark(row.confirmation))
    blocks = (
        Block("For the team:", items=distinct(confirmed)),
        Block("For the team (needs pharmacist review):", items=distinct(awaiting)),
        Block("For the patient (to hand over):", items=_for_patient(rows)),
    )
    return Message(
        topics=(Topic.PRECAUTIONS,),
        urgency=urgency,
        summary=_summary(assessment),
        blocks=tuple(block for block in blocks if block.items),
        evidence=Evidence(
            precautions=rows, sources=distinct(source for row in rows for source in row.sources)
        ),
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


def _for_team(row: Precaution) -> str:
    if not row.clinician:
        return ""
    weak = " (evidence weak or mixed)" if row.evidence == _WEAK else ""
    return f"{sentence(row.clinician).rstrip('.')}{weak}."


def _for_patient(rows: tuple[Precaution, ...]) -> tuple[str, ...]:
    return distinct(sentence(row.patient) for row in rows if row.patient)
