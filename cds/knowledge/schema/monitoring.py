"""When a count is due on a drug, and what clozapine policies say: ``monitoring.toml``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cds.facts import CellLine
from cds.knowledge.schema.base import Confirmation, Day, Entry, Number, Slug, SourceId, Text


class MonitoringStep(Entry):
    """From ``from_days`` on treatment, a count is due every ``every_days`` (with ``grace_days``)."""

    from_days: Day
    every_days: Annotated[Day, Field(gt=0)]
    grace_days: Day


class Monitoring(Entry):
    """A drug whose label asks for counts."""

    drug: Slug
    policy: Slug = "label"
    line: CellLine
    steps: tuple[MonitoringStep, ...]
    until_days: Annotated[Day, Field(gt=0)] | None = None  # days on treatment from which no count is due
    baseline_required: bool = False
    sources: tuple[SourceId, ...]
    confirmation: Confirmation


class ClozapineBand(Entry):
    """What one clozapine policy says for neutrophils ``from_per_ul <= ANC < below_per_ul``."""

    policy: Literal["us-label", "eu-2025", "uk"]
    duffy_null: bool
    from_per_ul: Number
    below_per_ul: Number | None = None
    action: Literal["normal", "continue", "interrupt", "stop"]
    advice: Text
    urgency: Literal["none", "info", "warning", "critical"]
    sources: tuple[SourceId, ...]
    confirmation: Confirmation
