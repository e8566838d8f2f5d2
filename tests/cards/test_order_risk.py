"""The order-risk card: what a draft adds to which count."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cards.card import Card, SelectionBehavior
from cds.facts import Bound, CellLine, DrugMatch, LabFlag
from cds.findings import Freshness, OrderRisk, RiskReason, StopNote, Topic, Urgency
from tests.cards.builders import (
    CARBOPLATIN,
    CLOZAPINE,
    assessment,
    caveat,
    count,
    draft,
    drug,
    label_limit,
    low,
    only_card,
    order_risk,
    pair,
    state,
    suspect,
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
            "Methimazole limit: do not start below 1.5.",
        ),
        (
            order_risk(RiskReason.LABEL_LIMIT, of=CLOZAPINE, label_limit=label_limit()),
            "Clozapine limit: stop below 0.5, with the prescriber.",
        ),
        (
            order_risk(RiskReason.LABEL_LIMIT, label_limit=label_limit("hold", "1000")),
            "Methimazole limit: hold below 1.0.",
        ),
        (
            order_risk(
                RiskReason.LABEL_LIMIT, label_limit=label_limit("hold", "3500", line=CellLine.LEUKOCYTES)
            ),
            "Methimazole limit: hold below WBC 3.5.",
        ),
        (
            order_risk(
                RiskReason.LABEL_LIMIT, label_limit=label_limit("hold", "500", line=CellLine.LYMPHOCYTES)
            ),
            "Methimazole limit: hold below lymphocytes 0.5.",
        ),
        (
            order_risk(RiskReason.LABEL_LIMIT, label_limit=label_limit("next-dose", "1500")),
            "Most regimens give the next methimazole only from 1.5 on. For the treatment team.",
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
        "ANC 1.7 x10^9/L (20 Nov). Methimazole limit: hold below 2.0."
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
        label_limit=label_limit(
            status="UK guidance (BSR/SPS)", confirmation="own", advice="Interrupt and count daily"
        ),
        suspect=suspect(),
    )
    both = order_risk(RiskReason.RISKY_PAIR, pair=pair(drug(), drug("allopurinol"), confirmation="mixed"))

    text = card(limit, both).detail

    for words in (
        "Draft: Methimazole 10 MG Oral Tablet.",
        "Where the limit is from: UK guidance (BSR/SPS) (needs pharmacist review). As printed: 500 /uL.",
        "**Pair: methimazole with allopurinol (partly confirmed).** Higher risk of agranulocytosis. "
        "Avoid together.",
        "Fits: evidence grade A, frequency: uncommon (agranulocytosis 0.2-0.5 %)",
        "Score 70 = evidence 30 + timing 25 + fall after a normal count 15 (rule points, not a probability).",
        "- Methimazole: Interrupt and count daily.",
    ):
        assert words in text
    assert "withhold and count the same day" not in text  # advice at this count replaces the general one


PAIR = order_risk(RiskReason.RISKY_PAIR, count=None, pair=pair(drug(), drug("allopurinol")))
LAST = count("3.8", measured=when("2026-11-17T08:00"))
LAST_TOTAL = count("6.1", CellLine.LEUKOCYTES, measured=when("2026-11-17T08:00"))
ONE_LEAD = "no other drug is chosen here."


def test_a_pair_at_normal_counts_names_the_last_ones_and_is_weighed_as_a_pair() -> None:
    made = card(PAIR, low_counts=(), lines=(state(LAST_TOTAL), state(LAST)))

    assert made.summary == (
        "Last ANC 3.8 x10^9/L (17 Nov), not low. Methimazole with allopurinol is a risky pair."
    )
    assert made.detail.startswith(
        "**Found:** Last ANC 3.8 x10^9/L (17 Nov), not low. Last WBC 6.1 x10^9/L (17 Nov), not low."
    )
    assert f"- Weigh the pair: counts are not low now; {ONE_LEAD}" in made.detail
    assert "against the count" not in made.detail


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"lines": (state(LAST_TOTAL),)},
        {"lines": (replace(state(LAST), freshness=Freshness.AGEING),)},
        {"lines": (state(LAST._replace(flag=LabFlag.LOW)),)},
        {"lines": (state(LAST._replace(bound=Bound.BELOW)),)},
        {"lines": (state(LAST),), "caveats": (caveat("unknown-unit", detail="2 parsec", may_hide=True),)},
    ],
)
def test_counts_that_are_not_known_are_not_called_normal(more: dict[str, object]) -> None:
    made = card(PAIR, low_counts=(), **more)

    assert f"- Weigh the pair: no recent ANC is known here; {ONE_LEAD}" in made.detail
    assert "counts are not low" not in made.detail


def test_an_order_that_is_no_pair_is_weighed_as_an_order() -> None:
    made = card(order_risk(RiskReason.REEXPOSURE, count=None), low_counts=(), lines=(state(LAST),))

    assert f"- Weigh this order: counts are not low now; {ONE_LEAD}" in made.detail


def test_a_pair_of_two_drafts_is_told_once() -> None:
    shared = pair(drug("azathioprine"), drug("allopurinol"))
    risks = tuple(
        order_risk(RiskReason.RISKY_PAIR, of=each, pair=shared, draft=draft(each.name, f"X/{each.id}"))
        for each in (shared.first, shared.second)
    )

    made = card(*risks)

    assert f"{HEAD} Azathioprine with allopurinol is a risky pair." == made.summary
    assert 1 == made.detail.count("Higher risk of agranulocytosis.")
    assert 1 == made.detail.count("Avoid together.")


def test_advice_on_two_drugs_is_given_once() -> None:
    risks = tuple(order_risk(of=drug(name), draft=draft("Both")) for name in ("sulfa", "trimethoprim"))

    text = card(*risks).detail

    assert "- Sulfa and trimethoprim: Fever or sore throat: withhold and count the same day." in text
    assert 1 == text.count("withhold and count")


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


def test_an_order_that_is_in_force_already_is_not_offered_for_removal() -> None:
    """To delete it would end a treatment at the press of a button."""
    made = card(order_risk(draft=replace(draft(), in_force=True)))

    assert ["Order CBC with differential"] == [each.label for each in made.suggestions]


@pytest.mark.parametrize(("leads", "offered"), [(True, 2), (False, 1)])
def test_a_draft_that_names_the_drug_only_later_is_not_offered_for_removal(leads: bool, offered: int) -> None:
    """What it orders is then not sure enough to take it back at the press of a button."""
    by_name = (DrugMatch("methimazole", "name", "methimazole", leads),)
    made = card(order_risk(draft=replace(draft(), matches=by_name)))

    assert offered == len(made.suggestions)


def test_a_decided_order_risk_without_a_risk_is_a_fault() -> None:
    with pytest.raises(ValueError, match="draft that matters"):
        card()


def test_a_count_of_another_line_is_named_by_that_line() -> None:
    risk = order_risk(
        RiskReason.LABEL_LIMIT,
        count=count("0.45", CellLine.LYMPHOCYTES, measured=when("2026-11-18T08:00")),
        label_limit=label_limit("hold", "500"),
    )

    assert card(risk, low_counts=(low(),)).summary.startswith(
        "Lymphocytes 0.45 x10^9/L (18 Nov). Methimazole"
    )
