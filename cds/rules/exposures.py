"""Requests of one ingredient, put together as times when the patient took it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from cds.facts import MedicationUse, PatientFacts, When
from cds.knowledge.base import Knowledge
from cds.knowledge.schema import Drug, Mechanism, Ranking

_ByDrug = dict[str, list[tuple[MedicationUse, str]]]


class Exposure(NamedTuple):
    """One unbroken time on one drug: a chain of requests with no long gap.

    Attributes:
        references: of its requests.
        start: first day; ``None`` if no request says.
        doses: moments of the single requests, oldest first; for drugs counted from the dose (chemotherapy)
            each is a dose.
        end: last day where known; ``None`` while ongoing or when a finished request gives no day.
        ongoing: some request says that it is being taken.
    """

    drug: Drug
    uses: tuple[MedicationUse, ...]
    references: tuple[str, ...]
    start: When | None
    doses: tuple[When, ...]
    end: When | None
    ongoing: bool
    matched_by: str

    @property
    def occasional(self) -> bool:
        """As needed, or a single dose: weak evidence of exposure."""
        return all(use.as_needed or use.single_dose for use in self.uses)

    def last_dose(self, before: datetime, on: date) -> When | None:
        """The last dose given at or before a moment, and not on a later day than that on which it was."""
        given = [dose for dose in self.doses if dose.earliest <= before and dose.day <= on]
        return given[-1] if given else None

    def taken_at(self, moment: datetime, ranking: Ranking) -> bool:
        """Whether the drug was being taken at a moment, or had been stopped only days before it."""
        if self.start is not None and self.start.earliest > moment:
            return False
        if self.ongoing:
            return True
        last = self.last_day(ranking)
        return last is None or last + timedelta(days=ranking.stopped_counts_as_on_days) >= moment

    def last_day(self, ranking: Ranking) -> datetime | None:
        """Last day of a finished exposure; presumed from the usual supply where nobody says."""
        if self.end is not None:
            return self.end.latest
        if not self.doses:
            return None
        return self.doses[-1].latest + timedelta(days=ranking.assumed_supply_days)


class Exposures(NamedTuple):
    """Every exposure to a drug of the knowledge, oldest first; an ingredient may have several.

    Attributes:
        systemic: of the whole body.
        local: by creams, drops and inhaled forms, which explain no count.
    """

    systemic: tuple[Exposure, ...]
    local: tuple[Exposure, ...]


def find_exposures(facts: PatientFacts, knowledge: Knowledge) -> Exposures:
    """Put the requests of each drug together."""
    systemic: _ByDrug = {}
    local: _ByDrug = {}
    for use in facts.medications:
        by_drug = systemic if use.systemic else local
        for match in use.matches:
            if match.ingredient in knowledge.drugs:
                by_drug.setdefault(match.ingredient, []).append((use, match.matched_by))
    return Exposures(_in_order(systemic, facts, knowledge), _in_order(local, facts, knowledge))


def _in_order(by_drug: _ByDrug, facts: PatientFacts, knowledge: Knowledge) -> tuple[Exposure, ...]:
    return tuple(
        exposure
        for drug_id, uses in sorted(by_drug.items())
        for exposure in _chains(knowledge.drugs[drug_id], uses, facts.as_of, knowledge.ranking)
    )


def _chains(
    drug: Drug, uses: list[tuple[MedicationUse, str]], as_of: datetime, ranking: Ranking
) -> list[Exposure]:
    if len(uses) == 1:
        return [_exposure(drug, uses, as_of)]
    dated = sorted((pair for pair in uses if pair[0].start is not None), key=_starts)
    undated = [pair for pair in uses if pair[0].start is None]
    chains: list[list[tuple[MedicationUse, str]]] = []
    for pair in dated:
        if chains and _continues(chains[-1], pair[0], ranking):
            chains[-1].append(pair)
        else:
            chains.append([pair])
    if undated:
        # An undated request belongs to the newest dated exposure if there is one; it says nothing of time.
        if chains:
            chains[-1] += undated
        else:
            chains.append(undated)
    return [_exposure(drug, chain, as_of) for chain in chains]


def _starts(pair: tuple[MedicationUse, str]) -> tuple[datetime, str]:
    start = pair[0].start
    assert start is not None  # noqa: S101 - only dated requests are sorted
    return start.earliest, pair[0].reference


def _continues(chain: list[tuple[MedicationUse, str]], use: MedicationUse, ranking: Ranking) -> bool:
    assert use.start is not None  # noqa: S101 - only dated requests are chained
    gap = timedelta(days=ranking.reorder_gap_days)
    for earlier, _ in chain:
        if earlier.ongoing and earlier.end is None:
            return True
        covered_to = (
            earlier.end.latest
            if earlier.end is not None
            else (
                earlier.start.latest + timedelta(days=ranking.assumed_supply_days) if earlier.start else None
            )
        )
        if covered_to is not None and use.start.earliest <= covered_to + gap:
            return True
    return False


def _exposure(drug: Drug, chain: list[tuple[MedicationUse, str]], as_of: datetime) -> Exposure:
    uses = tuple(use for use, _ in chain)
    starts = sorted([use.start for use in uses if use.start is not None], key=lambda when: when.earliest)
    ends = [use.end for use in uses if use.end is not None]
    ongoing = any(use.ongoing and (use.end is None or use.end.latest >= as_of) for use in uses)
    ended = len(ends) == len(uses) and not ongoing
    return Exposure(
        drug=drug,
        uses=uses,
        references=tuple(use.reference for use in uses),
        start=starts[0] if starts else None,
        doses=tuple(starts),
        end=max(ends, key=lambda when: when.latest) if ended else None,
        ongoing=ongoing,
        matched_by=min((matched_by for _, matched_by in chain), key=_certainty),
    )


_BY_CERTAINTY = ("rxnorm", "local", "historic", "ndc", "atc", "snomed", "ingredient", "name")


def _certainty(matched_by: str) -> int:
    return _BY_CERTAINTY.index(matched_by) if matched_by in _BY_CERTAINTY else len(_BY_CERTAINTY)


_EXPECTED_MECHANISMS = frozenset({Mechanism.REDISTRIBUTION, Mechanism.LYMPHOCYTE_DEPLETION})


def acts_as_expected(drug: Drug) -> bool:
    """Whether a fall is the known effect of the treatment and no adverse reaction."""
    return drug.cytotoxic or drug.effect.mechanism in _EXPECTED_MECHANISMS
