"""The suspects' arithmetic: the worked examples of the ranking, part by part."""

from __future__ import annotations

import pytest

from cds.facts import CellLine, PriorReaction
from cds.findings import CountedTo, Occasion, Standing
from tests.rules.charts import ago, assessed, count, facts, on_day, suspect, taking
from tests.rules.charts import knowledge as shipped


def parts(assessment, drug):
    """Score and the non-zero parts of one suspect."""
    found = suspect(assessment, drug)
    assert found is not None, [each.drug.id for each in assessment.suspects]
    return found.score, {part.name: part.points for part in found.parts if part.points}, found.standing


def test_methimazole_day_34_with_a_normal_count_before_leads():
    assessment = assessed(
        count("neutrophils", "0.3"), count("neutrophils", "4.1", 40), taking("methimazole", 34)
    )

    assert parts(assessment, "methimazole") == (
        70,
        {"evidence": 30, "timing": 25, "trajectory": 15},
        Standing.LEADING,
    )


def test_clozapine_and_carbamazepine_at_week_8_lead_together_as_a_pair():
    assessment = assessed(
        count("neutrophils", "0.9"),
        count("neutrophils", "3.8", 60),
        taking("clozapine", 56),
        taking("carbamazepine", 56),
    )
    expected = {"evidence": 30, "timing": 25, "trajectory": 15, "exposure": 10, "alternatives": -5}

    assert parts(assessment, "clozapine") == (75, expected, Standing.LEADING)
    assert parts(assessment, "carbamazepine") == (75, expected, Standing.LEADING)
    assert [pair.id for pair in assessment.pairs] == ["I08"]


def test_prednisone_is_no_suspect_for_neutrophils_and_is_noted_as_raising_them():
    assessment = assessed(
        count("neutrophils", "1.1"), count("neutrophils", "4.0", 20), taking("prednisone", 5)
    )

    assert suspect(assessment, "prednisone") is None
    assert ("prednisone", "raises-line") in {(each.drug.id, each.gate) for each in assessment.set_aside}


def test_prednisone_is_the_expected_effect_on_lymphocytes():
    assessment = assessed(
        count("lymphocytes", "0.45"),
        count("lymphocytes", "1.8", 20),
        taking("prednisone", 5),
        occasion=Occasion.PATIENT_VIEW,
    )

    assert parts(assessment, "prednisone") == (
        70,
        {"evidence": 30, "timing": 25, "trajectory": 15},
        Standing.EXPECTED,
    )


def test_rituximab_is_counted_from_the_last_dose():
    assessment = assessed(
        count("neutrophils", "0.6"),
        count("neutrophils", "3.2", 60),
        taking("rituximab", 90, status="completed"),
        occasion=Occasion.PATIENT_VIEW,
    )

    assert parts(assessment, "rituximab") == (
        70,
        {"evidence": 30, "timing": 25, "trajectory": 15},
        Standing.LEADING,
    )


def test_vancomycin_started_after_the_fall_is_not_shown():
    assessment = assessed(
        count("neutrophils", "1.2"),
        count("neutrophils", "1.3", 5),
        taking("vancomycin", 3),
        occasion=Occasion.PATIENT_VIEW,
    )

    assert suspect(assessment, "vancomycin") is None
    aside = next(each for each in assessment.set_aside if each.drug.id == "vancomycin")
    assert aside.gate == "started-after"


def test_omeprazole_for_years_at_the_duffy_null_baseline_is_not_shown():
    assessment = assessed(
        count("neutrophils", "1.15"),
        count("neutrophils", "1.2", 100),
        count("neutrophils", "1.1", 200),
        taking("omeprazole", 900),
        duffy_null=True,
        occasion=Occasion.PATIENT_VIEW,
    )

    assert suspect(assessment, "omeprazole") is None


def test_tmp_smx_in_weekly_methotrexate_leads_and_the_pair_is_named_first():
    assessment = assessed(
        count("leukocytes", "1.7"),
        count("leukocytes", "6.0", 20),
        taking("sulfamethoxazole", 8, request="MedicationRequest/tmp-smx"),
        taking("trimethoprim", 8, request="MedicationRequest/tmp-smx"),
        taking("methotrexate", 730),
        occasion=Occasion.PATIENT_VIEW,
    )

    assert parts(assessment, "sulfamethoxazole") == (
        80,
        {"evidence": 30, "timing": 25, "trajectory": 15, "exposure": 10},
        Standing.LEADING,
    )
    score, _, standing = parts(assessment, "methotrexate")
    assert (score, standing) == (55, Standing.POSSIBLE)  # the two parts of the product are one rival
    assert assessment.pairs[0].id == "I05"


def test_bupropion_is_named_by_the_seeds_and_never_more_than_possible():
    assessment = assessed(
        count("leukocytes", "3.2"),
        count("leukocytes", "6.0", 20),
        taking("bupropion", 10),
        occasion=Occasion.PATIENT_VIEW,
    )

    assert parts(assessment, "bupropion") == (
        47,
        {"evidence": 7, "timing": 25, "trajectory": 15},
        Standing.POSSIBLE,
    )


def test_paclitaxel_on_day_11_is_the_expected_effect():
    assessment = assessed(
        count("neutrophils", "0.4"),
        count("neutrophils", "4.0", 14),
        taking("paclitaxel", 11, status="completed"),
        occasion=Occasion.PATIENT_VIEW,
    )

    assert parts(assessment, "paclitaxel") == (
        70,
        {"evidence": 30, "timing": 25, "trajectory": 15},
        Standing.EXPECTED,
    )


def test_filgrastim_is_never_a_suspect():
    assessment = assessed(count("neutrophils", "0.8"), taking("filgrastim", 1))

    assert suspect(assessment, "filgrastim") is None


@pytest.mark.parametrize("drug", ["acetaminophen", "ibuprofen"])
def test_what_half_the_charts_hold_stays_hidden(drug):
    assessment = assessed(count("neutrophils", "0.4"), count("neutrophils", "4.0", 30), taking(drug, 20))

    assert suspect(assessment, drug) is None


def test_a_course_that_ended_long_before_the_fall_is_set_aside():
    assessment = assessed(
        count("neutrophils", "0.4"),
        count("neutrophils", "4.0", 30),
        taking("methimazole", 400, until=300, status="completed"),
    )

    assert suspect(assessment, "methimazole") is None
    assert ("methimazole", "stopped-before") in {(each.drug.id, each.gate) for each in assessment.set_aside}


@pytest.mark.parametrize(("stopped_days_before", "timing"), [(7, 25), (8, 0), (15, 0), (16, None)])
def test_a_drug_stopped_more_than_a_week_before_the_fall_earns_no_timing(stopped_days_before, timing):
    """And after its recovery time (15 days) it is no suspect at all."""
    assessment = assessed(
        count("neutrophils", "0.4", 1),
        count("neutrophils", "4.0", 50),
        taking("methimazole", 41, until=1 + stopped_days_before, status="stopped"),
    )

    found = suspect(assessment, "methimazole")
    assert timing == (None if found is None else next(p.points for p in found.parts if p.name == "timing"))


def test_one_dose_as_needed_never_leads():
    assessment = assessed(
        count("neutrophils", "0.4"),
        count("neutrophils", "4.0", 40),
        taking("methimazole", 34, as_needed=True),
    )

    assert parts(assessment, "methimazole")[2] is Standing.POSSIBLE


def test_creams_and_drops_are_no_exposure():
    assessment = assessed(
        count("neutrophils", "0.4"),
        count("neutrophils", "4.0", 40),
        taking("chloramphenicol", 34, systemic=False),
    )

    assert suspect(assessment, "chloramphenicol") is None
    assert ("chloramphenicol", "not-systemic") in {(each.drug.id, each.gate) for each in assessment.set_aside}


def test_an_undated_start_never_leads():
    assessment = assessed(
        count("neutrophils", "0.4"), count("neutrophils", "4.0", 40), taking("methimazole", None)
    )

    score, _, standing = parts(assessment, "methimazole")
    assert (score, standing) == (43, Standing.POSSIBLE)


def test_recovery_after_an_earlier_stop_speaks_for_the_drug():
    assessment = assessed(
        count("neutrophils", "0.4"),
        count("neutrophils", "3.5", 60),
        count("neutrophils", "3.0", 192),
        count("neutrophils", "0.6", 201),
        count("neutrophils", "4.0", 250),
        taking("methimazole", 240, until=200, status="stopped", request="MedicationRequest/first"),
        taking("methimazole", 30, request="MedicationRequest/second"),
    )

    score, points, standing = parts(assessment, "methimazole")
    assert (points["dechallenge"], standing) == (15, Standing.LEADING)
    assert score == 85


@pytest.mark.parametrize(("earlier", "points"), [("methimazole", 15), ("clozapine", 0)])
def test_recovery_after_stopping_another_drug_credits_nothing_to_this_one(earlier, points):
    assessment = assessed(
        count("neutrophils", "0.4", 1),
        count("neutrophils", "3.0", 185),
        count("neutrophils", "0.6", 200),
        taking(earlier, 230, until=195, status="stopped", request="MedicationRequest/first"),
        taking("methimazole", 34, request="MedicationRequest/second"),
        occasion=Occasion.PATIENT_VIEW,
    )

    assert parts(assessment, "methimazole")[1].get("dechallenge", 0) == points


@pytest.mark.parametrize(
    ("anc", "alc", "explained"),
    [
        ("0.9", "0.95", False),
        ("0.9", "0.8", False),
        ("0.9", "0.79", True),
        ("1.49", "0.95", False),
        ("1.5", "0.95", True),
        ("1.5", "1.0", False),
    ],
)
def test_mild_lymphopenia_is_explained_only_where_neutrophils_are_not_low(anc, alc, explained):
    assessment = assessed(
        count("neutrophils", anc),
        count("lymphocytes", alc),
        count("lymphocytes", "2.0", 90),
        taking("prednisone", 5),
        occasion=Occasion.PATIENT_VIEW,
    )

    assert (suspect(assessment, "prednisone") is not None) is explained


def test_recovery_while_the_drug_went_on_speaks_against_it():
    assessment = assessed(
        count("neutrophils", "0.9"),
        count("neutrophils", "3.5", 20),
        count("neutrophils", "0.8", 50),
        count("neutrophils", "4.0", 100),
        taking("methimazole", 90),
    )

    assert parts(assessment, "methimazole")[1]["dechallenge"] == -15


def test_an_earlier_reaction_to_the_class_adds_points():
    reaction = PriorReaction("carbimazole", "agranulocytosis", "AllergyIntolerance/a1")
    assessment = assessed(
        count("neutrophils", "0.4"),
        count("neutrophils", "4.0", 40),
        taking("methimazole", 34),
        reactions=(reaction,),
    )

    assert parts(assessment, "methimazole")[1]["reaction"] == 10


def test_every_shipped_drug_can_be_scored():
    """No drug of the knowledge breaks the arithmetic, whatever its window."""
    for drug in shipped().drugs:
        assessment = assessed(count("neutrophils", "0.4"), count("neutrophils", "4.0", 40), taking(drug, 30))
        for found in assessment.suspects:
            assert 0 <= found.score <= 100


def test_facts_without_medicines_have_no_suspects():
    assert assessed(count("neutrophils", "0.4")).suspects == ()
    assert facts().medications == ()


# --- which line is explained, and from which day on ------------------------------------------------------


@pytest.mark.parametrize(("neutrophils", "asked"), [([], True), ([count("neutrophils", "2.2")], False)])
def test_a_total_that_is_low_for_the_sake_of_lymphocytes_accuses_nobody(neutrophils, asked):
    """Unless nobody counted the neutrophils: then it is the only word on them."""
    assessment = assessed(
        count("leukocytes", "3.2"),
        count("leukocytes", "6.0", 40),
        count("lymphocytes", "0.4"),
        *neutrophils,
        taking("carbamazepine", 30),
        occasion=Occasion.PATIENT_VIEW,
    )

    assert (suspect(assessment, "carbamazepine") is not None) is asked


def test_a_drug_begun_on_the_day_of_the_low_count_is_not_said_to_have_come_first():
    before = count("neutrophils", "4.0", 20)
    for drug, started, named in (
        ("methimazole", on_day(0), False),  # no hour, and it acts after days
        ("methimazole", on_day(1), True),
        ("methimazole", ago(0.3), True),  # hours before the count of four hours ago
        ("methimazole", ago(0.1), False),
        ("prednisone", on_day(0), True),  # acts within hours
    ):
        line = "lymphocytes" if drug == "prednisone" else "neutrophils"
        low = count(line, "0.4", 0.2)
        earlier = before if line == "neutrophils" else count(line, "2.0", 20)
        assessment = assessed(
            low, earlier, taking(drug, 1)._replace(start=started), occasion=Occasion.PATIENT_VIEW
        )

        assert (suspect(assessment, drug) is not None) is named, (drug, started)


def test_equals_in_words_stand_in_the_order_of_their_points():
    assessment = assessed(
        count("neutrophils", "0.4"),
        count("neutrophils", "4.0", 50),
        taking("vancomycin", 12),
        taking("carbamazepine", 30),
        taking("methimazole", 34),
        occasion=Occasion.PATIENT_VIEW,
    )
    scores = [each.score for each in assessment.suspects if each.standing is Standing.LEADING]

    assert len(scores) > 1
    assert scores == sorted(scores, reverse=True)


def test_the_days_after_a_dose_end_at_the_count_that_is_still_in_its_window():
    assessment = assessed(
        count("neutrophils", "0.4", 0),
        count("neutrophils", "0.9", 5),
        count("neutrophils", "4.0", 20),
        taking("docetaxel", 12),
        occasion=Occasion.PATIENT_VIEW,
    )
    found = suspect(assessment, "docetaxel")

    assert (found.day, found.counted_to) == (12, CountedTo.NEWEST)
    assert next(part for part in found.parts if part.name == "timing").days == 7


def test_a_drug_that_may_explain_two_lines_names_both():
    assessment = assessed(
        count("neutrophils", "0.4"),
        count("neutrophils", "4.0", 30),
        count("lymphocytes", "0.3"),
        count("lymphocytes", "2.0", 30),
        taking("azathioprine", 25),
        occasion=Occasion.PATIENT_VIEW,
    )

    assert suspect(assessment, "azathioprine").lines == (CellLine.NEUTROPHILS, CellLine.LYMPHOCYTES)
