"""Counts that are bounds: "below 0.5" is below every limit of 0.5, and "above 0.5" is below none."""

from __future__ import annotations

import pytest

from tests.cases.asking import ask
from tests.cases.by_name import anc, ordering, taking
from tests.cases.requests import (
    ALC,
    ANC,
    PER_LITRE,
    WBC,
    Json,
    draft,
    draft_vaccine,
    observation,
    quantity,
    temperature,
    text_result,
)

ONDANSETRON, MMR = draft("26225", "ondansetron"), draft_vaccine("03", "MMR")


def below(loinc: str, value: str, sign: str = "<") -> Json:
    return observation(loinc, valueQuantity=quantity(value, PER_LITRE, comparator=sign))


def above(loinc: str, value: str) -> Json:
    return below(loinc, value, ">")


def in_words(loinc: str, text: str) -> Json:
    return text_result(loinc, text, low="1.8", unit=PER_LITRE)


@pytest.mark.parametrize("drug", ["ganciclovir", "valganciclovir", "pomalidomide"])
def test_below_the_limit_as_a_comparator_crosses_do_not_start(drug: str) -> None:
    assert (drug, "label-limit") in ask("order-sign", below(ANC, "0.5"), drafts=[ordering(drug)]).risks()


def test_clozapine_at_below_0_5_is_in_the_band_below_500() -> None:
    answer = ask("order-sign", below(ANC, "0.5"), taking("clozapine", 60), drafts=[ordering("clozapine")])

    assert not answer.lacks("500 /uL")
    assert not answer.has("1000 /uL")


def test_abemaciclib_at_below_0_5_crosses_its_stop_limit_of_500() -> None:
    answer = ask("order-sign", below(ANC, "0.5"), taking("abemaciclib", 60), drafts=[ordering("abemaciclib")])

    assert not answer.lacks("500 /uL")


@pytest.mark.parametrize("result", [below(ALC, "0.5"), in_words(ALC, "<0.5"), in_words(ALC, "<0.2")])
def test_a_live_vaccine_at_lymphocytes_below_0_5_is_critical(result: Json) -> None:
    assert ask("order-sign", result, drafts=[MMR]).highest == "critical"


def test_a_live_vaccine_at_neutrophils_below_0_5_is_critical() -> None:
    assert "leukoLiveVaccine" in ask("order-sign", below(ANC, "0.5"), drafts=[MMR]).topics


def test_lymphocytes_below_0_5_warn_like_0_49() -> None:
    assert ask("patient-view", below(ALC, "0.5")).highest == "warning"


@pytest.mark.parametrize("value", ["0.5", "0.4", "0.1"])
def test_a_total_below_a_half_proves_severe_neutropenia(value: str) -> None:
    answer = ask("order-sign", below(WBC, value), drafts=[ONDANSETRON])

    assert answer.highest == "critical"
    assert answer.tier("neutrophils") in {"severe", "profound"}


def test_a_total_of_exactly_a_half_proves_only_moderate_neutropenia() -> None:
    answer = ask("order-sign", observation(WBC, "0.5"), drafts=[ONDANSETRON])

    assert answer.highest == "warning"


@pytest.mark.parametrize("value", ["0.09", "0.0"])
def test_a_total_below_a_tenth_is_critical(value: str) -> None:
    assert ask("order-sign", observation(WBC, value), drafts=[ONDANSETRON]).highest == "critical"


@pytest.mark.parametrize("drug", ["docetaxel", "clozapine", "deferiprone"])
def test_above_1_4_crosses_no_limit_of_1500(drug: str) -> None:
    assert ask("order-sign", above(ANC, "1.4"), drafts=[ordering(drug)]).risks() == set()


def test_above_0_5_is_no_fever_with_low_neutrophils() -> None:
    answer = ask("order-sign", above(ANC, "0.5"), temperature("39"), drafts=[ONDANSETRON])

    assert "leukoFever" not in answer.topics


def test_lymphocytes_above_0_4_are_no_reason_against_a_live_vaccine() -> None:
    assert ask("order-sign", above(ALC, "0.4"), drafts=[MMR]).risks() == set()


@pytest.mark.parametrize("text", ["<0.1", "< 0.1", "LT 0.1", "<0.1 L", "less than 0.1"])
def test_below_0_1_in_words_is_profound(text: str) -> None:
    answer = ask("order-sign", in_words(ANC, text), drafts=[ONDANSETRON])

    assert (answer.highest, answer.tier("neutrophils")) == ("critical", "profound")


@pytest.mark.parametrize("text", ["0.3", "0.3 L", "0,3", "0.3*", "0.3 LL", "<=0.3"])
def test_0_3_in_words_is_severe(text: str) -> None:
    assert ask("order-sign", in_words(ANC, text), drafts=[ONDANSETRON]).tier("neutrophils") == "severe"


@pytest.mark.parametrize("text", ["TNP", "clotted", "QNS", "see note"])
def test_a_result_that_was_not_obtained_is_never_called_normal(text: str) -> None:
    answer = ask("patient-view", in_words(ANC, text))

    assert answer.counts() == []
    assert not answer.has("normal", "not low")


@pytest.mark.parametrize(
    ("value", "unit"), [("400", "/uL"), ("400", "cells/uL"), ("0.4", "K/uL"), ("0.4", "G/L"), ("400", "/mm3")]
)
def test_0_4_is_severe_in_every_unit(value: str, unit: str) -> None:
    answer = ask("order-sign", observation(ANC, value, unit), drafts=[ONDANSETRON])

    assert (answer.highest, answer.tier("neutrophils")) == ("critical", "severe")


@pytest.mark.parametrize(
    ("value", "unit"), [("0.4", "/uL"), ("4.5", "/uL"), ("400", "K/uL"), ("0.3", "mmol/L"), ("22", "%")]
)
def test_an_impossible_scale_or_unit_is_said(value: str, unit: str) -> None:
    answer = ask("patient-view", observation(ANC, value, unit))

    assert answer.topics == ["leukoDataQuality"]
    assert not answer.has("normal")


def test_a_plain_0_49_crosses_the_limit_of_500() -> None:
    assert ("ganciclovir", "label-limit") in ask(
        "order-sign", anc("0.49"), drafts=[ordering("ganciclovir")]
    ).risks()
