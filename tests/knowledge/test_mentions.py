"""A drug that a text speaks of in passing is not what it orders; nor is the medicine then called harmless."""

from __future__ import annotations

import pytest

from cds.knowledge.codings import Code
from cds.knowledge.medicines import Recognition
from tests.readers.sending import RXNORM, knowledge


def recognise(*texts: str, codings: tuple[Code, ...] = (), in_passing: bool = False) -> Recognition:
    return knowledge().medicines.recognise(codings, texts, in_passing=in_passing)


def names(recognition: Recognition) -> list[str]:
    return [match.ingredient for match in recognition.matches]


@pytest.mark.parametrize(
    "text",
    [
        "leucovorin 15 mg tablet - methotrexate rescue",
        "leucovorin rescue after high-dose methotrexate",
        "glucarpidase (methotrexate antidote)",
        "Folic acid 1 mg daily while on methotrexate",
        "mesna 400 mg IV with cyclophosphamide",
        "dexrazoxane with doxorubicin and cyclophosphamide",
        "ondansetron 8 mg IV, 30 min before each dose of cisplatin",
        "Emend premedication for carboplatin",
        "STOP methotrexate",
        "d/c methotrexate",
        "Hold azathioprine until ANC recovers",
        "methotrexate HOLD",
        "clozapine on hold",
        "no clozapine",
        "do not give clozapine",
        "clozapine level",
        "placebo (methotrexate)",
        "Research study drug vs methotrexate placebo",
    ],
)
def test_what_is_named_in_passing_is_a_medicine_that_nobody_recognised(text: str) -> None:
    found = recognise(text)

    assert names(found) == []
    assert not found.recognised


@pytest.mark.parametrize(
    ("text", "drugs"),
    [
        ("filgrastim for methotrexate neutropenia", ["filgrastim"]),
        ("prednisone replaces azathioprine", ["prednisone"]),
        ("azathioprine while on allopurinol", ["azathioprine"]),
        ("Methotrexate for rheumatoid arthritis", ["methotrexate"]),
        ("methotrexate 15 mg, stop date 3 May", ["methotrexate"]),
        ("patient own med: methimazole 5mg", ["methimazole"]),
        ("powder for solution for injection methotrexate 50 mg/2 mL", ["methotrexate"]),
        ("Lot no 5 methotrexate", ["methotrexate"]),
        ("sulfamethoxazole with trimethoprim", ["sulfamethoxazole", "trimethoprim"]),
        ("sulfamethoxazole 800 mg with trimethoprim 160 mg tablet", ["sulfamethoxazole", "trimethoprim"]),
        ("trimethoprim / sulfamethoxazole", ["sulfamethoxazole", "trimethoprim"]),
        ("abacavir+lamivudine+zidovudine", ["abacavir", "lamivudine", "zidovudine"]),
        ("amoxicillin and clavulanate", ["amoxicillin"]),
    ],
)
def test_what_a_text_orders_stays_what_it_orders(text: str, drugs: list[str]) -> None:
    found = recognise(text)

    assert names(found) == drugs
    assert found.recognised


@pytest.mark.parametrize(
    ("text", "leads"),
    [
        ("Methotrexate for rheumatoid arthritis", True),
        ("Inj. methotrexate 50 mg", True),
        ("24 HR carbamazepine 200 MG Extended Release Oral Tablet", True),
        ("patient own med: methimazole 5mg", False),
    ],
)
def test_whether_the_text_begins_with_the_name_is_told(text: str, leads: bool) -> None:
    assert [match.leads for match in recognise(text).matches] == [leads]


def test_a_name_that_leads_in_one_text_leads() -> None:
    assert [match.leads for match in recognise("home med methimazole", "methimazole").matches] == [True]


def test_a_terminologys_own_name_says_that_it_is_something_else() -> None:
    coding = Code(RXNORM, "197860", "leucovorin calcium 15 MG Oral Tablet")

    found = recognise("leucovorin 15 mg tablet - methotrexate rescue", codings=(coding,))

    assert names(found) == []
    assert found.recognised


def test_the_substance_of_a_reaction_may_be_named_in_passing() -> None:
    assert names(recognise("agranulocytosis after clozapine", in_passing=True)) == ["clozapine"]
