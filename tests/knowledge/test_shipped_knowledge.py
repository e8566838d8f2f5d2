"""The knowledge that is shipped: whole, sound, and right about the products it was made from."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cds.knowledge.base import Knowledge
from cds.knowledge.checks import check_knowledge
from cds.knowledge.codings import Code
from cds.knowledge.load import load_knowledge

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
SHARED = Path(__file__).parents[2].parent / "shared"
PRODUCTS = SHARED / "clinical" / "rxnorm_products.csv"
RECORDS = SHARED / "data" / "real"


@pytest.fixture(scope="module")
def shipped() -> Knowledge:
    return load_knowledge()


def named(knowledge: Knowledge, *texts: str) -> set[str]:
    return {match.ingredient for match in knowledge.medicines.recognise([], texts).matches}


def coded(knowledge: Knowledge, code: str) -> set[str]:
    return {match.ingredient for match in knowledge.medicines.recognise([Code(RXNORM, code)], []).matches}


def test_it_has_no_problem() -> None:
    report = check_knowledge(today=date(2026, 11, 20))

    assert [str(problem) for problem in report.problems] == []


def test_every_drug_is_recognised_by_its_own_name_and_codes(shipped: Knowledge) -> None:
    for drug in shipped.drugs.values():
        assert named(shipped, drug.name) == {drug.id}
        for code in drug.codes.rxnorm:
            assert coded(shipped, code) == {drug.id}


@pytest.mark.parametrize(
    ("text", "drugs"),
    [
        ("hydrocortisone 1% cream", {"hydrocortisone"}),
        ("hydroxychloroquine sulfate 200 MG Oral Tablet", {"hydroxychloroquine"}),
        ("methylprednisolone 4 MG", {"methylprednisolone"}),
        ("peginterferon alfa-2b 50 MCG", {"peginterferon-alfa-2b"}),
        ("tbo-filgrastim 300 MCG", {"tbo-filgrastim"}),
        ("SODIUM VALPROATE 200 MG EC TABS", {"valproate"}),
        ("divalproex sodium 500 MG", {"valproate"}),
        ("TMP-SMX 800-160", {"sulfamethoxazole", "trimethoprim"}),
        ("Co-trimoxazole 960 mg", {"sulfamethoxazole", "trimethoprim"}),
        ("Bactrim DS", {"sulfamethoxazole", "trimethoprim"}),
        ("penicillin V potassium 500 MG", {"penicillin-v"}),
        ("penicillin G benzathine", {"penicillin-g"}),
        ("METHOTREXATE(PF) 25 MG/ML", {"methotrexate"}),
        ("methotrexate 2.5 MG Oral Tablet", {"methotrexate"}),
        ("thiamazole 20 mg", {"methimazole"}),
        ("ciclosporin 100 mg", {"cyclosporine"}),
        ("azathioprine 50 MG Oral Tablet [Imuran]", {"azathioprine"}),
        ("CLOZAPINE 100 MG PO TABS", {"clozapine"}),
        ("levothyroxine 50 MCG", set()),
        ("amlodipine 5 MG", set()),
    ],
)
def test_names_as_ordered(shipped: Knowledge, text: str, drugs: set[str]) -> None:
    assert named(shipped, text) == drugs


@pytest.mark.parametrize(
    ("code", "drugs"),
    [
        ("207012", {"methimazole"}),
        ("542977", {"clozapine"}),
        ("208558", {"ticlopidine"}),
        ("1736854", {"cisplatin"}),
        ("583214", {"paclitaxel"}),
        ("1736776", {"oxaliplatin"}),
        ("1860480", {"docetaxel"}),
        ("105585", {"methotrexate"}),
        ("105586", {"methotrexate"}),
        ("835900", {"cyclosporine"}),
        ("308971", {"carbamazepine"}),
        ("1734340", {"etoposide"}),
        ("105611", {"azathioprine"}),
        ("197931", {"mercaptopurine"}),
        ("476177", {"clozapine"}),
        ("104776", {"clozapine"}),
        ("197535", {"clozapine"}),
        ("849580", {"sulfamethoxazole", "trimethoprim"}),
        ("142118", {"sulfamethoxazole", "trimethoprim"}),
        ("316133", {"leflunomide"}),
        ("197889", {"lithium"}),
    ],
)
def test_codes_met_in_records(shipped: Knowledge, code: str, drugs: set[str]) -> None:
    assert coded(shipped, code) == drugs


# --- ATC codes, those that WHO has retired too -----------------------------------------------------------


def classified(knowledge: Knowledge, code: str) -> list[tuple[str, str]]:
    found = knowledge.medicines.recognise([Code(ATC, code)], [])
    return [(match.ingredient, match.matched_by) for match in found.matches]


@pytest.mark.parametrize(
    ("retired", "today", "drug"),
    [
        ("J01DA13", "J01DD04", "ceftriaxone"),
        ("J05AB04", "J05AP01", "ribavirin"),
        ("L01XC02", "L01FA01", "rituximab"),
        ("L01XC04", "L04AG06", "alemtuzumab"),
        ("L01XC10", "L01FA02", "ofatumumab"),
        ("L01XC37", "L01FX14", "polatuzumab-vedotin"),
        ("L01XE01", "L01EA01", "imatinib"),
        ("L01XE10", "L01EG02", "everolimus"),
        ("L01XE33", "L01EF01", "palbociclib"),
        ("L01XE51", "L01EL02", "acalabrutinib"),
        ("L01XX17", "L01CE01", "topotecan"),
        ("L01XX28", "L01EA01", "imatinib"),
        ("L01XX32", "L01XG01", "bortezomib"),
        ("L01XX46", "L01XK01", "olaparib"),
        ("L04AA01", "L04AD01", "cyclosporine"),
        ("L04AA05", "L04AD02", "tacrolimus"),
        ("L04AA10", "L04AH01", "sirolimus"),
        ("L04AA13", "L04AK01", "leflunomide"),
        ("L04AA18", "L04AH02", "everolimus"),
        ("L04AA27", "L04AE01", "fingolimod"),
        ("L04AA34", "L04AG06", "alemtuzumab"),
        ("L04AA50", "L04AE04", "ponesimod"),
        ("N07BA02", "N06AX12", "bupropion"),
        ("N07XX09", "L04AX07", "dimethyl-fumarate"),
    ],
)
def test_a_retired_atc_code_is_known_as_todays_is(
    shipped: Knowledge, retired: str, today: str, drug: str
) -> None:
    codes = shipped.drugs[drug].codes.atc

    assert [(drug, "atc")] == classified(shipped, retired) == classified(shipped, today)
    assert codes.index(today) < codes.index(retired)


def test_an_atc_code_is_one_drug_or_the_one_combination(shipped: Knowledge) -> None:
    holders: dict[str, set[str]] = {}
    for drug in shipped.drugs.values():
        assert len(set(drug.codes.atc)) == len(drug.codes.atc), drug.id
        for code in drug.codes.atc:
            holders.setdefault(code, set()).add(drug.id)

    assert {"J01EE01": {"sulfamethoxazole", "trimethoprim"}} == {
        code: drugs for code, drugs in holders.items() if len(drugs) > 1
    }
    for code, drugs in holders.items():
        assert len(code) == len("L04AX01")
        assert drugs == {drug for drug, _ in classified(shipped, code)}


@pytest.mark.parametrize("code", ["L01XC", "L01XE", "L04AA", "L01XC03", "L04AA25"])
def test_a_retired_class_or_the_code_of_another_medicine_is_no_drug_of_ours(
    shipped: Knowledge, code: str
) -> None:
    """Trastuzumab and eculizumab stood beside ours and have no file."""
    assert [] == classified(shipped, code)


# --- against the source of the product table ------------------------------------------------------------


def products() -> list[dict[str, str]]:
    if not PRODUCTS.exists():
        pytest.skip(f"SKIPPED, NOT PASSED: {PRODUCTS.name} is not here, so no product was compared")
    with PRODUCTS.open(newline="") as file:
        return list(csv.DictReader(file))


def share_right(knowledge: Knowledge, key: str) -> float:
    by_code = {code: drug.id for drug in knowledge.drugs.values() for code in drug.codes.rxnorm}
    rows = products()
    right = 0
    for row in rows:
        listed = {by_code[code] for code in row["listed_ingredient_rxcui"].split(";")}
        # The list folds tbo-filgrastim into filgrastim; the knowledge keeps them apart.
        if listed == {"filgrastim"} and "tbo-filgrastim" in row["name"]:
            listed = {"tbo-filgrastim"}
        found = coded(knowledge, row[key]) if key == "product_rxcui" else named(knowledge, row[key])
        # It lists no ingredient beginning with "a": those are found beside the listed ones.
        right += listed == {drug for drug in found if drug in listed or not drug.startswith("a")}
    return right / len(rows)


def test_products_by_code_alone(shipped: Knowledge) -> None:
    assert share_right(shipped, "product_rxcui") >= 0.999


def test_products_by_name_alone(shipped: Knowledge) -> None:
    assert share_right(shipped, "name") >= 0.995


def test_products_by_their_brand_alone(shipped: Knowledge) -> None:
    """Rightly or not at all: a brand names all that is in it, and at most a few are not known."""
    brands: dict[str, list[set[str]]] = {}
    for row in products():
        if brand := re.search(r"\[([^\]]+)\]$", row["name"]):
            brands.setdefault(brand[1], []).append(coded(shipped, row["product_rxcui"]))
    unknown = {brand for brand in brands if not named(shipped, brand)}

    assert len(unknown) / len(brands) <= 0.04
    assert set() == {brand for brand in brands.keys() - unknown if named(shipped, brand) not in brands[brand]}


def test_code_and_name_agree_on_every_ingredient(shipped: Knowledge) -> None:
    rows = products()
    apart = [
        row["name"] for row in rows if coded(shipped, row["product_rxcui"]) != named(shipped, row["name"])
    ]

    assert len(apart) / len(rows) <= 0.002


def test_code_and_name_agree_in_real_records(shipped: Knowledge) -> None:
    if not RECORDS.is_dir():
        pytest.skip(f"SKIPPED, NOT PASSED: {RECORDS} is not here, so no record was compared")
    understood = {(code, name) for code, name in rxnorm_codings() if coded(shipped, code)}

    assert len(understood) >= 20
    assert set() == {name for code, name in understood if coded(shipped, code) != named(shipped, name)}


def rxnorm_codings() -> Iterator[tuple[str, str]]:
    for path in sorted(RECORDS.rglob("*.json")):
        pending: list[object] = [json.loads(path.read_bytes())]
        while pending:
            item = pending.pop()
            if isinstance(item, dict):
                if item.get("system") == RXNORM and item.get("display"):
                    yield item["code"], item["display"]
                pending += item.values()
            elif isinstance(item, list):
                pending += item
