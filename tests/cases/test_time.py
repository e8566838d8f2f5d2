"""Status and time: what is void, which version counts, how long a count is low, and how old it is."""

from __future__ import annotations

import pytest

from tests.cases.asking import ask
from tests.cases.requests import (
    ALC,
    ANC,
    BASO,
    EOS,
    HAEMOGLOBIN,
    MONO,
    PLATELETS,
    WBC,
    Json,
    ago,
    draft,
    medication_request,
    observation,
)

SPECIMEN = {"specimen": {"reference": "Specimen/s1"}}
CARBOPLATIN, ONDANSETRON, LISINOPRIL, IBUPROFEN = "40048", "26225", "29046", "5640"
TRIMETHOPRIM_SULFAMETHOXAZOLE = "10831"


def test_17a_an_error_is_no_result_and_no_trend(neutral: Json) -> None:
    wrong = observation(ANC, "0.2", status="entered-in-error")
    right = observation(ANC, "2.4", when="2026-11-20T09:00:00Z")

    assert ask("order-sign", wrong, right, drafts=[neutral]).cards == ()


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error", "registered"])
def test_17b_a_void_result_alone_is_no_result(status: str, neutral: Json) -> None:
    assert ask("order-sign", observation(ANC, "0.2", status=status), drafts=[neutral]).cards == ()


def test_17c_the_final_result_replaces_the_preliminary(neutral: Json) -> None:
    first = observation(ANC, "0.4", when="2026-11-20T07:00:00Z", status="preliminary", **SPECIMEN)
    final = observation(ANC, "1.6", **SPECIMEN)

    assert ask("order-sign", first, final, drafts=[neutral]).cards == ()


def test_17d_a_preliminary_result_counts_and_is_called_so(neutral: Json) -> None:
    answer = ask("order-sign", observation(ANC, "0.4", status="preliminary"), drafts=[neutral])

    assert answer.messages == ["critical"]
    assert not answer.lacks("preliminary", "ANC 0.4")


def test_17e_a_corrected_result_replaces_the_final(neutral: Json) -> None:
    final = observation(ANC, "3.1", **SPECIMEN)
    corrected = observation(ANC, "1.1", status="corrected", **SPECIMEN)
    answer = ask("order-sign", final, corrected, drafts=[neutral])

    assert answer.highest == "info"
    assert not answer.lacks("ANC 1.1", "mild", "corrected result")
    assert not answer.has("3.1")


@pytest.mark.parametrize("order", [1, -1])
def test_17e_whichever_comes_first(order: int) -> None:
    versions = [
        observation(ANC, "3.1", id="a", **SPECIMEN),
        observation(ANC, "1.1", id="b", status="corrected", **SPECIMEN),
    ]
    answer = ask("patient-view", *versions[::order])

    assert answer.highest == "info"
    assert not answer.lacks("ANC 1.1", "mild", "corrected result")
    assert not answer.has("3.1", "new")


def test_17f_an_unknown_status_is_used_and_said(neutral: Json) -> None:
    lines = ((WBC, "2.4"), (ANC, "0.7"), (ALC, "1.3"))
    answer = ask(
        "order-sign",
        *(observation(loinc, value, status="unknown") for loinc, value in lines),
        drafts=[neutral],
    )

    assert answer.messages == ["warning"]
    assert not answer.lacks("ANC 0.7", "status unknown")


def long_standing() -> list[Json]:
    counts = [("1.2", "3.4", ago(425)), ("1.15", "3.6", ago(200)), ("1.25", "3.5", ago(0))]
    draws = [[observation(ANC, anc, when=at), observation(WBC, wbc, when=at)] for anc, wbc, at in counts]
    today = [observation(HAEMOGLOBIN, "13.8", "g/dL"), observation(PLATELETS, "250")]
    return [*(result for draw in draws for result in draw), *today]


def test_25_a_long_standing_mild_low_count_is_called_so() -> None:
    answer = ask("order-sign", *long_standing(), drafts=[draft(IBUPROFEN, "ibuprofen")])

    assert answer.messages == ["info"]
    assert not answer.lacks("long-standing", "stable", "mild", "smear", "Duffy phenotype")
    assert not answer.has("new", "ibuprofen")


def test_25_vitamins_and_antibodies_belong_to_the_options() -> None:
    answer = ask("order-sign", *long_standing(), drafts=[draft(IBUPROFEN, "ibuprofen")])

    assert not answer.lacks("B12", "folate")
    assert answer.has("ANA", "antinuclear")


def test_29a_a_count_of_july_is_no_low_count() -> None:
    old = observation(ANC, "0.7", when="2026-07-03T08:00:00Z")
    answer = ask("order-sign", old, drafts=[draft(TRIMETHOPRIM_SULFAMETHOXAZOLE)])

    assert answer.highest in (None, "info")
    assert not answer.counts()
    assert "leukoLowCount" not in answer.topics


def test_29b_nor_does_it_matter_for_another_order() -> None:
    old = observation(ANC, "0.7", when="2026-07-03T08:00:00Z")

    assert ask("order-sign", old, drafts=[draft(LISINOPRIL)]).cards == ()


def test_29c_an_undated_count_says_so() -> None:
    chart = [observation(ANC, "1.0", when=None), medication_request(CARBOPLATIN, "carboplatin")]
    answer = ask("order-sign", *chart, drafts=[draft(ONDANSETRON)])

    assert answer.messages == ["info"]
    assert not answer.lacks("ANC 1.0", "date unknown", "mild")
    assert not answer.has("moderate", "new")


def test_29d_so_does_a_count_dated_to_the_year() -> None:
    chart = [observation(ANC, "1.0", when="2026"), medication_request(CARBOPLATIN, "carboplatin")]
    answer = ask("order-sign", *chart, drafts=[draft(ONDANSETRON)])

    assert answer.messages == ["info"]
    assert not answer.lacks("ANC 1.0", "imprecise", "mild")
    assert not answer.has("moderate", "new")


@pytest.mark.parametrize("hook", ["order-sign", "patient-view"])
def test_29e_a_count_of_next_month_is_not_used(hook: str, neutral: Json) -> None:
    answer = ask(hook, observation(ANC, "0.7", when="2026-12-25T08:00:00Z"), drafts=[neutral])

    assert answer.topics == ["leukoDataQuality"]
    assert not answer.counts()
    assert not answer.lacks("dated in the future; not used")


def test_31_steroids_lower_lymphocytes_not_neutrophils() -> None:
    counts = [(WBC, "16.0"), (ANC, "14.6"), (ALC, "0.6"), (EOS, "0.00"), (BASO, "0.00"), (MONO, "0.8")]
    chart = [observation(loinc, value) for loinc, value in counts]
    chart.append(medication_request("3264", "dexamethasone", since="2026-11-15"))
    answer = ask("order-sign", *chart, drafts=[draft("2193", "ceftriaxone")])

    assert answer.messages in ([], ["info"])
    assert not answer.has(
        "neutropenia", "lowers neutrophils", "lower neutrophils", "eosinopenia", "basopenia"
    )
    assert {each["line"] for each in answer.counts()} <= {"lymphocytes"}
    if answer.cards:
        assert not answer.lacks("lymphocytes 0.6", "expected effect")


def test_31_in_the_overview_it_is_information() -> None:
    counts = [(WBC, "16.0"), (ANC, "14.6"), (ALC, "0.6"), (EOS, "0.00"), (BASO, "0.00"), (MONO, "0.8")]
    chart = [observation(loinc, value) for loinc, value in counts]
    chart.append(medication_request("3264", "dexamethasone", since="2026-11-15"))
    answer = ask("patient-view", *chart)

    assert answer.messages == ["info"]
    assert answer.standings() == {"dexamethasone": "expected"}
    assert not answer.lacks("lymphocytes 0.6", "expected effect")
