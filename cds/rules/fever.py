"""Fever with low or unknown neutrophils. Context for a clinician at work, not an alarm."""

from __future__ import annotations

from datetime import datetime, timedelta

from cds.facts import CellCount, CellLine, Precision, Temperature
from cds.findings import Direction, ExpectedNadir, Fever, FeverDefinition, Freshness, LowCount, OtherCause
from cds.rules.bounds import is_at_most, is_below, is_bound
from cds.rules.chart import Chart
from cds.rules.nadirs import find_last_treatment


def find_fever(low_counts: tuple[LowCount, ...], chart: Chart) -> Fever | None:
    """The fever rule, if it is met, with the reading, the count and the definition that it meets."""
    temperature = _febrile_reading(chart)
    condition = None if temperature is not None else _recorded_fever(chart)
    if temperature is None and condition is None:
        return None
    limits = chart.knowledge.limits.fever
    treatment = find_last_treatment(chart, limits.chemotherapy_days)
    neutrophils = _fresh_neutrophils(chart, treatment)
    low = next((each for each in low_counts if each.line is CellLine.NEUTROPHILS), None)
    definition: FeverDefinition | None = None
    if neutrophils is not None and is_at_most(neutrophils, limits.neutrophils_at_most):
        definition = FeverDefinition.NEUTROPHILS_LOW
    elif neutrophils is not None and is_below(neutrophils, limits.neutrophils_falling_below):
        if low is not None and low.nadir is not None:
            definition = FeverDefinition.CHEMOTHERAPY_WINDOW
        elif low is not None and low.trend.direction is Direction.FALLING:
            definition = FeverDefinition.NEUTROPHILS_FALLING
    if definition is None and treatment is not None and (neutrophils is None or is_bound(neutrophils)):
        definition = FeverDefinition.NEUTROPHILS_UNKNOWN
    if definition is None:
        return None
    return Fever(
        definition=definition,
        temperature=temperature,
        condition=condition,
        neutrophils=neutrophils,
        chemotherapy=(low.nadir if low is not None else None) or treatment,
        rule="fever/neutrophils",
        sources=limits.sources,
        neutrophils_limit=limits.neutrophils_at_most
        if definition is FeverDefinition.NEUTROPHILS_LOW
        else limits.neutrophils_falling_below,
        celsius_limit=limits.celsius,
    )


def _febrile_reading(chart: Chart) -> Temperature | None:
    """The newest temperature of the last day, if it is a fever. Sites are not corrected arithmetically."""
    limits = chart.knowledge.limits.fever
    window = timedelta(hours=limits.window_hours)
    recent = [
        (at, reading)
        for reading in chart.facts.temperatures
        if (at := _taken_at(reading)) is not None and chart.as_of - at <= window
    ]
    if not recent:
        return None
    # two readings of one moment: the higher one counts
    _, newest = max(recent, key=lambda pair: (pair[0], pair[1].celsius))
    return newest if newest.celsius >= limits.celsius else None


def _taken_at(reading: Temperature) -> datetime | None:
    if reading.measured is None or reading.measured.precision in {Precision.MONTH, Precision.YEAR}:
        return None
    return reading.measured.latest


def _recorded_fever(chart: Chart) -> OtherCause | None:
    window = timedelta(hours=chart.knowledge.limits.fever.condition_hours)
    for known in chart.facts.conditions:
        condition = chart.knowledge.conditions.get(known.condition)
        if condition is None or condition.acts_as != "fever" or known.recorded is None:
            continue
        if chart.as_of - known.recorded.latest <= window:
            return OtherCause(
                condition.id, condition.name, condition.acts_as, known.text, known.reference, known.recorded
            )
    return None


def _fresh_neutrophils(chart: Chart, treatment: ExpectedNadir | None) -> CellCount | None:
    """The newest neutrophil count. One that is not low settles a fever after chemotherapy only if it is
    of these days and was drawn after the dose."""
    count = chart.fresh(CellLine.NEUTROPHILS)
    if count is None or treatment is None or count.measured is None:
        return count
    if is_below(count, chart.knowledge.limits.fever.neutrophils_falling_below):
        return count
    settles = (
        chart.freshness(count) is Freshness.CURRENT
        and count.measured.earliest >= treatment.last_dose.earliest
    )
    return count if settles else None
