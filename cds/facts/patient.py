"""Everything of one patient, as of one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from cds.facts.gaps import Gap
from cds.facts.history import KnownCondition, PriorReaction
from cds.facts.medicines import MedicationUse
from cds.facts.moments import When
from cds.facts.orders import DraftOrder, OrderedTest
from cds.facts.results import CellCount, CellFraction, Temperature


@dataclass(frozen=True, slots=True)
class Patient:
    """The little that the rules need of a person. No name, race, ethnicity, language or address."""

    born: When | None = None
    deceased: bool = False
    preterm: bool = False

    @property
    def birthday(self) -> date | None:
        """The last day that it can have been, so that a child is not taken for an adult."""
        return self.born.last_day if self.born is not None else None

    def age_in_days(self, measured: When | None, as_of: datetime) -> int | None:
        """Age on the day of a specimen; at ``as_of`` if it is undated; ``None`` if unknown."""
        born = self.birthday
        if born is None:
            return None
        drawn = measured.day if measured is not None else as_of.date()
        return max((drawn - born).days, 0)


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """Everything of one patient, as of one moment.

    Attributes:
        as_of: "now" for every rule (UTC).
        duffy_null: recorded as Duffy-null (condition, phenotype or genotype); never inferred.
        pregnant: recorded as pregnant at ``as_of``.
    """

    as_of: datetime
    patient: Patient = field(default_factory=Patient)
    counts: tuple[CellCount, ...] = ()
    fractions: tuple[CellFraction, ...] = ()
    temperatures: tuple[Temperature, ...] = ()
    medications: tuple[MedicationUse, ...] = ()
    drafts: tuple[DraftOrder, ...] = ()
    conditions: tuple[KnownCondition, ...] = ()
    reactions: tuple[PriorReaction, ...] = ()
    tests: tuple[OrderedTest, ...] = ()
    gaps: tuple[Gap, ...] = ()
    duffy_null: bool = False
    pregnant: bool = False
