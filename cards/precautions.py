"""The precautions card: what lowers the risk of infection at this count, and words to hand over."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from operator import attrgetter

from cards.count_words import leading_count
from cards.drug_words import REVIEW_MARKS, review_mark
from cards.markdown import Block, Markdown, escape
from cards.message import Evidence, Message, distinct
from cards.telling import Telling
from cards.wording import fit_summary, sentence
from cds.findings import Precaution, Topic, Urgency

_WEAK = "C"
_ROWS_KEPT = 256


def render_precautions(telling: Telling, urgency: Urgency) -> Message:
    """Bullets for the team; those for the patient are handed over, so that they end the card."""
    assessment = telling.assessment
    rows = tuple(sorted(assessment.precautions, key=attrgetter("row")))
    if not rows:
        raise ValueError("a precautions card needs precautions")
    return Message(
        topics=(Topic.PRECAUTIONS,),
        urgency=urgency,
        summary=_summary(telling),
        blocks=_for_team(rows),
        evidence=Evidence(
            precautions=rows, sources=distinct(chain.from_iterable(row.sources for row in rows))
        ),
        hand_over=_for_patient(rows),
    )


def _summary(telling: Telling) -> str:
    low = leading_count(telling.assessment)
    if low is None:
        return "Infection precautions fitted to the low count, with words for the patient."
    words = telling.words_of(low)
    return fit_summary(
        f"{words.dated}: infection precautions for {words.verdict}, with words for the patient.",
        f"{words.dated}: infection precautions for {words.verdict}.",
        f"{words.bare}: infection precautions.",
    )


def _for_team(rows: tuple[Precaution, ...]) -> tuple[Block, ...]:
    """One heading: what is confirmed, then the rest by how far it is."""
    by_mark: dict[str, list[Markdown]] = {mark: [] for mark in REVIEW_MARKS}
    for row in rows:
        if row.clinician:
            by_mark[review_mark(row.confirmation)].append(_team_bullet(row.clinician, row.evidence))
    groups = [(mark, bullets) for mark, bullets in by_mark.items() if bullets]
    return tuple(
        Block(f"{'Also' if place else 'For the team'}{mark}:", items=distinct(bullets))
        for place, (mark, bullets) in enumerate(groups)
    )


def _for_patient(rows: tuple[Precaution, ...]) -> tuple[Block, ...]:
    bullets = distinct(_patient_bullet(row.patient) for row in rows if row.patient)
    return (Block("For the patient (to hand over):", items=bullets),) if bullets else ()


# The words of a row are the knowledge's own and the same for everybody, so they are kept from answer to
# answer: room for all rows, and for those of a knowledge that is read anew.


@lru_cache(_ROWS_KEPT)
def _team_bullet(clinician: str, evidence: str) -> Markdown:
    weak = " (evidence weak or mixed)" if evidence == _WEAK else ""
    return Markdown(escape(f"{sentence(clinician).rstrip('.')}{weak}."))


@lru_cache(_ROWS_KEPT)
def _patient_bullet(patient: str) -> Markdown:
    return Markdown(escape(sentence(patient)))
