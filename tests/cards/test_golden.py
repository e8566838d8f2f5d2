"""Whole cards as a clinician reads them: one file per card, to be read and judged as a text.

A change of wording shows as a difference here; read the new text before writing it to its file.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cards.card import Card
from cds.facts import Calculation, CellLine
from cds.findings import (
    Assessment,
    Direction,
    RiskReason,
    ScorePart,
    Severity,
    Standing,
    Topic,
    Trend,
    Urgency,
)
from tests.cards.builders import (
    CBC,
    CLOZAPINE,
    CULTURE,
    HIV,
    LUPUS,
    SMEAR,
    assessment,
    caveat,
    count,
    draft,
    drug,
    fever,
    label_limit,
    low,
    monitoring,
    only_card,
    order_risk,
    pair,
    precaution,
    state,
    suspect,
    when,
)

GOLDEN = Path(__file__).parent / "golden"

CARBAMAZEPINE = drug(
    "carbamazepine",
    rxcui="2002",
    drug_class="antiepileptic",
    prescriber_decides=True,
    frequency="common (leukopenia about 10 %)",
    onset="first 1-3 months",
    advice="",
)
OMEPRAZOLE = drug("omeprazole", grade="D", confirmation="needs pharmacist review")
PAIRED = (
    ScorePart("evidence", 30, "grade-a"),
    ScorePart("timing", 25, "typical-window", 56),
    ScorePart("trajectory", 15, "normal-before", 60),
    ScorePart("exposure", 10, "risky-pair", names=("carbamazepine",)),
    ScorePart("alternatives", -5, "other-drugs", names=("carbamazepine",)),
)
SINCE = when("2026-09-25")
FALL = Trend(
    last_normal=count("3.9", measured=when("2026-10-28T08:00")),
    nadir=count("0.3"),
    fall_percent=92,
    steep=True,
    direction=Direction.FALLING,
)
LINES = (
    state("6.8"),
    state("0.3", CellLine.NEUTROPHILS, Severity.SEVERE),
    state("5.9", CellLine.LYMPHOCYTES),
)
HALF = count("0.500", reported="", calculation=Calculation("percent", "2.5 x 20 %"))
MODERATE = low("0.8", severity=Severity.MODERATE, urgency=Urgency.WARNING)
MISSING = (
    caveat("not-supplied", "conditions"),
    caveat("not-supplied", "temperature"),
    caveat("unrecognised-medication", "medications", count=2),
)

STORIES: dict[str, Assessment] = {
    "fever": assessment(
        Topic.FEVER,
        low_counts=(low(HALF, severity=Severity.MODERATE),),
        fever=fever(neutrophils=HALF),
        work_up=(CBC, SMEAR, CULTURE),
    ),
    "order-risk": assessment(
        (Topic.ORDER_RISK, Urgency.WARNING),
        low_counts=(MODERATE,),
        order_risks=(
            order_risk(
                RiskReason.LABEL_LIMIT,
                of=CLOZAPINE,
                urgency=Urgency.WARNING,
                draft=draft("Clozapine 100 MG Oral Tablet"),
                count=MODERATE.count,
                label_limit=label_limit(
                    "hold",
                    "1000",
                    status="clozapine policy us-label",
                    policy="us-label",
                    advice="US label: interrupt, haematology, daily counts",
                ),
                suspect=suspect(CLOZAPINE),
            ),
        ),
    ),
    "low-count": assessment(
        Topic.LOW_COUNT,
        low_counts=(low("0.3", trend=FALL, footnote="CTCAE v5.0 grade 4; v6.0 grade 3"),),
        lines=LINES,
        work_up=(CBC, SMEAR, HIV),
        caveats=MISSING,
    ),
    "suspects": assessment(
        (Topic.SUSPECTS, Urgency.WARNING),
        low_counts=(MODERATE,),
        other_causes=(LUPUS,),
        pairs=(pair(CLOZAPINE, CARBAMAZEPINE),),
        suspects=(
            suspect(CLOZAPINE, parts=PAIRED, since=SINCE, day=56),
            suspect(
                CARBAMAZEPINE,
                parts=PAIRED[:3],
                since=SINCE,
                day=56,
                standing=Standing.POSSIBLE,
                matched_by="name",
            ),
            suspect(OMEPRAZOLE, standing=Standing.UNLIKELY, score=20),
        ),
        caveats=MISSING,
    ),
    "monitoring": assessment((Topic.MONITORING, Urgency.WARNING), low_counts=(), monitoring=(monitoring(),)),
    "precautions": assessment(
        (Topic.PRECAUTIONS, Urgency.INFO),
        precautions=(
            precaution(),
            precaution("fever-plan", 2, clinician="Give a fever plan", patient="Call at once, day or night"),
            precaution("visitors", 4, clinician="Sick visitors stay away", confirmation="mixed", patient=""),
        ),
    ),
    "data-quality": assessment(
        (Topic.DATA_QUALITY, Urgency.INFO),
        low_counts=(),
        caveats=(caveat("implausible", detail="3000 10*3/uL", may_hide=True), *MISSING),
    ),
}


def written(card: Card) -> str:
    offers = "; ".join(each.label for each in card.suggestions) or "none"
    return f"{card.indicator.value}: {card.summary}\n\n{card.detail}\n\nSuggestions: {offers}\n"


@pytest.mark.parametrize("name", STORIES)
def test_the_card_reads_as_agreed(name: str) -> None:
    assert (GOLDEN / f"{name}.md").read_text(encoding="utf-8") == written(only_card(STORIES[name]))


def test_every_text_belongs_to_a_story() -> None:
    assert sorted(STORIES) == sorted(path.stem for path in GOLDEN.glob("*.md"))


def test_a_reported_unit_is_shown_beside_the_converted_number() -> None:
    made = only_card(assessment(Topic.LOW_COUNT, low_counts=(low(count("0.900", reported="900 /uL")),)))

    assert "ANC 0.9 x10^9/L (reported 900 /uL)" in made.detail
