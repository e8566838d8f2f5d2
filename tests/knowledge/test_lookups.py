"""Recognition with a whole RxNorm release, and with somebody to ask last."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cds.facts import DrugMatch
from cds.knowledge.codings import Code
from cds.knowledge.load import load_knowledge
from cds.knowledge.lookup import Contents, Ingredient, System
from cds.knowledge.medicines import MedicineIndex, Recognition

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
NDC = "http://hl7.org/fhir/sid/ndc"
ATC = "http://www.whocc.no/atc"

METHIMAZOLE = Ingredient(("6835",), "methimazole")
AMLODIPINE = Ingredient(("104416", "17767"), "amlodipine")
CORTISONE = Ingredient(("2878",), "cortisone")


@dataclass
class Release:
    """Tells what it was given, and remembers what it was asked."""

    contents: dict[tuple[System, str], Contents]
    asked: list[tuple[System, str]] = field(default_factory=list)

    def __call__(self, system: System, code: str) -> Contents | None:
        self.asked.append((system, code))
        return self.contents.get((system, code))


def release(**contents: Contents) -> Release:
    """Keys such as ``rxnorm_197941``."""
    told: dict[tuple[System, str], Contents] = {}
    for key, value in contents.items():
        system, _, code = key.partition("_")
        told["ndc" if system == "ndc" else "rxnorm", code] = value
    return Release(told)


@pytest.fixture
def medicines(folder: Path) -> MedicineIndex:
    return load_knowledge(folder).medicines


def names(recognition: Recognition) -> list[str]:
    return [match.ingredient for match in recognition.matches]


def ask(
    medicines: MedicineIndex, local: Release | None, *codes: Code, remote: Release | None = None
) -> Recognition:
    return medicines.with_lookups(local, remote).recognise(codes, [])


# --- a whole release ------------------------------------------------------------------------------------


def test_a_product_is_matched_by_its_code_and_its_other_ingredients_are_told(
    medicines: MedicineIndex,
) -> None:
    local = release(rxnorm_700001=Contents((METHIMAZOLE, AMLODIPINE)))

    found = ask(medicines, local, Code(RXNORM, "700001"))

    assert (DrugMatch("methimazole", "rxnorm", "700001"),) == found.matches
    assert (AMLODIPINE,) == found.others
    assert found.coded


def test_a_retired_code_is_matched_as_historic(medicines: MedicineIndex) -> None:
    local = release(rxnorm_700001=Contents((METHIMAZOLE,), retired=True))

    found = ask(medicines, local, Code(RXNORM, "700001"))

    assert (DrugMatch("methimazole", "historic", "700001"),) == found.matches


def test_a_product_of_other_ingredients_is_recognised_and_no_culprit(medicines: MedicineIndex) -> None:
    local = release(rxnorm_197361=Contents((AMLODIPINE,)))

    found = ask(medicines, local, Code(RXNORM, "197361", "whatever clozapine"))

    assert () == found.matches
    assert found.recognised
    assert found.coded


def test_the_salt_decides_before_its_ingredient(medicines: MedicineIndex) -> None:
    """The knowledge may have a precise ingredient as a drug of its own: a biosimilar, a conjugate."""
    precise = Ingredient(("203195", "6835"), "methimazole")

    found = ask(medicines, release(rxnorm_700001=Contents((precise,))), Code(RXNORM, "700001"))

    assert ["penicillin-v"] == names(found)


def test_a_drug_whose_code_the_knowledge_does_not_have_is_known_by_its_whole_name(
    medicines: MedicineIndex,
) -> None:
    local = release(
        rxnorm_700001=Contents((Ingredient(("999999",), "Cortisone"),)),
        rxnorm_700002=Contents((Ingredient(("999998",), "cortisone butyrate"),)),
    )

    assert ["cortisone"] == names(ask(medicines, local, Code(RXNORM, "700001")))
    assert [] == names(ask(medicines, local, Code(RXNORM, "700002")))


def test_the_release_is_asked_before_the_shipped_table(medicines: MedicineIndex) -> None:
    local = release(rxnorm_197941=Contents((METHIMAZOLE, CORTISONE)))

    assert ["methimazole", "cortisone"] == names(ask(medicines, local, Code(RXNORM, "197941")))


@pytest.mark.parametrize(("code", "matched_by"), [("197941", "rxnorm"), ("207012", "historic")])
def test_the_shipped_table_is_the_fallback(medicines: MedicineIndex, code: str, matched_by: str) -> None:
    found = ask(medicines, release(), Code(RXNORM, code))

    assert (DrugMatch("methimazole", matched_by, code),) == found.matches


def test_the_knowledge_itself_decides_over_its_own_ingredient_codes(medicines: MedicineIndex) -> None:
    local = release(rxnorm_6835=Contents((AMLODIPINE,)))

    assert ["methimazole"] == names(ask(medicines, local, Code(RXNORM, "6835")))
    assert [] == local.asked


def test_an_ingredient_of_others_beside_one_of_ours_takes_nothing_away(medicines: MedicineIndex) -> None:
    local = release(rxnorm_17767=Contents((Ingredient(("17767",), "amlodipine"),)))

    found = ask(medicines, local, Code(RXNORM, "17767"), Code(RXNORM, "6835"))

    assert ["methimazole"] == names(found)
    assert ["amlodipine"] == [other.name for other in found.others]


def test_what_names_a_drug_of_ours_goes_before_what_names_none(medicines: MedicineIndex) -> None:
    local = release(rxnorm_197361=Contents((AMLODIPINE,)))

    found = ask(medicines, local, Code(RXNORM, "197361"), Code(ATC, "H03BB02"))

    assert (DrugMatch("methimazole", "atc", "H03BB02"),) == found.matches


# --- NDC ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        Code(NDC, "00093321001"),
        Code(NDC, "0093-3210-01"),
        Code("urn:oid:2.16.840.1.113883.6.69", "00093-3210-01"),
        Code("http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-medication-ndc", "00093321001"),
    ],
)
def test_a_package_in_any_spelling(medicines: MedicineIndex, code: Code) -> None:
    found = ask(medicines, release(ndc_00093321001=Contents((METHIMAZOLE,), retired=True)), code)

    assert (DrugMatch("methimazole", "ndc", code.code),) == found.matches


@pytest.mark.parametrize("code", ["00001000277", "0001-0002-01", "00001-0003-9"])
def test_without_a_release_a_package_is_known_by_labeller_and_product(
    medicines: MedicineIndex, code: str
) -> None:
    found = ask(medicines, None, Code(NDC, code))

    assert [DrugMatch(drug, "ndc", code) for drug in ("sulfamethoxazole", "trimethoprim")] == [*found.matches]
    assert found.coded


@pytest.mark.parametrize("code", ["00093321001", "00001000401", "0001000201", "00001-0002"])
def test_without_a_release_another_package_says_nothing(medicines: MedicineIndex, code: str) -> None:
    assert not ask(medicines, None, Code(NDC, code)).recognised


def test_what_the_release_says_of_a_package_goes_before_the_shipped_table(medicines: MedicineIndex) -> None:
    told = release(ndc_00001000201=Contents((METHIMAZOLE,)))

    assert ["methimazole"] == names(ask(medicines, told, Code(NDC, "0001-0002-01")))
    assert ["sulfamethoxazole", "trimethoprim"] == names(ask(medicines, told, Code(NDC, "0001-0002-02")))


def test_a_product_decides_over_a_package_and_that_over_an_ingredient(medicines: MedicineIndex) -> None:
    local = release(
        ndc_00093321001=Contents((METHIMAZOLE, CORTISONE)), rxnorm_700001=Contents((METHIMAZOLE,))
    )
    package, product, ingredient = Code(NDC, "00093321001"), Code(RXNORM, "700001"), Code(RXNORM, "2626")

    assert ["methimazole"] == names(ask(medicines, local, ingredient, package, product))
    assert ["methimazole", "cortisone"] == names(ask(medicines, local, ingredient, package))


# --- the last to be asked -------------------------------------------------------------------------------


def test_the_last_is_asked_only_about_codes_that_nobody_knows(medicines: MedicineIndex) -> None:
    local, remote = release(rxnorm_700001=Contents((METHIMAZOLE,))), release()

    for codes in (
        [Code(RXNORM, "6835")],
        [Code(RXNORM, "197941"), Code(RXNORM, "700002")],
        [Code(RXNORM, "700001"), Code(NDC, "00093321001")],
        [Code(ATC, "H03BB02"), Code(RXNORM, "700002")],
        [Code("urn:oid:1.2.3", "700002")],
        [Code(RXNORM, "x")],
        [Code(NDC, "0093321001")],
    ):
        ask(medicines, local, *codes, remote=remote)

    assert [] == remote.asked


def test_what_the_last_tells_counts_like_any_code(medicines: MedicineIndex) -> None:
    remote = release(rxnorm_700002=Contents((METHIMAZOLE,)), ndc_00093321001=Contents((CORTISONE,)))

    found = ask(medicines, None, Code(RXNORM, "700002", "clozapine"), remote=remote)
    package = ask(medicines, release(), Code(NDC, "0093-3210-01"), remote=remote)

    assert (DrugMatch("methimazole", "rxnorm", "700002"),) == found.matches
    assert (DrugMatch("cortisone", "ndc", "0093-3210-01"),) == package.matches


def test_if_the_last_knows_nothing_either_it_is_left_to_the_name(medicines: MedicineIndex) -> None:
    remote = release()

    found = ask(medicines, None, Code(RXNORM, "700002", "Clozaril 25 MG"), remote=remote)

    assert [("rxnorm", "700002")] == remote.asked
    assert (DrugMatch("clozapine", "name", "Clozaril"),) == found.matches
