"""Low counts: each line alone, at its limit, just under and just over."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds.facts import Bound, CellLine, LabFlag, Patient, ResultStatus
from cds.findings import Duration, Freshness, LimitBasis, Occasion, Severity, Topic, Urgency
from tests.rules.charts import (
    ago,
    assessed,
    count,
    draft,
    loudest,
    percent,
    spoken,
    stop,
    taking,
)

VIEW = Occasion.PATIENT_VIEW


def low(assessment, line):
    return next((each for each in assessment.low_counts if each.line == line), None)


@pytest.mark.parametrize(
    ("line", "limit", "severity"),
    [
        ("leukocytes", "4.0", Severity.MILD),
        ("leukocytes", "3.0", Severity.MODERATE),
        ("leukocytes", "2.0", Severity.SEVERE),
        ("leukocytes", "1.0", Severity.PROFOUND),
        ("neutrophils", "1.5", Severity.MILD),
        ("neutrophils", "1.0", Severity.MODERATE),
        ("neutrophils", "0.5", Severity.SEVERE),
        ("neutrophils", "0.1", Severity.PROFOUND),
        ("lymphocytes", "1.0", Severity.MILD),
        ("lymphocytes", "0.8", Severity.MODERATE),
        ("lymphocytes", "0.5", Severity.SEVERE),
        ("lymphocytes", "0.2", Severity.PROFOUND),
        ("monocytes", "0.2", Severity.MILD),
    ],
)
def test_each_tier_begins_strictly_below_its_limit(line, limit, severity):
    at, under, over = Decimal(limit), Decimal(limit) - Decimal("0.0001"), Decimal(limit) + Decimal("0.0001")

    def severity_at(value):
        found = low(assessed(count(line, str(value)), occasion=VIEW), line)
        return found.severity if found else Severity.NONE

    assert severity_at(under) == severity
    assert severity_at(at) == severity - 1
    assert severity_at(over) == severity - 1


@pytest.mark.parametrize("line", ["eosinophils", "basophils"])
def test_low_eosinophils_and_basophils_are_no_finding(line):
    assessment = assessed(count(line, "0"), count("leukocytes", "6.0"), occasion=VIEW)

    assert assessment.low_counts == ()
    assert spoken(assessment) == set()


def test_a_normal_total_never_hides_low_neutrophils():
    assessment = assessed(count("leukocytes", "6.8"), count("neutrophils", "0.3"), draft("levothyroxine"))

    assert [each.line for each in assessment.low_counts] == [CellLine.NEUTROPHILS]
    assert loudest(assessment) is Urgency.CRITICAL


def test_zero_is_a_result():
    assessment = assessed(count("leukocytes", "0.9"), count("neutrophils", "0"))

    assert low(assessment, "neutrophils").severity is Severity.PROFOUND


def test_a_newer_normal_value_cancels_an_older_low_one_of_its_line_only():
    assessment = assessed(
        count("neutrophils", "0.3", 2),
        count("neutrophils", "2.4", 1),
        count("lymphocytes", "0.4", 2),
        occasion=VIEW,
    )

    assert [each.line for each in assessment.low_counts] == [CellLine.LYMPHOCYTES]


# --- neutrophils that nobody reported -------------------------------------------------------------------


def test_calculated_neutrophils_at_exactly_half_are_moderate():
    assessment = assessed(
        count("leukocytes", "2.0"),
        percent("segmented", "15", manual=True),
        percent("bands", "10", manual=True),
        percent("lymphocytes", "60"),
        percent("monocytes", "12"),
        percent("eosinophils", "3"),
        percent("basophils", "0"),
        draft("levothyroxine"),
    )
    neutrophils = low(assessment, "neutrophils")

    assert neutrophils.severity is Severity.MODERATE
    assert neutrophils.count.calculation.text == "2.0 x (15 % + 10 %)"
    assert loudest(assessment) is Urgency.WARNING


def test_bands_are_not_added_to_an_automated_percentage():
    assessment = assessed(
        count("leukocytes", "4.0"), percent("neutrophils", "20", all_neutrophils=True), percent("bands", "10")
    )

    assert low(assessment, "neutrophils").count.value == Decimal("0.8")


def _manual(neutrophils, bands, lymphocytes):
    return (
        count("leukocytes", "4.0"),
        percent("neutrophils", neutrophils, manual=True),
        percent("bands", bands, manual=True),
        percent("lymphocytes", lymphocytes),
        percent("monocytes", "5"),
        percent("eosinophils", "2"),
        percent("basophils", "1"),
    )


@pytest.mark.parametrize(
    ("neutrophils", "bands", "lymphocytes", "value"),
    [
        ("20", "10", "62", "1.20"),  # sums to 100 with the bands: they are separate
        ("20", "10", "72", "0.80"),  # sums to 100 without them: they are inside
    ],
)
def test_closure_decides_whether_manual_bands_are_separate(neutrophils, bands, lymphocytes, value):
    assessment = assessed(*_manual(neutrophils, bands, lymphocytes))

    assert low(assessment, "neutrophils").count.value == Decimal(value)


def test_a_stale_percentage_never_meets_a_fresh_total():
    assessment = assessed(count("leukocytes", "5.0", 0.2), percent("neutrophils", "10", 2), occasion=VIEW)

    assert low(assessment, "neutrophils") is None


def test_a_percentage_alone_is_no_count():
    assessment = assessed(percent("neutrophils", "22"), draft("amoxicillin"))

    assert assessment.low_counts == ()
    assert spoken(assessment) == set()


@pytest.mark.parametrize(
    ("total", "urgency"), [("0.4", Urgency.CRITICAL), ("0.5", Urgency.WARNING), ("1.2", Urgency.WARNING)]
)
def test_a_very_low_total_proves_low_neutrophils(total, urgency):
    assessment = assessed(count("leukocytes", total), draft("levothyroxine"))

    neutrophils = low(assessment, "neutrophils")
    assert (neutrophils.count.bound, neutrophils.count.calculation.path) == (Bound.AT_MOST, "bound")
    assert loudest(assessment) is urgency


def test_a_normal_total_proves_nothing_about_neutrophils():
    assessment = assessed(count("leukocytes", "6.0"), occasion=VIEW)

    assert [state.line for state in assessment.lines] == [CellLine.LEUKOCYTES]


@pytest.mark.parametrize(
    ("bound", "value", "severity"),
    [
        (Bound.BELOW, "0.1", Severity.PROFOUND),
        (Bound.BELOW, "0.5", Severity.SEVERE),
        (Bound.BELOW, "1.5", Severity.MILD),
    ],
)
def test_a_comparator_bounds_the_tier(bound, value, severity):
    assessment = assessed(count("neutrophils", value, bound=bound))

    assert low(assessment, "neutrophils").severity is severity


def test_a_lower_bound_is_never_low():
    assert assessed(count("neutrophils", "0.3", bound=Bound.ABOVE), occasion=VIEW).low_counts == ()


def test_reported_and_calculated_that_disagree_are_both_said_and_the_lower_counts():
    assessment = assessed(
        count("leukocytes", "4.0"),
        count("neutrophils", "2.0"),
        percent("neutrophils", "20", all_neutrophils=True),
    )

    assert low(assessment, "neutrophils").severity is Severity.MODERATE
    caveat = next(each for each in assessment.caveats if each.kind == "calculated-differs")
    assert caveat.detail == "2.0; 4.0 x 20 % = 0.8"


def test_a_line_above_the_total_is_a_contradiction_that_speaks():
    assessment = assessed(count("leukocytes", "1.2"), count("neutrophils", "3.0"), draft("levothyroxine"))

    assert assessment.decision(Topic.DATA_QUALITY).urgency is Urgency.WARNING
    assert low(assessment, "neutrophils").count.value == count("leukocytes", "1.2").value


# --- who ------------------------------------------------------------------------------------------------


def born(days_ago):
    return Patient(born=ago(days_ago))


@pytest.mark.parametrize(
    ("age_days", "value", "is_low"),
    [
        (0.3, "4.9", True),
        (0.3, "5.0", False),
        (200, "0.99", True),
        (200, "1.0", False),
        (800, "1.49", True),
        (800, "1.5", False),
        (5000, "1.5", False),
    ],
)
def test_children_are_held_against_the_limit_of_their_age(age_days, value, is_low):
    assessment = assessed(count("neutrophils", value, 0.01), patient=born(age_days), occasion=VIEW)

    assert (low(assessment, "neutrophils") is not None) is is_low


def test_age_is_that_of_the_specimen_not_of_today():
    """A count drawn the day before the first birthday is judged by the infant's limit."""
    patient = Patient(born=ago(366))
    assessment = assessed(count("neutrophils", "1.2", 2), patient=patient, occasion=VIEW)

    assert low(assessment, "neutrophils") is None


def test_an_unknown_age_is_judged_as_an_adult_and_said():
    assessment = assessed(count("neutrophils", "1.4"), patient=Patient(), occasion=VIEW)

    assert low(assessment, "neutrophils").limit.basis is LimitBasis.ADULT
    assert "age-unknown" in {each.kind for each in assessment.caveats}


def test_duffy_null_by_record_is_expected_near_the_own_baseline():
    earlier = (count("neutrophils", "1.3", 350), count("neutrophils", "1.1", 180))
    assessment = assessed(count("neutrophils", "1.15"), *earlier, duffy_null=True, occasion=VIEW)

    assert low(assessment, "neutrophils").baseline.expected
    assert Topic.LOW_COUNT not in spoken(assessment)


def test_duffy_null_below_one_is_judged_in_full():
    earlier = (count("neutrophils", "1.3", 350), count("neutrophils", "1.3", 180))
    moderate = assessed(count("neutrophils", "0.95"), *earlier, draft("azathioprine"), duffy_null=True)
    severe = assessed(count("neutrophils", "0.42"), *earlier, draft("levothyroxine"), duffy_null=True)

    assert loudest(moderate) is Urgency.WARNING
    assert loudest(severe) is Urgency.CRITICAL


def test_a_stable_mild_count_over_months_may_be_lifelong():
    assessment = assessed(
        count("neutrophils", "1.2"),
        count("neutrophils", "1.15", 200),
        count("neutrophils", "1.25", 420),
        draft("ibuprofen"),
    )

    assert low(assessment, "neutrophils").duration is Duration.CHRONIC
    assert loudest(assessment) is Urgency.INFO
    assert "possible-lifelong" in assessment.decision(Topic.LOW_COUNT).reasons


# --- time -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "freshness"),
    [
        (3, Freshness.CURRENT),
        (4, Freshness.RECENT),
        (14, Freshness.RECENT),
        (15, Freshness.AGEING),
        (30, Freshness.AGEING),
        (31, Freshness.OLD),
        (90, Freshness.OLD),
    ],
)
def test_freshness_by_whole_days(days, freshness):
    assessment = assessed(count("neutrophils", "0.3", days), occasion=VIEW)

    assert low(assessment, "neutrophils").freshness is freshness


def test_a_historical_count_makes_no_card():
    assessment = assessed(count("neutrophils", "0.3", 91), draft("methimazole"))

    assert spoken(assessment) == set()


@pytest.mark.parametrize(
    ("earlier", "duration"),
    [
        ([], Duration.UNKNOWN),
        ([("4.0", 29)], Duration.NEW),
        ([("4.0", 43)], Duration.NEW),
        ([("0.8", 20), ("4.0", 60)], Duration.RECENT),
        ([("0.8", 90.2)], Duration.CHRONIC),
        ([("0.8", 90.1)], Duration.RECENT),
        ([("4.0", 10), ("0.8", 20), ("4.0", 30), ("0.8", 40), ("4.0", 60)], Duration.RECURRING),
    ],
)
def test_duration_words(earlier, duration):
    counts = [count("neutrophils", value, days) for value, days in earlier]
    assessment = assessed(count("neutrophils", "0.7"), *counts, occasion=VIEW)

    assert low(assessment, "neutrophils").duration is duration


def test_a_newer_total_without_differential_does_not_cancel_the_line():
    assessment = assessed(
        count("leukocytes", "1.1", 2),
        count("neutrophils", "0.45", 2),
        count("leukocytes", "5.0", 0.2),
        draft("levothyroxine"),
    )

    assert loudest(assessment) is Urgency.WARNING
    assert low(assessment, "neutrophils").newer_total is not None


def test_an_expected_nadir_is_at_most_a_warning():
    assessment = assessed(
        count("neutrophils", "0.4"),
        count("neutrophils", "4.2", 12),
        taking("carboplatin", 11, status="completed"),
        taking("paclitaxel", 11, status="completed"),
        draft("ondansetron"),
    )

    assert loudest(assessment) is Urgency.WARNING
    assert low(assessment, "neutrophils").nadir.day == 11


def test_the_next_cycle_below_its_limit_is_critical():
    assessment = assessed(
        count("neutrophils", "0.4"),
        count("neutrophils", "4.2", 12),
        taking("carboplatin", 11, status="completed"),
        draft("carboplatin"),
    )

    risk = assessment.order_risks[0]
    assert (risk.why, risk.urgency) == ("label-limit", Urgency.CRITICAL)


def test_recovery_on_two_draws_is_softer():
    assessment = assessed(
        count("neutrophils", "0.9", 0.2),
        count("neutrophils", "0.6", 2),
        count("neutrophils", "0.2", 5),
        count("neutrophils", "4.0", 20),
        draft("levothyroxine"),
    )

    assert low(assessment, "neutrophils").trend.recovering
    assert loudest(assessment) is not Urgency.WARNING


def test_a_preliminary_severe_count_still_speaks():
    assessment = assessed(
        count("neutrophils", "0.4", status=ResultStatus.PRELIMINARY), draft("levothyroxine")
    )

    assert loudest(assessment) is Urgency.CRITICAL


def test_the_laboratory_critical_flag_lifts_to_a_warning():
    assessment = assessed(count("neutrophils", "1.2", flag=LabFlag.CRITICALLY_LOW), draft("levothyroxine"))

    assert loudest(assessment) is Urgency.WARNING


def test_signing_the_stop_of_a_suspect_gets_at_most_an_info():
    assessment = assessed(count("neutrophils", "0.6"), taking("methimazole", 34), stop("methimazole"))

    assert loudest(assessment) is Urgency.INFO
    assert [each.drug.id for each in assessment.stops] == ["methimazole"]


def test_a_deceased_patient_gets_no_card():
    assessment = assessed(count("neutrophils", "0.1"), patient=Patient(born=ago(20000), deceased=True))

    assert spoken(assessment) == set()


def test_a_count_stands_before_a_mere_bound_that_is_as_urgent():
    lows = assessed(count("leukocytes", "0.8"), occasion=VIEW).low_counts

    assert [(low.line, low.urgency) for low in lows] == [
        ("leukocytes", Urgency.WARNING),
        ("neutrophils", Urgency.WARNING),
    ]


@pytest.mark.parametrize(
    ("minutes", "draws", "newer"),
    [(60, ("", ""), False), (61, ("", ""), True), (90, ("specimen:a", "specimen:a"), False)],
)
def test_a_total_of_an_hour_later_is_a_newer_one(minutes, draws, newer):
    neutrophils = count("neutrophils", "0.9", minutes / 1440, draw=draws[0])
    found = low(
        assessed(neutrophils, count("leukocytes", "4.5", 0, draw=draws[1]), occasion=VIEW), "neutrophils"
    )

    assert (found.newer_total is not None) is newer


@pytest.mark.parametrize(("minutes", "missing"), [(60, False), (61, True)])
def test_neutrophils_of_an_hour_before_belong_to_the_total(minutes, missing):
    sent = count("neutrophils", "2.0", minutes / 1440), count("leukocytes", "2.8", 0)

    assert low(assessed(*sent, occasion=VIEW), "leukocytes").differential_missing is missing


def test_another_line_that_was_counted_stands_before_a_bound_as_deep():
    lows = assessed(count("leukocytes", "0.9"), count("cd4", "0.15"), occasion=VIEW).low_counts

    assert [each.line for each in lows][1:] == ["cd4", "neutrophils"]
