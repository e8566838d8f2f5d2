"""Drugs and pairs of them: ``drugs/<ingredient>.toml`` and ``interactions.toml``."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from cds.facts import CellLine
from cds.knowledge.schema.base import (
    Atc,
    Confirmation,
    Day,
    Entry,
    Number,
    PairId,
    Review,
    RxCui,
    Sctid,
    Slug,
    SourceId,
    Text,
)


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
    rxnorm_forms: dict[RxCui, Text] = Field(
        default_factory=dict
    )  # PIN and MIN codes that contain it, with their names
    rxnorm_status: Literal["verified", "unverified"] = "verified"
    atc: tuple[Atc, ...] = ()  # today's codes first, then those that WHO has retired
    snomed: tuple[Sctid, ...] = ()


class DrugNames(Entry):
    brands: tuple[Text, ...] = ()
    local_brands: tuple[Text, ...] = ()  # all whose products act where they are applied: creams, eye drops
    also: tuple[Text, ...] = ()  # other spellings, salts and abbreviations in use
    combined_with: tuple[Slug, ...] = ()  # drugs in one medicine with it: a brand may stand in both files
    not_in: tuple[Text, ...] = ()  # longer names that hold one of these and mean something else


class DrugEffect(Entry):
    """What the drug does to each line."""

    neutrophils: Effect = Effect.NONE
    lymphocytes: Effect = Effect.NONE
    leukocytes: Effect = Effect.NONE
    monocytes: Effect = Effect.NONE
    eosinophils: Effect = Effect.NONE
    basophils: Effect = Effect.NONE
    on_purpose: tuple[CellLine, ...] = ()  # lines whose fall is what the drug is given for
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
    do_not_start_lymphocytes_per_ul: Number | None = None
    hold_lymphocytes_below_per_ul: Number | None = None
    hold_leukocytes_below_per_ul: Number | None = None
    at_or_below: bool = False  # the printed count itself is too low ("1,500 or less")
    not_in_cancer: bool = False  # made for another disease: they do not hold where the drug is chemotherapy
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
    # Whether a fever during the treatment, or in the weeks after, matters before anybody has counted: by
    # itself, or only with a cancer on record, where other diseases are treated with it too. After cytotoxic
    # drugs it does so always.
    fever_alarm: Literal["never", "in-cancer", "always"] = "never"
    treats_neutropenia: bool = False  # growth factor
    treats_infection: bool = False  # of those that come with low neutrophils, or keeps them away
    sources: tuple[SourceId, ...]
    confirmation: Confirmation
    review: Review


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
