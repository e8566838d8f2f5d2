"""The knowledge as one hospital uses it: without what it switched off, and with its own codes understood."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from cds.knowledge.base import Knowledge
from cds.knowledge.entries import EntryT
from cds.knowledge.schema import Off, Overlay


def as_in_house(knowledge: Knowledge, overlay: Overlay) -> Knowledge:
    """``knowledge``, which already has the hospital's drugs and limits, with the rest of its overlay.

    A drug that is switched off is still recognised, so that nobody calls it unknown; it is held against no
    count, and no pair and no calendar has it.
    """
    off = _by_kind(overlay.off)
    drugs = off["drug"]
    return replace(
        knowledge,
        drugs=_without(knowledge.drugs, drugs),
        pairs=tuple(
            pair
            for pair in knowledge.pairs
            if pair.id not in off["pair"] and drugs.isdisjoint((pair.first, pair.second))
        ),
        precautions=tuple(row for row in knowledge.precautions if row.id not in off["precaution"]),
        live_vaccines=_without(knowledge.live_vaccines, off["vaccine"]),
        monitoring=tuple(row for row in knowledge.monitoring if row.drug not in off["monitoring"] | drugs),
        medicines=knowledge.medicines.in_house(
            {(each.system, each.code): each.drugs for each in overlay.medicine_code}, drugs
        ),
        overlay=overlay.name,
        house=overlay,
        silenced_rules=off["rule"],
        silenced_topics=off["topic"],
        local_loinc=MappingProxyType({(each.system, each.code): each.loinc for each in overlay.lab_code}),
        local_cvx=MappingProxyType({(each.system, each.code): each.cvx for each in overlay.vaccine_code}),
        orderables=MappingProxyType({each.test: each for each in overlay.orderable}),
    )


def _by_kind(switches: Iterable[Off]) -> Mapping[str, frozenset[str]]:
    kinds = ("drug", "pair", "precaution", "vaccine", "monitoring", "rule", "topic")
    named = [(each.kind, each.name) for each in switches]
    return {kind: frozenset(name for of_kind, name in named if of_kind == kind) for kind in kinds}


def _without(entries: Mapping[str, EntryT], names: frozenset[str]) -> Mapping[str, EntryT]:
    return MappingProxyType({name: entry for name, entry in entries.items() if name not in names})
