"""Two drugs that together raise the risk: named as the pair before either alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cds.facts import CellLine
from cds.findings import PairNote
from cds.knowledge.base import FromKnowledge, Knowledge
from cds.knowledge.schema import Drug, Effect, Mechanism, RiskyPair
from cds.rules.drug_notes import note_of


def _lowers_neutrophils(drug: Drug) -> bool:
    return drug.effect.neutrophils is Effect.LOWERS


def _agranulocytosis(drug: Drug) -> bool:
    idiosyncratic = drug.effect.mechanism in {Mechanism.IDIOSYNCRATIC, Mechanism.MIXED}
    return _lowers_neutrophils(drug) and idiosyncratic and drug.evidence.grade in {"A", "B"}


def _myelosuppressive(drug: Drug) -> bool:
    return _lowers_neutrophils(drug) and drug.effect.mechanism is Mechanism.MYELOSUPPRESSIVE


# Groups that stand for many drugs. Pairs with other groups ("radiotherapy", a duration) need data that a
# medication list does not hold, and are carried as knowledge only.
_GROUPS: dict[str, Callable[[Drug], bool]] = {
    "any-agranulocytosis-drug-grade-ab": _agranulocytosis,
    "any-myelosuppressive": _myelosuppressive,
    "any-neutropenia-drug": lambda drug: _lowers_neutrophils(drug) and drug.evidence.grade in {"A", "B"},
}


class _Pairs(FromKnowledge):
    """The pairs by the drug that each names first, with their places in the knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._by_first: dict[str, list[tuple[int, RiskyPair]]] = {}
        for place, pair in enumerate(knowledge.pairs):
            self._by_first.setdefault(pair.first, []).append((place, pair))

    def naming(self, drugs: Iterable[str]) -> list[RiskyPair]:
        """Pairs whose first drug is one of these, in the order of the knowledge."""
        found = [each for drug in drugs if drug in self._by_first for each in self._by_first[drug]]
        return [pair for _, pair in sorted(found, key=_place)] if found else []


def _place(placed: tuple[int, RiskyPair]) -> int:
    return placed[0]


def find_pairs(
    one: Iterable[str], other: Iterable[str], knowledge: Knowledge, lines: frozenset[CellLine] | None = None
) -> tuple[PairNote, ...]:
    """Risky pairs with one drug from each side; most severe first.

    Args:
        lines: only pairs that act on one of these lines; ``None`` for all.
    """
    first_side, second_side = frozenset(one), frozenset(other)
    pairs = _Pairs.of(knowledge).naming(first_side | second_side)
    if not pairs:
        return ()
    found: dict[tuple[str, frozenset[str]], PairNote] = {}
    named: set[frozenset[str]] = set()
    for pair in pairs:
        if lines is not None and not lines.intersection(pair.lines):
            continue
        for left, right in _members(pair, first_side, second_side, knowledge):
            both = frozenset({left, right})
            if pair.second in _GROUPS and both in named:
                continue  # the pair that names both drugs says it better
            named.add(both)
            found.setdefault((pair.id, both), _note(pair, left, right, knowledge))
    return tuple(sorted(found.values(), key=lambda note: _SEVERITY.index(note.severity)))


def find_partners(
    drug_id: str, others: Iterable[str], line: CellLine, knowledge: Knowledge
) -> tuple[str, ...]:
    """Names of the drugs that form a risky pair with this one for a line."""
    notes = find_pairs([drug_id], others, knowledge, frozenset({line}))
    return tuple(note.second.name if note.first.id == drug_id else note.first.name for note in notes)


def may_pair(drug: Drug, knowledge: Knowledge) -> bool:
    """Whether the drug is on either side of any risky pair."""
    return any(
        drug.id in (pair.first, pair.second) or (pair.second in _GROUPS and _GROUPS[pair.second](drug))
        for pair in knowledge.pairs
    )


_SEVERITY = ("contraindicated", "avoid", "warn", "monitor")


def _members(
    pair: RiskyPair, one: frozenset[str], other: frozenset[str], knowledge: Knowledge
) -> Iterable[tuple[str, str]]:
    belongs = _GROUPS.get(pair.second)

    def is_second(drug_id: str) -> bool:
        if drug_id == pair.first:
            return False
        return belongs(knowledge.drugs[drug_id]) if belongs else drug_id == pair.second

    for here, there in ((one, other), (other, one)):
        if pair.first in here:
            for candidate in sorted(there):
                if is_second(candidate):
                    yield pair.first, candidate


def _note(pair: RiskyPair, first: str, second: str, knowledge: Knowledge) -> PairNote:
    return PairNote(
        id=pair.id,
        first=note_of(knowledge.drugs[first], knowledge),
        second=note_of(knowledge.drugs[second], knowledge),
        severity=pair.severity,
        mechanism=pair.mechanism,
        effect=pair.effect,
        advice=pair.advice,
        confirmation=pair.confirmation.value,
        sources=pair.sources,
        dose_condition=pair.dose_condition,
    )
