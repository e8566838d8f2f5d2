"""The arithmetic of one suspect: seven parts, each with its points and its reason.

Rule points, not probabilities: the weights live in the knowledge (ranking.toml) and nothing validates them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from cds.facts import CellCount, CellLine, When
from cds.findings import OtherCause, ScorePart
from cds.knowledge.schema import Drug, Mechanism, Ranking
from cds.rules.bounds import is_at_least, is_bound
from cds.rules.chart import Chart
from cds.rules.exposures import Exposure
from cds.rules.lower_limits import is_low


@dataclass(frozen=True, slots=True)
class Episode:
    """The fall that the suspects are scored against.

    Attributes:
        line: which cells fell.
        onset: when the line was first low in this episode; "now" if the count is undated.
        onset_day: its calendar day as the laboratory wrote it: days of a drug are counted from day to day.
        newest: the newest count of the line.
        dated: its counts that are dated to a day at least, newest first.
        lows: those of them that were low.
        normals: the others.
        causes: known conditions that can explain the line.
        usual_for_patient: the newest count is usual for this person.
        crashed: it is a deep fall within an old mild low, and ``onset`` is that of the deep fall.
    """

    line: CellLine
    onset: datetime
    onset_day: date
    newest: CellCount
    dated: tuple[CellCount, ...]
    lows: tuple[CellCount, ...]
    normals: tuple[CellCount, ...]
    causes: tuple[OtherCause, ...]
    usual_for_patient: bool
    crashed: bool = False


class Timing(NamedTuple):
    """Where the onset lies in the drug's window.

    Attributes:
        anchor: start of the exposure, or the last dose before the onset.
        days: from the anchor to the onset.
        place: ``typical``, ``possible``, ``outside``, ``unknown``, ``over`` (ended days before the fall),
            ``stopped`` (long before) or ``after``.
    """

    anchor: When | None
    days: int | None
    place: str


def find_timing(exposure: Exposure, episode: Episode, chart: Chart) -> Timing:
    """Place the onset of the fall in the drug's own onset window."""
    onset_window = exposure.drug.onset
    if exposure.start is None:
        return Timing(None, None, "unknown")
    if exposure.start.earliest > episode.onset or exposure.start.day > episode.onset_day:
        return Timing(exposure.start, None, "after")
    one_day = exposure.start.day == episode.onset_day and exposure.start.latest > episode.onset
    if one_day and onset_window.min_days > 0:  # nobody knows which came first, and no drug acts so soon
        return Timing(exposure.start, None, "after")
    counted_from_dose = onset_window.anchor == "each_dose_or_last_dose"
    anchor = exposure.last_dose(episode.onset, episode.onset_day) if counted_from_dose else exposure.start
    if anchor is None:
        return Timing(None, None, "unknown")
    days = (episode.onset_day - anchor.day).days
    if not counted_from_dose and not exposure.taken_at(episode.onset, chart.knowledge.ranking):
        return Timing(anchor, days, "stopped" if _is_long_over(exposure, episode) else "over")
    typical_from, typical_to = onset_window.typical_days
    if typical_from <= days <= typical_to:
        return Timing(anchor, days, "typical")
    if onset_window.min_days <= days <= onset_window.max_days:
        return Timing(anchor, days, "possible")
    if counted_from_dose and days > onset_window.max_days:
        # a request that nothing closed may be a tablet still taken, but not one of years ago
        open_still = exposure.ongoing and days <= chart.knowledge.ranking.open_request_days
        return Timing(anchor, days, "outside" if open_still else "stopped")
    return Timing(anchor, days, "outside")


def _is_long_over(exposure: Exposure, episode: Episode) -> bool:
    """Ended so long before the fall that the count would have recovered in between."""
    if exposure.end is None:
        return True
    return episode.onset - exposure.end.latest > timedelta(days=exposure.drug.recovery.max_days)


# parts that say nothing for or against a drug
_NOT_TESTED = ScorePart("dechallenge", 0, "not-tested")
_NO_REACTION = ScorePart("reaction", 0, "none-recorded")
_NO_PAIR = ScorePart("exposure", 0, "no-pair")
_NO_ALTERNATIVE = ScorePart("alternatives", 0, "none-found")


def evidence_part(drug: Drug, chart: Chart) -> ScorePart:
    grade = drug.evidence.grade
    return ScorePart("evidence", chart.knowledge.ranking.evidence[grade], f"grade-{grade.lower()}")


def timing_part(timing: Timing, chart: Chart) -> ScorePart:
    ranking = chart.knowledge.ranking
    points = {
        "typical": ranking.timing_typical,
        "possible": ranking.timing_possible,
        "outside": ranking.timing_outside,
        "unknown": ranking.timing_unknown,
    }.get(timing.place, 0)
    return ScorePart("timing", points, f"{timing.place}-window", timing.days)


def trajectory_part(exposure: Exposure, timing: Timing, episode: Episode, chart: Chart) -> ScorePart:
    """Normal before and low after speaks for the drug; low before it speaks against."""
    ranking = chart.knowledge.ranking
    if timing.place == "after":
        return ScorePart("trajectory", ranking.trajectory_low_before, "low-before-start")
    if timing.anchor is None or exposure.start is None:
        return ScorePart("trajectory", ranking.trajectory_other, "no-baseline")
    window = timedelta(days=ranking.baseline_within_days)
    start = exposure.start.earliest
    # A count taken so early that the drug cannot have acted yet is as good as one before the start; for
    # drugs counted from the dose it is any count between the dose and the fall.
    if exposure.drug.onset.anchor == "each_dose_or_last_dose":
        first, last = timing.anchor.earliest - window, episode.onset
    else:
        first, last = start - window, start + timedelta(days=exposure.drug.onset.min_days)
    for count, at in _back_to(first, episode.normals):
        if at <= last and at < episode.onset and not is_bound(count):
            days = (episode.onset - at).days
            return ScorePart("trajectory", ranking.trajectory_normal_before, "normal-before", days)
    if any(_at(count) < start and not is_bound(count) for count in episode.lows):
        if episode.crashed:  # that low is not the one to be explained
            return ScorePart("trajectory", ranking.trajectory_other, "mildly-low-before")
        return ScorePart("trajectory", ranking.trajectory_low_before, "low-before-start")
    return ScorePart("trajectory", ranking.trajectory_other, "no-baseline")


def dechallenge_part(
    exposure: Exposure,
    earlier: tuple[Exposure, ...],
    episode: Episode,
    chart: Chart,
) -> ScorePart:
    """What happened when the drug was stopped, in this exposure or in an earlier one."""
    ranking = chart.knowledge.ranking
    part = "dechallenge"
    for before in earlier:
        days = _recovered_after(before, episode, chart)
        if days is not None:
            return ScorePart(part, ranking.dechallenge_recovered, "recovered-after-earlier-stop", days)
    if exposure.start is not None and _recovered_on_drug(exposure, episode, chart):
        return ScorePart(part, ranking.dechallenge_recovered_on_drug, "recovered-on-drug")
    if not exposure.ongoing and exposure.end is not None and exposure.end.latest < chart.as_of:
        window = timedelta(days=2 * min(exposure.drug.recovery.max_days, ranking.dechallenge_cap_days))
        newest = episode.newest.measured
        if newest is not None and newest.earliest - exposure.end.latest > window:
            days = (newest.earliest - exposure.end.latest).days
            return ScorePart(part, ranking.dechallenge_not_recovered, "not-recovered-after-stop", days)
        return ScorePart(part, 0, "stopped-too-lately")
    return _NOT_TESTED


def reaction_part(drug: Drug, chart: Chart) -> ScorePart:
    """An earlier reaction to the drug, or to its class, that lowered white cells."""
    if not chart.facts.reactions:
        return _NO_REACTION
    ranking = chart.knowledge.ranking
    names = tuple(reaction.text for reaction in chart.facts.reactions if reaction.ingredient == drug.id)
    if names:
        return ScorePart("reaction", ranking.reaction_same, "same-drug", names=names)
    related = tuple(
        reaction.text
        for reaction in chart.facts.reactions
        if (other := chart.knowledge.drugs.get(reaction.ingredient)) is not None
        and other.drug_class == drug.drug_class
    )
    if related:
        return ScorePart("reaction", ranking.reaction_class, "same-class", names=related)
    return _NO_REACTION


def exposure_part(pair_names: tuple[str, ...], chart: Chart) -> ScorePart:
    if pair_names:
        return ScorePart("exposure", chart.knowledge.ranking.exposure_pair, "risky-pair", names=pair_names)
    return _NO_PAIR


def alternatives_part(drug: Drug, rivals: tuple[str, ...], episode: Episode, ranking: Ranking) -> ScorePart:
    """Other explanations: rival drugs in their typical window, a known condition, a stable own baseline."""
    if not (rivals or episode.causes or episode.usual_for_patient):
        return _NO_ALTERNATIVE
    points = max(ranking.alternative_drug * len(rivals), ranking.alternative_drugs_floor) if rivals else 0
    names = list(rivals)
    reasons = ["other-drugs"] if rivals else []
    # a low count that is coded, or coded as drug-induced, competes with no drug
    competing = [cause for cause in episode.causes if cause.acts_as not in {"already-coded", "treatment"}]
    if competing and drug.effect.mechanism in {Mechanism.IDIOSYNCRATIC, Mechanism.MIXED, Mechanism.WEAK}:
        points += ranking.competing_condition
        names += [cause.name for cause in competing]
        reasons.append("known-condition")
    if episode.usual_for_patient:
        points += ranking.duffy_stable
        reasons.append("usual-for-patient")
    return ScorePart("alternatives", points, "+".join(reasons) or "none-found", names=tuple(names))


def _at(count: CellCount) -> datetime:
    assert count.measured is not None  # noqa: S101 - only dated counts get here
    return count.measured.earliest


def _back_to(first: datetime, dated: tuple[CellCount, ...]) -> Iterator[tuple[CellCount, datetime]]:
    """The newest counts with their moments; those before ``first`` are not looked at."""
    for count in dated:
        if count.measured is None or count.measured.latest < first:
            return
        yield count, count.measured.earliest


def _recovered_after(exposure: Exposure, episode: Episode, chart: Chart) -> int | None:
    """Days to recovery after an earlier, finished exposure in which the line had been low."""
    ranking = chart.knowledge.ranking
    if exposure.start is None or exposure.end is None:
        return None
    start, end = exposure.start.earliest, exposure.end.latest
    grace = timedelta(days=ranking.stopped_counts_as_on_days)
    window = timedelta(days=min(exposure.drug.recovery.max_days, ranking.dechallenge_cap_days))
    if not any(start <= _at(count) <= end + grace for count in episode.lows):
        return None
    for count in reversed(episode.dated):
        at = _at(count)
        if at < end:
            continue
        if at > end + window:
            return None
        if is_at_least(count, _recovered_at(episode.line, chart)) and not is_low(count, chart):
            return (at - end).days
    return None


def _recovered_at(line: CellLine, chart: Chart) -> Decimal:
    return chart.knowledge.ranking.dechallenge_recovered_at if line is CellLine.NEUTROPHILS else Decimal(0)


def _recovered_on_drug(exposure: Exposure, episode: Episode, chart: Chart) -> bool:
    """Low, then normal again while the drug went on, before the present episode.

    Chemotherapy recovers between doses by its nature, so that this says nothing there.
    """
    if exposure.drug.onset.anchor == "each_dose_or_last_dose" or exposure.start is None:
        return False
    start = exposure.start.earliest
    if not any(start <= _at(count) < episode.onset for count in episode.lows):
        return False
    normal_again = False
    for count, at in _back_to(start, episode.dated):
        if not start <= at < episode.onset:
            continue
        if not is_low(count, chart):
            normal_again = normal_again or exposure.taken_at(at, chart.knowledge.ranking)
        elif normal_again:
            return True
    return False
