"""The words of every drug, pair, vaccine and condition pass the filter that each answer of a test passes.

``tests.cases.asking.find_faults`` holds the filter; here it meets everything the knowledge can say.
"""

from __future__ import annotations

import pytest

from cds.knowledge.schema import Drug
from tests.cases.asking import ask, find_faults
from tests.cases.patients import ordered, taking
from tests.cases.requests import (
    ALC,
    ANC,
    HAEMOGLOBIN,
    ICD10CM,
    PLATELETS,
    SNOMED,
    WBC,
    Json,
    ago,
    condition,
    day,
    draft_vaccine,
    knowledge,
    observation,
    percent,
    temperature,
)

DRUGS = sorted(knowledge().drugs.values(), key=lambda drug: drug.id)
LETTERS = sorted({drug.id[0] for drug in DRUGS})


def _taken(drug: Drug) -> Json:
    first, last = drug.onset.typical_days
    return taking(drug.id, day(round((first + last) / 2)))


@pytest.mark.parametrize("letter", LETTERS)
def test_every_drug_taken_and_ordered_again(letter: str) -> None:
    counts = [observation(ANC, "0.3"), observation(WBC, "1.1"), observation(ALC, "0.1")]
    normal = [observation(ANC, "4.0", when=ago(80)), observation(ALC, "2.0", when=ago(80))]
    for drug in DRUGS:
        if drug.id.startswith(letter):
            ask("order-sign", *counts, *normal, _taken(drug), drafts=[ordered(drug.id)])


@pytest.mark.parametrize("letter", LETTERS)
def test_every_drug_at_a_fever(letter: str) -> None:
    for drug in DRUGS:
        if drug.id.startswith(letter):
            answer = ask(
                "order-sign",
                observation(ANC, "0.3"),
                temperature("39.1"),
                _taken(drug),
                drafts=[ordered(drug.id)],
            )

            assert answer.topics[0] == "leukoFever"
            assert drug.name.lower() not in answer.about("leukoFever").lower()


def test_every_condition() -> None:
    for known in knowledge().conditions.values():
        for code, system in [
            *((each, SNOMED) for each in known.snomed),
            *((each, ICD10CM) for each in known.icd10cm),
        ]:
            ask("patient-view", observation(ANC, "0.7"), condition(code, system))


def test_every_live_vaccine_is_critical_with_few_lymphocytes() -> None:
    vaccines = list(knowledge().live_vaccines)
    heard = {
        cvx: ask("order-sign", observation(ALC, "0.4"), drafts=[draft_vaccine(cvx)]).highest
        for cvx in vaccines
    }

    assert heard == dict.fromkeys(vaccines, "critical")


def test_every_pair() -> None:
    for pair in knowledge().pairs:
        if pair.first in knowledge().drugs and pair.second in knowledge().drugs:
            taken = taking(pair.first, day(40))
            ask("order-sign", observation(ANC, "0.6"), taken, drafts=[ordered(pair.second)])
            ask("patient-view", observation(ANC, "0.6"), taken, taking(pair.second))


def test_a_pattern_without_a_low_white_count_names_its_rule() -> None:
    answer = ask("patient-view", observation(HAEMOGLOBIN, "7.1", "g/dL"), observation(PLATELETS, "20"))

    assert answer.topics == ["leukoLowCount"]
    assert answer.cards[0]["extension"]["org.leukocds.basis"]["rules"]


FORBIDDEN = {
    "caused by": "The fall was caused by methimazole.",
    "must": "The drug must be stopped.",
    "definitely": "It is definitely the drug.",
    "stop immediately": "Stop immediately.",
    "Black": "Usual in Black people.",
    "race": "Adjusted for race.",
    "rectal": "Take a rectal temperature.",
    "10*9": "ANC 0.3 10*9/L.",
}


@pytest.mark.parametrize(("word", "text"), FORBIDDEN.items(), ids=FORBIDDEN)
def test_the_filter_finds_what_it_should(word: str, text: str) -> None:
    card = ask("patient-view", observation(ANC, "0.3")).cards[0] | {"detail": f"{text} **Basis:** x"}

    assert [fault for fault in find_faults(card) if word.lower() in fault.lower()]


def test_the_filter_knows_antibiotics_in_the_fever_card() -> None:
    fever = ask("patient-view", observation(ANC, "0.3"), temperature("38.5")).card("leukoFever")
    names = ["piperacillin", "meropenem", "cefepime", "vancomycin", "gentamicin", "levofloxacin"]

    assert not find_faults(fever)
    for antibiotic in names:
        assert find_faults(fever | {"detail": f"{fever['detail']} {antibiotic}"})


def test_white_cells_and_no_rectal_temperature_pass() -> None:
    card = ask("patient-view", observation(WBC, "1.2"), percent("770-8", "40")).cards[0]

    assert not find_faults(card | {"detail": "White cells are low. No rectal temperatures. **Basis:** x"})
