"""Creams, drops and inhalers do not reach the blood in doses that matter."""

from __future__ import annotations

import pytest

from tests.readers.sending import RXNORM, SNOMED, coded, medication, read


def is_systemic(text: str = "hydrocortisone", route: object = None, form: object = None) -> bool:
    dosage = [{"route": route}] if route is not None else []
    request = medication(text=text, dosageInstruction=dosage)
    if form is not None:
        inside = {"resourceType": "Medication", "id": "x", "code": {"text": text}, "form": form}
        request = medication(
            contained=[inside], medicationReference={"reference": "#x"}, dosageInstruction=dosage
        )
    (use,) = read(request).facts.medications
    return use.systemic


@pytest.mark.parametrize(
    "name",
    ["hydrocortisone 10 MG/ML Topical Cream", "chloramphenicol 5 MG/ML Ophthalmic Solution",
     "Ofloxacin eye drops", "ciprofloxacin Otic Suspension", "mometasone Nasal Spray",
     "albuterol Metered Dose Inhaler",
     "tobramycin Inhalation Solution", "mupirocin ointment", "ketoconazole Medicated Shampoo"],
)  # fmt: skip
def test_words_of_a_local_form(name: str) -> None:
    assert not is_systemic(name)


@pytest.mark.parametrize(
    "name",
    ["HYDROCORTISONE 1 % EX CREA", "TRIAMCINOLONE ACETONIDE 0.1 % EX OINT", "DICLOFENAC SODIUM 1 % EX GEL",
     "PREDNISOLONE ACETATE 1 % OP SUSP", "CIPROFLOXACIN-DEXAMETHASONE 0.3-0.1 % OT SUSP",
     "BUDESONIDE 32 MCG/ACT NA SUSP", "BUDESONIDE 0.5 MG/2ML IN SUSP", "RIBAVIRIN 6 G IN SOLR NEBU",
     "METRONIDAZOLE 0.75 % VA GEL", "metronidazole 0.75 % Vaginal Gel", "Pulmicort Flexhaler 180 mcg",
     "triamcinolone 0.1 % dental paste", "dexamethasone 0.7 mg intravitreal implant",
     "magic mouthwash (diphenhydramine, lidocaine)", "tobramycin-dexamethasone ophth oint"],
)  # fmt: skip
def test_a_local_form_as_order_entry_prints_it(name: str) -> None:
    assert not is_systemic(name)


@pytest.mark.parametrize(
    "name",
    ["PREDNISOLONE 15 MG/5ML PO SOLN", "VANCOMYCIN HCL 1 G IV SOLR", "MESALAMINE 4 G RE ENEM",
     "METHOTREXATE SODIUM 25 MG/ML IJ SOLN", "fludarabine in soln for infusion",
     "CARBAMAZEPINE 100 MG PO CHEW"],
)  # fmt: skip
def test_a_systemic_form_as_order_entry_prints_it(name: str) -> None:
    assert is_systemic(name)


def test_the_code_of_a_cream_is_enough() -> None:
    cream, tablet = coded("106258", RXNORM), coded("197941", RXNORM)

    (by_code,) = read(medication(medicationCodeableConcept=cream)).facts.medications
    (other,) = read(medication(medicationCodeableConcept=tablet)).facts.medications

    assert [match.ingredient for match in by_code.matches] == ["hydrocortisone"]
    assert not by_code.systemic
    assert other.systemic


def test_a_route_decides_over_the_code() -> None:
    swallowed = [{"route": {"text": "Oral"}}]
    request = medication(medicationCodeableConcept=coded("106258", RXNORM), dosageInstruction=swallowed)

    (use,) = read(request).facts.medications

    assert use.systemic


@pytest.mark.parametrize(
    "name",
    ["clozapine 100 MG Oral Tablet", "INH 300 mg tablet", "methotrexate 25 MG/ML Injection", "Topamax",
     "fentanyl 25 mcg/h patch", "isoniazid", "Creamless syrup"],
)  # fmt: skip
def test_everything_else_is_systemic(name: str) -> None:
    """INH is isoniazid, not inhaled."""
    assert is_systemic(name)


@pytest.mark.parametrize(
    ("route", "expected"),
    [({"text": "topical"}, False), ({"text": "Oral"}, True), (coded("6064005", SNOMED), False),
     (coded("26643006", SNOMED), True), (coded("INH", "urn:local"), False), (coded("PO", "urn:local"), True),
     (coded("x", "urn:local", display="Ophthalmic route"), False), ({"text": "Oral inhalation"}, False),
     ({"text": "both eyes"}, False), ({"text": "IV"}, True), ({"text": "somehow"}, True)],
)  # fmt: skip
def test_the_route_decides_where_it_was_sent(route: object, expected: bool) -> None:
    assert is_systemic(route=route) is expected


def test_the_route_comes_before_the_form_and_the_form_before_the_name() -> None:
    assert is_systemic("tacrolimus ointment", route={"text": "oral"})
    assert not is_systemic("tacrolimus", form={"text": "Ointment"})
    assert is_systemic("Eye of newt", form={"text": "Oral tablet"})


def test_one_systemic_route_is_enough() -> None:
    both = [{"route": {"text": "topical"}}, {"route": {"text": "oral"}}]

    assert read(medication("5492", dosageInstruction=both, system=RXNORM)).facts.medications[0].systemic
