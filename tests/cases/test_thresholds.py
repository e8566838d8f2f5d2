"""Each limit at its number, just below and just above it, as a case shows it.

The numbers stand here a second time on purpose: who changes one of them in the knowledge meets its test.
"""

from __future__ import annotations

import pytest

from tests.cases.asking import Answer, ask
from tests.cases.requests import (
    ALC,
    ANC,
    EOS,
    HAEMOGLOBIN,
    MONO,
    NOW,
    PLATELETS,
    WBC,
    Json,
    ago,
    draft,
    duffy_null,
    observation,
    percent,
)

METHIMAZOLE, LEVOTHYROXINE = "6835", "10582"
NEUTRAL = draft(LEVOTHYROXINE, "levothyroxine")


def signing(*entries: Json, order: Json = NEUTRAL) -> Answer:
    return ask("order-sign", *entries, drafts=[order])


def viewing(*entries: Json) -> Answer:
    return ask("patient-view", *entries)


# --- tiers ----------------------------------------------------------------------------------------------

TIERS = {
    ANC: "1.50 none, 1.49 mild, 1.00 mild, 0.99 moderate, 0.50 moderate, 0.499 severe, 0.10 severe",
    WBC: "4.0 none, 3.99 mild, 3.0 mild, 2.99 moderate, 2.0 moderate, 1.99 severe, 1.0 severe, 0.99 profound",
    ALC: "1.0 none, 0.99 mild, 0.80 mild, 0.79 moderate, 0.50 moderate, 0.49 severe, 0.20 severe",
}
TIERS[ANC] += ", 0.099 profound, 0 profound"
TIERS[ALC] += ", 0.199 profound, 0 profound"
NAMES = {ANC: "neutrophils", WBC: "leukocytes", ALC: "lymphocytes"}


@pytest.mark.parametrize(
    ("loinc", "value", "tier"),
    [(loinc, *row.split()) for loinc, rows in TIERS.items() for row in rows.split(", ")],
)
def test_tiers(loinc: str, value: str, tier: str) -> None:
    assert (viewing(observation(loinc, value)).tier(NAMES[loinc]) or "none") == tier


@pytest.mark.parametrize(("value", "shown"), [("0.20", False), ("0.19", True)])
def test_monocytes_are_a_row_of_the_table_at_most(value: str, shown: bool) -> None:
    alone = viewing(observation(MONO, value), observation(EOS, "0"))
    beside = viewing(observation(MONO, value), observation(ANC, "1.2"))

    assert alone.cards == ()
    assert (f"monocytes {value} low" in beside.text) is shown


# --- age of the count -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, "critical"),
        (3, "critical"),
        (14, "critical"),
        (15, "warning"),
        (30, "warning"),
        (31, None),
        (91, None),
    ],
)
def test_a_severe_count_ages(days: int, expected: str | None) -> None:
    assert signing(observation(ANC, "0.4", when=ago(days))).highest == expected


@pytest.mark.parametrize(("days", "said"), [(3, False), (4, True)])
def test_after_three_days_the_count_is_to_be_repeated(days: int, said: bool) -> None:
    answer = signing(observation(ANC, "0.4", when=ago(days)))

    assert ("repeat the count with differential today" in answer.text.lower()) is said
    assert (f"{days} days old" in answer.text) is said


@pytest.mark.parametrize(("days", "low"), [(31, True), (90, True), (91, False)])
def test_an_old_count_matters_only_for_a_marrow_toxic_order(days: int, low: bool) -> None:
    old = observation(ANC, "0.4", when=ago(days))
    answer = signing(old, order=draft(METHIMAZOLE, "methimazole"))

    assert answer.highest in ((None, "info") if not low else ("info",))
    assert bool(answer.counts()) is low


# --- course ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first_low", "word"), [(14, "new"), (15, "recent")])
def test_new_is_low_for_two_weeks_at_most(first_low: int, word: str) -> None:
    course = [observation(ANC, "3.9", when=ago(40)), observation(ANC, "0.7", when=ago(first_low, "13:00"))]
    answer = viewing(*course, observation(ANC, "0.7"))

    assert answer.counts()[0]["duration"] == word


@pytest.mark.parametrize(("normal", "word"), [(30, "new"), (31, "recent")])
def test_or_normal_within_a_month(normal: int, word: str) -> None:
    course = [observation(ANC, "3.9", when=ago(normal, "12:00")), observation(ANC, "0.7", when=ago(20))]
    answer = viewing(*course, observation(ANC, "0.7"))

    assert answer.counts()[0]["duration"] == word


@pytest.mark.parametrize(("days", "word"), [(89, "recent"), (90, "chronic")])
def test_chronic_is_three_months(days: int, word: str) -> None:
    answer = viewing(observation(ANC, "0.8", when=ago(days)), observation(ANC, "0.7"))

    assert answer.counts()[0]["duration"] == word


@pytest.mark.parametrize(
    ("before", "days", "expected"), [("2.40", 30, "warning"), ("2.39", 30, "info"), ("2.40", 31, "info")]
)
def test_a_fall_by_half_within_a_month_is_a_warning(before: str, days: int, expected: str) -> None:
    answer = viewing(observation(ANC, before, when=ago(days)), observation(ANC, "1.2"))

    assert answer.highest == expected


@pytest.mark.parametrize(("before", "expected"), [("0.50", "info"), ("0.49", "warning")])
def test_recovering_is_a_half_or_more_twice(before: str, expected: str) -> None:
    course = [observation(ANC, "0.2", when=ago(8)), observation(ANC, before, when=ago(3))]

    assert viewing(*course, observation(ANC, "0.6")).highest == expected


# --- several lines --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("haemoglobin", "platelets", "anc", "said"),
    [
        ("9.9", "49", "2.0", True),
        ("10.0", "49", "2.0", False),
        ("9.9", "50", "2.0", False),
        ("9.9", "200", "1.49", True),
        ("9.9", "200", "1.50", False),
    ],
)
def test_marrow_failure_is_two_of_three(haemoglobin: str, platelets: str, anc: str, said: bool) -> None:
    counts = [observation(PLATELETS, platelets), observation(ANC, anc)]
    answer = viewing(observation(HAEMOGLOBIN, haemoglobin, "g/dL"), *counts)

    assert ("marrow-failure pattern" in answer.text) is said


# --- what cannot be -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("alc", "said"), [("2.10", False), ("2.11", True)])
def test_a_line_may_exceed_the_total_by_a_twentieth(alc: str, said: bool) -> None:
    answer = viewing(observation(WBC, "2.00"), observation(ALC, alc), observation(ANC, "0.9"))

    assert ("contradict" in answer.text) is said


def test_then_the_lower_reading_counts_as_the_card_says() -> None:
    answer = viewing(observation(WBC, "0.40"), observation(ALC, "1.20"))

    assert not answer.lacks("the lower reading is used")
    assert answer.tier("lymphocytes") == "severe"


def test_a_contradicted_differential_is_not_called_absent() -> None:
    contradicted = [observation(WBC, "2.0"), observation(ANC, "2.4")]
    answer = viewing(*contradicted, observation(ANC, "1.2", when=ago(2)))

    assert not answer.lacks("results contradict each other")
    assert not answer.has("no differential", "has no differential")


@pytest.mark.parametrize(("minutes", "calculated"), [("15", True), ("16", False)])
def test_a_share_belongs_to_the_total_of_a_quarter_of_an_hour(minutes: str, calculated: bool) -> None:
    share = percent("770-8", "20", f"2026-11-20T08:{minutes}:00Z")

    assert ("calculated" in viewing(observation(WBC, "4.5"), share).text) is calculated


@pytest.mark.parametrize(
    ("lymphocytes", "calculated"), [("60", True), ("59", False), ("80", True), ("81", False)]
)
def test_shares_have_to_add_up(lymphocytes: str, calculated: bool) -> None:
    """Neutrophils 20, monocytes 6, eosinophils 3, basophils 1 and these: 90 to 110 %."""
    shares = {"770-8": "20", "736-9": lymphocytes, "5905-5": "6", "713-8": "3", "706-2": "1"}
    answer = viewing(observation(WBC, "3.5"), *(percent(loinc, value) for loinc, value in shares.items()))

    assert ("calculated: " in answer.text) is calculated


@pytest.mark.parametrize(("hours", "used"), [("12:00", True), ("12:01", False)])
def test_a_day_ahead_is_a_wrong_clock_and_more_is_a_wrong_date(hours: str, used: bool) -> None:
    answer = viewing(observation(ANC, "0.4", when=ago(-1, hours)))

    assert bool(answer.counts()) is used
    assert ("leukoDataQuality" in answer.topics) is not used


@pytest.mark.parametrize(
    ("loinc", "value", "unit", "possible"),
    [
        (ANC, "150", "10*9/L", True),
        (ANC, "150.1", "10*9/L", False),
        (WBC, "500", "10*9/L", True),
        (WBC, "501", "10*9/L", False),
        (ANC, "49.5", "/uL", False),
        (ANC, "49", "/uL", True),
        (ANC, "50.5", "/uL", True),
        (WBC, "4.5", "/uL", False),
    ],
)
def test_what_is_not_possible_is_said(loinc: str, value: str, unit: str, possible: bool) -> None:
    answer = viewing(observation(loinc, value, unit))

    assert ("not possible; not used" in answer.text) is not possible
    assert answer.highest != "critical" or possible


# --- usual for this person ------------------------------------------------------------------------------


@pytest.mark.parametrize(("anc", "low"), [("1.20", False), ("1.19", True)])
def test_duffy_null_has_its_own_limit(anc: str, low: bool) -> None:
    assert bool(viewing(observation(ANC, anc), duffy_null()).counts()) is low


@pytest.mark.parametrize(("anc", "expected"), [("1.12", None), ("1.11", "info")])
def test_and_its_own_median(anc: str, expected: str | None) -> None:
    """1.6 twice: down to 1.12 lies within 30 % of it."""
    earlier = [observation(ANC, "1.6", when=ago(days)) for days in (200, 400)]

    assert viewing(*earlier, observation(ANC, anc), duffy_null()).highest == expected


def test_the_clock_of_these_tests_stands_at_noon() -> None:
    assert NOW.hour == 12
