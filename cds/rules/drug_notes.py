"""What a card may quote of a drug."""

from __future__ import annotations

from dataclasses import replace

from cds.findings import DrugNote
from cds.knowledge.base import FromKnowledge, Knowledge
from cds.knowledge.schema import Confirmation, Drug
from cds.rules.label_limits import CLOZAPINE, US_LABEL, clozapine_bands


def note_of(drug: Drug, knowledge: Knowledge, policy: str = "") -> DrugNote:
    """The note of one drug of the knowledge; its advice is that of the site's clozapine ``policy``."""
    notes = _Notes.of(knowledge)
    if drug.id == CLOZAPINE and policy in notes.of_clozapine:
        return notes.of_clozapine[policy]
    return notes.by_drug[drug.id]


class _Notes(FromKnowledge):
    """One note for each drug; for clozapine, whose file speaks of the US label, one for each other policy."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.by_drug = {drug.id: _note(drug) for drug in knowledge.drugs.values()}
        policies = {band.policy for band in knowledge.clozapine} - {US_LABEL}
        self.of_clozapine = {
            policy: _with_bands(self.by_drug[CLOZAPINE], policy, knowledge)
            for policy in policies
            if CLOZAPINE in self.by_drug
        }


def _with_bands(note: DrugNote, policy: str, knowledge: Knowledge) -> DrugNote:
    """What a policy says at which count, in place of what the file says."""
    bands = [
        band
        for duffy_null in (False, True)
        for band in clozapine_bands(policy, knowledge, duffy_null=duffy_null)
    ]
    unsure = any(band.confirmation is not Confirmation.SOURCED for band in bands)
    return replace(
        note,
        advice=" ".join(dict.fromkeys(band.advice for band in bands)),
        advice_confirmation=Confirmation.NEEDS_REVIEW.value if unsure else "",
    )


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
        advice=drug.advice,
        confirmation=drug.confirmation.value,
        prescriber_decides=drug.stop_only_with_prescriber,
        cytotoxic=drug.cytotoxic,
        sources=drug.sources,
        boxed_warning=drug.evidence.boxed_warning,
    )
