"""Counts that hide: behind old results, differentials that do not add up, other lines, and birthdays."""

from __future__ import annotations

import pytest

from tests.cases.asking import ask
from tests.cases.by_name import anc, child_born, ordering, taking
from tests.cases.requests import (
    ANC,
    HAEMOGLOBIN,
    ICD10CM,
    MONO,
    PLATELETS,
    WBC,
    Json,
    ago,
    condition,
    draft,
    draft_test,
    observation,
    percent,
)

ONDANSETRON = draft("26225", "ondansetron")
LUPUS = condition("55464009", text="lupus")


def test_an_undated_0_2_is_not_hidden_by_a_normal_count_of_years_ago() -> None:
    answer = ask(
        "order-sign",
        observation(ANC, "0.2", when=None),
        observation(ANC, "3.0", when="2024-01-01T08:00:00Z"),
        drafts=[ONDANSETRON],
    )

    assert answer.tier("neutrophils") == "severe"
    assert not answer.lacks("date unknown")


# --- differentials --------------------------------------------------------------------------------------


@pytest.mark.parametrize("others", [("736-9", "5905-5"), ("736-9", "5905-5", "713-8", "706-2"), ("736-9",)])
def test_a_differential_of_zeros_calculates_no_count(others: tuple[str, ...]) -> None:
    shares = [percent(code, "0") for code in ("770-8", *others)]

    assert ask("patient-view", observation(WBC, "6.0"), *shares).tier("neutrophils") is None


@pytest.mark.parametrize("monocytes", ["16", "30"])
def test_percentages_above_110_calculate_no_count_even_if_lines_are_missing(monocytes: str) -> None:
    shares = [percent("770-8", "5"), percent("736-9", "95"), percent("5905-5", monocytes)]

    assert ask("patient-view", observation(WBC, "5.0"), *shares).tier("neutrophils") is None


def test_automated_neutrophils_already_hold_the_bands() -> None:
    answer = ask("patient-view", observation(WBC, "2.0"), percent("770-8", "20"), percent("35332-6", "10"))

    assert answer.tier("neutrophils") == "severe"


def test_a_percentage_of_yesterday_never_meets_the_total_of_today() -> None:
    answer = ask("patient-view", observation(WBC, "2.0"), percent("770-8", "20", when=ago(1)))

    assert answer.tier("neutrophils") is None
    assert not answer.lacks("ANC not known")


@pytest.mark.parametrize("code", ["709-6", "26446-5"])
def test_blasts_in_percent_are_critical(code: str) -> None:
    answer = ask("order-sign", observation(WBC, "20"), percent(code, "15"), drafts=[ONDANSETRON])

    assert answer.highest == "critical"
    assert not answer.lacks("blasts")


@pytest.mark.parametrize("code", ["709-6", "26446-5"])
def test_no_blasts_in_percent_are_silent(code: str) -> None:
    answer = ask("order-sign", observation(WBC, "8"), percent(code, "0"), drafts=[ONDANSETRON])

    assert not answer.cards


@pytest.mark.parametrize(
    ("code", "highest"),
    [("C92.00", "info"), ("C92.02", "info"), ("C92.01", "critical"), ("C90.01", "critical")],
)
def test_blasts_in_remission_are_news(code: str, highest: str) -> None:
    blasts = observation("30376-8", "0.4")
    answer = ask("patient-view", observation(WBC, "5.0"), anc("3.0"), blasts, condition(code, ICD10CM))

    assert answer.highest == highest


# --- patterns -------------------------------------------------------------------------------------------


def trilineage(*earlier: Json) -> tuple[Json, ...]:
    now = (observation(WBC, "1.8"), anc("1.1"), observation(HAEMOGLOBIN, "8.1", "g/dL"))
    return (*now, observation(PLATELETS, "41"), *earlier)


def half_a_year_ago(haemoglobin: str) -> tuple[Json, ...]:
    then = ago(170)
    return (
        observation(WBC, "6.8", when=then),
        observation(ANC, "4.1", when=then),
        observation(HAEMOGLOBIN, haemoglobin, "g/dL", when=then),
        observation(PLATELETS, "241", when=then),
    )


@pytest.mark.parametrize("haemoglobin", ["12.9", "8.0"])
def test_marrow_failure_is_new_though_the_anaemia_is_old(haemoglobin: str) -> None:
    answer = ask("order-sign", *trilineage(*half_a_year_ago(haemoglobin)), drafts=[ONDANSETRON])

    assert answer.highest == "warning"
    assert not answer.lacks("marrow-failure pattern")


# --- a crash below an old low ---------------------------------------------------------------------------


def crash() -> tuple[Json, ...]:
    return (anc("0.1"), anc("1.3", 50), anc("1.3", 120), anc("1.35", 300))


def test_a_crash_from_1_3_to_0_1_is_critical_beside_a_known_disease() -> None:
    assert ask("order-sign", *crash(), LUPUS, drafts=[ONDANSETRON]).highest == "critical"


def test_the_drug_started_before_the_crash_is_named() -> None:
    answer = ask("order-sign", *crash(), taking("methimazole", 35), drafts=[ONDANSETRON])

    assert not answer.lacks("methimazole")


def in_steps(value: str = "0.2") -> tuple[Json, ...]:
    """The same in two steps: 0.8 ten days ago."""
    return (anc(value), anc("0.8", 10), anc("1.4", 30), anc("1.3", 120), anc("1.4", 400))


def test_a_count_on_the_way_down_softens_no_crash() -> None:
    answer = ask("order-sign", *in_steps(), taking("methimazole", 40), LUPUS, drafts=[ONDANSETRON])

    assert answer.highest == "critical"
    assert not answer.lacks(
        "(20 Nov, new): severe neutropenia",
        "Mildly low since 16 Oct 2025, this fall began 10 Nov",
        "day 30 when this fall began",
        "already mildly low before the start",
        "drug-induced agranulocytosis",
    )
    assert not answer.has("chronic", "no drug in the data fits", "at the first low count")


@pytest.mark.parametrize(("value", "crashed"), [("0.49", True), ("0.5", False)])
def test_a_crash_is_two_tiers_and_half(value: str, crashed: bool) -> None:
    said = ask("patient-view", *in_steps(value)).text

    assert ("this fall began" in said) is crashed


@pytest.mark.parametrize(("days", "crashed"), [(14, True), (13, False)])
def test_an_old_low_is_one_of_two_weeks(days: int, crashed: bool) -> None:
    """A count that was first low days before is on the way down: the fall began there."""
    course = anc("0.2"), anc("0.8", 2), anc("1.4", 6), anc("1.4", 6 + days), anc("4.0", 60)

    assert ("this fall began" in ask("patient-view", *course).text) is crashed


@pytest.mark.parametrize(("days", "highest"), [(89, "critical"), (90, "warning")])
def test_a_crash_of_three_months_ago_is_known_where_a_cause_is(days: int, highest: str) -> None:
    """Low as deeply ever since: what is loud at each refill is read at none."""
    since = anc("0.4"), anc("0.4", days / 2), anc("0.4", days), anc("1.4", days + 20), anc("1.3", days + 200)
    answer = ask("patient-view", *since, LUPUS)

    assert answer.highest == highest
    assert ("(20 Nov, chronic)" in answer.text) is (highest == "warning")


def test_the_drug_of_a_crash_is_ordered_again_not_started() -> None:
    answer = ask("order-sign", *in_steps(), taking("methimazole", 40), drafts=[ordering("methimazole")])

    assert answer.highest == "critical"
    assert not answer.lacks("Methimazole is being re-ordered")
    assert not answer.has("being started")


def test_a_drug_begun_after_the_fall_is_ordered_again_too() -> None:
    course = anc("0.8"), anc("0.9", 30), anc("4.0", 60)
    answer = ask("order-sign", *course, taking("methimazole", 20), drafts=[ordering("methimazole")])

    assert not answer.lacks(
        "Methimazole, which can lower neutrophils, is being re-ordered", "Begun after this fall: no suspect"
    )
    assert not answer.has("being started")


def test_0_4_for_half_a_year_with_lupus_is_a_warning() -> None:
    counts = [anc("0.4", 40 * number) for number in range(5)]

    assert ask("patient-view", *counts, LUPUS).highest == "warning"


# --- children -------------------------------------------------------------------------------------------


def test_the_first_birthday_begins_the_second_year() -> None:
    assert ask("patient-view", anc("1.2"), patient=child_born("2025-11-20")).tier("neutrophils") == "mild"


def test_the_day_before_the_first_birthday_is_infancy() -> None:
    assert not ask("patient-view", anc("1.2"), patient=child_born("2025-11-21")).cards


def test_the_safety_tiers_hold_from_day_15_on() -> None:
    answer = ask("order-sign", anc("0.4"), patient=child_born("2026-11-05"), drafts=[ONDANSETRON])

    assert (answer.highest, answer.tier("neutrophils")) == ("critical", "severe")


def test_below_1_0_on_day_10_is_for_neonatology() -> None:
    answer = ask("patient-view", anc("0.95"), patient=child_born("2026-11-10"))

    assert answer.highest == "warning"
    assert not answer.lacks("neonatology")


@pytest.mark.parametrize("value", ["0.4", "0.1", "0"])
def test_a_newborn_with_hardly_any_neutrophils_is_not_passed_over(value: str) -> None:
    answer = ask("order-sign", anc(value), patient=child_born("2026-11-17"), drafts=[draft_test("600-7")])

    assert answer.cards


@pytest.mark.parametrize("born", ["2018-11-20", "2012-03-01", "2024-01-01"])
def test_birth_before_term_does_not_soften_0_1_years_later(born: str) -> None:
    preterm = condition("P07.38", ICD10CM, recorded=born)
    answer = ask("order-sign", anc("0.1"), preterm, patient=child_born(born), drafts=[ONDANSETRON])

    assert answer.highest == "critical"


@pytest.mark.parametrize(
    ("born", "value", "tier"),
    [
        ("2026-03-01", "1.0", None),
        ("2026-03-01", "0.99", "moderate"),
        ("2025-05-01", "1.49", "mild"),
        ("2025-05-01", "1.5", None),
        ("2018-05-01", "0.49", "severe"),
        ("2010-05-01", "1.5", None),
    ],
)
def test_children_are_judged_by_their_age(born: str, value: str, tier: str | None) -> None:
    assert ask("patient-view", anc(value), patient=child_born(born)).tier("neutrophils") == tier


@pytest.mark.parametrize("patient", [{"resourceType": "Patient", "id": "p1"}])
def test_without_a_birth_date_adult_limits_are_used_and_said(patient: Json) -> None:
    assert not ask("patient-view", anc("1.4"), patient=patient).lacks("age unknown")


# --- age of the count -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "indicator"),
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
def test_0_3_softens_with_its_age(days: int, indicator: str | None) -> None:
    assert ask("order-sign", anc("0.3", days), drafts=[ONDANSETRON]).highest == indicator


@pytest.mark.parametrize("days", [31, 45, 90])
def test_an_old_0_3_is_information_beside_a_marrow_risk(days: int) -> None:
    assert ask("order-sign", anc("0.3", days), drafts=[ordering("methimazole")]).highest == "info"


def test_low_monocytes_change_nothing() -> None:
    alone = ask("order-sign", anc("0.8"), drafts=[ONDANSETRON]).highest

    assert ask("order-sign", anc("0.8"), observation(MONO, "0.1"), drafts=[ONDANSETRON]).highest == alone
