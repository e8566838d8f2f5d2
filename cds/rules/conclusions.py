"""What all rules concluded of one patient on one occasion, for those that weigh it."""

from __future__ import annotations

from dataclasses import dataclass

from cds.facts import CellLine, Temperature
from cds.findings import (
    Caveat,
    Fever,
    LowCount,
    MarrowPattern,
    MonitoringDue,
    Occasion,
    OrderRisk,
    Precaution,
    StopNote,
)
from cds.rules.chart import Chart
from cds.rules.suspects import SuspectList


@dataclass(frozen=True, slots=True)
class Conclusions:
    """What the other rules found, as far as loudness depends on it."""

    chart: Chart
    occasion: Occasion
    low_counts: tuple[LowCount, ...]
    patterns: tuple[MarrowPattern, ...]
    suspects: SuspectList
    order_risks: tuple[OrderRisk, ...]
    stops: tuple[StopNote, ...]
    monitoring: tuple[MonitoringDue, ...]
    fever: Fever | None
    hottest: Temperature | None
    precautions: tuple[Precaution, ...]
    caveats: tuple[Caveat, ...]

    @property
    def ordering(self) -> bool:
        """Orders are being written: a chart is not only opened."""
        return self.occasion is not Occasion.PATIENT_VIEW

    @property
    def nothing_ordered(self) -> bool:
        """At an order, but none is there: the drafts came, could all be read, and were none."""
        facts = self.chart.facts
        return self.ordering and not facts.drafts and all(gap.what != "drafts" for gap in facts.gaps)

    @property
    def no_risk(self) -> str:
        """The reason why no order is spoken of, if none is."""
        return "order-unrelated" if self.ordering and not self.nothing_ordered else "no-order"

    def low(self, line: CellLine) -> LowCount | None:
        """The low count of a line, if it is low."""
        return next((low for low in self.low_counts if low.line is line), None)
