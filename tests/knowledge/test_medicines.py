"""Recognition: codes first, then whole words; nothing passed over, nothing multiplied."""

from __future__ import annotations

from pathlib import Path

import pytest

from cds.facts import DrugMatch
from cds.knowledge.codings import Code
from cds.knowledge.load import load_knowledge
from cds.knowledge.medicines import MedicineIndex, Recognition

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
SNOMED = "http://snomed.info/sct"
LOCAL = "urn:oid:1.2.3"


@pytest.fixture
def medicines(folder: Path) -> MedicineIndex:
    return load_knowledge(folder).medicines


def rxnorm(code: str, display: str = "") -> Code:
    return Code(RXNORM, code, display)


def names(recognition: Recognition) -> list[str]:
    return [match.ingredient for match in recognition.matches]


# --- codes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "matches"),
    [
        (rxnorm("6835"), [("methimazole", "rxnorm")]),
        (rxnorm("203195"), [("penicillin-v", "rxnorm")]),
        (rxnorm("10831"), [("sulfamethoxazole", "rxnorm"), ("trimethoprim", "rxnorm")]),
        (rxnorm("197941"), [("methimazole", "rxnorm")]),
        (rxnorm("849580"), [("sulfamethoxazole", "rxnorm"), ("trimethoprim", "rxnorm")]),
        (rxnorm(" 197941 "), [("methimazole", "rxnorm")]),
        (rxnorm("207012"), [("methimazole", "historic")]),
        (Code("urn:oid:2.16.840.1.113883.6.88", "6835"), [("methimazole", "rxnorm")]),
        (Code("https://www.nlm.nih.gov/research/umls/rxnorm", "6835"), [("methimazole", "rxnorm")]),
        (Code("http: //www.nlm.nih.gov/research/umls/rxnorm/", "6835"), [("methimazole", "rxnorm")]),
        (Code("2.16.840.1.113883.6.73", "N05AH02"), [("clozapine", "atc")]),
        (Code("https://snomed.info/sct/", "37656002"), [("methimazole", "snomed")]),
        (Code(ATC, "N05AH02"), [("clozapine", "atc")]),
        (Code(ATC, "n05ah02"), [("clozapine", "atc")]),
        (Code(ATC, "J01EE01"), [("sulfamethoxazole", "atc"), ("trimethoprim", "atc")]),
        (Code(SNOMED, "37656002"), [("methimazole", "snomed")]),
    ],
    ids=lambda value: value.code if isinstance(value, Code) else "",
)
def test_a_code_gives_every_ingredient_and_says_how(
    medicines: MedicineIndex, code: Code, matches: list[tuple[str, str]]
) -> None:
    found = medicines.recognise([code], [])

    assert [(match.ingredient, match.matched_by) for match in found.matches] == matches
    assert found.coded
    assert not found.by_name


def test_a_match_names_the_code_it_rests_on(medicines: MedicineIndex) -> None:
    found = medicines.recognise([Code(LOCAL, "x"), rxnorm("207012")], [])

    assert found.matches == (DrugMatch("methimazole", "historic", "207012"),)


def test_a_class_code_of_atc_is_no_drug(medicines: MedicineIndex) -> None:
    assert medicines.recognise([Code(ATC, "N05AH")], []).matches == ()


def test_a_code_means_nothing_in_another_system(medicines: MedicineIndex) -> None:
    assert medicines.recognise([Code(LOCAL, "6835"), Code("", "6835"), Code(ATC, "6835")], []).matches == ()


def test_a_code_that_is_understood_beats_a_contradicting_text(medicines: MedicineIndex) -> None:
    found = medicines.recognise([rxnorm("197941", "clozapine 25 MG")], ["clozapine"])

    assert names(found) == ["methimazole"]
    assert not found.by_name


def test_a_code_that_is_not_understood_leaves_it_to_the_text(medicines: MedicineIndex) -> None:
    found = medicines.recognise([rxnorm("99999999"), Code(LOCAL, "12")], ["Methimazole 5 MG"])

    assert found.matches == (DrugMatch("methimazole", "name", "methimazole"),)
    assert found.by_name
    assert not found.coded


def test_the_many_codings_of_one_medicine_give_it_once(medicines: MedicineIndex) -> None:
    codings = [rxnorm("6835"), rxnorm("197941"), rxnorm("207012"), Code(ATC, "H03BB02"), Code(LOCAL, "77")]

    assert medicines.recognise(codings, ["methimazole"]).matches == (
        DrugMatch("methimazole", "rxnorm", "197941"),
    )


def test_single_ingredients_listed_side_by_side_are_joined(medicines: MedicineIndex) -> None:
    found = medicines.recognise([rxnorm("10180"), rxnorm("10829"), rxnorm("10180")], [])

    assert names(found) == ["sulfamethoxazole", "trimethoprim"]


def test_a_product_decides_over_an_ingredient_beside_it(medicines: MedicineIndex) -> None:
    assert names(medicines.recognise([rxnorm("2626"), rxnorm("197941")], [])) == ["methimazole"]


def test_of_products_that_disagree_the_fullest_counts_and_of_equals_the_first(
    medicines: MedicineIndex,
) -> None:
    fuller = medicines.recognise([rxnorm("197941"), rxnorm("849580")], [])
    first = medicines.recognise([rxnorm("310965"), rxnorm("197941")], [])

    assert names(fuller) == ["sulfamethoxazole", "trimethoprim"]
    assert names(first) == ["ibuprofen"]


def test_rxnorm_decides_over_atc_and_atc_over_snomed(medicines: MedicineIndex) -> None:
    clozapine, methimazole = Code(ATC, "N05AH02"), Code(SNOMED, "37656002")

    assert names(medicines.recognise([methimazole, clozapine, rxnorm("5640")], [])) == ["ibuprofen"]
    assert names(medicines.recognise([methimazole, clozapine], [])) == ["clozapine"]


def test_other_ingredients_of_a_product_are_no_match(medicines: MedicineIndex) -> None:
    assert names(medicines.recognise([rxnorm("310965")], [])) == ["ibuprofen"]


def test_a_known_product_without_a_drug_of_ours_is_settled(medicines: MedicineIndex) -> None:
    found = medicines.recognise([rxnorm("999001")], ["clozapine"])

    assert found.matches == ()
    assert found.coded
    assert found.recognised


# --- names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "drugs"),
    [
        ("methimazole 10 MG Oral Tablet", ["methimazole"]),
        ("METHIMAZOLE 10 MG PO TABS", ["methimazole"]),
        ("Méthimazole", ["methimazole"]),
        ("Tapazole", ["methimazole"]),
        ("methimazole10mg", ["methimazole"]),
        ("methimazole(Tapazole)", ["methimazole"]),
        ("tapazole/clozaril", ["methimazole", "clozapine"]),
        ("TMP-SMX DS", ["sulfamethoxazole", "trimethoprim"]),
        ("tmp/smx", ["sulfamethoxazole", "trimethoprim"]),
        ("SMX 400 mg", ["sulfamethoxazole"]),
        ("sulfamethoxazole 800 MG / trimethoprim 160 MG", ["sulfamethoxazole", "trimethoprim"]),
        ("penicillin V potassium 250 MG", ["penicillin-v"]),
        ("penicillin v", ["penicillin-v"]),
        ("penicillin 500 MG", ["penicillin-g"]),
        ("hydrocortisone 1 % cream", []),
        ("cortisone 25 MG", ["cortisone"]),
        ("Ibu 400", []),  # a short brand is no word to search for
        ("Advil", ["ibuprofen"]),
        ("ibuprofenol", []),
        ("", []),
    ],
)
def test_names_are_whole_words_the_longest_first(
    medicines: MedicineIndex, text: str, drugs: list[str]
) -> None:
    assert names(medicines.recognise([], [text])) == drugs


@pytest.mark.parametrize(
    "text",
    [
        "skin test for penicillin allergy",
        "PENICILLIN-ALLERGIC: erythromycin",
        "erythromycin (allergic to penicillin V)",
        "erythromycin, allergy to penicillin",
        "ibuprofen-free syrup",
        "non-ibuprofen pain reliever",
    ],
)
def test_a_drug_that_the_text_rules_out_is_not_found(medicines: MedicineIndex, text: str) -> None:
    assert medicines.recognise([], [text]).matches == ()


def test_displays_are_searched_like_texts_and_a_drug_counts_once(medicines: MedicineIndex) -> None:
    codings = [Code(LOCAL, "1", "Clozaril 100 MG"), Code(LOCAL, "2", "clozapine 100 MG")]

    assert medicines.recognise(codings, ["CLOZAPINE"]).matches == (
        DrugMatch("clozapine", "name", "Clozaril"),
    )


def test_a_local_code_may_be_the_name_itself(medicines: MedicineIndex) -> None:
    spelt_out = medicines.recognise([Code("http://example.org/medication-name", "Clozapine")], [])
    hexadecimal = medicines.recognise([Code(LOCAL, "a1-smx-77")], [])

    assert names(spelt_out) == ["clozapine"]
    assert hexadecimal.matches == ()


# --- what nobody can tell -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codings", "texts", "recognised"),
    [
        ([rxnorm("2626")], [], True),
        ([rxnorm("99999999")], [], False),
        ([rxnorm("99999999", "amlodipine 5 MG")], [], True),
        ([Code(LOCAL, "4711")], [], False),
        ([Code(LOCAL, "4711")], ["amlodipine"], True),
        ([Code(LOCAL, "ERX4711", "ERX4711")], [], False),
        ([Code(LOCAL, "4711")], ["12 / 34"], False),
        ([Code(LOCAL, "Clozapine")], [], True),
        ([], ["клозапин"], True),
        ([], ["", " - "], False),
        ([], [], False),
    ],
)
def test_a_medicine_is_unrecognised_if_nobody_can_tell_what_it_is(
    medicines: MedicineIndex, codings: list[Code], texts: list[str], recognised: bool
) -> None:
    assert medicines.recognise(codings, texts).recognised is recognised
