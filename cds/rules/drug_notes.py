"""What a card may quote of a drug."""

from __future__ import annotations

from cds.findings import DrugNote
from cds.knowledge.base import FromKnowledge, Knowledge
from cds.knowledge.schema import Drug


def note_of(drug: Drug, knowledge: Knowledge) -> DrugNote:
    """The note of one drug of the knowledge."""
    return _Notes.of(knowledge).by_drug[drug.id]


class _Notes(FromKnowledge):
    def __init__(self, knowledge: Knowledge) -> None:
        self.by_drug = {drug.id: _note(drug) for drug in knowledge.drugs.values()}


def _note(drug: Drug) -> DrugNote:
    return DrugNote(
        id=drug.id,
        name=drug.name,
        rxcui=drug.codes.rxnorm[0] if drug.codes.rxnorm and drug.codes.rxnorm_status == "verified" else "",
        drug_class=drug.drug_class,
        grade=drug.evidence.grade,
        frequency=drug.evidence.frequency,
        onset=drug.onset.explained,
        recovery=drug.recovery.explained,
        recovery_max_days=drug.recovery.max_days,
        advice=drug.advice,
        confirmation=drug.confirmation.value,
        prescriber_decides=drug.stop_only_with_prescriber,
        cytotoxic=drug.cytotoxic,
        sources=drug.sources,
        boxed_warning=drug.evidence.boxed_warning,
    )
