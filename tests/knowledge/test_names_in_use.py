"""Names as people order by them: abbreviations, salts, names of other countries, words that mislead."""

from __future__ import annotations

from pathlib import Path

import pytest

from cds.knowledge.base import Knowledge
from cds.knowledge.load import load_knowledge
from tests.knowledge.conftest import drug_text

OTHER_MEDICINES = Path(__file__).with_name("other_medicines.txt")


@pytest.fixture(scope="module")
def shipped() -> Knowledge:
    return load_knowledge()


def named(knowledge: Knowledge, text: str) -> set[str]:
    return {match.ingredient for match in knowledge.medicines.recognise([], [text]).matches}


def other_medicines() -> list[str]:
    lines = OTHER_MEDICINES.read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


CO_TRIMOXAZOLE = {"sulfamethoxazole", "trimethoprim"}


@pytest.mark.parametrize(
    ("text", "drugs"),
    [
        # abbreviations
        ("TMP-SMX DS 800-160 MG PO TABS", CO_TRIMOXAZOLE),
        ("TMP/SMX", CO_TRIMOXAZOLE),
        ("SMX/TMP", CO_TRIMOXAZOLE),
        ("SMZ-TMP DS", CO_TRIMOXAZOLE),
        ("co-trimoxazole 480 mg", CO_TRIMOXAZOLE),
        ("Septrin Forte", CO_TRIMOXAZOLE),
        ("MMF 500 mg BID", {"mycophenolate-mofetil"}),
        ("6-MP 50 mg", {"mercaptopurine"}),
        ("6MP", {"mercaptopurine"}),
        ("ATG 1.5 mg/kg", {"antithymocyte-globulin-rabbit"}),
        ("rATG", {"antithymocyte-globulin-rabbit"}),
        ("5-FU 400 mg/m2", {"fluorouracil"}),
        ("MTX 15 mg weekly", {"methotrexate"}),
        ("PTU 50 mg TID", {"propylthiouracil"}),
        ("HCQ 200 mg", {"hydroxychloroquine"}),
        ("CBZ 200 mg", {"carbamazepine"}),
        ("VPA 500 mg", {"valproate"}),
        ("G-CSF 300 mcg", {"filgrastim"}),
        ("GCSF", {"filgrastim"}),
        ("GM-CSF", {"sargramostim"}),
        # salts and forms
        ("mycophenolate sodium 360 mg", {"mycophenolic-acid"}),
        ("mycophenolate 500 mg", {"mycophenolate-mofetil"}),
        ("valproate sodium 250 mg/5 mL", {"valproate"}),
        ("Depakote ER 500 mg", {"valproate"}),
        ("cyclosporine modified 100 MG", {"cyclosporine"}),
        ("methotrexate (PF) 25 mg/mL", {"methotrexate"}),
        # names of other countries
        ("ciclosporin 100 mg", {"cyclosporine"}),
        ("co-amoxiclav 625 mg", {"amoxicillin"}),
        ("aciclovir 400 mg", {"acyclovir"}),
        ("frusemide 40 mg", {"furosemide"}),
        ("thiamazole 5 mg", {"methimazole"}),
        ("Metamizol 500 mg", {"metamizole"}),
        ("dipyrone 500 mg", {"metamizole"}),
        ("paracetamol 500 mg", {"acetaminophen"}),
        ("chlorphenamine 4 mg", {"chlorpheniramine"}),
        ("sulphasalazine 500 mg", {"sulfasalazine"}),
        ("co-fluampicil 250/250", {"ampicillin", "flucloxacillin"}),
        # interferons are kept apart, however they are spelt
        ("peg-interferon alfa-2b 50 mcg", {"peginterferon-alfa-2b"}),
        ("pegylated interferon alpha-2b", {"peginterferon-alfa-2b"}),
        ("interferon alpha-2b 3 million units", {"interferon-alfa-2b"}),
        ("peg-IFN 180 mcg weekly", {"peginterferon-alfa-2a"}),
        ("peginterferon beta-1a", {"peginterferon-beta-1a"}),
        ("interferon alfa-2a", set()),
        # penicillin alone: by mouth it is V, else G
        ("penicillin 500 MG tablet", {"penicillin-v"}),
        ("PENICILLIN 250 MG/5 ML PO SUSR", {"penicillin-v"}),
        ("PCN VK 500 mg", {"penicillin-v"}),
        ("penicillin 4 million units IV", {"penicillin-g"}),
        ("penicillin", {"penicillin-g"}),
        # radiopharmaceuticals
        ("radium chloride Ra-223", {"radium-223-dichloride"}),
        ("samarium Sm153 50 MCI/ML", {"samarium-153-lexidronam"}),
        # one brand, two drugs
        ("Zantac 150 mg", {"ranitidine"}),
        ("Zantac 360", {"famotidine"}),
        ("famotidine 10 MG Oral Tablet [Zantac Reformulated Aug 2022]", {"famotidine"}),
        ("Zestoretic 20-25", {"lisinopril", "hydrochlorothiazide"}),
        ("Lotensin HCT", {"benazepril", "hydrochlorothiazide"}),
        ("Tylenol PM", {"acetaminophen", "diphenhydramine"}),
        ("Benadryl Allergy 25 mg", {"diphenhydramine"}),
        ("Bicillin C-R", {"penicillin-g"}),
        # several in one order
        ("sulfasalazine 500 mg, MTX 10 mg", {"sulfasalazine", "methotrexate"}),
    ],
)
def test_names_in_use(shipped: Knowledge, text: str, drugs: set[str]) -> None:
    assert drugs == named(shipped, text)


@pytest.mark.parametrize(
    "text",
    ["methimazol 10 mg tabs", "metotrexate", "clozapina", "azathioprime", "sulfasalizine", "carbamazapine"],
)
def test_a_misspelling_is_never_guessed_at(shipped: Knowledge, text: str) -> None:
    assert set() == named(shipped, text)


def test_inh_alone_is_how_something_is_inhaled(shipped: Knowledge) -> None:
    """Some write INH for isoniazid; on an order it far more often says how the medicine is given."""
    assert set() == named(shipped, "ALBUTEROL SULFATE 2.5 MG/3 ML INH NEBU")


# --- brands of creams and drops -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "drugs", "local_form"),
    [
        (["Restasis"], {"cyclosporine"}, True),
        (["Restasis 0.05 %", "cyclosporine 0.05 %"], {"cyclosporine"}, True),
        (["TobraDex 0.3-0.1 %"], {"dexamethasone"}, True),
        (["Ciprodex"], {"ciprofloxacin", "dexamethasone"}, True),
        (["Pulmicort 180 mcg"], {"budesonide"}, True),
        (["Neoral 100 mg"], {"cyclosporine"}, False),
        (["Protopic, methotrexate 15 mg"], {"tacrolimus", "methotrexate"}, False),
        (["Voltaren"], {"diclofenac"}, False),  # tablets of this name are sold too
        (["cyclosporine"], {"cyclosporine"}, False),
        (["amlodipine"], set(), False),
    ],
)
def test_a_brand_may_say_the_form(
    shipped: Knowledge, texts: list[str], drugs: set[str], local_form: bool
) -> None:
    found = shipped.medicines.recognise([], texts)

    assert (drugs, local_form) == ({match.ingredient for match in found.matches}, found.local_form)


# --- no false accusation --------------------------------------------------------------------------------


def test_the_list_of_other_medicines_is_long_and_without_repetition() -> None:
    assert len(other_medicines()) >= 500
    assert len(set(other_medicines())) == len(other_medicines())


def test_no_other_medicine_is_taken_for_one_of_the_knowledge(shipped: Knowledge) -> None:
    assert {} == {text: drugs for text in other_medicines() if (drugs := named(shipped, text))}


@pytest.mark.parametrize(
    ("text", "drugs"),
    [
        ("silver sulfadiazine 1 % cream", set()),
        ("sulfadiazine 500 mg", {"sulfadiazine"}),
        ("rho(D) immune globulin intravenous 1500 units", set()),
        ("immune globulin intravenous 10 %", {"human-immunoglobulin-g"}),
        ("interferon gamma release assay", set()),
        ("interferon gamma-1b", {"interferon-gamma-1b"}),
        ("lithium heparin tube", set()),
        ("radioactive iodine uptake", set()),
        ("penicillin skin test", set()),
        ("sodium chloride 0.9 % flush via PCN tube", set()),
    ],
)
def test_a_longer_name_with_another_meaning_is_none_of_ours(
    shipped: Knowledge, text: str, drugs: set[str]
) -> None:
    assert drugs == named(shipped, text)


def test_another_meaning_hides_nothing_beside_it(folder: Path) -> None:
    path = folder / "drugs" / "cortisone.toml"
    path.write_text(drug_text("cortisone", "2878", names='not_in = ["cortisone cream base"]'))
    knowledge = load_knowledge(folder)

    assert set() == named(knowledge, "cortisone cream base 50 g")
    assert {"cortisone"} == named(knowledge, "cortisone cream base 50 g / cortisone 25 mg")
    assert {"cortisone"} == named(knowledge, "cortisone cream 1 %")


def test_the_name_of_another_drug_is_no_other_meaning(folder: Path) -> None:
    """What one drug excludes and another is called belongs to the other."""
    path = folder / "drugs" / "penicillin-g.toml"
    path.write_text(
        drug_text("penicillin G", "7980", names='also = ["penicillin"]\nnot_in = ["penicillin V"]')
    )

    assert {"penicillin-v"} == named(load_knowledge(folder), "penicillin V")


@pytest.mark.parametrize(
    "text",
    [
        "TMP 160 MG SMX 800 MG",
        "tmp 160 mg / smx 800 mg",
        "TMP 40 MG/5 ML-SMX",
        "TMP 1.5 g smx",
        "TMP 5 % SMX",
    ],
)
def test_a_strength_may_stand_between_the_words_of_a_name(folder: Path, text: str) -> None:
    assert {"sulfamethoxazole", "trimethoprim"} == named(load_knowledge(folder), text)


def test_numbers_that_belong_to_a_name_are_no_strength(shipped: Knowledge) -> None:
    assert {"fluorouracil"} == named(shipped, "5-FU 5 g")
    assert {"interferon-alfa-2b"} == named(shipped, "interferon alfa-2b 5 MU")
    assert set() == named(shipped, "1 g CSF drain")
