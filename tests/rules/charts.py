"""Facts by hand: the clock stands at 20 Nov 2026 12:00 UTC; the patient is a woman of 50."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from cds.assess import assess
from cds.facts import (
    Bound,
    CellCount,
    CellFraction,
    CellLine,
    DraftAction,
    DraftOrder,
    DrugMatch,
    MedicationUse,
    Patient,
    PatientFacts,
    Precision,
    Temperature,
    When,
)
from cds.findings import Assessment, Occasion, Suspect, Topic, Urgency
from cds.knowledge.base import Knowledge
from cds.knowledge.load import load_knowledge

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADULT = Patient(
    born=When(datetime(1976, 5, 1, tzinfo=UTC), datetime(1976, 5, 1, 23, 59, tzinfo=UTC), date(1976, 5, 1))
)


@cache
def knowledge() -> Knowledge:
    """The shipped knowledge, loaded once."""
    return load_knowledge()


def ago(days: float) -> When:
    """An exact moment so many days before now."""
    at = NOW - timedelta(days=days)
    return When(at, at, at.date())


def on_day(days: int) -> When:
    """A whole day, so many days before today."""
    day = (NOW - timedelta(days=days)).date()
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return When(start, start + timedelta(hours=23, minutes=59, seconds=59), day, Precision.DAY)


def count(
    line: str, value: str, days: float | None = 0.2, *, bound: Bound = Bound.EXACT, **more: object
) -> CellCount:
    """A count in 10*9/L, so many days ago; ``None`` for undated."""
    measured = None if days is None else ago(days)
    reference = f"Observation/{line}-{days}"
    return CellCount(
        CellLine(line),
        Decimal(value),
        measured,
        f"{value} 10*9/L",
        bound,
        references=(reference,),
        **more,  # type: ignore[arg-type]
    )


def percent(line: str, value: str, days: float = 0.2, **more: object) -> CellFraction:
    return CellFraction(
        CellLine(line),
        Decimal(value),
        ago(days),
        references=(f"Observation/{line}-percent-{days}",),
        **more,  # type: ignore[arg-type]
    )


def taking(
    drug: str,
    since: float | None,
    *,
    until: float | None = None,
    status: str = "active",
    request: str = "",
    **more: object,
) -> MedicationUse:
    """A request of the chart for one ingredient, started so many days ago."""
    return MedicationUse(
        reference=request or f"MedicationRequest/{drug}-{since}",
        text=drug,
        matches=(DrugMatch(drug, "rxnorm", "1"),),
        status=status,
        start=None if since is None else ago(since),
        end=None if until is None else ago(until),
        **more,  # type: ignore[arg-type]
    )


def draft(drug: str, **more: object) -> DraftOrder:
    """A draft order of one ingredient (``drug`` may be unknown to the knowledge)."""
    matches = (DrugMatch(drug, "rxnorm", "1"),) if drug in knowledge().drugs else ()
    return DraftOrder(f"MedicationRequest/draft-{drug}", "MedicationRequest", drug, matches, **more)  # type: ignore[arg-type]


def stop(drug: str) -> DraftOrder:
    return draft(drug, action=DraftAction.STOP)


def temperature(celsius: str, hours: float = 3) -> Temperature:
    return Temperature(Decimal(celsius), ago(hours / 24), "oral", f"{celsius} Cel", "Observation/temperature")


def facts(*items: object, **more: object) -> PatientFacts:
    """Facts from a loose list of counts, percentages, uses, drafts and temperatures."""
    sorted_items: dict[type, list[object]] = {}
    for item in items:
        sorted_items.setdefault(type(item), []).append(item)
    members = {
        "counts": CellCount,
        "fractions": CellFraction,
        "medications": MedicationUse,
        "drafts": DraftOrder,
        "temperatures": Temperature,
    }
    given = {name: tuple(sorted_items.get(kind, ())) for name, kind in members.items()}
    return PatientFacts(**{"as_of": NOW, "patient": ADULT, **given, **more})  # type: ignore[arg-type]


def assessed(
    *items: object, occasion: Occasion = Occasion.ORDER_SIGN, policy: str = "us-label", **more: object
) -> Assessment:
    """The assessment of these facts."""
    return assess(facts(*items, **more), occasion, knowledge(), policy)


def loudest(assessment: Assessment) -> Urgency | None:
    """The highest urgency of any topic that speaks."""
    return max((each.urgency for each in assessment.decisions if each.urgency is not None), default=None)


def spoken(assessment: Assessment) -> set[Topic]:
    """The topics that speak."""
    return {each.topic for each in assessment.decisions if each.urgency is not None}


def suspect(assessment: Assessment, drug: str) -> Suspect | None:
    return next((each for each in assessment.suspects if each.drug.id == drug), None)
