"""The low-count card: what, so what, why, do."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from cards.card import Card
from cds.facts import Bound, Calculation, CellLine, LabFlag
from cds.findings import (
    Baseline,
    BaselineKind,
    Direction,
    Duration,
    Freshness,
    Limit,
    LimitBasis,
    LowCount,
    Severity,
    Topic,
    Trend,
    Urgency,
)
from tests.cards.builders import (
    CBC,
    HIV,
    LUPUS,
    assessment,
    cards_of,
    caveat,
    count,
    fever,
    low,
    nadir,
    only_card,
    state,
    temperature,
    when,
)


def card(*low_counts: LowCount, **more: object) -> Card:
    return only_card(assessment(Topic.LOW_COUNT, low_counts=low_counts, **more))


def test_a_total_that_is_not_low_stands_beside_the_low_line() -> None:
    made = card(low("0.3"), lines=(state("6.8"), state("0.3", CellLine.NEUTROPHILS, Severity.SEVERE)))

    assert (
        "ANC 0.3 x10^9/L (20 Nov, new): severe neutropenia. Total white cells 6.8 (not low)." == made.summary
    )
    assert (
        "Total white cells 6.8 (not low): a total that is normal does not exclude a low line." in made.detail
    )
    assert "leukopenia" not in made.detail


@pytest.mark.parametrize(
    ("flag", "word"),
    [(LabFlag.NORMAL, "6.8 (normal)"), (LabFlag.HIGH, "6.8 (high)"), (None, "6.8 (not low)")],
)
def test_only_the_laboratory_calls_a_total_normal(flag: LabFlag | None, word: str) -> None:
    total = state(count("6.8", CellLine.LEUKOCYTES, flag=flag))

    assert f"Total white cells {word}" in card(low("0.3"), lines=(total,)).summary


def test_a_total_that_the_laboratory_flags_is_not_called_anything() -> None:
    total = state(count("4.1", CellLine.LEUKOCYTES, flag=LabFlag.LOW))

    assert "otal" not in card(low("0.3"), lines=(total,)).summary


def test_all_lines_are_listed_with_their_units_and_other_dates() -> None:
    old = count("3.4", CellLine.MONOCYTES, measured=when("2026-11-18T08:00"))

    made = card(low("0.3"), lines=(state("6.8"), state("12.9", CellLine.HAEMOGLOBIN), state(old)))

    line = "Total white cells 6.8, haemoglobin 12.9 g/dL, monocytes 3.4 (18 Nov)."
    assert f"**All lines (x10^9/L, 20 Nov):** {line}" in made.detail


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (Duration.NEW, "New: look for drug-induced agranulocytosis, acute infection and acute leukaemia."),
        (Duration.RECENT, "Recent, between acute and chronic: look for drug-induced agranulocytosis"),
        (
            Duration.CHRONIC,
            "think of a primary marrow disorder or chronic infection; also autoimmune, nutritional",
        ),
        (Duration.RECURRING, "Recurring, low and normal in turn"),
        (Duration.UNKNOWN, "No earlier count available to this service: duration not known."),
    ],
)
def test_each_duration_has_its_advice(duration: Duration, words: str) -> None:
    assert words in card(low("0.3", duration=duration)).detail


def test_an_unknown_duration_is_never_called_new() -> None:
    made = card(low("0.3", duration=Duration.UNKNOWN))

    assert "new" not in f"{made.summary} {made.detail}".lower().replace("newest", "")


def test_low_lymphocytes_are_not_called_neutropenia_nor_agranulocytosis() -> None:
    made = card(
        low("0.4", CellLine.LYMPHOCYTES),
        low("3.1", CellLine.LEUKOCYTES, severity=Severity.MILD, urgency=Urgency.INFO),
        lines=(state("2.4", CellLine.NEUTROPHILS),),
    )

    text = f"{made.summary} {made.detail}".lower()
    assert "severe lymphopenia" in text
    assert "neutropenia" not in text
    assert "agranulocytosis" not in text


def test_a_trend_names_last_normal_fall_and_lowest() -> None:
    trend = Trend(
        last_normal=count("3.9", measured=when("2026-10-28T08:00")),
        nadir=count("0.1", measured=when("2026-11-18T08:00"), references=("Observation/n",)),
        fall_percent=92,
        steep=True,
        direction=Direction.RISING,
    )

    made = card(low("0.3", trend=trend))

    assert (
        "Last normal 3.9 (28 Oct); marked fall of 92 % from the usual level; lowest 0.1 (18 Nov)."
        in made.detail
    )


@pytest.mark.parametrize(
    ("trend", "words"),
    [
        (Trend(recovering=True), "Recovering."),
        (Trend(fall_percent=20), "Fall of 20 % from the usual level."),
        (Trend(direction=Direction.STABLE), "Stable."),
    ],
)
def test_the_direction_is_said(trend: Trend, words: str) -> None:
    assert words in card(low("0.3", trend=trend)).detail


def test_an_expected_nadir_names_day_and_treatment_and_hunts_no_drug() -> None:
    made = card(low("0.4", nadir=nadir(prolonged=True)))

    assert made.summary.endswith("severe neutropenia. Expected effect of treatment, day 11.")
    assert "day 11 after carboplatin and paclitaxel (last dose 9 Nov 2026)" in made.detail
    assert "It has lasted longer than is usual for such a fall." in made.detail
    assert "A date for the next count, with the treatment team." in made.detail
    assert "agranulocytosis" not in made.detail


def test_a_total_without_differential_says_that_neutrophils_are_not_known() -> None:
    made = card(low("3.1", CellLine.LEUKOCYTES, severity=Severity.MILD, differential_missing=True))

    assert made.summary.endswith("mild leukopenia. No differential: ANC not known.")
    assert "no neutropenia" not in made.detail


BOUND = count("1.2", reported="", bound=Bound.AT_MOST, calculation=Calculation("bound", "1.2"))


def test_a_total_that_bounds_the_neutrophils_says_so() -> None:
    total = low("1.2", CellLine.LEUKOCYTES, severity=Severity.SEVERE, differential_missing=True)

    made = card(total, low(BOUND, severity=Severity.MILD))

    assert made.summary == (
        "WBC 1.2 x10^9/L (20 Nov, new): severe leukopenia. No differential: ANC cannot be above 1.2."
    )


def test_a_bound_that_leads_is_printed_as_a_bound() -> None:
    cells = BOUND._replace(value=Decimal("0.4"))

    made = card(low(cells), lines=(state("0.4", severity=Severity.PROFOUND),))

    assert made.summary == (
        "WBC 0.4 x10^9/L (20 Nov): ANC cannot be above 0.4, at least severe neutropenia; no differential."
    )


def test_a_newer_total_does_not_cancel_a_low_line() -> None:
    older = count("0.45", measured=when("2026-11-18T08:00"))

    made = card(low(older, newer_total=count("5.0", CellLine.LEUKOCYTES)))

    assert made.summary.endswith("Newer count (20 Nov) has no differential: ANC now not known.")
    assert (
        "The newer count of 20 Nov (total white cells 5.0) has no differential: ANC now not known."
        in made.detail
    )
    assert made.suggestions[0].is_recommended


def test_an_old_count_says_how_old_it_is() -> None:
    old = count("0.7", measured=when("2026-10-25T08:00"))

    made = card(low(old, severity=Severity.MODERATE, freshness=Freshness.AGEING))

    assert "(25 Oct, 26 days old, new)" in made.summary
    assert "This result is 26 days old: no recent count." in made.detail


def test_a_severe_count_of_last_week_asks_for_a_repeat_today() -> None:
    recent = count("0.3", measured=when("2026-11-11T08:00"))

    assert "Repeat the count with differential today." in card(low(recent, freshness=Freshness.RECENT)).detail
    assert "Repeat the count" not in card(low("0.3")).detail


def test_duffy_null_on_record_is_named_and_nothing_else_of_origin() -> None:
    usual = Baseline(BaselineKind.DUFFY_NULL, Decimal("1.25"), (), True)

    made = card(low("1.25", severity=Severity.MILD, baseline=usual))

    assert "within the range expected for Duffy-null" in made.summary
    assert "Own usual level 1.25." in made.detail
    assert "look for" not in made.detail


def test_a_count_below_what_duffy_null_explains_keeps_its_advice() -> None:
    made = card(low("0.42", baseline=Baseline(BaselineKind.DUFFY_NULL, Decimal("1.25"), (), False)))

    assert "below what is expected for it" in made.detail
    assert "New: look for drug-induced agranulocytosis" in made.detail


def test_a_stable_mild_course_may_be_lifelong() -> None:
    possible = Baseline(BaselineKind.POSSIBLE_LIFELONG, Decimal("1.2"), (), False)

    made = card(low("1.2", severity=Severity.MILD, duration=Duration.CHRONIC, baseline=possible))

    assert made.summary.endswith("mild neutropenia. Long-standing and stable.")
    assert "a lifelong low count such as the Duffy-null pattern is possible" in made.detail


def test_tests_not_found_are_named_and_only_orderable_ones_offered() -> None:
    made = card(low("0.3"), work_up=(CBC, HIV))

    assert (
        "Worth doing, no order in the data: CBC with differential; HIV antigen and antibody." in made.detail
    )
    assert ["Order CBC with differential"] == [each.label for each in made.suggestions]


def test_a_long_work_up_is_cut_and_counted() -> None:
    many = tuple(replace(HIV, name=f"test {number}") for number in range(14))

    text = card(low("0.3"), work_up=many).detail

    assert "test 10; test 11; and 2 more." in text
    assert "test 12" not in text


def test_footnote_laboratory_flag_limit_and_known_cause_are_said() -> None:
    finding = low(
        count("0.3", flag=LabFlag.CRITICALLY_LOW),
        footnote="CTCAE v5.0 grade 4; v6.0 grade 3",
        limit=Limit(Decimal("2.0"), LimitBasis.LABORATORY, ("lab",)),
    )

    text = card(finding, other_causes=(LUPUS,)).detail

    assert "**Footnote:** ANC: CTCAE v5.0 grade 4; v6.0 grade 3." in text
    assert "The laboratory marked this critical." in text
    assert "Compared with the laboratory's own lower limit of 2.0." in text
    assert "Already recorded on the problem list: systemic lupus." in text


def test_a_limit_is_shown_on_the_scale_of_its_count() -> None:
    cells = count("0.150", CellLine.CD4, reported="150 /uL")

    made = card(low(cells, severity=Severity.MODERATE, limit=Limit(Decimal("0.5"), LimitBasis.ADULT, ("x",))))

    assert made.summary == "CD4 150 /uL (20 Nov, new): low CD4 count, moderate."
    assert "Compared with the adult limit of 500 /uL." in made.detail


def test_other_loud_lines_are_also_found_and_quiet_ones_only_listed() -> None:
    quiet = low("0.1", CellLine.MONOCYTES, severity=Severity.MILD, urgency=None)

    made = card(low("0.3"), low("0.4", CellLine.LYMPHOCYTES), quiet)

    assert "**Also low:** ALC 0.4 x10^9/L" in made.detail
    assert "monocytopenia" not in made.detail


def test_a_total_that_is_not_low_is_said_once_for_all_low_lines() -> None:
    made = card(low("0.3"), low("0.4", CellLine.LYMPHOCYTES), lines=(state("6.8"),))

    assert "**Also low:** ALC 0.4" in made.detail
    assert 1 == made.detail.count("a total that is normal does not exclude a low line")


def test_lines_that_are_all_told_are_not_listed_again() -> None:
    lines = (state("0.3", CellLine.NEUTROPHILS, Severity.SEVERE), state("1.7"))
    total = low("1.7", CellLine.LEUKOCYTES)

    assert "All lines" in card(low("0.3"), lines=lines).detail
    assert "All lines" not in card(low("0.3"), total, lines=lines).detail


def test_a_quiet_line_has_no_footnote() -> None:
    quiet = low("0.1", CellLine.MONOCYTES, severity=Severity.MILD, urgency=None, footnote="CTCAE v5.0")

    assert "Footnote" not in card(low("0.3"), quiet).detail


def test_a_newer_total_is_told_once() -> None:
    newer = caveat("newest-without-differential", "neutrophils", measured=when("2026-11-20T08:00"))
    other = replace(newer, what="lymphocytes")

    text = card(low("0.45", newer_total=count("5.0", CellLine.LEUKOCYTES)), caveats=(newer, other)).detail

    assert 2 == text.count("no differential")
    assert "Lymphocytes (20 Nov): the newest count has no differential" in text


def test_a_newborn_is_one_for_neonatology() -> None:
    made = card(low("0.8", reasons=("neonate-discuss",), child=True))

    assert "discuss with neonatology" in made.detail
    assert "Limits for the child's age at the specimen." in made.detail


def test_nothing_low_and_no_pattern_is_a_fault_not_an_empty_card() -> None:
    with pytest.raises(ValueError, match="low count or a pattern"):
        card()


def test_a_fever_whose_own_card_is_off_or_in_shadow_stands_on_the_card_of_the_count() -> None:
    hot = {"fever": fever(), "hottest": temperature("38.4")}
    made = only_card(assessment(Topic.LOW_COUNT, **hot))

    assert "Fever: 38.4 °C (20 Nov)" in made.summary
    assert "Highest temperature of the last day: 38.4 °C, oral, 20 Nov 2026 09:00 UTC." in made.detail
    assert "Fever: urgent assessment and the local febrile-neutropenia pathway." in made.detail


def test_a_fever_with_a_card_of_its_own_is_told_there_alone() -> None:
    hot = {"fever": fever(), "hottest": temperature("38.4")}
    (_, made) = cards_of(assessment(Topic.FEVER, Topic.LOW_COUNT, **hot))

    assert "38.4" not in made.summary + made.detail
