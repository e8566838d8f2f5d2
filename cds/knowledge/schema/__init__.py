"""The shape of everything that is known: one frozen model per table of the knowledge folder.

A reviewer edits TOML; these models say which members a file may have. Unknown members, wrong types and
missing sources are refused. Cell counts are in 10*9/L unless a member's name ends in ``_per_ul``
(cells per microlitre, the unit in which labels print their limits); days are whole days.
"""

from __future__ import annotations

from cds.knowledge.schema.base import (
    Atc,
    Confirmation,
    Cvx,
    Day,
    Entry,
    Loinc,
    Number,
    PairId,
    Review,
    RxCui,
    Sctid,
    Slug,
    SourceId,
    Text,
)
from cds.knowledge.schema.care import (
    Condition,
    LiveVaccine,
    Precaution,
    WorkUpTest,
)
from cds.knowledge.schema.drugs import (
    PAIR_GROUPS,
    Drug,
    DrugCodes,
    DrugEffect,
    DrugNames,
    Effect,
    Evidence,
    LabelLimits,
    Mechanism,
    Onset,
    Recovery,
    RiskyPair,
)
from cds.knowledge.schema.limits import (
    ConsistencyLimits,
    DuffyLimits,
    DurationLimits,
    FeverLimits,
    Freshness,
    ImmunityLimits,
    Limits,
    LoudnessLimits,
    MarrowLimits,
    NadirLimits,
    Ranking,
)
from cds.knowledge.schema.lines import (
    AgeLimit,
    Line,
    LineCodes,
    Plausible,
    Tiers,
    UnitScale,
)
from cds.knowledge.schema.monitoring import (
    ClozapineBand,
    Monitoring,
    MonitoringStep,
)
from cds.knowledge.schema.sources import (
    Source,
)

__all__ = [
    "PAIR_GROUPS",
    "AgeLimit",
    "Atc",
    "ClozapineBand",
    "Condition",
    "Confirmation",
    "ConsistencyLimits",
    "Cvx",
    "Day",
    "Drug",
    "DrugCodes",
    "DrugEffect",
    "DrugNames",
    "DuffyLimits",
    "DurationLimits",
    "Effect",
    "Entry",
    "Evidence",
    "FeverLimits",
    "Freshness",
    "ImmunityLimits",
    "LabelLimits",
    "Limits",
    "Line",
    "LineCodes",
    "LiveVaccine",
    "Loinc",
    "LoudnessLimits",
    "MarrowLimits",
    "Mechanism",
    "Monitoring",
    "MonitoringStep",
    "NadirLimits",
    "Number",
    "Onset",
    "PairId",
    "Plausible",
    "Precaution",
    "Ranking",
    "Recovery",
    "Review",
    "RiskyPair",
    "RxCui",
    "Sctid",
    "Slug",
    "Source",
    "SourceId",
    "Text",
    "Tiers",
    "UnitScale",
    "WorkUpTest",
]
