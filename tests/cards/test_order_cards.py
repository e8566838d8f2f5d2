"""Cards about drafts: order risk, live vaccine, monitoring."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cards.card import Card, SelectionBehavior
from cds.facts import CellLine
from cds.findings import OrderRisk, RiskReason, StopNote, Topic, Urgency
from tests.cards.builders import (
    CARBOPLATIN,
    CLOZAPINE,
    assessment,
    count,
    draft,
    drug,
    label_limit,
    low,
    monitoring,
    only_card,
    order_risk,
    pair,
    suspect,
    vaccine_risk,
    when,
)


def card(*risks: OrderRisk, **more: object) -> Card:
    return only_card(assessment(Topic.ORDER_RISK, order_risks=risks, **more))


HEAD = "ANC 0.32 x10^9/L (20 Nov, new): severe neutropenia."


@pytest.mark.parametrize(
    ("risk", "summary"),
    [
        (order_risk(), "Methimazole is being re-ordered."),
        (
            order_risk(RiskReason.SUSPECT_STARTED),
            "Methimazole, which can lower neutrophils, is being started.",
        ),
        (order_risk(RiskReason.REEXPOSURE), "Methimazole is being given again after an earlier fall."),
        (
            order_risk(RiskReason.SAME_CLASS),
            "Methimazole is of the same class as an earlier suspect (earlier fall).",
        ),
        (
            order_risk(RiskReason.LABEL_LIMIT, label_limit=label_limit("do-not-start", "1500")),
            "Methimazole limit: do not start below 1.5 (1500 /uL).",
        ),
        (
            order_risk(RiskReason.LABEL_LIMIT, of=CLOZAPINE, label_limit=label_limit()),
            "Clozapine limit: stop below 0.5 (500 /uL), with the prescriber.",
        ),
        (
            order_risk(RiskReason.LABEL_LIMIT, label_limit=label_limit("hold", "1000")),
            "Methimazole limit: hold below 1.0 (1000 /uL).",
        ),
        (
            order_risk(RiskReason.LABEL_LIMIT, label_limit=label_limit("next-dose", "1500")),
            "Methimazole limit: next dose not below 1.5 (1500 /uL).",
        ),
        (
            order_risk(RiskReason.RISKY_PAIR, pair=pair(drug(), drug("allopurinol"))),
            "Methimazole with allopurinol is a risky pair.",
        ),
    ],
)
def test_the_number_leads_and_the_drug_is_named(risk: OrderRisk, summary: str) -> None:
    assert f"{HEAD} {summary}" == card(risk).summary


def test_a_long_name_keeps_number_and_drug() -> None:
    long = drug("lymphocyte immune globulin, anti-thymocyte globulin (rabbit)")

    summary = card(order_risk(RiskReason.SUSPECT_STARTED, of=long)).summary

    assert summary == (
        "ANC 0.32 x10^9/L. Lymphocyte immune globulin, anti-thymocyte globulin (rabbit), "
        "which can lower neutrophils, is being started."
    )


@pytest.mark.parametrize("length", [60, 100, 200, 2000])
def test_any_name_leaves_number_and_beginning_of_the_drug(length: int) -> None:
    summary = card(order_risk(of=drug("x" * length))).summary

    assert summary.startswith("ANC 0.32 x10^9/L")
    assert "Xxxxxxxx" in summary


def test_an_order_without_a_low_count_still_names_its_number() -> None:
    normal = order_risk(RiskReason.LABEL_LIMIT, count=count("1.7"), label_limit=label_limit("hold", "2000"))

    assert card(normal, low_counts=()).summary == (
        "ANC 1.7 x10^9/L (20 Nov). Methimazole limit: hold below 2.0 (2000 /uL)."
    )


def test_a_risk_without_any_count_names_the_drug() -> None:
    risk = order_risk(RiskReason.REEXPOSURE, count=None)

    assert "Methimazole is being given again after an earlier fall." == card(risk, low_counts=()).summary


def test_several_drafts_make_one_card_most_urgent_first() -> None:
    milder = order_risk(
        of=drug("dapsone"), urgency=Urgency.WARNING, draft=draft("Dapsone", "MedicationRequest/d2")
    )

    made = card(milder, order_risk())

    assert made.summary == f"{HEAD} Methimazole is being re-ordered. Also: dapsone."
    assert made.detail.index("**Methimazole:**") < made.detail.index("**Dapsone:**")
    assert ["MedicationRequest/d1", "MedicationRequest/d2"] == [
        each.actions[0].resource_id for each in made.suggestions[:2]
    ]


def test_detail_tells_limit_pair_score_grade_and_advice() -> None:
    limit = order_risk(
        RiskReason.LABEL_LIMIT,
        label_limit=label_limit(confirmation="own", policy="eu-2025", advice="Interrupt and count daily"),
        suspect=suspect(),
    )
    both = order_risk(RiskReason.RISKY_PAIR, pair=pair(drug(), drug("allopurinol"), confirmation="mixed"))

    text = card(limit, both).detail

    for words in (
        "Draft: Methimazole 10 MG Oral Tablet.",
        "The limit is from the site's policy (eu-2025) (needs pharmacist review).",
        "Higher risk of agranulocytosis (partly confirmed).",
        "Fits: evidence grade A, frequency: uncommon (agranulocytosis 0.2-0.5 %)",
        "Score 70 = evidence 30 + timing 25 + fall after a normal count 15 (rule points, not a probability).",
        "- Methimazole: Interrupt and count daily.",
        "- Methimazole: Avoid together.",
    ):
        assert words in text
    assert "withhold and count the same day" not in text  # advice at this count replaces the general one


def test_a_cytotoxic_draft_leaves_the_choice_to_the_team() -> None:
    risk = order_risk(RiskReason.LABEL_LIMIT, of=CARBOPLATIN, label_limit=label_limit("next-dose", "1500"))

    made = card(risk)

    assert "Delay, dose reduction or growth factor (G-CSF): a decision of the treatment team." in made.detail
    assert not any(each.is_recommended for each in made.suggestions)


def test_a_draft_without_an_id_cannot_be_removed() -> None:
    made = card(order_risk(draft=draft(reference="")))

    assert ["Order CBC with differential"] == [each.label for each in made.suggestions]


def test_two_drafts_of_one_pair_exclude_each_other_but_not_beside_a_test() -> None:
    shared = pair(drug("azathioprine"), drug("allopurinol"))
    risks = tuple(
        order_risk(
            RiskReason.RISKY_PAIR,
            of=each,
            pair=shared,
            draft=draft(each.name, f"MedicationRequest/{each.id}"),
        )
        for each in (shared.first, shared.second)
    )

    assert SelectionBehavior.AT_MOST_ONE is card(*risks, work_up=()).selection_behavior
    assert SelectionBehavior.ANY is card(*risks).selection_behavior
    story = assessment(Topic.ORDER_RISK, order_risks=risks, work_up=())
    assert SelectionBehavior.ANY is only_card(story, profile="epic").selection_behavior


def test_signing_the_stop_of_a_suspect_is_no_risk() -> None:
    note = StopNote(draft(), drug(), count("0.6"))

    made = only_card(assessment((Topic.ORDER_RISK, Urgency.INFO), stops=(note,)))

    assert (
        "Stopping methimazole fits ANC 0.6 x10^9/L; counts may still fall afterwards: recheck."
        == made.summary
    )
    assert "onsider stopping" not in made.detail
    assert "elete" not in str(made.suggestions)


def test_a_decided_order_risk_without_a_risk_is_a_fault() -> None:
    with pytest.raises(ValueError, match="draft that matters"):
        card()


# --- live vaccine ---------------------------------------------------------------------------------------


def vaccine_card(*risks: OrderRisk, **more: object) -> Card:
    return only_card(assessment(Topic.LIVE_VACCINE, order_risks=risks, **more))


def test_a_live_vaccine_names_the_count_and_the_alternative() -> None:
    made = vaccine_card(vaccine_risk())

    assert made.summary == (
        "Lymphocytes 0.4 x10^9/L (20 Nov). Live vaccine drafted: influenza, live, intranasal. "
        "Consider an inactivated one."
    )
    assert "An inactivated vaccine instead, where there is one." in made.detail
    assert ["Remove the draft order: influenza, live, intranasal"] == [
        each.label for each in made.suggestions
    ]


@pytest.mark.parametrize(
    ("risk", "words"),
    [
        (vaccine_risk(drug=drug("prednisone")), "Immune defence is weakened by prednisone as well."),
        (vaccine_risk(related=("Condition/hiv",)), "A condition on record weakens immune defence."),
    ],
)
def test_what_else_weakens_the_defence_is_said(risk: OrderRisk, words: str) -> None:
    assert words in vaccine_card(risk).detail


def test_a_live_vaccine_without_a_count_leads_with_the_weakness() -> None:
    made = vaccine_card(vaccine_risk(count=None))

    assert made.summary.startswith("Immune weakness recorded. Live vaccine drafted: influenza")


def test_a_decided_vaccine_card_without_a_vaccine_is_a_fault() -> None:
    with pytest.raises(ValueError, match="live vaccine"):
        vaccine_card(order_risk())


# --- monitoring -----------------------------------------------------------------------------------------


def monitoring_card(**more: object) -> Card:
    return only_card(assessment(Topic.MONITORING, monitoring=(monitoring(**more),), low_counts=()))


def test_an_overdue_count_names_the_last_one_and_the_interval() -> None:
    made = monitoring_card()

    assert made.summary == (
        "ANC 2.1 x10^9/L (1 Oct) is the last count: clozapine needs a count every 7 days, 43 days overdue."
    )
    assert "Neutrophils are due every 7 days by the label." in made.detail
    assert "Treatment from 1 Aug 2026." in made.detail
    assert made.suggestions[0].is_recommended


def test_a_missing_count_is_not_called_normal() -> None:
    made = monitoring_card(last=None, overdue_days=None, policy="us-label")

    assert "ANC not available: clozapine needs a count every 7 days." == made.summary
    assert "No usable ANC was found." in made.detail
    assert "by the site's policy (us-label)" in made.detail
    assert "normal" not in made.detail


def test_one_day_is_written_as_one() -> None:
    assert "every day, 1 day overdue." in monitoring_card(every_days=1, overdue_days=1).summary


def test_the_loudest_drug_leads_and_the_others_are_named() -> None:
    other = replace(monitoring(), drug=drug("ticlopidine"), urgency=Urgency.INFO)

    made = only_card(assessment(Topic.MONITORING, monitoring=(other, monitoring())))

    assert made.summary.endswith("43 days overdue. Also: ticlopidine.")


def test_a_decided_monitoring_card_without_a_drug_is_a_fault() -> None:
    with pytest.raises(ValueError, match="due"):
        only_card(assessment(Topic.MONITORING))


def test_a_count_of_another_line_is_named_by_that_line() -> None:
    risk = order_risk(
        RiskReason.LABEL_LIMIT,
        count=count("0.45", CellLine.LYMPHOCYTES, measured=when("2026-11-18T08:00")),
        label_limit=label_limit("hold", "500"),
    )

    assert card(risk, low_counts=(low(),)).summary.startswith(
        "Lymphocytes 0.45 x10^9/L (18 Nov). Methimazole"
    )
