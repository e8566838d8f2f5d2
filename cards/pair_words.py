"""A risky pair of drugs: what may happen, to whom it applies, and what is advised."""

from __future__ import annotations

from cards.drug_words import review_mark, with_prescriber
from cards.markdown import Block
from cards.message import distinct
from cards.wording import sentence
from cds.findings import PairNote


def pair_block(pair: PairNote) -> Block:
    """One pair as a paragraph of its own, so that it is told once for both its drugs."""
    lead = f"Pair: {pair.first.name} with {pair.second.name}{review_mark(pair.confirmation)}."
    condition = f"Applies to: {pair.dose_condition}." if pair.dose_condition else ""
    keeps = pair.first if pair.first.prescriber_decides else pair.second
    advice = with_prescriber(pair.advice, keeps) if pair.advice else ""
    return Block(lead, distinct((sentence(pair.effect), condition, advice)))
