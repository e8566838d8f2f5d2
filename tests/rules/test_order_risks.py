"""Order risks: what a draft adds to this count, and what it does not."""

from __future__ import annotations

import pytest

from cds.facts import DraftOrder, PriorReaction
from cds.findings import Occasion, RiskReason, Topic, Urgency
from tests.rules.charts import assessed, count, draft, loudest, spoken, stop, taking, temperature


def risks(assessment):
    return {(risk.draft.text, risk.why, risk.urgency) for risk in assessment.order_risks}


def test_a_suspect_ordered_again_at_severe_neutropenia_is_critical():
    assessment = assessed(
        count("neutrophils", "0.3"),
        count("neutrophils", "4.0", 40),
        taking("methimazole", 34),
        draft("methimazole"),
    )

    assert ("methimazole", RiskReason.SUSPECT_REORDERED, Urgency.CRITICAL) in risks(assessment)
    assert assessment.decision(Topic.ORDER_RISK).urgency is Urgency.CRITICAL
    assert Topic.PRECAUTIONS in spoken(assessment)


@pytest.mark.parametrize("drug", ["lisinopril", "acetaminophen"])
def test_weak_evidence_at_a_mildly_low_total_is_silent(drug):
    assert spoken(assessed(count("leukocytes", "3.6"), draft(drug))) == set()


@pytest.mark.parametrize(
    ("drug", "expected"),
    [("azathioprine", {Urgency.WARNING}), ("ceftriaxone", {Urgency.INFO}), ("lisinopril", set())],
)
def test_starting_a_drug_is_as_loud_as_its_evidence(drug, expected):
    assessment = assessed(count("neutrophils", "0.9"), draft(drug))
    started = {risk.urgency for risk in assessment.order_risks if risk.why is RiskReason.SUSPECT_STARTED}

    if drug == "azathioprine":  # below its own limit: the label says it
        assert {risk.why for risk in assessment.order_risks} == {RiskReason.LABEL_LIMIT}
    else:
        assert started == expected


@pytest.mark.parametrize(
    ("anc", "urgency"),
    [("1.6", None), ("1.599", Urgency.WARNING), ("0.5", Urgency.WARNING), ("0.499", Urgency.CRITICAL)],
)
def test_a_label_limit_speaks_strictly_below_it(anc, urgency):
    assessment = assessed(count("neutrophils", anc), draft("sulfasalazine"))
    crossed = [risk.urgency for risk in assessment.order_risks if risk.why is RiskReason.LABEL_LIMIT]

    assert crossed == ([urgency] if urgency else [])


def test_do_not_start_holds_for_new_drugs_only():
    new = assessed(count("neutrophils", "1.8"), draft("tocilizumab"))
    again = assessed(count("neutrophils", "1.8"), taking("tocilizumab", 100), draft("tocilizumab"))

    assert [risk.label_limit.kind for risk in new.order_risks if risk.label_limit] == ["do-not-start"]
    assert [risk for risk in again.order_risks if risk.label_limit] == []


@pytest.mark.parametrize(
    ("anc", "duffy", "urgency"),
    [
        ("1.5", False, None),
        ("1.2", False, Urgency.WARNING),
        ("1.0", False, Urgency.WARNING),
        ("0.8", False, Urgency.WARNING),
        ("0.5", False, Urgency.WARNING),
        ("0.4", False, Urgency.CRITICAL),
        ("1.2", True, None),
        ("0.8", True, Urgency.WARNING),
        ("0.4", True, Urgency.CRITICAL),
    ],
)
def test_clozapine_follows_the_policy_of_the_label(anc, duffy, urgency):
    assessment = assessed(
        count("neutrophils", anc), taking("clozapine", 400), draft("clozapine"), duffy_null=duffy
    )

    assert loudest(assessment) == urgency


def test_a_pair_that_is_contraindicated_speaks_at_normal_counts():
    assessment = assessed(
        count("leukocytes", "6.0"),
        count("neutrophils", "4.0"),
        taking("azathioprine", 100),
        draft("allopurinol"),
    )

    assert ("allopurinol", RiskReason.RISKY_PAIR, Urgency.WARNING) in risks(assessment)


def test_two_drafts_can_form_a_pair():
    assessment = assessed(count("neutrophils", "4.0"), draft("azathioprine"), draft("allopurinol"))

    assert [risk.pair.id for risk in assessment.order_risks if risk.pair] == [
        "I01",
        "I01",
    ]  # either draft may be taken back


def test_a_reaction_to_the_class_speaks_at_normal_counts():
    reaction = PriorReaction("carbimazole", "agranulocytosis", "AllergyIntolerance/a1")
    assessment = assessed(count("neutrophils", "4.0"), draft("propylthiouracil"), reactions=(reaction,))

    assert ("propylthiouracil", RiskReason.SAME_CLASS, Urgency.WARNING) in risks(assessment)


def test_a_drug_given_again_after_a_fall_and_recovery_speaks_at_normal_counts():
    assessment = assessed(
        count("neutrophils", "4.0"),
        count("neutrophils", "3.0", 180),
        count("neutrophils", "0.4", 200),
        taking("methimazole", 240, until=200, status="stopped"),
        draft("methimazole"),
    )

    assert ("methimazole", RiskReason.REEXPOSURE, Urgency.WARNING) in risks(assessment)


def test_antibiotics_for_the_fever_are_not_scolded():
    assessment = assessed(
        count("neutrophils", "0.3"), temperature("38.4"), draft("ceftriaxone"), draft("amoxicillin")
    )

    assert Topic.FEVER in spoken(assessment)
    assert assessment.order_risks == ()


def test_growth_factor_is_never_a_risk():
    assert assessed(count("neutrophils", "0.3"), draft("filgrastim")).order_risks == ()


@pytest.mark.parametrize(("alc", "urgency"), [("0.49", Urgency.CRITICAL), ("0.5", None)])
def test_a_live_vaccine_is_critical_below_its_limit(alc, urgency):
    vaccine = DraftOrder("MedicationRequest/v1", "MedicationRequest", "live nasal influenza", vaccine="149")
    assessment = assessed(count("lymphocytes", alc), vaccine)

    assert assessment.decision(Topic.LIVE_VACCINE).urgency == urgency


def test_an_inactivated_vaccine_is_no_risk():
    vaccine = DraftOrder("MedicationRequest/v1", "MedicationRequest", "influenza", vaccine="150")

    assert assessed(count("lymphocytes", "0.3"), vaccine).order_risks == ()


def test_order_select_speaks_of_what_is_selected():
    assessment = assessed(
        count("neutrophils", "0.9"),
        draft("methimazole", selected=False),
        draft("clozapine"),
        occasion=Occasion.ORDER_SELECT,
    )

    assert {risk.drug.id for risk in assessment.order_risks} == {"clozapine"}


@pytest.mark.parametrize(
    "unspoken",
    [stop("amoxicillin"), draft("amoxicillin", selected=False), draft("levothyroxine")],
    ids=["stopped", "not selected", "harmless"],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_draft_that_is_no_risk_hides_no_other_wherever_it_stands(unspoken, first):
    drafts = [unspoken, draft("methimazole")] if first else [draft("methimazole"), unspoken]
    assessment = assessed(count("neutrophils", "0.3"), *drafts)

    assert risks(assessment) == {("methimazole", RiskReason.SUSPECT_STARTED, Urgency.WARNING)}
    assert assessment.decision(Topic.ORDER_RISK).urgency is Urgency.WARNING


@pytest.mark.parametrize(
    ("alc", "urgency"),
    [("0.3", Urgency.WARNING), ("0.499", Urgency.WARNING), ("0.5", Urgency.INFO), ("1.0", None)],
)
def test_a_drug_that_spares_neutrophils_is_held_against_low_lymphocytes(alc, urgency):
    assessment = assessed(count("lymphocytes", alc), count("neutrophils", "4.0"), draft("fingolimod"))
    expected = {("fingolimod", RiskReason.SUSPECT_STARTED, urgency)} if urgency else set()

    assert risks(assessment) == expected
    assert {risk.count.line for risk in assessment.order_risks} == ({"lymphocytes"} if urgency else set())


def test_a_drug_that_spares_neutrophils_is_held_against_a_low_total_while_nobody_knows_which_line_is_low():
    total, fingolimod = count("leukocytes", "1.5"), draft("fingolimod")

    assert risks(assessed(total, fingolimod)) == {("fingolimod", RiskReason.SUSPECT_STARTED, Urgency.WARNING)}
    assert risks(assessed(total, count("neutrophils", "1.0"), fingolimod)) == set()


@pytest.mark.parametrize(("total", "started"), [("3.999", True), ("4.0", False), ("4.001", False)])
def test_that_total_has_to_be_low(total, started):
    assert bool(assessed(count("leukocytes", total), draft("fingolimod")).order_risks) is started


# --- fever and monitoring -------------------------------------------------------------------------------


@pytest.mark.parametrize(("celsius", "met"), [("37.9", False), ("38.0", True), ("38.1", True)])
def test_fever_begins_at_38_0_exactly(celsius, met):
    assessment = assessed(count("neutrophils", "0.4"), temperature(celsius), draft("levothyroxine"))

    assert (assessment.fever is not None) is met


@pytest.mark.parametrize(("hours", "met"), [(24, True), (24.1, False)])
def test_a_temperature_counts_for_a_day(hours, met):
    assessment = assessed(count("neutrophils", "0.4"), temperature("38.6", hours), draft("levothyroxine"))

    assert (assessment.fever is not None) is met


@pytest.mark.parametrize(("anc", "met"), [("0.5", True), ("0.501", False)])
def test_the_fever_rule_alone_uses_at_most(anc, met):
    assessment = assessed(count("neutrophils", anc), temperature("38.6"))

    assert (assessment.fever is not None) is met


@pytest.mark.parametrize(("days", "met"), [(42, True), (43, False)])
def test_unknown_neutrophils_after_chemotherapy_with_fever(days, met):
    assessment = assessed(taking("carboplatin", days, status="completed"), temperature("38.6"))

    assert (assessment.fever is not None) is met


def test_a_clozapine_refill_without_any_count_is_said():
    assessment = assessed(taking("clozapine", 100), draft("clozapine"))

    assert assessment.decision(Topic.MONITORING).urgency is Urgency.WARNING


@pytest.mark.parametrize(("days", "due"), [(9, False), (9.1, True)])
def test_weekly_counts_have_their_grace(days, due):
    assessment = assessed(count("neutrophils", "4.0", days), taking("clozapine", 100), draft("clozapine"))

    assert (Topic.MONITORING in spoken(assessment)) is due
