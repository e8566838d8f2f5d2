"""Which dose forms of RxNorm act where they are applied."""

from __future__ import annotations

import pytest

from cds.knowledge.base import Knowledge
from cds.knowledge.codings import Code
from cds.knowledge.load import load_knowledge
from cds.knowledge.local_forms import is_local_form

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


@pytest.fixture(scope="module")
def shipped() -> Knowledge:
    return load_knowledge()


@pytest.mark.parametrize(
    "name",
    [
        "hydrocortisone 10 MG/ML Topical Cream",
        "hydrocortisone 10 MG/ML Topical Cream [Cortaid]",
        "ciprofloxacin 3 MG/ML Ophthalmic Solution",
        "ciprofloxacin 2 MG/ML Otic Solution",
        "budesonide 0.032 MG/ACTUAT Metered Dose Nasal Spray",
        "budesonide 0.25 MG/ML Inhalation Suspension",
        "120 ACTUAT budesonide 0.09 MG/ACTUAT Dry Powder Inhaler",
        "clindamycin 20 MG/ML Vaginal Cream",
        "triamcinolone acetonide 0.001 MG/MG Oral Paste",
        "Topical Cream",
        "{1 (ketoconazole 20 MG/ML Medicated Shampoo) / 1 (clobetasol 0.5 MG/ML Topical Cream) } Pack",
    ],
)
def test_local_forms(name: str) -> None:
    assert is_local_form(name)


@pytest.mark.parametrize(
    "name",
    [
        "methimazole 10 MG Oral Tablet",
        "methotrexate 25 MG/ML Injectable Solution",
        "mesalamine 1000 MG Rectal Suppository",
        "72 HR fentanyl 0.025 MG/HR Transdermal System",
        "methimazole 10 MG Oral Tablet [Nasal]",  # a brand says nothing of the form
        "{1 (fluconazole 150 MG Oral Tablet) / 1 (clotrimazole 10 MG/ML Topical Cream) } Pack",
        "methimazole 10 MG",
        "",
    ],
)
def test_forms_that_reach_the_blood_or_may_do_so(name: str) -> None:
    assert not is_local_form(name)


@pytest.mark.parametrize(
    ("code", "drug", "local_form"),
    [("106258", "hydrocortisone", True), ("197941", "methimazole", False), ("207012", "methimazole", False)],
)
def test_the_shipped_table_knows_the_form(shipped: Knowledge, code: str, drug: str, local_form: bool) -> None:
    found = shipped.medicines.recognise([Code(RXNORM, code)], [])

    assert ([drug], local_form) == ([match.ingredient for match in found.matches], found.local_form)
