"""Limits that a label or guideline prints for a drug, held against the newest count."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cds.facts import CellCount, CellLine
from cds.findings import LabelLimit, Urgency
from cds.knowledge.base import Knowledge
from cds.knowledge.schema import ClozapineBand, Confirmation, Drug, Effect, relied_on
from cds.rules.bounds import greatest, is_at_most, is_below

US_LABEL = "us-label"  # the policy that the file of clozapine itself speaks of
CLOZAPINE = relied_on.CLOZAPINE  # its limits are those of a policy, not of its file
_NORMAL = "normal"  # the band in which a policy asks for nothing: from here on treatment may begin
_PER_UL = Decimal(1000)  # 10*9/L is 1,000 cells per microlitre
_START = "do-not-start"
_MEMBERS = (  # of ``LabelLimits``, the gravest first
    ("stop", CellLine.NEUTROPHILS, "stop_neutrophils_below_per_ul"),
    ("hold", CellLine.NEUTROPHILS, "hold_neutrophils_below_per_ul"),
    (_START, CellLine.NEUTROPHILS, "do_not_start_neutrophils_per_ul"),
    ("hold", CellLine.LYMPHOCYTES, "hold_lymphocytes_below_per_ul"),
    (_START, CellLine.LYMPHOCYTES, "do_not_start_lymphocytes_per_ul"),
    ("hold", CellLine.LEUKOCYTES, "hold_leukocytes_below_per_ul"),
)


def find_crossed_limits(
    drug: Drug, counts: dict[CellLine, CellCount], knowledge: Knowledge, *, in_use: bool
) -> tuple[LabelLimit, ...]:
    """The gravest limit crossed per line.

    Args:
        counts: newest fresh counts by line.
        in_use: the drug is already being taken, so that "do not start" no longer applies.
    """
    crossed: dict[CellLine, LabelLimit] = {}
    crosses = is_at_most if drug.limits is not None and drug.limits.at_or_below else is_below
    for limit in _limits(drug, knowledge, in_use=in_use):
        count = counts.get(limit.line)
        if count is None or limit.line in crossed or not crosses(count, limit.below_per_ul / _PER_UL):
            continue
        crossed[limit.line] = limit
    return tuple(crossed.values())


def _limits(drug: Drug, knowledge: Knowledge, *, in_use: bool) -> Iterator[LabelLimit]:
    """The drug's limits, gravest first."""
    if drug.limits is None:
        lowers = drug.effect.on(CellLine.NEUTROPHILS) is Effect.LOWERS
        if drug.cytotoxic and lowers and drug.onset.anchor == "each_dose_or_last_dose":
            yield _next_dose(knowledge)
        return
    for kind, line, member in _MEMBERS:
        below = getattr(drug.limits, member)
        if below is None or (in_use and kind == _START):
            continue
        origin = knowledge.origin_of_limit(drug, member)
        yield LabelLimit(
            kind,
            line,
            below,
            status=origin.status,
            confirmation=origin.confirmation.value,
            sources=origin.sources,
            at_or_below=drug.limits.at_or_below,
        )


def _next_dose(knowledge: Knowledge) -> LabelLimit:
    return LabelLimit(
        "next-dose",
        CellLine.NEUTROPHILS,
        knowledge.limits.nadir.next_cycle_neutrophils_per_ul,
        status="usual limit of labels and regimens",
        confirmation=Confirmation.CLASS_SOURCED.value,
        sources=knowledge.limits.nadir.next_cycle_sources,
    )


def find_clozapine_band(
    count: CellCount, policy: str, knowledge: Knowledge, *, duffy_null: bool, in_use: bool
) -> tuple[LabelLimit, Urgency] | None:
    """What the site's clozapine policy says for this neutrophil count, if it asks for anything.

    Where it is not taken yet the limit is that of a start, whichever band the count lies in.
    """
    value = greatest(count)
    if value is None:
        return None
    per_ul = value * _PER_UL
    bands = clozapine_bands(policy, knowledge, duffy_null=duffy_null)
    for band in bands:
        if band.from_per_ul <= per_ul and (band.below_per_ul is None or per_ul < band.below_per_ul):
            normal_from = next((each.from_per_ul for each in bands if each.action == _NORMAL), None)
            return _band_limit(band, None if in_use else normal_from)
    return None


def clozapine_bands(policy: str, knowledge: Knowledge, *, duffy_null: bool) -> tuple[ClozapineBand, ...]:
    """What a policy says at which neutrophil count, the lowest first."""
    return tuple(
        band for band in knowledge.clozapine if band.policy == policy and band.duffy_null is duffy_null
    )


def _band_limit(band: ClozapineBand, start_from: Decimal | None) -> tuple[LabelLimit, Urgency] | None:
    if band.urgency == "none" or band.below_per_ul is None:
        return None
    kind = {"continue": "monitor", "interrupt": "hold", "stop": "stop"}.get(band.action, "monitor")
    limit = LabelLimit(
        kind if start_from is None else _START,
        CellLine.NEUTROPHILS,
        band.below_per_ul if start_from is None else start_from,
        status=f"clozapine policy {band.policy}" + (" (Duffy-null)" if band.duffy_null else ""),
        confirmation=band.confirmation.value,
        advice=band.advice,
        policy=band.policy,
        sources=band.sources,
    )
    return limit, Urgency[band.urgency.upper()]
