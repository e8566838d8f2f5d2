"""The shape of everything that is known: one frozen model per table of the knowledge folder.

A reviewer edits TOML; these models say which members a file may have. Unknown members, wrong types and
missing sources are refused. Cell counts are in 10*9/L unless a member's name ends in ``_per_ul``
(cells per microlitre, the unit in which labels print their limits); days are whole days.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from cds.facts import CellLine

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
SourceId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$")]
Loinc = Annotated[str, StringConstraints(pattern=r"^\d{1,5}-\d$")]
RxCui = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,7}$")]
Atc = Annotated[str, StringConstraints(pattern=r"^[A-Z]\d{2}([A-Z]([A-Z](\d{2})?)?)?$")]
Sctid = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{5,17}$")]
Cvx = Annotated[str, StringConstraints(pattern=r"^\d{2,3}$")]
PairId = Annotated[str, StringConstraints(pattern=r"^I\d{2}$")]


def _whole_or_exact(value: object) -> object:
    # TOML has integers and floats; the loader parses floats as Decimal. A count may be written either way.
    if isinstance(value, str | bool):
        raise ValueError("a number is needed, without quotation marks")
    return Decimal(value) if isinstance(value, int) else value


Number = Annotated[Decimal, BeforeValidator(_whole_or_exact), Field(ge=0)]
Day = Annotated[int, Field(ge=0, strict=True)]


class Entry(BaseModel):
    """Base of every model: frozen, and closed to members it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


class Confirmation(StrEnum):
    """How well a fact is confirmed; shown to the clinician where it is not ``sourced``."""

    SOURCED = "sourced"
    CLASS_SOURCED = "class-sourced"
    MIXED = "mixed"
    NEEDS_REVIEW = "needs pharmacist review"


class Review(Entry):
    """Who wrote and who checked an item, and when it is due again."""

    authored: Text
    checked: str = ""  # empty: nobody has yet
    reviewed_on: date
    next_review: date


# --- sources.toml ---------------------------------------------------------------------------------------


class Source(Entry):
    """One publication, label or guideline.

    ``read_as`` says how it was read: whole, in part (tables, passages, a data file), as its abstract, or
    through somebody who quotes it; ``own-knowledge`` is the author's memory and confirms nothing.
    """

    id: SourceId
    citation: Text
    read_as: Literal["full", "part", "abstract", "secondary", "own-knowledge"]


# --- cell_lines.toml ------------------------------------------------------------------------------------


class Tiers(Entry):
    """Adult limits of one line; a count is in a tier when it is strictly below its limit."""

    mild: Number
    moderate: Number | None = None
    severe: Number | None = None
    profound: Number | None = None
    sources: tuple[SourceId, ...]


class AgeLimit(Entry):
    """Lower limit of one line for ages ``from_days <= age < to_days`` at the time of the specimen."""

    from_days: Day
    to_days: Day
    low: Number
    sources: tuple[SourceId, ...]
    confirmation: Confirmation = Confirmation.SOURCED


class Plausible(Entry):
    """What a result and a printed lower limit can be; anything outside is not believed."""

    max_value: Number
    low_limit_min: Number | None = None
    low_limit_max: Number | None = None
    low_limit_max_child: Number | None = None
    sources: tuple[SourceId, ...] = ()


class LineCodes(Entry):
    """LOINC codes by property: counts per volume, percentages, and pure fractions (0 to 1)."""

    count: tuple[Loinc, ...] = ()
    percent: tuple[Loinc, ...] = ()
    percent_manual: tuple[Loinc, ...] = ()
    fraction: tuple[Loinc, ...] = ()


class Line(Entry):
    """One cell line: how it is named, coded and graded.

    ``speaks`` is ``card`` (may make a card), ``table`` (a line of the table at most) or ``context``.
    """

    id: CellLine
    name: Text  # "neutrophils"
    short: Text  # "ANC"
    low_word: Text = "low"  # "neutropenia"
    unit: Literal["10*9/L", "g/dL", "/uL"] = "10*9/L"  # for display only
    speaks: Literal["card", "table", "context"]
    group: Slug  # prefetch group: one query each
    codes: LineCodes
    tiers: Tiers | None = None
    duffy_null_low: Number | None = None
    children: tuple[AgeLimit, ...] = ()
    plausible: Plausible
    protects_against: str = ""  # "bacterial and fungal infection"
    footnotes: dict[Literal["mild", "moderate", "severe", "profound"], Text] = {}  # other scales, versioned


# --- units.toml -----------------------------------------------------------------------------------------


class UnitScale(Entry):
    """Spellings of one scale, already normalised as units.py does it.

    ``(value - subtract) * factor / divisor`` is in 10*9/L, percent, g/dL or degrees Celsius. The three
    members keep Fahrenheit exact: (100.4 - 32) * 5 / 9 is 38.0. A spelling occurs once within a kind; two
    kinds may share one (``g/l`` is giga per litre in a count and grams per litre in a mass).
    """

    kind: Literal["count", "percent", "fraction", "mass", "temperature"]
    factor: Number
    divisor: Annotated[Number, Field(gt=0)] = Decimal(1)
    subtract: Number = Decimal(0)
    spellings: tuple[Text, ...]
    suspect: bool = False  # accepted, but said


# --- limits.toml: every number that a rule compares with ------------------------------------------------


class Freshness(Entry):
    current_days: Day
    recent_days: Day
    ageing_days: Day
    old_days: Day
    sources: tuple[SourceId, ...]


class DurationLimits(Entry):
    new_normal_within_days: Day  # the last earlier value was normal and at most this old
    new_first_low_days: Day  # or the first low lies within so many days
    chronic_days: Day
    stable_percent: Number  # values within so many percent of their median are stable
    steep_fall_percent: Number
    steep_fall_days: Day  # 6.1: mild becomes a warning when it fell this fast
    recovering_above: Number
    baseline_normals: Day  # so many normals make the median
    sources: tuple[SourceId, ...]


class FeverLimits(Entry):
    celsius: Number  # at or above
    window_hours: Day
    condition_hours: Day
    neutrophils_at_most: Number  # the fever rule alone uses "or lower"
    neutrophils_falling_below: Number
    chemotherapy_days: Day
    loinc: tuple[Loinc, ...]
    sites: dict[str, str]  # LOINC -> site word
    sources: tuple[SourceId, ...]


class DuffyLimits(Entry):
    neutrophils_low: Number
    leukocytes_low: Number
    expected_at_least: Number
    own_median_percent: Number
    own_median_values: Day
    unrecorded_spread_days: Day
    conditions_icd10cm: tuple[Text, ...]
    text_patterns: tuple[Text, ...]  # regular expressions, searched without regard to case
    sources: tuple[SourceId, ...]


class ConsistencyLimits(Entry):
    sum_counts_absolute: Number
    sum_counts_percent: Number
    sum_percent_note: tuple[Number, Number]
    sum_percent_serious: tuple[Number, Number]
    closure: tuple[Number, Number]  # percentages "sum to about 100"
    line_over_total: Number  # a line above total x this contradicts it
    calculated_differs_percent: Number
    same_draw_minutes: Day
    dilution_fall_percent: Number
    dilution_hours: Day
    nucleated_red_per_100: Number
    future_hours: Day
    small_per_ul: Number  # a fractional cells/uL value below this is the wrong scale
    unzoned_tolerance_hours: Day
    sources: tuple[SourceId, ...]


class NadirLimits(Entry):
    from_days: Day
    to_days: Day
    prolonged_days: Day
    next_cycle_neutrophils_per_ul: Number  # most regimens: next dose only from here on
    next_cycle_sources: tuple[SourceId, ...]
    sources: tuple[SourceId, ...]


class MarrowLimits(Entry):
    """Marrow-failure pattern and pancytopenia (labs.md 3.2)."""

    haemoglobin: Number
    platelets: Number
    neutrophils: Number
    severe_platelets: Number
    severe_reticulocytes: Number
    pancytopenia_haemoglobin: Number
    pancytopenia_platelets: Number
    sources: tuple[SourceId, ...]


class ImmunityLimits(Entry):
    """When a live vaccine is a risk (labs.md 4.4)."""

    neutrophils: Number
    lymphocytes: Number
    cd4_per_ul: Number
    sources: tuple[SourceId, ...]


class LoudnessLimits(Entry):
    """Counts at which a finding becomes louder (labs.md 6.1, decisions.md 4 and 5)."""

    neutrophils_always: Number  # order-sign speaks below this whatever is drafted
    neutrophils_suspect: Number  # ... or below this with a leading suspect among the current drugs
    neutrophils_unexplained: Number  # ... or below this, unless it is long known or expected
    neutrophils_settled: Number  # WBC alone is quiet when neutrophils are at least this
    leukocytes_quiet_from: Number
    leukocytes_warning: Number
    lymphocytes_warning: Number
    monocytes_repeat_days: Day
    sources: tuple[SourceId, ...]


class Limits(Entry):
    freshness: Freshness
    duration: DurationLimits
    fever: FeverLimits
    duffy_null: DuffyLimits
    consistency: ConsistencyLimits
    nadir: NadirLimits
    marrow: MarrowLimits
    immunity: ImmunityLimits
    loudness: LoudnessLimits
    pregnancy_leukocytes_low: Number
    adult_from_days: Day
    preterm_note_to_days: Day
    neonate_to_days: Day  # below: safety tiers do not apply
    suggested_test_recent_days: Day
    sources: tuple[SourceId, ...] = ()  # of the single limits above


# --- ranking.toml: the suspects' arithmetic (drugs.md 6.2) ----------------------------------------------


class Ranking(Entry):
    """Points of the suspects' score. Rule points, not probabilities; nothing validates the weights."""

    evidence: dict[Literal["A", "B", "C", "D", "X"], int]
    timing_typical: int
    timing_possible: int
    timing_outside: int
    timing_unknown: int
    stopped_counts_as_on_days: Day
    reorder_gap_days: Day  # requests of one drug closer than this are one exposure
    assumed_supply_days: Day  # a finished request without an end is taken to have lasted so long at most
    trajectory_normal_before: int
    trajectory_other: int
    trajectory_low_before: int
    baseline_within_days: Day
    dechallenge_recovered: int
    dechallenge_recovered_on_drug: int
    dechallenge_not_recovered: int
    dechallenge_cap_days: Day
    dechallenge_recovered_at: Number  # ANC counted as recovered
    reaction_same: int
    reaction_class: int
    exposure_pair: int
    exposure_dose: int
    alternative_drug: int
    alternative_drugs_floor: int
    competing_condition: int
    duffy_stable: int
    leading_from: int
    possible_from: int
    unlikely_from: int
    beta_lactam_days: Day  # antibiotics for the fever are no suspects before this
    hidden_grade_d: tuple[str, ...]  # drugs of grade D that stay hidden in any case
    sources: tuple[SourceId, ...]


# --- drugs/<ingredient>.toml ----------------------------------------------------------------------------


class Effect(StrEnum):
    LOWERS = "lowers"
    RAISES = "raises"
    NONE = "none"


class Mechanism(StrEnum):
    MYELOSUPPRESSIVE = "myelosuppressive_dose_dependent"
    IDIOSYNCRATIC = "idiosyncratic_immune"
    MIXED = "mixed"
    REDISTRIBUTION = "pharmacodynamic_redistribution"
    BIOLOGIC = "pharmacodynamic_biologic"
    LYMPHOCYTE_DEPLETION = "lymphocyte_depletion"
    LATE_ONSET = "late_onset_immune"
    COUNTER_EVIDENCE = "counter_evidence"
    WEAK = "weak_or_confounded"


class DrugCodes(Entry):
    rxnorm: tuple[RxCui, ...] = ()  # ingredient (IN) codes; the first is the one a card names
    rxnorm_forms: dict[RxCui, Text] = {}  # PIN and MIN codes that contain it, with their names
    rxnorm_status: Literal["verified", "unverified"] = "verified"
    atc: tuple[Atc, ...] = ()
    snomed: tuple[Sctid, ...] = ()


class DrugNames(Entry):
    brands: tuple[Text, ...] = ()
    also: tuple[Text, ...] = ()  # other spellings, salts and abbreviations in use


class DrugEffect(Entry):
    """What the drug does to each line."""

    neutrophils: Effect = Effect.NONE
    lymphocytes: Effect = Effect.NONE
    leukocytes: Effect = Effect.NONE
    monocytes: Effect = Effect.NONE
    eosinophils: Effect = Effect.NONE
    basophils: Effect = Effect.NONE
    all_lines: bool = False  # red cells and platelets too (pan-cytopenia)
    mechanism: Mechanism
    explained: Text

    def on(self, line: CellLine) -> Effect:
        """The effect on one white cell line (``NONE`` for any other line)."""
        value = getattr(self, line.value, Effect.NONE)
        return value if isinstance(value, Effect) else Effect.NONE


class Onset(Entry):
    """Days from the anchor to the fall: the widest plausible window and the usual one."""

    anchor: Literal["start", "each_dose_or_last_dose"]
    min_days: Day
    max_days: Day
    typical_days: tuple[Day, Day]
    explained: Text


class Recovery(Entry):
    max_days: Day
    explained: Text


class Evidence(Entry):
    grade: Literal["A", "B", "C", "D", "X"]
    frequency: Text
    boxed_warning: str = ""  # the US boxed warning on blood cells; empty: none that speaks of blood


class LabelLimits(Entry):
    """Counts below which a label (or guideline) asks for action; cells/uL, as labels print them."""

    do_not_start_neutrophils_per_ul: Number | None = None
    hold_neutrophils_below_per_ul: Number | None = None
    stop_neutrophils_below_per_ul: Number | None = None
    hold_lymphocytes_below_per_ul: Number | None = None
    hold_leukocytes_below_per_ul: Number | None = None
    status: Text
    confirmation: Confirmation


class Drug(Entry):
    """One ingredient. The file name is its id."""

    id: Slug  # set by the loader from the file name
    name: Text
    tier: Literal["core", "extended", "counter-evidence"]
    drug_class: Text
    seeds: tuple[Text, ...] = ()
    seed_class: str = ""  # the class under which the seeds speak of it; empty: they name the drug itself
    codes: DrugCodes
    names: DrugNames = DrugNames()
    effect: DrugEffect
    onset: Onset
    recovery: Recovery
    evidence: Evidence
    limits: LabelLimits | None = None
    advice: str = ""  # what the label or guideline says about counts
    stop_only_with_prescriber: bool = False  # clozapine, chemotherapy, transplant, antiepileptics
    cytotoxic: bool = False  # a fall is the expected effect
    treats_neutropenia: bool = False  # growth factor
    sources: tuple[SourceId, ...]
    confirmation: Confirmation
    review: Review


# --- interactions.toml ----------------------------------------------------------------------------------

# What a pair may name instead of a second drug: a group, or a circumstance. Named here, so that a misspelt
# one is found; ``cds.rules.pairs`` says who belongs to a group.
PAIR_GROUPS = frozenset(
    {
        "any-agranulocytosis-drug-grade-ab",
        "any-brivudine-sorivudine",
        "any-myelosuppressive",
        "any-neutropenia-drug",
        "any-nsaid-ppi-penicillin",
        "any-radiotherapy",
        "duration-over-14-days",
    }
)


class RiskyPair(Entry):
    """Two drugs that together raise the risk. ``second`` is a drug id or one of ``PAIR_GROUPS``."""

    id: PairId
    first: Slug
    second: Slug
    lines: tuple[CellLine, ...]
    mechanism: Text
    effect: Text
    severity: Literal["contraindicated", "avoid", "warn", "monitor"]
    advice: Text
    dose_condition: str = ""
    sources: tuple[SourceId, ...]
    confirmation: Confirmation


# --- conditions.toml, workup.toml, precautions.toml, vaccines.toml, monitoring.toml ---------------------


class Condition(Entry):
    """A known cause, recognised by code."""

    id: Slug
    name: Text
    acts_as: Literal[
        "marrow",
        "infection",
        "autoimmune",
        "spleen",
        "nutrition",
        "congenital",
        "toxin",
        "treatment",
        "normal-variant",
        "already-coded",
        "fever",
        "immune-weakness",
    ]
    snomed: tuple[Sctid, ...] = ()
    icd10cm: tuple[Text, ...] = ()  # a code also stands for its children: "B20", "C91"
    seeds: tuple[Text, ...] = ()
    explains: tuple[CellLine, ...] = ()
    blood_disease: bool = False  # blasts are no news
    confirmation: Confirmation


class WorkUpTest(Entry):
    """A test worth doing in a setting, suggested only where it is missing."""

    id: Slug
    name: Text
    loinc: tuple[Loinc, ...] = ()
    when: Literal[
        "every-low",
        "new-unexplained",
        "chronic",
        "travel",
        "infection",
        "several-lines",
        "lymphopenia-persistent",
        "stable-mild",
        "fever",
    ]
    seeds: tuple[Text, ...] = ()
    order: bool = False  # may be offered as a ServiceRequest
    sources: tuple[SourceId, ...]


class Precaution(Entry):
    """One row of the precautions (labs.md 4.3)."""

    id: Slug
    row: int
    seeds: tuple[Text, ...] = ()
    evidence: Literal["A", "B", "C", "X"]
    clinician: str = ""
    patient: str = ""
    neutrophils_below: Number | None = None  # shown when neutrophils are low and below this; None: never
    lymphopenia: bool = False  # shown when lymphocytes alone are low
    correction: str = ""  # evidence X: why the seed's wording is not used
    sources: tuple[SourceId, ...]
    confirmation: Confirmation = Confirmation.SOURCED


class LiveVaccine(Entry):
    cvx: Cvx
    name: Text
    confirmation: Confirmation = Confirmation.SOURCED


class MonitoringStep(Entry):
    """From ``from_days`` on treatment, a count is due every ``every_days`` (with ``grace_days``)."""

    from_days: Day
    every_days: Day
    grace_days: Day


class Monitoring(Entry):
    """A drug whose label asks for counts."""

    drug: Slug
    policy: Slug = "label"
    line: CellLine
    steps: tuple[MonitoringStep, ...]
    until_days: Annotated[Day, Field(gt=0)] | None = None  # days on treatment from which no count is due
    baseline_required: bool = False
    sources: tuple[SourceId, ...]
    confirmation: Confirmation


class ClozapineBand(Entry):
    """What one clozapine policy says for neutrophils ``from_per_ul <= ANC < below_per_ul``."""

    policy: Literal["us-label", "eu-2025", "uk"]
    duffy_null: bool
    from_per_ul: Number
    below_per_ul: Number | None = None
    action: Literal["normal", "continue", "interrupt", "stop"]
    advice: Text
    urgency: Literal["none", "info", "warning", "critical"]
    sources: tuple[SourceId, ...]
    confirmation: Confirmation
