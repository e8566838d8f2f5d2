"""What the counts alone say: each line is judged for itself, a zero is a value, a percentage is no count."""

from __future__ import annotations

import pytest

from tests.cases.asking import ask
from tests.cases.requests import (
    ALC,
    ANC,
    CBC,
    HAEMOGLOBIN,
    PLATELETS,
    TODAY,
    WBC,
    Json,
    ago,
    draft,
    knowledge,
    medication_request,
    observation,
    percent,
    temperature,
)

AMOXICILLIN, CLOZAPINE, LEVOTHYROXINE = "723", "2626", "10582"
DIFFERENTIAL = "57021-8"


def hidden_neutropenia() -> list[Json]:
    return [
        observation(WBC, "6.8"),
        observation(ANC, "0.3"),
        observation(ALC, "5.9"),
        observation(ANC, "3.9", when="2026-10-28T08:00:00Z"),
        medication_request("2002", "carbamazepine", since="2026-10-25"),
    ]


def test_1_a_normal_total_hides_no_neutropenia() -> None:
    answer = ask("order-sign", *hidden_neutropenia(), drafts=[draft(AMOXICILLIN, "amoxicillin")])

    assert answer.highest == "critical"
    assert not answer.lacks("ANC 0.3", "severe neutropenia", "new", "total white cells 6.8 (not low)")
    assert "leukopenia" not in answer.about("leukoLowCount", "leukoOrderRisk").lower()


def test_1_carbamazepine_is_suspected_and_the_amoxicillin_that_starts_now_is_not() -> None:
    answer = ask("order-sign", *hidden_neutropenia(), drafts=[draft(AMOXICILLIN, "amoxicillin")])

    assert answer.standings() == {"carbamazepine": "leading"}
    assert "amoxicillin" not in answer.about("leukoSuspects", "leukoLowCount").lower()


@pytest.mark.parametrize("rxnorm", [AMOXICILLIN, LEVOTHYROXINE])
def test_1_precautions_below_a_half_and_a_count_are_offered(rxnorm: str) -> None:
    answer = ask("order-sign", *hidden_neutropenia(), drafts=[draft(rxnorm)])

    # on a card of their own, or moved in with the count where three cards leave no room
    given = [card["extension"]["org.leukocds.basis"].get("precautions") for card in answer.cards]
    rows = [
        row.id for row in knowledge().precautions if row.neutrophils_below and (row.clinician or row.patient)
    ]
    assert [each for each in given if each] == [rows]
    assert DIFFERENTIAL in answer.tests_offered()


def test_1_is_one_message() -> None:
    answer = ask("order-sign", *hidden_neutropenia(), drafts=[draft(LEVOTHYROXINE)])

    assert answer.messages == ["critical"]


def half() -> list[Json]:
    """Neutrophils of exactly 2.0 x (15 + 10) %."""
    manual = {"769-0": "15", "764-1": "10", "737-7": "60", "744-3": "12", "714-6": "3", "707-0": "0"}
    return [observation(WBC, "2.0"), *(percent(loinc, value) for loinc, value in manual.items())]


def test_5a_exactly_a_half_is_moderate(neutral: Json) -> None:
    answer = ask("order-sign", *half(), drafts=[neutral])

    assert answer.messages == ["warning"]
    assert not answer.lacks("ANC 0.50", "calculated", "2.0 x (15 % + 10 %)", "moderate neutropenia")
    assert not answer.has("severe neutropenia")


def test_5b_with_fever_a_half_is_low_enough(neutral: Json) -> None:
    answer = ask("order-sign", *half(), temperature("38.4"), drafts=[neutral])

    assert answer.highest == "critical"
    assert answer.topics[0] == "leukoFever"
    assert not answer.lacks("ANC 0.50", "0.5 or lower", "38.4 °C")


def share_without_total() -> list[Json]:
    failed = observation(WBC, dataAbsentReason={"coding": [{"code": "error"}]})
    return [percent("26511-6", "22"), failed]


def test_6a_a_percentage_alone_is_no_count() -> None:
    assert ask("order-sign", *share_without_total(), drafts=[draft(AMOXICILLIN)]).cards == ()


def test_6b_clozapine_without_a_count_is_said() -> None:
    clozapine = medication_request(CLOZAPINE, "clozapine", since="2026-01-10")
    answer = ask("order-sign", *share_without_total(), clozapine, drafts=[draft(CLOZAPINE, "clozapine")])

    assert answer.highest in ("info", "warning")
    assert not answer.lacks("ANC not available")
    assert "leukoLowCount" not in answer.topics
    assert DIFFERENTIAL in answer.tests_offered()


def test_6b_the_missing_total_is_named() -> None:
    answer = ask("order-sign", *share_without_total(), drafts=[draft(CLOZAPINE, "clozapine")])

    assert "22 %" in answer.text
    assert answer.has("total white cells", "WBC")


def agranulocytosis() -> list[Json]:
    return [
        observation(WBC, "0.9"),
        observation(ANC, "0"),
        observation(HAEMOGLOBIN, "12.9", "g/dL"),
        observation(PLATELETS, "210"),
        observation(ANC, "4.1", when="2026-10-08T08:00:00Z"),
        medication_request("6835", "methimazole", since="2026-10-09"),
    ]


def test_13_zero_is_a_value() -> None:
    answer = ask("order-sign", *agranulocytosis(), drafts=[draft(LEVOTHYROXINE)])

    assert answer.messages == ["critical"]
    assert not answer.lacks("ANC 0", "profound", "agranulocytosis", "new", "fever plan", "sore throat")
    assert answer.tier("neutrophils") == "profound"


def test_13_methimazole_leads() -> None:
    answer = ask("order-sign", *agranulocytosis(), drafts=[draft(LEVOTHYROXINE)])

    assert answer.standings() == {"methimazole": "leading"}
    assert not answer.lacks("Leading suspect (likely): methimazole")


def test_19_a_newer_count_without_differential_cancels_nothing(neutral: Json) -> None:
    before = "2026-11-18T08:00:00Z"
    old = [observation(WBC, "1.1", when=before), observation(ANC, "0.45", when=before)]
    answer = ask("order-sign", *old, observation(WBC, "5.0"), drafts=[neutral])

    assert answer.messages == ["warning"]
    assert not answer.lacks("ANC 0.45", "18 Nov", "no differential", "ANC now not known")
    assert DIFFERENTIAL in answer.tests_offered()


OTHER_FLUIDS = {
    "a spinal fluid": [
        observation("806-0", "2", "/uL"),
        percent("26479-6", "0.1"),
    ],
    "b urine": [
        observation("5821-4", valueString="0-5 /HPF"),
        observation("5799-2", valueString="negative"),
    ],
    "c ANCA": [observation("17351-8", valueString="positive")],
    "d panel with a value": [observation(CBC, "3")],
    "e synovial fluid": [percent("26483-8", "12"), percent("17834-3", "20")],
}


@pytest.mark.parametrize("results", OTHER_FLUIDS.values(), ids=OTHER_FLUIDS)
def test_21_only_blood_counts_are_read(results: list[Json], neutral: Json) -> None:
    assert ask("order-sign", *results, drafts=[neutral]).cards == ()


def three_lines_low(*more: Json) -> list[Json]:
    june = ago(160)
    return [
        *(
            observation(loinc, value, when=june)
            for loinc, value in ((WBC, "6.1"), (ANC, "3.8"), (PLATELETS, "240"))
        ),
        observation(HAEMOGLOBIN, "13.4", "g/dL", june),
        *(observation(loinc, value) for loinc, value in ((WBC, "1.8"), (ANC, "1.1"), (PLATELETS, "41"))),
        observation(HAEMOGLOBIN, "8.1", "g/dL"),
        medication_request("28439", "lamotrigine", since="2023-11-20"),
        *more,
    ]


def test_27a_three_low_lines_come_before_any_drug() -> None:
    answer = ask("order-sign", *three_lines_low(), drafts=[draft("519", "allopurinol")])

    assert answer.highest == "warning"
    assert not answer.lacks("three cell lines low", "marrow-failure pattern", "haematology", "smear")
    assert not answer.lacks("Hb 8.1 g/dL", "platelets 41", "ANC 1.1")
    assert answer.standings().get("lamotrigine", "unlikely") == "unlikely"


def test_27a_the_first_line_is_the_pattern() -> None:
    answer = ask("order-sign", *three_lines_low(), drafts=[draft("519", "allopurinol")])

    assert "three cell lines low" in answer.cards[0]["summary"].lower()
    assert "allopurinol" not in answer.cards[0]["summary"].lower()


def test_27a_vitamins_belong_to_the_work_up() -> None:
    answer = ask("order-sign", *three_lines_low(), drafts=[draft("519", "allopurinol")])

    assert not answer.lacks("B12", "folate")


def test_27b_blasts_need_haematology_the_same_day() -> None:
    blasts = observation("30376-8", "0.4", when=TODAY)
    answer = ask("order-sign", *three_lines_low(blasts), drafts=[draft("519", "allopurinol")])

    assert answer.highest == "critical"
    assert not answer.lacks("blasts reported", "same-day haematology")
    assert "blasts reported" in answer.cards[0]["summary"].lower()
