"""Findings by hand: small factories whose defaults make a sound, ordinary story.

Now is 20 Nov 2026 12:00 UTC; "today" is 08:00 of that day.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec

from cards.card import Card, CardSettings
from cards.profile import CardProfile
from cards.render import render_cards
from cds.facts import (
    Bound,
    Calculation,
    CellCount,
    CellLine,
    DraftOrder,
    LabFlag,
    MedicationUse,
    Precision,
    ResultStatus,
    Temperature,
    When,
)
from cds.findings import (
    Assessment,
    Caveat,
    DrugNote,
    Duration,
    ExpectedNadir,
    Fever,
    FeverDefinition,
    Freshness,
    LabelLimit,
    Limit,
    LimitBasis,
    LineState,
    LowCount,
    MonitoringDue,
    Occasion,
    OrderRisk,
    OtherCause,
    PairNote,
    Precaution,
    RiskReason,
    ScorePart,
    Severity,
    Standing,
    Suspect,
    Topic,
    TopicDecision,
    Trend,
    Urgency,
    WorkUp,
)
from cds.profiles.load import load_profile

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KNOWLEDGE = "2026.11.0+3f2a9c1d"
BASIS = "org.leukocds.basis"

_NAMES = {
    CellLine.NEUTROPHILS: ("ANC", "neutrophils", "neutropenia", "bacterial and fungal infection"),
    CellLine.LEUKOCYTES: ("WBC", "white cells", "leukopenia", "infection"),
    CellLine.LYMPHOCYTES: ("ALC", "lymphocytes", "lymphopenia", "viral and opportunistic infection"),
    CellLine.MONOCYTES: ("monocytes", "monocytes", "monocytopenia", ""),
    CellLine.CD4: ("CD4", "CD4 T cells", "low CD4 count", "opportunistic infection"),
    CellLine.HAEMOGLOBIN: ("Hb", "haemoglobin", "anaemia", ""),
}
_MILD = {CellLine.NEUTROPHILS: "1.5", CellLine.LEUKOCYTES: "4.0", CellLine.LYMPHOCYTES: "1.0"}


def when(text: str, precision: Precision = Precision.INSTANT) -> When:
    """``2026-11-18T08:00`` or ``2026-11-18`` (UTC)."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    if "T" not in text and precision is Precision.INSTANT:
        precision = Precision.DAY
    latest = moment if precision is Precision.INSTANT else moment + timedelta(days=1)
    return When(moment, latest, date(moment.year, moment.month, moment.day), precision)


TODAY = when("2026-11-20T08:00")


def count(
    value: str,
    line: CellLine = CellLine.NEUTROPHILS,
    *,
    measured: When | None = TODAY,
    reported: str | None = None,
    bound: Bound = Bound.EXACT,
    status: ResultStatus = ResultStatus.FINAL,
    calculation: Calculation | None = None,
    flag: LabFlag | None = None,
    references: tuple[str, ...] | None = None,
) -> CellCount:
    return CellCount(
        line=line,
        value=Decimal(value),
        measured=measured,
        reported=f"{value} 10*3/uL" if reported is None else reported,
        bound=bound,
        status=status,
        flag=flag,
        references=(f"Observation/{line.value}",) if references is None else references,
        calculation=calculation,
    )


def low(
    value: str | CellCount = "0.32",
    line: CellLine = CellLine.NEUTROPHILS,
    *,
    severity: Severity = Severity.SEVERE,
    duration: Duration = Duration.NEW,
    urgency: Urgency | None = Urgency.CRITICAL,
    freshness: Freshness = Freshness.CURRENT,
    limit: Limit | None = None,
    **more: object,
) -> LowCount:
    cells = count(value, line) if isinstance(value, str) else value
    short, name, word, protects = _NAMES[cells.line]
    made = LowCount(
        line=cells.line,
        short=short,
        name=name,
        word=word,
        count=cells,
        severity=severity,
        limit=limit or Limit(Decimal(_MILD.get(cells.line, "0.2")), LimitBasis.ADULT, ("seed-001",)),
        freshness=freshness,
        duration=duration,
        trend=Trend(),
        urgency=urgency,
        protects_against=protects,
        rule=f"low-count/{cells.line.value}",
        sources=("seed-001",),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def state(
    value: str | CellCount, line: CellLine = CellLine.LEUKOCYTES, severity: Severity = Severity.NONE
) -> LineState:
    cells = count(value, line) if isinstance(value, str) else value
    short = _NAMES.get(cells.line, (cells.line.value.replace("-", " "),))[0]
    return LineState(cells.line, short, cells, severity, Freshness.CURRENT)


def drug(name: str = "methimazole", **more: object) -> DrugNote:
    made = DrugNote(
        id=name.replace(" ", "-"),
        name=name,
        rxcui="6835",
        drug_class="thionamide (antithyroid)",
        grade="A",
        frequency="uncommon (agranulocytosis 0.2-0.5 %)",
        onset="median 30-39 days",
        recovery="4-15 days",
        advice="Fever or sore throat: withhold and count the same day.",
        confirmation="sourced",
        prescriber_decides=False,
        cytotoxic=False,
        sources=("Andersohn2007",),
    )
    return replace(made, **more)  # type: ignore[arg-type]


CLOZAPINE = drug(
    "clozapine",
    drug_class="antipsychotic",
    prescriber_decides=True,
    advice="Below 1,000 /uL interrupt and ask haematology.",
)
CARBOPLATIN = drug(
    "carboplatin",
    drug_class="platinum",
    prescriber_decides=True,
    cytotoxic=True,
    advice="Count before a cycle.",
)


def use(
    reference: str = "MedicationRequest/m1", text: str = "Methimazole 10 MG Oral Tablet"
) -> MedicationUse:
    return MedicationUse(reference, text, (), "active", when("2026-10-17"), None)


METHIMAZOLE_PARTS = (
    ScorePart("evidence", 30, "grade-a"),
    ScorePart("timing", 25, "typical-window", 34),
    ScorePart("trajectory", 15, "normal-before", 40),
    ScorePart("dechallenge", 0, "not-tested"),
    ScorePart("reaction", 0, "none-recorded"),
    ScorePart("exposure", 0, "no-pair"),
    ScorePart("alternatives", 0, "none-found"),
)


def suspect(
    of: DrugNote | None = None,
    *,
    standing: Standing = Standing.LEADING,
    parts: tuple[ScorePart, ...] = METHIMAZOLE_PARTS,
    score: int | None = None,
    **more: object,
) -> Suspect:
    made = Suspect(
        drug=of or drug(),
        line=CellLine.NEUTROPHILS,
        standing=standing,
        score=sum(part.points for part in parts) if score is None else score,
        parts=parts,
        uses=(use(),),
        matched_by="rxnorm",
        since=when("2026-10-17"),
        day=34,
        rule="suspect/neutrophils",
        sources=("Andersohn2007", "Vicente2017"),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def draft(text: str = "Methimazole 10 MG Oral Tablet", reference: str = "MedicationRequest/d1") -> DraftOrder:
    return DraftOrder(reference, "MedicationRequest", text)


def order_risk(
    why: RiskReason = RiskReason.SUSPECT_REORDERED,
    *,
    of: DrugNote | None = None,
    urgency: Urgency = Urgency.CRITICAL,
    **more: object,
) -> OrderRisk:
    made = OrderRisk(
        draft=draft(),
        why=why,
        urgency=urgency,
        drug=of or drug(),
        count=count("0.32"),
        severity=Severity.SEVERE,
        rule=f"order-risk/{why.value}",
        sources=("Vicente2017",),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def label_limit(kind: str = "stop", below: str = "500", **more: object) -> LabelLimit:
    made = LabelLimit(kind, CellLine.NEUTROPHILS, Decimal(below), "US label", "sourced", sources=("label",))
    return replace(made, **more)  # type: ignore[arg-type]


def pair(first: DrugNote, second: DrugNote, **more: object) -> PairNote:
    made = PairNote(
        "I08", first, second, "avoid", "additive", "Higher risk of agranulocytosis.", "Avoid together.",
        "sourced", ("PMC3105838",),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def vaccine_risk(value: str = "0.4", **more: object) -> OrderRisk:
    return order_risk(
        RiskReason.LIVE_VACCINE,
        **{
            "of": None,
            "draft": DraftOrder("MedicationRequest/v1", "MedicationRequest", "FluMist", vaccine="149"),
            "count": count(value, CellLine.LYMPHOCYTES),
            "vaccine": "influenza, live, intranasal",
            "drug": None,
            **more,
        },
    )  # type: ignore[arg-type]


def monitoring(**more: object) -> MonitoringDue:
    made = MonitoringDue(
        drug=CLOZAPINE,
        line=CellLine.NEUTROPHILS,
        every_days=7,
        overdue_days=43,
        last=count("2.1", measured=when("2026-10-01T08:00")),
        since=when("2026-08-01"),
        urgency=Urgency.WARNING,
        confirmation="sourced",
        rule="monitoring/clozapine",
        sources=("PMC9243911",),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def temperature(celsius: str = "38.4", reported: str | None = None, site: str = "oral") -> Temperature:
    sent = f"{celsius} Cel" if reported is None else reported
    return Temperature(Decimal(celsius), when("2026-11-20T09:00"), site, sent, "Observation/t1")


def fever(definition: FeverDefinition = FeverDefinition.NEUTROPHILS_LOW, **more: object) -> Fever:
    made = Fever(
        definition=definition,
        temperature=temperature(),
        condition=None,
        neutrophils=count("0.32"),
        rule="fever/neutrophils",
        sources=("NICE151", "IDSA"),
        neutrophils_limit=Decimal("0.5"),
        celsius_limit=Decimal("38.0"),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def nadir(**more: object) -> ExpectedNadir:
    made = ExpectedNadir((CARBOPLATIN, drug("paclitaxel")), 11, when("2026-11-09"), ("MedicationRequest/m1",))
    return replace(made, **more)  # type: ignore[arg-type]


def precaution(id: str = "hand-hygiene", row: int = 1, **more: object) -> Precaution:
    clinician, patient = "Hand hygiene for staff, visitors and patient", "Wash your hands often with soap"
    made = Precaution(id, row, "A", clinician, patient, "sourced", ("DrO-prec",))
    return replace(made, **more)  # type: ignore[arg-type]


CBC = WorkUp("cbc-differential", "CBC with differential", "57021-8", True, "recheck")
SMEAR = WorkUp("smear", "Blood smear review", "14869-2", True, "every-low")
CULTURE = WorkUp("blood-culture", "Blood culture", "600-7", True, "fever")
HIV = WorkUp("hiv", "HIV antigen and antibody", "56888-1", False, "new-unexplained")

LUPUS = OtherCause(
    "lupus", "systemic lupus", "autoimmune", "SLE, WHO class IV", "Condition/c1", when("2024-03-02")
)


def caveat(kind: str, what: str = "neutrophils", detail: str = "", **more: object) -> Caveat:
    return replace(Caveat(kind, what, detail), **more)  # type: ignore[arg-type]


def assessment(*speaking: Topic | tuple[Topic, Urgency], **more: object) -> Assessment:
    """An assessment in which these topics speak (critically, unless said otherwise)."""
    decisions = tuple(
        TopicDecision(each, Urgency.CRITICAL, ())
        if isinstance(each, Topic)
        else TopicDecision(each[0], each[1], ())
        for each in speaking
    )
    made = Assessment(
        as_of=NOW,
        occasion=Occasion.ORDER_SIGN,
        knowledge=KNOWLEDGE,
        low_counts=(low(),),
        work_up=(CBC, SMEAR),
        decisions=decisions,
    )
    return replace(made, **more)  # type: ignore[arg-type]


EVERYTHING = assessment(
    *Topic,
    lines=(
        state("6.8"),
        state("0.32", CellLine.NEUTROPHILS, Severity.SEVERE),
        state("5.9", CellLine.LYMPHOCYTES),
    ),
    suspects=(suspect(),),
    order_risks=(order_risk(suspect=suspect()), vaccine_risk("0.4")),
    monitoring=(monitoring(),),
    fever=fever(),
    precautions=(precaution(), precaution("fever-plan", 2, clinician="Fever plan", patient="Call at 38.0 C")),
    work_up=(CBC, SMEAR, CULTURE, HIV),
    other_causes=(LUPUS,),
    caveats=(
        caveat("not-supplied", "conditions"),
        caveat("implausible", "leukocytes", "3000 10*3/uL", may_hide=True),
        caveat("unrecognised-medication", "medications", count=2),
    ),
)


def uuids() -> object:
    """Identifiers that can be told apart and repeated."""
    numbers = iter(range(1, 1000))
    return lambda: f"00000000-0000-4000-8000-{next(numbers):012d}"


def _profile(settings: dict[str, object]) -> dict[str, object]:
    """The profile of the name that stands in ``settings``."""
    if "profile" not in settings:
        return {}
    cards = load_profile(settings["profile"]).cards  # type: ignore[arg-type]
    return {"profile": msgspec.convert(cards, CardProfile)}


def cards_of(made: Assessment, **settings: object) -> tuple[Card, ...]:
    return render_cards(
        made,
        patient_id="p1",
        settings=CardSettings(**settings | _profile(settings)),  # type: ignore[arg-type]
        new_uuid=uuids(),  # type: ignore[arg-type]
    )


def only_card(made: Assessment, **settings: object) -> Card:
    (card,) = cards_of(made, **settings)
    return card
