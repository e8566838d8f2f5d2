"""Fever with low or unknown neutrophils. Context for a clinician at work, not an alarm."""

from __future__ import annotations

from datetime import timedelta

from cds.facts import CellCount, CellLine, Temperature
from cds.findings import Direction, ExpectedNadir, Fever, FeverDefinition, Freshness, LowCount, OtherCause
from cds.rules.bounds import is_at_most, is_below, is_bound
from cds.rules.chart import Chart
from cds.rules.nadirs import find_last_treatment
from cds.rules.neutrophils import bounded_by


def find_fever(low_counts: tuple[LowCount, ...], chart: Chart) -> Fever | None:
    """The fever rule, if it is met, with the reading, the count and the definition that it meets."""
    temperature = _febrile_reading(chart)
    condition = None if temperature is not None else _recorded_fever(chart)
    if temperature is None and condition is None:
        return None
    limits = chart.knowledge.limits.fever
    treatment = find_last_treatment(chart, limits.chemotherapy_days)
    recorded = _recorded_low_count(chart)
    neutrophils = _fresh_neutrophils(chart, treatment, recorded)
    low = next((each for each in low_counts if each.line is CellLine.NEUTROPHILS), None)
    treated = treatment is not None or (low is not None and low.nadir is not None)
    definition = _of_known(neutrophils, low, chart, treated=treated) if neutrophils is not None else None
    if definition is None and (neutrophils is None or is_bound(neutrophils)):
        if treatment is not None:
            definition = FeverDefinition.NEUTROPHILS_UNKNOWN
        elif recorded is not None:
            definition = FeverDefinition.LOW_COUNT_RECORDED
        elif neutrophils is None and (last := _last_if_severe(chart)) is not None:
            neutrophils, definition = last, FeverDefinition.LAST_COUNT_SEVERE
    if definition is None and (bound := _bound_by_total(neutrophils, chart)) is not None:
        neutrophils, definition = bound, FeverDefinition.TOTAL_TOO_LOW
    if definition is None:
        return None
    return Fever(
        definition=definition,
        temperature=temperature,
        condition=condition,
        neutrophils=neutrophils,
        chemotherapy=(low.nadir if low is not None else None) or treatment,
        recorded=recorded if definition is FeverDefinition.LOW_COUNT_RECORDED else None,
        rule="fever/neutrophils",
        sources=limits.sources,
        neutrophils_limit=limits.neutrophils_at_most
        if definition is FeverDefinition.NEUTROPHILS_LOW
        else limits.neutrophils_falling_below,
        celsius_limit=limits.celsius,
    )


def _of_known(
    neutrophils: CellCount, low: LowCount | None, chart: Chart, *, treated: bool
) -> FeverDefinition | None:
    """What a fresh count meets: low enough by itself, or low and likely to go lower."""
    limits = chart.knowledge.limits.fever
    if is_at_most(neutrophils, limits.neutrophils_at_most):
        return FeverDefinition.NEUTROPHILS_LOW
    if is_bound(neutrophils) or not is_below(neutrophils, limits.neutrophils_falling_below):
        return None
    if treated:
        return FeverDefinition.CHEMOTHERAPY_WINDOW
    if low is not None and low.trend.direction is Direction.FALLING:
        return FeverDefinition.NEUTROPHILS_FALLING
    if low is not None and low.trend.steep and not low.trend.recovering:
        # counted again a day later, about the same: that the fall is over is not known yet
        return FeverDefinition.NEUTROPHILS_FELL
    return None


def find_hottest(chart: Chart) -> Temperature | None:
    """The highest temperature of the last day, if it is a fever: a lower one after it does not undo it."""
    readings = _recent_readings(chart)
    hottest = max(readings, key=lambda reading: reading.celsius, default=None)
    return hottest if hottest is not None and _is_fever(hottest, chart) else None


def is_infection_on_record(chart: Chart) -> bool:
    """A fever or a severe infection was recorded lately."""
    limits = chart.knowledge.limits.fever
    window = timedelta(days=limits.infection_days)
    return any(
        known.recorded is not None
        and chart.as_of - known.recorded.latest <= window
        and (
            known.condition in limits.infections
            or (
                (condition := chart.knowledge.conditions.get(known.condition)) is not None
                and condition.acts_as == "fever"
            )
        )
        for known in chart.facts.conditions
    )


def _febrile_reading(chart: Chart) -> Temperature | None:
    """The newest temperature of the last day, if it is a fever. Sites are not corrected arithmetically.

    Of readings whose order nobody can tell (one moment, or one of them dated to the day) the highest counts.
    """
    readings = _recent_readings(chart)
    starts = [reading.measured.earliest for reading in readings if reading.measured is not None]
    newest = [reading for reading in readings if reading.measured and reading.measured.latest >= max(starts)]
    highest = max(newest, key=lambda reading: reading.celsius, default=None)
    return highest if highest is not None and _is_fever(highest, chart) else None


def _is_fever(reading: Temperature, chart: Chart) -> bool:
    return reading.celsius >= chart.knowledge.limits.fever.celsius


def _recent_readings(chart: Chart) -> list[Temperature]:
    """Temperatures of the last day, dated to a day at least."""
    window = timedelta(hours=chart.knowledge.limits.fever.window_hours)
    return [
        reading
        for reading in chart.facts.temperatures
        if reading.measured is not None
        and not reading.measured.is_vague
        and chart.as_of - reading.measured.latest <= window
    ]


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


def _recorded_low_count(chart: Chart) -> OtherCause | None:
    """A new entry of the problem list of low neutrophils, or of what brings them; the newest one."""
    limits, today = chart.knowledge.limits.fever, chart.as_of.date()
    new = [
        (cause.recorded.earliest, cause)
        for cause in chart.causes
        if cause.condition in limits.unknown_after
        and cause.recorded is not None
        and not cause.recorded.is_vague
        and 0 <= (today - cause.recorded.day).days <= limits.chemotherapy_days
    ]
    return max(new, key=lambda each: each[0])[1] if new else None


def _bound_by_total(neutrophils: CellCount | None, chart: Chart) -> CellCount | None:
    """What a fresh total leaves room for, if that is low and the neutrophils were not counted with it."""
    total = chart.fresh(CellLine.LEUKOCYTES)
    if total is None or not is_below(total, chart.knowledge.limits.fever.neutrophils_falling_below):
        return None
    counted = neutrophils is not None and not is_bound(neutrophils)
    return None if counted and not _is_later(total, neutrophils) else bounded_by(total)


def _is_later(total: CellCount, neutrophils: CellCount | None) -> bool:
    if total.measured is None or neutrophils is None or neutrophils.measured is None:
        return False
    return total.measured.earliest > neutrophils.measured.latest


def _last_if_severe(chart: Chart) -> CellCount | None:
    """The last neutrophil count, if it is too old to act on and was as low as a fever asks for.

    One from the other side of ``freshness.old_days`` tells nothing of today.
    """
    count = chart.history.newest(CellLine.NEUTROPHILS)
    if count is None or chart.freshness(count) not in {Freshness.AGEING, Freshness.OLD}:
        return None
    return count if is_at_most(count, chart.knowledge.limits.fever.neutrophils_at_most) else None


def _fresh_neutrophils(
    chart: Chart, treatment: ExpectedNadir | None, recorded: OtherCause | None
) -> CellCount | None:
    """The newest neutrophil count. One that is not low settles a fever after chemotherapy, or after a record
    of low neutrophils, only if it is of these days and was drawn after the dose or the record."""
    count = chart.fresh(CellLine.NEUTROPHILS)
    since = [
        when.earliest
        for when in (
            treatment.last_dose if treatment is not None else None,
            recorded.recorded if recorded is not None else None,
        )
        if when is not None
    ]
    if count is None or not since or count.measured is None:
        return count
    if is_below(count, chart.knowledge.limits.fever.neutrophils_falling_below):
        return count
    settles = chart.freshness(count) is Freshness.CURRENT and count.measured.earliest >= max(since)
    return count if settles else None
