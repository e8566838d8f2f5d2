"""Which drugs may explain a low line: gates first, then the score, then a word. Never a verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import compress

from cds.facts import CellLine
from cds.findings import (
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
from cds.rules.baselines import is_usual_for_duffy_null
from cds.rules.chart import Chart
from cds.rules.drug_notes import note_of
from cds.rules.exposures import Exposure, acts_as_expected
from cds.rules.gates import OF_TIME, UNSCORED, find_gate
from cds.rules.low_counts import unusual
from cds.rules.lower_limits import lows_of
from cds.rules.nadirs import find_dose_in_window
from cds.rules.pairs import find_pairs, find_partners
from cds.rules.score import Episode, Timing


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
        suspects += [each.as_suspect(chart) for each in chosen]
        kept = {id(each) for each in chosen}
        set_aside += [each.as_set_aside(chart) for each in scored if id(each) not in kept]
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
    if total is not None and not any(low.line is CellLine.NEUTROPHILS for low in chosen):
        chosen.append(total)
    return chosen


def _episode(low: LowCount, chart: Chart) -> Episode:
    first = low.trend.fall_began or low.count
    onset = min(first.measured.earliest, chart.as_of) if first.measured is not None else chart.as_of
    dated = chart.history.dated(low.line)
    lows = tuple(compress(dated, lows_of(low.line, chart)))
    return Episode(low.line, onset, low.count, dated, lows)


@dataclass(frozen=True, slots=True)
class _Scored:
    exposure: Exposure
    line: CellLine
    timing: Timing
    parts: tuple[ScorePart, ...]
    gate: str
    in_nadir: bool = False  # the newest count lies in its window, whenever the fall began

    @property
    def score(self) -> int:
        return min(max(sum(part.points for part in self.parts), 0), 100)

    def points(self, name: str) -> int:
        return next((part.points for part in self.parts if part.name == name), 0)

    def standing(self, chart: Chart) -> Standing | None:
        """The word for the score; ``None`` below the lowest rank."""
        ranking, drug = chart.knowledge.ranking, self.exposure.drug
        if self.is_expected():
            return Standing.EXPECTED
        supported = (
            self.points("dechallenge") > 0 or self.points("trajectory") == ranking.trajectory_normal_before
        )
        leading = (
            self.score >= ranking.leading_from
            and drug.evidence.grade in {"A", "B"}
            and self.timing.anchor is not None
            and supported
            and not self.exposure.occasional
        )
        if leading:
            return Standing.LEADING
        if self.score >= ranking.possible_from:
            return Standing.POSSIBLE
        return Standing.UNLIKELY if self.score >= ranking.unlikely_from else None

    def is_expected(self) -> bool:
        """A low count that the treatment is known to bring, inside its window."""
        if self.exposure.drug.cytotoxic:
            return self.in_nadir  # a count that is still low after the window is no longer expected
        if self.line in self.exposure.drug.effect.on_purpose:
            # the window of these drugs is that of their late adverse fall
            return self.timing.place in {"typical", "possible", "outside"}
        return acts_as_expected(self.exposure.drug) and self.timing.place in {"typical", "possible"}

    def as_suspect(self, chart: Chart) -> Suspect:
        standing = self.standing(chart)
        assert standing is not None  # noqa: S101 - only ranked drugs are chosen
        drug = self.exposure.drug
        return Suspect(
            drug=note_of(drug, chart.knowledge),
            line=self.line,
            standing=standing,
            score=self.score,
            parts=self.parts,
            uses=self.exposure.uses,
            matched_by=self.exposure.matched_by,
            since=self.timing.anchor,
            day=self.timing.days,
            stopped=self.exposure.end if not self.exposure.ongoing else None,
            rule=f"suspect/{self.line}",
            sources=tuple(dict.fromkeys((*drug.sources, *chart.knowledge.ranking.sources))),
        )

    def as_set_aside(self, chart: Chart) -> SetAside:
        scored = self.gate in {"", *OF_TIME}
        return SetAside(
            drug=note_of(self.exposure.drug, chart.knowledge),
            line=self.line,
            gate=self.gate or _why_hidden(self, chart),
            score=self.score if scored else None,
            parts=self.parts,
            uses=self.exposure.uses,
        )


@dataclass(frozen=True, slots=True)
class _Placed:
    """One exposure in time against one episode, and the gate that keeps it off the list, if any."""

    exposure: Exposure
    timing: Timing
    gate: str


def _place(exposure: Exposure, episode: Episode, chart: Chart) -> _Placed:
    timing = score.find_timing(exposure, episode, chart)
    return _Placed(exposure, timing, find_gate(exposure, timing, episode.line, chart))


def _score(
    placed: _Placed, everyone: list[_Placed], low: LowCount, episode: Episode, chart: Chart
) -> _Scored:
    exposure, timing, gate = placed.exposure, placed.timing, placed.gate
    drug = exposure.drug
    if gate in UNSCORED:
        return _Scored(exposure, episode.line, timing, (), gate)
    company = [other for other in everyone if other.exposure.drug.id != drug.id and not other.gate]
    partners = find_partners(
        drug.id, (other.exposure.drug.id for other in company), episode.line, chart.knowledge
    )
    rivals = _rivals(placed, company)
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
        score.alternatives_part(
            drug,
            rivals,
            tuple(cause for cause in chart.causes if episode.line in cause.lines),
            chart.knowledge.ranking,
            usual_for_patient=is_usual_for_duffy_null(low.count, chart),
        ),
    )
    in_nadir = low.nadir is not None and any(each.id == drug.id for each in low.nadir.drugs)
    if in_nadir and gate in OF_TIME:
        gate = ""  # the fall began before this dose, and yet the newest count is what the dose brings
    if in_nadir and low.count.measured is not None:
        dose = find_dose_in_window(exposure, low.count.measured.earliest)
        if dose is not None:  # the day that the reader looks at is the day of the newest count
            timing = replace(timing, days=dose[0], anchor=dose[1])
    return _Scored(exposure, episode.line, timing, parts, gate, in_nadir)


def _rivals(placed: _Placed, company: list[_Placed]) -> tuple[str, ...]:
    """Other strong drugs in their typical window; the ingredients of one product are one rival, and none
    to each other."""
    mine = set(placed.exposure.references)
    products: dict[frozenset[str], list[str]] = {}
    for other in company:
        drug, references = other.exposure.drug, frozenset(other.exposure.references)
        if drug.evidence.grade in {"A", "B"} and other.timing.place == "typical" and not references & mine:
            products.setdefault(references, []).append(drug.name)
    return tuple(sorted(" + ".join(sorted(names)) for names in products.values()))


def _ended_before(other: Exposure, exposure: Exposure) -> bool:
    return (
        other.end is not None and exposure.start is not None and other.end.latest <= exposure.start.earliest
    )


def _choose(scored: list[_Scored], chart: Chart) -> list[_Scored]:
    """The drugs that are shown: ranked high enough, and grade D only where it is not noise."""
    ranked = [each for each in scored if not each.gate and each.standing(chart) is not None]
    strong = any(
        each.exposure.drug.evidence.grade in {"A", "B", "C"}
        and each.score >= chart.knowledge.ranking.possible_from
        for each in ranked
    )
    return [each for each in ranked if not _is_noise(each.exposure.drug, chart, strong=strong)]


def _is_noise(drug: Drug, chart: Chart, *, strong: bool) -> bool:
    if drug.evidence.grade != "D":
        return False
    if drug.id in chart.knowledge.ranking.hidden_grade_d:
        return True
    return strong and not is_named_in_seeds(drug)


def is_named_in_seeds(drug: Drug) -> bool:
    """Whether a seed article names the drug itself, not only its class."""
    return bool(drug.seeds) and not drug.seed_class


def _why_hidden(scored: _Scored, chart: Chart) -> str:
    if scored.standing(chart) is None:
        return "score-too-low"
    return "hidden-grade-d"


_ORDER = (Standing.LEADING, Standing.EXPECTED, Standing.POSSIBLE, Standing.UNLIKELY)


def _one_per_drug(suspects: list[Suspect]) -> tuple[Suspect, ...]:
    """A drug is listed once, for the line where it stands highest; strongest first."""
    ranked = sorted(suspects, key=lambda each: (_ORDER.index(each.standing), -each.score, each.drug.name))
    chosen: dict[str, Suspect] = {}
    for suspect in ranked:
        chosen.setdefault(suspect.drug.id, suspect)
    return tuple(chosen.values())
