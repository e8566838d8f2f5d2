"""Loads the knowledge folder: all of it, checked, joined and indexed, or an error that names every fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from cds.errors import KnowledgeError
from cds.facts import CellLine
from cds.knowledge.base import ConditionIndex, Knowledge, LineCode
from cds.knowledge.checks import load_checked_tables
from cds.knowledge.folder import PACKAGE_FOLDER
from cds.knowledge.house import as_in_house
from cds.knowledge.medicine_tables import index_medicines
from cds.knowledge.names import index_vaccine_names
from cds.knowledge.schema import Condition, Limits, Line, Ranking, SourceAttributes, UnitScale
from cds.knowledge.tables import Tables


def load_knowledge(folder: Path = PACKAGE_FOLDER, overlay: Path | None = None) -> Knowledge:
    """The knowledge below ``folder`` (by default the one that is shipped).

    ``overlay`` is the folder of a hospital that changes it for itself.

    Raises:
        KnowledgeError: with every problem of every file, in words for the reviewer.
    """
    tables, problems = load_checked_tables(folder, overlay)
    if problems or tables.limits is None or tables.ranking is None or tables.attributes is None:
        raise KnowledgeError(map(str, problems))
    knowledge = _joined(tables, tables.limits, tables.ranking, tables.attributes)
    return knowledge if tables.overlay is None else as_in_house(knowledge, tables.overlay)


def _joined(tables: Tables, limits: Limits, ranking: Ranking, attributes: SourceAttributes) -> Knowledge:
    return Knowledge(
        version=tables.version,
        sources=MappingProxyType({source.id: source for source in tables.sources}),
        lines=MappingProxyType({line.id: line for line in tables.lines}),
        units=_unit_index(tables.units),
        limits=limits,
        ranking=ranking,
        drugs=MappingProxyType({drug.id: drug for drug in tables.drugs}),
        pairs=tables.pairs,
        conditions=MappingProxyType({condition.id: condition for condition in tables.conditions}),
        work_up=tables.work_up,
        precautions=tables.precautions,
        live_vaccines=MappingProxyType({vaccine.cvx: vaccine for vaccine in tables.vaccines}),
        monitoring=tables.monitoring,
        clozapine=tables.clozapine,
        line_codes=_line_codes(tables.lines),
        medicines=index_medicines(tables.drugs, tables.products, tables.historic, tables.packages),
        vaccine_names=index_vaccine_names(tables.vaccines),
        condition_codes=_condition_codes(tables.conditions),
        attributes=attributes,
        seeds=tables.seeds,
        reviews=MappingProxyType(dict(tables.reviews)),
    )


def _unit_index(units: Iterable[UnitScale]) -> Mapping[tuple[str, str], UnitScale]:
    return MappingProxyType({(unit.kind, spelling): unit for unit in units for spelling in unit.spellings})


def _line_codes(lines: Iterable[Line]) -> Mapping[str, LineCode]:
    found: dict[str, LineCode] = {}
    for line in lines:
        codes = line.codes
        # An automated "neutrophils" share counts bands too; one counted by eye is of segmented cells.
        with_bands = line.id is CellLine.NEUTROPHILS
        found |= {code: LineCode(line.id, "count") for code in codes.count}
        found |= {code: LineCode(line.id, "percent", all_neutrophils=with_bands) for code in codes.percent}
        found |= {code: LineCode(line.id, "percent", manual=True) for code in codes.percent_manual}
        found |= {code: LineCode(line.id, "fraction") for code in codes.fraction}
    return MappingProxyType(found)


def _condition_codes(conditions: Iterable[Condition]) -> ConditionIndex:
    conditions = tuple(conditions)
    return ConditionIndex(
        snomed=MappingProxyType({code: row.id for row in conditions for code in row.snomed}),
        icd10cm=MappingProxyType({code: row.id for row in conditions for code in row.icd10cm}),
    )
