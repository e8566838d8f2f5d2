"""Whether a low count is the expected effect of a cytotoxic dose."""

from __future__ import annotations

from datetime import date, timedelta

from cds.facts import CellCount, When
from cds.findings import ExpectedNadir
from cds.knowledge.schema import Drug, Effect
from cds.rules.bounds import is_below
from cds.rules.chart import Chart
from cds.rules.count_history import is_vague
from cds.rules.drug_notes import note_of
from cds.rules.exposures import Exposure


def find_nadir(counts: tuple[CellCount, ...], chart: Chart) -> ExpectedNadir | None:
    """The cytotoxic treatment in whose window the newest count of a line lies, if any."""
    newest = counts[0]
    if newest.measured is None or is_vague(newest.measured):
        return None
    in_window = []
    for exposure in chart.exposures:
        drug = exposure.drug
        if not drug.cytotoxic or drug.effect.on(newest.line) is not Effect.LOWERS:
            continue
        found = find_dose_in_window(exposure, newest.measured.day)
        if found is not None:
            days, dose = found
            in_window.append((days, dose, exposure))
    if not in_window:
        return None
    return _treatment(in_window, chart, prolonged=_is_prolonged(counts, chart))


def find_dose_in_window(exposure: Exposure, on: date) -> tuple[int, When] | None:
    """The newest dose in whose window a day lies, with the days since; days as they were written.

    Just after a dose it is the dose before that explains the count.
    """
    window = exposure.drug.onset
    ages = [((on - dose.day).days, dose) for dose in exposure.doses]
    doses = [(days, dose) for days, dose in ages if window.min_days <= days <= window.max_days]
    return min(doses, key=lambda each: each[0]) if doses else None


def find_last_treatment(chart: Chart, within_days: int) -> ExpectedNadir | None:
    """The chemotherapy of the last days, whatever the counts: for a fever with an unknown count.

    What is taken day by day counts while it is taken, from its start, and then from its last day; beside a
    dose it adds nothing.
    """
    dosed, taken = [], []
    for exposure in chart.exposures:
        if not _alarms_at_fever(exposure.drug, chart):
            continue
        daily = exposure.drug.onset.anchor == "start"
        if daily and exposure.start is not None and chart.taking(exposure):
            taken.append(((chart.as_of.date() - exposure.start.day).days, exposure.start, exposure))
            continue
        dose = (exposure.end if daily else None) or exposure.last_dose(chart.as_of, date.max)
        if dose is not None and (days := (chart.as_of.date() - dose.day).days) <= within_days:
            dosed.append((days, dose, exposure))
    if not dosed and not taken:
        return None
    return _treatment(dosed or taken, chart, taken=not dosed)


def has_cancer(chart: Chart) -> bool:
    """Whether a cancer is on record, so that drugs that treat other diseases too are chemotherapy here."""
    cancers = chart.knowledge.limits.fever.cancers
    return any(known.condition in cancers for known in chart.facts.conditions)


def _alarms_at_fever(drug: Drug, chart: Chart) -> bool:
    if drug.cytotoxic or drug.fever_alarm == "always":
        return True
    return drug.fever_alarm == "in-cancer" and has_cancer(chart)


def _treatment(
    doses: list[tuple[int, When, Exposure]], chart: Chart, *, prolonged: bool = False, taken: bool = False
) -> ExpectedNadir:
    days, dose, _ = min(doses, key=lambda each: each[0])
    return ExpectedNadir(
        drugs=tuple(note_of(exposure.drug, chart.knowledge) for _, _, exposure in doses),
        day=days,
        last_dose=dose,
        references=tuple(dict.fromkeys(ref for _, _, exposure in doses for ref in exposure.references[-1:])),
        prolonged=prolonged,
        taken=taken,
        sources=chart.knowledge.limits.nadir.sources,
    )


def _is_prolonged(counts: tuple[CellCount, ...], chart: Chart) -> bool:
    """Profoundly low for longer than is usual: all counts since then below the deepest tier."""
    line = chart.knowledge.lines[counts[0].line]
    if line.tiers is None or line.tiers.profound is None:
        return False
    first = None
    for count in counts:
        if count.measured is None or not is_below(count, line.tiers.profound):
            break
        first = count.measured.earliest
    return first is not None and chart.as_of - first > timedelta(
        days=chart.knowledge.limits.nadir.prolonged_days
    )
