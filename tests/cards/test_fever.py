"""The fever card: which definition is met by which readings, and no drug by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cards.card import Card
from cds.facts import Calculation, CellLine
from cds.findings import Fever, FeverDefinition, Freshness, Severity, Topic
from tests.cards.builders import (
    CBC,
    CULTURE,
    LUPUS,
    SMEAR,
    assessment,
    count,
    drug,
    fever,
    nadir,
    only_card,
    state,
    temperature,
    when,
)


def card(finding: Fever, **more: object) -> Card:
    return only_card(assessment(Topic.FEVER, fever=finding, **more))


def test_count_and_temperature_lead() -> None:
    assert card(fever()).summary == (
        "ANC 0.32 x10^9/L (20 Nov) and 38.4 °C: meets the definition of fever with low neutrophils; "
        "consider urgent assessment."
    )


def test_readings_have_site_time_and_origin() -> None:
    half = count("0.5", reported="", calculation=Calculation("percent", "2.5 x 20 %"))

    text = card(fever(neutrophils=half)).detail

    assert "Temperature 38.4 °C, oral, 20 Nov 2026 09:00 UTC." in text
    assert "ANC 0.50 x10^9/L (calculated: 2.5 x 20 %), laboratory result of 20 Nov 2026 08:00 UTC." in text
    assert "(ANC 0.5 or lower, 38.0 °C or higher)" in text


def test_a_reading_in_fahrenheit_is_shown_as_sent() -> None:
    text = card(fever(temperature=temperature("38.38888", "101.1 [degF]"))).detail

    assert "Temperature 38.39 °C (reported 101.1 \\[degF\\]), oral" in text


@pytest.mark.parametrize(
    ("definition", "verb", "words"),
    [
        (FeverDefinition.NEUTROPHILS_LOW, "meets", "an ANC at or below its limit (ANC 0.5 or lower"),
        (FeverDefinition.NEUTROPHILS_FALLING, "may meet", "still falling (ANC below 0.5"),
        (FeverDefinition.CHEMOTHERAPY_WINDOW, "may meet", "after cytotoxic treatment (ANC below 0.5"),
    ],
)
def test_each_definition_says_how_far_it_is_met(definition: FeverDefinition, verb: str, words: str) -> None:
    made = card(fever(definition))

    assert f": {verb} the definition of fever" in made.summary
    assert words in made.detail


UNKNOWN = fever(FeverDefinition.NEUTROPHILS_UNKNOWN, neutrophils=None, chemotherapy=nadir())


def test_an_unknown_count_after_treatment_is_treated_as_possible() -> None:
    made = card(UNKNOWN)

    assert made.summary == (
        "38.4 °C, ANC unknown; day 11 after carboplatin and paclitaxel (9 Nov): "
        "treat as possible neutropenic fever until the ANC is known."
    )
    assert "ANC unknown: no usable count that is recent and later than the treatment." in made.detail
    assert "Day 11 after carboplatin and paclitaxel (last dose 9 Nov 2026)." in made.detail
    assert (
        "This may meet the definition: ANC not known, fever after cytotoxic treatment (38.0 °C or higher)."
        in made.detail
    )


def test_no_limit_is_told_for_a_count_that_is_unknown() -> None:
    assert "ANC below" not in card(UNKNOWN).detail


def test_a_treatment_is_named_only_where_the_rule_rests_on_it() -> None:
    window = card(fever(FeverDefinition.CHEMOTHERAPY_WINDOW, chemotherapy=nadir())).detail
    low_anyway = card(fever(chemotherapy=nadir())).detail

    assert "Day 11 after carboplatin and paclitaxel (last dose 9 Nov 2026)." in window
    assert "Day 11 after cytotoxic treatment (last dose 9 Nov 2026)." in low_anyway


def test_a_bound_of_the_count_is_told_beside_the_treatment() -> None:
    bound = count("2.1", reported="", calculation=Calculation("bound", "2.1"))

    made = card(replace(UNKNOWN, neutrophils=bound))

    assert made.summary.startswith("38.4 °C, ANC cannot be above 2.1 x10^9/L; day 11 after")


def test_a_long_regimen_is_called_chemotherapy_in_the_summary() -> None:
    regimen = nadir(drugs=tuple(drug(name * 4) for name in ("cyclo", "doxo", "vincri")))

    made = card(replace(UNKNOWN, chemotherapy=regimen))

    assert "; day 11 after chemotherapy (9 Nov): treat as possible" in made.summary


def test_an_unknown_count_without_a_known_dose_is_still_said() -> None:
    made = card(replace(UNKNOWN, chemotherapy=None))

    assert made.summary.startswith("38.4 °C, ANC unknown: treat as possible neutropenic fever")


def test_a_recorded_fever_names_its_entry() -> None:
    made = card(fever(temperature=None, condition=replace(LUPUS, text="Febrile neutropenia")))

    assert "and recorded fever: meets" in made.summary
    assert "Recorded on the problem list: Febrile neutropenia (2 Mar 2024)." in made.detail


def test_an_entry_without_a_name_has_that_of_the_knowledge() -> None:
    made = card(fever(temperature=None, condition=replace(LUPUS, text="")))

    assert "Recorded on the problem list: systemic lupus (2 Mar 2024)." in made.detail


def test_a_rule_without_figures_is_still_said() -> None:
    text = card(fever(neutrophils_limit=None, celsius_limit=None)).detail

    assert "This meets the fever rule: fever with an ANC at or below its limit. Other signs" in text


def test_options_name_no_drug_and_no_dose() -> None:
    text = card(fever(chemotherapy=nadir())).detail

    for words in (
        "Urgent assessment and the local febrile-neutropenia pathway.",
        "Blood cultures before antibiotics, if that means no delay.",
        "No rectal temperature.",
        "Tests for a fever, no order in the data: Blood culture.",
    ):
        assert words in (text if words in text else card(fever(), work_up=(CULTURE,)).detail)


def test_culture_then_count_are_offered() -> None:
    made = card(fever(), work_up=(CBC, SMEAR, CULTURE))

    assert ["Order Blood culture", "Order CBC with differential"] == [each.label for each in made.suggestions]


def test_an_older_count_says_its_age() -> None:
    old = count("0.32", measured=when("2026-11-11T08:00"))
    row = replace(state(old, CellLine.NEUTROPHILS, Severity.SEVERE), freshness=Freshness.RECENT)

    assert "(11 Nov, 9 days old)" in card(fever(neutrophils=old), lines=(row,)).summary


def test_a_decided_fever_card_without_a_fever_is_a_fault() -> None:
    with pytest.raises(ValueError, match="fever"):
        only_card(assessment(Topic.FEVER))


def test_the_first_test_for_a_fever_comes_before_the_count_and_the_count_before_the_rest() -> None:
    lactate = replace(CULTURE, id="lactate", name="Lactate", loinc="32693-4")
    made = card(fever(), work_up=(CULTURE, lactate, CBC))

    assert [each.label for each in made.suggestions] == [
        "Order Blood culture",
        "Order CBC with differential",
        "Order Lactate",
    ]
