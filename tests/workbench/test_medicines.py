"""What can be ordered is what the knowledge knows."""

from __future__ import annotations

from cds.knowledge.base import Knowledge
from cds.workbench.medicines import orderables_of


def test_every_medicine_and_every_live_vaccine_can_be_ordered(knowledge: Knowledge) -> None:
    ids = {each.id for each in orderables_of(knowledge)}

    assert {*knowledge.drugs} | {f"cvx-{cvx}" for cvx in knowledge.live_vaccines} == ids


def test_a_medicine_carries_its_code_and_is_found_by_its_brand(knowledge: Knowledge) -> None:
    (methimazole,) = (each for each in orderables_of(knowledge) if each.id == "methimazole")

    assert ("http://www.nlm.nih.gov/research/umls/rxnorm", "6835") == (methimazole.system, methimazole.code)
    assert "Tapazole" in methimazole.names


def test_a_medicine_without_a_code_carries_none(knowledge: Knowledge) -> None:
    uncoded = [each for each in orderables_of(knowledge) if not each.code]

    assert uncoded
    assert {""} == {each.system for each in uncoded}
