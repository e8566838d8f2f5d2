"""Which drugs may explain a low line: gates first, then the score, then a word. Never a verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import compress
from operator import not_
from typing import NamedTuple

from cds.facts import CellLine
from cds.findings import (
    CountedTo,
    LowCount,
    PairNote,
    ScorePart,
    SetAside,
    Severity,
    Standing,
    Suspect,
)
from cds.knowledge.schema import Drug
from cds.rules import score
from cds.rules.baselines import is_stable_for_duffy_null, unusual_lows
from cds.rules.chart import Chart
from cds.rules.drug_notes import note_of
from cds.rules.exposures import Exposure
from cds.rules.gates import OF_TIME, UNSCORED, find_gate
from cds.rules.low_counts import unusual
from cds.rules.nadirs import find_dose_in_window
from cds.rules.pairs import find_pairs, find_partners
from cds.rules.score import Episode, Timing
from cds.rules.standings import find_standing, is_expected


@dataclass(frozen=True, slots=True)
class SuspectList:
    """The suspects of all low lines, the drugs set aside, and the risky pairs among current drugs."""

    suspects: tuple[Suspect, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    pairs: tuple[PairNote, ...] = ()


def find_suspects(
    low_counts: tuple[LowCount, ...],
    chart: Chart,
) -> SuspectList:
    """Rank the drugs of the chart against each low line that a drug can be asked about."""
    suspects: list[Suspect] = []
    set_aside: list[SetAside] = []
    pairs: dict[str, PairNote] = {}
    for low in _lines_to_explain(low_counts):
        episode = _episode(low, chart)
        placed = [_place(exposure, episode, chart) for exposure in chart.exposures]
        scored = [_score(each, placed, low, episode, chart) for each in placed]
        present = {each.exposure.drug.id: each.exposure.references for each in scored if not each.gate}
        for note in find_pairs(present, present, chart.knowledge, frozenset({low.line})):
            if set(present[note.first.id]) != set(
                present[note.second.id]
            ):  # parts of one product are no pair
                pairs.setdefault(f"{note.id}:{note.first.id}:{note.second.id}", note)
        chosen = _choose(scored, chart)
        suspects += [_suspect(each, standing, chart) for each, standing in chosen]
        kept = {id(each) for each, _ in chosen}
        set_aside += [_set_aside(each, chart) for each in scored if id(each) not in kept]
        set_aside += [_local(exposure, low.line, chart) for exposure in chart.local]
    return SuspectList(_one_per_drug(suspects), tuple(set_aside), tuple(pairs.values()))


def _local(exposure: Exposure, line: CellLine, chart: Chart) -> SetAside:
    return SetAside(note_of(exposure.drug, chart.knowledge), line, "not-systemic", None, (), exposure.uses)


def _lines_to_explain(low_counts: tuple[LowCount, ...]) -> list[LowCount]:
    """Neutrophils and lymphocytes each for themselves; the total only where neither explains it."""
    lines = {low.line: low for low in unusual(low_counts)}
    chosen = [
        low
        for line in (CellLine.NEUTROPHILS, CellLine.LYMPHOCYTES)
        if (low := lines.get(line)) is not None
        and (
            line is CellLine.NEUTROPHILS
            or low.severity >= Severity.MODERATE
            or CellLine.NEUTROPHILS not in lines
        )
    ]
    total = lines.get(CellLine.LEUKOCYTES)
    if total is None or any(low.line is CellLine.NEUTROPHILS for low in chosen):
        return chosen
    if chosen and not total.differential_missing:
        return chosen  # neutrophils were counted and are not low: it is for the sake of the lymphocytes
    return [*chosen, total]


def _episode(low: LowCount, chart: Chart) -> Episode:
    measured = (low.trend.fall_began or low.count).measured
    is_past = measured is not None and measured.earliest <= chart.as_of
    dated, are_low = chart.history.dated(low.line), unusual_lows(low.line, chart)
    return Episode(
        line=low.line,
        onset=measured.earliest if measured is not None and is_past else chart.as_of,
        onset_day=measured.day if measured is not None and is_past else chart.as_of.date(),
        newest=low.count,
        dated=dated,
        lows=tuple(compress(dated, are_low)),
        normals=tuple(compress(dated, map(not_, are_low))),
        causes=tuple(cause for cause in chart.causes if low.line in cause.lines),
        usual_for_patient=is_stable_for_duffy_null(low.count, chart),
        crashed=low.trend.crashed,
    )


class _Placed(NamedTuple):
    """One exposure in time against one episode, and the gate that keeps it off the list, if any."""

    exposure: Exposure
    timing: Timing
    gate: str


class _Scored(NamedTuple):
    """A placed exposure with its score.

    Attributes:
        standing: the word for the score; ``None`` behind a gate and below the lowest rank.
    """

    exposure: Exposure
    line: CellLine
    timing: Timing
    gate: str
    parts: tuple[ScorePart, ...] = ()
    score: int = 0
    standing: Standing | None = None
    counted_to: CountedTo = CountedTo.FIRST_LOW


def _place(exposure: Exposure, episode: Episode, chart: Chart) -> _Placed:
    timing = score.find_timing(exposure, episode, chart)
    return _Placed(exposure, timing, find_gate(exposure, timing, episode.line, chart))


def _score(
    placed: _Placed, everyone: list[_Placed], low: LowCount, episode: Episode, chart: Chart
) -> _Scored:
    exposure, timing, gate = placed
    drug = exposure.drug
    if gate in UNSCORED:
        return _Scored(exposure, episode.line, timing, gate)
    company = [other for other in everyone if other.exposure.drug.id != drug.id and not other.gate]
    others = [other.exposure.drug.id for other in company if not _are_one_product(placed, other)]
    partners = find_partners(drug.id, others, episode.line, chart.knowledge)
    earlier = tuple(
        other.exposure
        for other in everyone
        if other.exposure.drug.id == drug.id
        and other is not placed
        and _ended_before(other.exposure, exposure)
    )
    parts = (
        score.evidence_part(drug, chart),
        score.timing_part(timing, chart),
        score.trajectory_part(exposure, timing, episode, chart),
        score.dechallenge_part(exposure, earlier, episode, chart),
        score.reaction_part(drug, chart),
        score.exposure_part(partners, chart),
        score.alternatives_part(drug, _rivals(placed, company), episode, chart.knowledge.ranking),
    )
    points = min(max(sum(part.points for part in parts), 0), 100)
    # the newest count lies in its window, whenever the fall began
    in_nadir = low.nadir is not None and any(each.id == drug.id for each in low.nadir.drugs)
    if in_nadir and gate in OF_TIME:
        gate = ""  # the fall began before this dose, and yet the newest count is what the dose brings
    counted_to = CountedTo.FALL if episode.crashed else CountedTo.FIRST_LOW
    if in_nadir and low.count.measured is not None:
        dose = find_dose_in_window(exposure, low.count.measured.day)
        if dose is not None and dose[0] != timing.days:  # the reader looks at the newest count
            timing = Timing(anchor=dose[1], days=dose[0], place=timing.place)
            counted_to = CountedTo.NEWEST
    standing = None
    if not gate and is_expected(exposure, timing, episode.line, in_nadir=in_nadir):
        standing = Standing.EXPECTED
    elif not gate:
        standing = find_standing(exposure, timing, parts, points, chart)
    return _Scored(exposure, episode.line, timing, gate, parts, points, standing, counted_to)


def _suspect(scored: _Scored, standing: Standing, chart: Chart) -> Suspect:
    exposure = scored.exposure
    drug = exposure.drug
    return Suspect(
        drug=note_of(drug, chart.knowledge, chart.policy),
        line=scored.line,
        standing=standing,
        score=scored.score,
        parts=scored.parts,
        uses=exposure.uses,
        matched_by=exposure.matched_by,
        since=scored.timing.anchor,
        day=scored.timing.days,
        counted_to=scored.counted_to,
        stopped=exposure.end if not exposure.ongoing else None,
        rule=f"suspect/{scored.line}",
        sources=tuple(dict.fromkeys((*drug.sources, *chart.knowledge.ranking.sources))),
    )


def _set_aside(scored: _Scored, chart: Chart) -> SetAside:
    return SetAside(
        drug=note_of(scored.exposure.drug, chart.knowledge),
        line=scored.line,
        gate=scored.gate or ("score-too-low" if scored.standing is None else "hidden-grade-d"),
        score=scored.score if not scored.gate or scored.gate in OF_TIME else None,
        parts=scored.parts,
        uses=scored.exposure.uses,
    )


def _are_one_product(one: _Placed, other: _Placed) -> bool:
    """Whether two ingredients were only ever taken in one product: they are no pair."""
    return set(one.exposure.references) == set(other.exposure.references)


def _rivals(placed: _Placed, company: list[_Placed]) -> tuple[str, ...]:
    """Other strong drugs in their typical window; the ingredients of one product are one rival, and none
    to each other."""
    products: dict[frozenset[str], list[str]] = {}
    for other in company:
        drug, references = other.exposure.drug, other.exposure.references
        if (
            drug.evidence.grade in {"A", "B"}
            and other.timing.place == "typical"
            and set(references).isdisjoint(placed.exposure.references)
        ):
            products.setdefault(frozenset(references), []).append(drug.name)
    return tuple(sorted(" + ".join(sorted(names)) for names in products.values()))


def _ended_before(other: Exposure, exposure: Exposure) -> bool:
    return (
        other.end is not None and exposure.start is not None and other.end.latest <= exposure.start.earliest
    )


def _choose(scored: list[_Scored], chart: Chart) -> list[tuple[_Scored, Standing]]:
    """The drugs that are shown: ranked high enough, and grade D only where it is not noise."""
    ranked = [(each, each.standing) for each in scored if not each.gate and each.standing is not None]
    strong = any(
        each.exposure.drug.evidence.grade in {"A", "B", "C"}
        and each.score >= chart.knowledge.ranking.possible_from
        for each, _ in ranked
    )
    return [
        (each, standing)
        for each, standing in ranked
        if not _is_noise(each.exposure.drug, chart, strong=strong)
    ]


def _is_noise(drug: Drug, chart: Chart, *, strong: bool) -> bool:
    if drug.evidence.grade != "D":
        return False
    if drug.id in chart.knowledge.ranking.hidden_grade_d:
        return True
    return strong and not is_named_in_seeds(drug)


def is_named_in_seeds(drug: Drug) -> bool:
    """Whether a seed article names the drug itself, not only its class."""
    return bool(drug.seeds) and not drug.seed_class


_ORDER = (Standing.LEADING, Standing.EXPECTED, Standing.POSSIBLE, Standing.UNLIKELY)


def _one_per_drug(suspects: list[Suspect]) -> tuple[Suspect, ...]:
    """A drug is listed once, for the line where it stands highest; strongest first."""
    ranked = sorted(suspects, key=lambda each: (_ORDER.index(each.standing), -each.score, each.drug.name))
    chosen: dict[str, Suspect] = {}
    for suspect in ranked:
        first = chosen.setdefault(suspect.drug.id, suspect)
        if first is not suspect:
            chosen[suspect.drug.id] = replace(first, also=(*first.also, suspect.line))
    return tuple(chosen.values())
