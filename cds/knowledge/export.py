"""The knowledge as plain data, entry by entry under the names of the files: to be kept, compared and read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cds.knowledge.base import Knowledge
from cds.knowledge.schema import ClozapineBand, Entry

FORMAT = "leukocds-knowledge/1"

Data = dict[str, Any]


def knowledge_as_data(knowledge: Knowledge) -> Data:
    """Every table, its entries by id, as JSON can hold it; decimal numbers as text, digit by digit.

    The RxNorm tables of products are counted, not listed.
    """
    return {
        "format": FORMAT,
        "version": knowledge.version,
        "overlay": knowledge.overlay,
        "drugs": _entries(knowledge.drugs),
        "pairs": _entries({pair.id: pair for pair in knowledge.pairs}),
        "monitoring": _entries({f"{row.drug}, {row.policy}": row for row in knowledge.monitoring}),
        "clozapine": _entries({_band(band): band for band in knowledge.clozapine}),
        "precautions": _entries({row.id: row for row in knowledge.precautions}),
        "vaccines": _entries(knowledge.live_vaccines),
        "conditions": _entries(knowledge.conditions),
        "tests": _entries({test.id: test for test in knowledge.work_up}),
        "limits": _plain(knowledge.limits),
        "ranking": _plain(knowledge.ranking),
        "lines": _entries({line.value: entry for line, entry in knowledge.lines.items()}),
        "units": _units(knowledge),
        "sources": _entries(knowledge.sources),
        "seeds": _entries({row.term: row for row in knowledge.seeds}),
        "rxnorm": {
            "products": len(knowledge.medicines.products),
            "historic": len(knowledge.medicines.historic),
        },
        "house": knowledge.house.model_dump(mode="json", exclude_defaults=True) if knowledge.house else {},
    }


def _entries(entries: Mapping[str, Entry]) -> Data:
    return {name: _plain(entry) for name, entry in entries.items()}


def _plain(entry: Entry) -> Data:
    return entry.model_dump(mode="json")


def _units(knowledge: Knowledge) -> Data:
    spellings: dict[str, list[str]] = {}
    for (kind, spelling), scale in knowledge.units.items():
        factor = f"{kind}: (x - {scale.subtract}) * {scale.factor} / {scale.divisor}"
        spellings.setdefault(f"{factor}{', doubtful' if scale.suspect else ''}", []).append(spelling)
    return {name: sorted(written) for name, written in spellings.items()}


def _band(band: ClozapineBand) -> str:
    return f"{band.policy}{', Duffy-null' if band.duffy_null else ''}, from {band.from_per_ul}"
