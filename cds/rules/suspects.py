"""Which drugs may explain a low line: gates first, then the score, then a word. Never a verdict."""

from __future__ import annotations

from dataclasses import dataclass

from cds.facts import CellLine, PatientFacts
from cds.findings import (
    BaselineKind,
    LowCount,
    OtherCause,
    PairNote,
    ScorePart,
    SetAside,
    Severity,
    Standing,
    Suspect,
)
from cds.knowledge.base import Knowledge
from cds.knowledge.schema import Drug, Effect
from cds.rules import score
from cds.rules.count_history import CountHistory
from cds.rules.exposures import Exposure, acts_as_expected, note_of
from cds.rules.pairs import find_pairs
from cds.rules.score import Episode, Timing


@dataclass(frozen=True, slots=True)
class SuspectList:
    """The suspects of all low lines, the drugs set aside, and the risky pairs among current drugs."""

    suspects: tuple[Suspect, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    pairs: tuple[PairNote, ...] = ()


def find_suspects(
    low_counts: tuple[LowCount, ...],
    history: CountHistory,
    exposures: tuple[Exposure, ...],
    causes: tuple[OtherCause, ...],
    facts: PatientFacts,
    knowledge: Knowledge,
) -> SuspectList:
    """Rank the drugs of the chart against each low line that a drug can be asked about."""
    suspects: list[Suspect] = []
    set_aside: list[SetAside] = []
    pairs: dict[str, PairNote] = {}
    for low in _lines_to_explain(low_counts):
        episode = _episode(low, history, facts)
        scored = [
            _score(exposure, exposures, low, episode, causes, facts, knowledge) for exposure in exposures
        ]
        present = {each.exposure.drug.id for each in scored if not each.gate}
        for note in find_pairs(present, present, knowledge, frozenset({low.line})):
            pairs.setdefault(f"{note.id}:{note.first.id}:{note.second.id}", note)
        chosen = _choose(scored, knowledge)
        suspects += [each.as_suspect(knowledge) for each in chosen]
        kept = {id(each) for each in chosen}
        set_aside += [each.as_set_aside(knowledge) for each in scored if id(each) not in kept]
    return SuspectList(_one_per_drug(suspects), tuple(set_aside), tuple(pairs.values()))


def _lines_to_explain(low_counts: tuple[LowCount, ...]) -> list[LowCount]:
    """Neutrophils and lymphocytes each for themselves; the total only where neither explains it."""
    lines = {low.line: low for low in low_counts if not (low.baseline and low.baseline.expected)}
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


def _episode(low: LowCount, history: CountHistory, facts: PatientFacts) -> Episode:
    first = low.trend.first_low or low.count
    onset = min(first.measured.earliest, facts.as_of) if first.measured is not None else facts.as_of
    return Episode(low.line, onset, first.measured is not None, history.of(low.line), low.trend)


@dataclass(frozen=True, slots=True)
class _Scored:
    exposure: Exposure
    line: CellLine
    timing: Timing
    parts: tuple[ScorePart, ...]
    gate: str

    @property
    def score(self) -> int:
        return min(max(sum(part.points for part in self.parts), 0), 100)

    def points(self, name: str) -> int:
        return next((part.points for part in self.parts if part.name == name), 0)

    def standing(self, knowledge: Knowledge) -> Standing | None:
        """The word for the score; ``None`` below the lowest rank."""
        ranking, drug = knowledge.ranking, self.exposure.drug
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
        """A fall that the treatment is known to bring, inside its window."""
        return acts_as_expected(self.exposure.drug) and self.timing.place in {"typical", "possible"}

    def as_suspect(self, knowledge: Knowledge) -> Suspect:
        standing = self.standing(knowledge)
        assert standing is not None  # noqa: S101 - only ranked drugs are chosen
        drug = self.exposure.drug
        return Suspect(
            drug=note_of(drug),
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
            sources=tuple(dict.fromkeys((*drug.sources, *knowledge.ranking.sources))),
        )

    def as_set_aside(self, knowledge: Knowledge) -> SetAside:
        scored = self.gate in {"", "started-after", "stopped-before"}
        return SetAside(
            drug=note_of(self.exposure.drug),
            line=self.line,
            gate=self.gate or _why_hidden(self, knowledge),
            score=self.score if scored else None,
            parts=self.parts,
            uses=self.exposure.uses,
        )


def _score(
    exposure: Exposure,
    exposures: tuple[Exposure, ...],
    low: LowCount,
    episode: Episode,
    causes: tuple[OtherCause, ...],
    facts: PatientFacts,
    knowledge: Knowledge,
) -> _Scored:
    drug = exposure.drug
    timing = score.find_timing(exposure, episode, knowledge)
    gate = _gate(exposure, timing, episode.line)
    if gate in {"raises-line", "no-effect-on-line", "not-systemic", "treats-neutropenia"}:
        return _Scored(exposure, episode.line, timing, (), gate)
    company = [
        other
        for other in exposures
        if other.drug.id != drug.id
        and not _gate(other, score.find_timing(other, episode, knowledge), episode.line)
    ]
    pairs = find_pairs([drug.id], [other.drug.id for other in company], knowledge, frozenset({episode.line}))
    partners = tuple(note.second.name if note.first.id == drug.id else note.first.name for note in pairs)
    rivals = tuple(
        sorted(
            other.drug.name
            for other in company
            if other.drug.evidence.grade in {"A", "B"}
            and score.find_timing(other, episode, knowledge).place == "typical"
            and not set(other.references) & set(exposure.references)  # parts of one product are no rivals
        )
    )
    earlier = tuple(
        other
        for other in exposures
        if other.drug.id == drug.id and other is not exposure and _ended_before(other, exposure)
    )
    parts = (
        score.evidence_part(drug, knowledge),
        score.timing_part(timing, knowledge),
        score.trajectory_part(exposure, timing, episode, facts, knowledge),
        score.dechallenge_part(exposure, earlier, episode, facts, knowledge),
        score.reaction_part(drug, facts, knowledge),
        score.exposure_part(partners, knowledge),
        score.alternatives_part(
            drug,
            rivals,
            tuple(cause for cause in causes if episode.line in cause.lines),
            knowledge,
            usual_for_patient=low.baseline is not None and low.baseline.kind is BaselineKind.DUFFY_NULL,
        ),
    )
    return _Scored(exposure, episode.line, timing, parts, gate)


def _gate(exposure: Exposure, timing: Timing, line: CellLine) -> str:
    """The gate that keeps a drug off the list; empty if it passes all."""
    drug = exposure.drug
    effect = drug.effect.on(line)
    if drug.treats_neutropenia:
        return "treats-neutropenia"
    if effect is Effect.RAISES:
        return "raises-line"
    if effect is not Effect.LOWERS:
        return "no-effect-on-line"
    if not any(use.systemic for use in exposure.uses):
        return "not-systemic"
    if timing.place == "after":
        return "started-after"
    if timing.place == "stopped":
        return "stopped-before"
    return ""


def _ended_before(other: Exposure, exposure: Exposure) -> bool:
    return (
        other.end is not None and exposure.start is not None and other.end.latest <= exposure.start.earliest
    )


def _choose(scored: list[_Scored], knowledge: Knowledge) -> list[_Scored]:
    """The drugs that are shown: ranked high enough, and grade D only where it is not noise."""
    ranked = [each for each in scored if not each.gate and each.standing(knowledge) is not None]
    strong = any(
        each.exposure.drug.evidence.grade in {"A", "B", "C"} and each.score >= knowledge.ranking.possible_from
        for each in ranked
    )
    return [each for each in ranked if not _is_noise(each.exposure.drug, strong=strong, knowledge=knowledge)]


def _is_noise(drug: Drug, *, strong: bool, knowledge: Knowledge) -> bool:
    if drug.evidence.grade != "D":
        return False
    if drug.id in knowledge.ranking.hidden_grade_d:
        return True
    return strong and not is_named_in_seeds(drug)


def is_named_in_seeds(drug: Drug) -> bool:
    """Whether a seed article names the drug itself, not only its class."""
    return any("class" not in seed for seed in drug.seeds)


def _why_hidden(scored: _Scored, knowledge: Knowledge) -> str:
    if scored.standing(knowledge) is None:
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
