"""Every number that a rule compares with: ``limits.toml``, and the suspects' points: ``ranking.toml``."""

from __future__ import annotations

from typing import Literal

from cds.knowledge.schema.base import Day, Entry, Loinc, Number, SourceId, Text


class FreshnessLimits(Entry):
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
    plausible_celsius: tuple[Number, Number]  # a reading outside has the wrong unit
    window_hours: Day
    condition_hours: Day
    neutrophils_at_most: Number  # the fever rule alone uses "or lower"
    neutrophils_falling_below: Number
    chemotherapy_days: Day
    unknown_after: tuple[str, ...]  # conditions; recorded within those days
    infection_days: Day
    infections: tuple[str, ...]  # conditions that are no fever; recorded within those days
    cancers: tuple[str, ...]  # conditions in which drugs with the alarm "in-cancer" are chemotherapy
    loinc: tuple[Loinc, ...]
    sites: dict[str, str]  # LOINC -> site word
    sources: tuple[SourceId, ...]


class DuffyLimits(Entry):
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
    sources: tuple[SourceId, ...]


class NadirLimits(Entry):
    prolonged_days: Day
    next_cycle_neutrophils_per_ul: Number  # most regimens: next dose only from here on
    next_cycle_sources: tuple[SourceId, ...]
    sources: tuple[SourceId, ...]


class MarrowLimits(Entry):
    """Marrow-failure pattern and pancytopenia."""

    haemoglobin: Number
    platelets: Number
    neutrophils: Number
    severe_platelets: Number
    severe_reticulocytes: Number
    pancytopenia_haemoglobin: Number
    pancytopenia_platelets: Number
    sources: tuple[SourceId, ...]


class ImmunityLimits(Entry):
    """When a live vaccine is a risk."""

    neutrophils: Number
    lymphocytes: Number
    cd4_per_ul: Number
    cd4_percent: Number  # of children with HIV
    cd4_percent_days: tuple[Day, Day]  # from this age on, and before that one
    sources: tuple[SourceId, ...]


class LoudnessLimits(Entry):
    """Counts at which a finding becomes louder."""

    neutrophils_always: Number  # order-sign speaks below this whatever is drafted
    neutrophils_suspect: Number  # ... or below this with a leading suspect among the current drugs
    leukocytes_quiet_from: Number
    leukocytes_warning: Number
    lymphocytes_warning: Number
    sources: tuple[SourceId, ...]


class Limits(Entry):
    freshness: FreshnessLimits
    duration: DurationLimits
    fever: FeverLimits
    duffy_null: DuffyLimits
    consistency: ConsistencyLimits
    nadir: NadirLimits
    marrow: MarrowLimits
    immunity: ImmunityLimits
    loudness: LoudnessLimits
    adult_from_days: Day
    preterm_note_to_days: Day
    neonate_to_days: Day  # below: safety tiers do not apply
    suggested_test_recent_days: Day
    sources: tuple[SourceId, ...] = ()  # of the single limits above


class Ranking(Entry):
    """Points of the suspects' score. Rule points, not probabilities; nothing validates the weights."""

    evidence: dict[Literal["A", "B", "C", "D", "X"], int]
    timing_typical: int
    timing_possible: int
    timing_outside: int
    timing_unknown: int
    stopped_counts_as_on_days: Day
    reorder_gap_days: Day  # requests of one drug closer than this are one exposure
    open_request_days: Day  # a cytotoxic request that nothing closed may still be taken for so long
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
    alternative_drug: int
    alternative_drugs_floor: int
    competing_condition: int
    duffy_stable: int
    leading_from: int
    possible_from: int
    unlikely_from: int
    beta_lactam_days: Day  # antibiotics for the fever are no suspects before this
    beta_lactam_classes: tuple[Text, ...]  # as the drug files name them
    hidden_grade_d: tuple[str, ...]  # drugs of grade D that stay hidden in any case
    leading_when_occasional: tuple[str, ...]  # drugs that lead by one dose too; others only after a reaction
    sources: tuple[SourceId, ...]
