"""What one hospital changes: ``overlay.toml`` of its own folder.

A hospital may switch things off, change limits, add drugs, and say what its own codes mean. Everything it
writes is checked as the knowledge itself is; what it changes names its source, what it switches off a reason.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from cds.knowledge.schema.base import (
    Confirmation,
    Cvx,
    Entry,
    Loinc,
    Number,
    PairId,
    Review,
    Slug,
    SourceId,
    Text,
)

System = Annotated[str, StringConstraints(pattern=r"^(urn:|https?://)[^\s|,$\\{}]+$")]
LocalCode = Annotated[str, StringConstraints(pattern=r"^\S+( \S+)*$")]

# The topics that a hospital may switch off. Data quality is none of them: without it a result that nobody
# could read would look like a result that is normal.
SWITCHABLE_TOPICS = (
    "leukoFever",
    "leukoOrderRisk",
    "leukoLiveVaccine",
    "leukoLowCount",
    "leukoSuspects",
    "leukoMonitoring",
    "leukoPrecautions",
)


class Off(Entry):
    """One thing that is not used here: exactly one of the members before ``why``.

    ``monitoring`` is a drug id, ``vaccine`` a CVX code, ``topic`` the code of a card's topic. ``rule`` is the
    ``rule`` of a finding or its beginning: ``order-risk/pair`` stands for all pairs, ``order-risk/pair/I03``
    for one.
    """

    drug: Slug | None = None
    precaution: Slug | None = None
    vaccine: Cvx | None = None
    monitoring: Slug | None = None
    pair: PairId | None = None
    rule: Text | None = None
    topic: Text | None = None
    why: Text

    @model_validator(mode="after")
    def _names_one_thing(self) -> Off:
        if len(self._named()) != 1:
            raise ValueError(f"name exactly one of {', '.join(_SWITCHES)}")
        return self

    @property
    def kind(self) -> str:
        """What is switched off: ``drug``, ``rule``, …"""
        return self._named()[0]

    @property
    def name(self) -> str:
        """Which one."""
        return str(getattr(self, self.kind))

    def _named(self) -> list[str]:
        return [kind for kind in _SWITCHES if getattr(self, kind) is not None]


_SWITCHES = ("drug", "precaution", "vaccine", "monitoring", "pair", "rule", "topic")


class DrugLimits(Entry):
    """The hospital's own limits of one drug; those not named stay. ``status`` says whose they are."""

    do_not_start_neutrophils_per_ul: Number | None = None
    hold_neutrophils_below_per_ul: Number | None = None
    stop_neutrophils_below_per_ul: Number | None = None
    do_not_start_lymphocytes_per_ul: Number | None = None
    hold_lymphocytes_below_per_ul: Number | None = None
    hold_leukocytes_below_per_ul: Number | None = None
    status: Text
    confirmation: Confirmation
    sources: tuple[SourceId, ...]


class HouseCode(Entry):
    """A code of the hospital's own."""

    system: System
    code: LocalCode


class LabCode(HouseCode):
    """A code of the hospital's laboratory, and the LOINC code that it stands for."""

    loinc: Loinc


class MedicineCode(HouseCode):
    """A code of the hospital's formulary, and the drugs that it contains: none, if it has none of ours."""

    drugs: tuple[Slug, ...]


class VaccineCode(HouseCode):
    """A code of the hospital's for a vaccine, and its CVX code."""

    cvx: Cvx


class Orderable(HouseCode):
    """How a test of ``workup.toml`` is ordered in this hospital."""

    test: Slug
    display: Text


class Overlay(Entry):
    """The whole of ``overlay.toml``. ``limits`` holds members of ``limits.toml``, as deep as they lie there.

    A table of ``limits`` in which a limit changes has ``sources`` too: they join those that stand there.
    """

    name: Text  # of the hospital; its letters and digits are part of the version
    review: Review
    off: tuple[Off, ...] = ()
    limits: dict[str, Any] = Field(default_factory=dict)
    drug_limits: dict[Slug, DrugLimits] = Field(default_factory=dict)
    lab_code: tuple[LabCode, ...] = ()
    medicine_code: tuple[MedicineCode, ...] = ()
    vaccine_code: tuple[VaccineCode, ...] = ()
    orderable: tuple[Orderable, ...] = ()
