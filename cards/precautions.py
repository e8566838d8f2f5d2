"""The precautions card: what lowers the risk of infection at this count, and words to hand over."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import attrgetter

from cards.count_words import leading_count
from cards.drug_words import REVIEW_MARKS, review_mark
from cards.markdown import Block, Markdown, escape
from cards.message import Evidence, Message, distinct
from cards.telling import Telling
from cards.wording import fit_summary, sentence
from cds.findings import Topic, Urgency

_WEAK = "C"


def render_precautions(telling: Telling, urgency: Urgency) -> Message:
    """Bullets for the team; those for the patient are handed over, so that they end the card."""
    assessment = telling.assessment
    rows = tuple(sorted(assessment.precautions, key=attrgetter("row")))
    if not rows:
        raise ValueError("a precautions card needs precautions")
    words = [_row_words(row.clinician, row.patient, row.evidence, row.confirmation) for row in rows]
    return Message(
        topics=(Topic.PRECAUTIONS,),
        urgency=urgency,
        summary=_summary(telling),
        blocks=_for_team(words),
        evidence=Evidence(
            precautions=rows, sources=distinct(chain.from_iterable([row.sources for row in rows]))
        ),
        hand_over=_for_patient(words),
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


@dataclass(frozen=True, slots=True)
class _RowWords:
    """One row in words, each side empty if there is nothing to say to it; ``mark`` tells what confirms it."""

    team: Markdown
    patient: Markdown
    mark: str


@lru_cache(256)
def _row_words(clinician: str, patient: str, evidence: str, confirmation: str) -> _RowWords:
    """The words of a row are the knowledge's own and the same for everybody, so they are kept for good.

    There is room for all rows, and for those of a knowledge that is read anew.
    """
    weak = " (evidence weak or mixed)" if evidence == _WEAK else ""
    team = f"{sentence(clinician).rstrip('.')}{weak}." if clinician else ""
    told = sentence(patient) if patient else ""
    return _RowWords(Markdown(escape(team)), Markdown(escape(told)), review_mark(confirmation))


def _for_team(words: list[_RowWords]) -> tuple[Block, ...]:
    """One heading: what is confirmed, then the rest by how far it is."""
    by_mark: dict[str, list[Markdown]] = {mark: [] for mark in REVIEW_MARKS}
    for row in words:
        by_mark[row.mark].append(row.team)
    groups = [(mark, bullets) for mark, rows in by_mark.items() if (bullets := distinct(rows))]
    return tuple(
        Block(f"{'Also' if place else 'For the team'}{mark}:", items=bullets)
        for place, (mark, bullets) in enumerate(groups)
    )


def _for_patient(words: list[_RowWords]) -> tuple[Block, ...]:
    bullets = distinct([row.patient for row in words])
    return (Block("For the patient (to hand over):", items=bullets),) if bullets else ()
