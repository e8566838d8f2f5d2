"""What depends on the knowledge alone is made once for it, and holds nothing of a patient."""

from __future__ import annotations

import pickle
from dataclasses import replace

from cds.knowledge.base import FromKnowledge, Knowledge
from cds.rules.drug_notes import note_of
from tests.rules.charts import assessed, count, draft, knowledge, taking


class _Names(FromKnowledge):
    def __init__(self, knowledge: Knowledge) -> None:
        self.names = {drug.name for drug in knowledge.drugs.values()}


def test_it_is_made_once_for_one_knowledge() -> None:
    known = replace(knowledge())

    assert _Names.of(known) is _Names.of(known)


def test_another_knowledge_has_its_own() -> None:
    drug = knowledge().drugs["methimazole"]
    renamed = drug.model_copy(update={"name": "thiamazole"})
    other = replace(knowledge(), drugs={**knowledge().drugs, drug.id: renamed})

    assert note_of(drug, knowledge()).name == "methimazole"
    assert note_of(renamed, other).name == "thiamazole"


def test_a_patient_leaves_nothing_behind_in_it() -> None:
    assessed(count("neutrophils", "4.0"), taking("lisinopril", 90))
    assessed(count("neutrophils", "0.3"), taking("methimazole", 30), draft("methimazole"))
    before = remembered()

    assessed(count("neutrophils", "0.7", 3), count("lymphocytes", "0.2"), taking("clozapine", 40))

    assert remembered() == before


def remembered() -> bytes:
    """All that the rules have made of the knowledge so far."""
    held = knowledge().remembered.items()
    made = [each for kind, each in held if not kind.__module__.startswith("cds.readers")]
    return pickle.dumps(made)
