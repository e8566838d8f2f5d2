"""Everything that is known, loaded, checked and indexed: what the readers and the rules are handed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from cds.facts import CellLine
from cds.knowledge.medicines import MedicineIndex
from cds.knowledge.names import NameIndex
from cds.knowledge.schema import (
    ClozapineBand,
    Condition,
    Confirmation,
    Drug,
    Limits,
    Line,
    LiveVaccine,
    Monitoring,
    Named,
    Orderable,
    Overlay,
    Precaution,
    Ranking,
    RiskyPair,
    Source,
    SourceAttributes,
    UnitScale,
    WorkUpTest,
)


@dataclass(frozen=True, slots=True)
class LineCode:
    """What one LOINC code means.

    Attributes:
        line: which cells.
        property: ``count`` (per volume), ``percent`` (of white cells) or ``fraction`` (0 to 1).
        manual: counted by eye.
        all_neutrophils: a neutrophil code that includes bands.
    """

    line: CellLine
    property: str
    manual: bool = False
    all_neutrophils: bool = False


@dataclass(frozen=True, slots=True)
class ConditionIndex:
    """Problem-list codes to condition ids. SNOMED CT exactly; ICD-10-CM by the longest coded parent."""

    snomed: Mapping[str, str]
    icd10cm: Mapping[str, str]


def _nothing() -> Mapping[Any, Any]:
    return MappingProxyType({})


class LimitOrigin(NamedTuple):
    """Whose a limit of a drug is, how well it is confirmed, and where it stands."""

    status: str
    confirmation: Confirmation
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The knowledge folder in memory. Immutable and shared by all requests.

    Attributes:
        version: release and content hash, e.g. ``2026.11.0+3f2a9c1d``; printed on every card.
        line_codes: LOINC code to its meaning: the only codes that are ever read as counts.
        units: (kind, normalised spelling) to scale, e.g. ``("count", "k/ul")``; two kinds may share a
            spelling (see ``cds.readers.units``).
        medicines: recognises medicines by code and by name.
        vaccine_names: names of live vaccines, to CVX codes.
        condition_codes: recognises problem-list entries by code.
        attributes: what the service says of itself.
        seeds: what the articles name from which the knowledge began, and what became of it.
        reviews: file to the day on which its next review is due.
        overlay: the hospital whose own folder was laid over this; empty without one.
        house: all that this hospital wrote. Everything above is already as it wants it.
        silenced_rules: rules, or beginnings of rules, whose findings are not spoken of; see ``silences``.
        silenced_topics: codes of the topics that stay silent.
        local_loinc: (system, code) of the hospital's laboratory to LOINC code.
        local_cvx: (system, code) of a vaccine to CVX code.
        orderables: id of a test of the work-up to how it is ordered there.
        remembered: what others have made of this knowledge alone, by its type; never anything of a patient.
    """

    version: str
    sources: Mapping[str, Source]
    lines: Mapping[CellLine, Line]
    units: Mapping[tuple[str, str], UnitScale]
    limits: Limits
    ranking: Ranking
    drugs: Mapping[str, Drug]
    pairs: tuple[RiskyPair, ...]
    conditions: Mapping[str, Condition]
    work_up: tuple[WorkUpTest, ...]
    precautions: tuple[Precaution, ...]
    live_vaccines: Mapping[str, LiveVaccine]
    monitoring: tuple[Monitoring, ...]
    clozapine: tuple[ClozapineBand, ...]
    line_codes: Mapping[str, LineCode]
    medicines: MedicineIndex
    vaccine_names: NameIndex
    condition_codes: ConditionIndex
    attributes: SourceAttributes
    seeds: tuple[Named, ...]
    reviews: Mapping[str, date]
    overlay: str = ""
    house: Overlay | None = None
    silenced_rules: frozenset[str] = frozenset()
    silenced_topics: frozenset[str] = frozenset()
    local_loinc: Mapping[tuple[str, str], str] = field(default_factory=_nothing)
    local_cvx: Mapping[tuple[str, str], str] = field(default_factory=_nothing)
    orderables: Mapping[str, Orderable] = field(default_factory=_nothing)
    remembered: dict[type, object] = field(init=False, default_factory=dict, repr=False, compare=False)

    def origin_of_limit(self, drug: Drug, member: str) -> LimitOrigin:
        """Of one limit of a drug that has limits: the hospital's where it wrote that one, else the file's."""
        own = self.house.drug_limits.get(drug.id) if self.house is not None else None
        if own is not None and getattr(own, member) is not None:
            return LimitOrigin(own.status, own.confirmation, own.sources)
        if drug.limits is None:
            raise ValueError(f"{drug.id} has no limits")
        return LimitOrigin(drug.limits.status, drug.limits.confirmation, drug.sources)

    def silences(self, rule: str) -> bool:
        """Whether the hospital switched off ``rule``, by its name or the beginning of its name."""
        return any(rule == silenced or rule.startswith(f"{silenced}/") for silenced in self.silenced_rules)


class FromKnowledge:
    """Base of what depends on nothing but the knowledge; it is made once and shared by all requests.

    Nothing of a patient may ever be in it.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        """Makes it; a subclass says how."""

    @classmethod
    def of(cls, knowledge: Knowledge) -> Self:
        """The one of this knowledge, made when it is first asked for."""
        found = knowledge.remembered.get(cls)
        if not isinstance(found, cls):
            found = knowledge.remembered[cls] = cls(knowledge)  # if two do this at once, either will do
        return found
