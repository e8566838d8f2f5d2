"""The machine-readable twin of a card."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cards.basis import mark_of
from cards.card import encode_response
from cds.facts import Bound, Calculation, CellCount, CellLine, Precision
from cds.findings import Assessment, Severity, Topic, Urgency
from tests.cards.builders import (
    BASIS,
    EVERYTHING,
    assessment,
    cards_of,
    caveat,
    count,
    low,
    only_card,
    order_risk,
    precaution,
    suspect,
    use,
    vaccine_risk,
    when,
)


def basis(made: Assessment, **settings: object) -> dict[str, object]:
    (card, *_) = json.loads(encode_response(cards_of(made, **settings)))["cards"]
    return dict(card["extension"][BASIS])


def test_a_suspects_card_names_counts_suspects_rules_and_sources() -> None:
    story = assessment(Topic.SUSPECTS, low_counts=(low("0.30"),), suspects=(suspect(),))

    assert basis(story) == {
        "knowledge": "2026.11.0+3f2a9c1d",
        "asOf": "2026-11-20T12:00:00Z",
        "counts": [
            {
                "line": "neutrophils",
                "value": "0.30",
                "unit": "10*9/L",
                "tier": "severe",
                "duration": "new",
                "effective": "2026-11-20T08:00:00Z",
                "derived": False,
                "observations": ["Observation/neutrophils"],
            }
        ],
        "suspects": [
            {
                "ingredient": "methimazole",
                "rxcui": "6835",
                "standing": "leading",
                "score": 70,
                "parts": {"evidence": 30, "timing": 25, "trajectory": 15},
                "requests": ["MedicationRequest/m1"],
                "matchedBy": "rxnorm",
            }
        ],
        "rules": ["suspect/neutrophils"],
        "sources": ["Andersohn2007", "Vicente2017"],
    }


def test_order_risks_name_draft_drug_and_reason() -> None:
    story = assessment(Topic.ORDER_RISK, order_risks=(order_risk(), order_risk()))

    assert [{"draft": "MedicationRequest/d1", "ingredient": "methimazole", "why": "suspect-reordered"}] == (
        basis(story)["orderRisks"]
    )


def test_a_live_vaccine_has_no_ingredient() -> None:
    story = assessment(Topic.LIVE_VACCINE, order_risks=(vaccine_risk(drug=suspect().drug),))

    assert [{"draft": "MedicationRequest/v1", "why": "live-vaccine"}] == basis(story)["orderRisks"]


def test_precautions_are_named_by_their_ids() -> None:
    story = assessment(Topic.PRECAUTIONS, precautions=(precaution("fever-plan", 2), precaution()))

    assert ["hand-hygiene", "fever-plan"] == basis(story)["precautions"]


def test_what_was_not_checked_stands_apart_from_other_doubts() -> None:
    story = assessment(
        Topic.LOW_COUNT,
        caveats=(
            caveat("not-supplied", "conditions"),
            caveat("incomplete", "counts"),
            caveat("unknown-unit"),
            caveat("unknown-unit", "leukocytes"),
        ),
    )

    made = basis(story)

    assert [
        {"what": "conditions", "why": "not-supplied"},
        {"what": "counts", "why": "incomplete"},
    ] == made["notChecked"]
    assert ["unknown-unit"] == made["caveats"]


def test_every_card_names_all_low_lines_and_only_its_own_suspects() -> None:
    story = replace(EVERYTHING, low_counts=(low(), low("0.4", CellLine.LYMPHOCYTES)))

    bodies = json.loads(encode_response(cards_of(story, max_cards=8)))["cards"]

    for card in bodies:
        made = card["extension"][BASIS]
        assert ["neutrophils", "lymphocytes"] == [each["line"] for each in made["counts"]]
        code = card["source"]["topic"]["code"]
        assert ("suspects" in made) == (code in {"leukoOrderRisk", "leukoSuspects"})
        assert ("precautions" in made) == (code == "leukoPrecautions")


def test_a_fever_card_rests_on_no_drug() -> None:
    made = basis(EVERYTHING, max_cards=8)

    assert not {"suspects", "orderRisks", "precautions"} & set(made)


@pytest.mark.parametrize(
    ("cells", "member", "value"),
    [
        (count("0.1", bound=Bound.BELOW), "bound", "below"),
        (count("0.5", reported="", calculation=Calculation("percent", "2.5 x 20 %")), "derived", True),
        (count("1E+1"), "value", "10"),
        (count("0.12345678"), "value", "0.12345678"),
        (count("0.299999999999999988897769753748434595763683319091796875"), "value", "0.2999"),
        (count(f"0.3{'0' * 100_000}"), "value", "0.30"),
        (count("0.3", measured=when("2026-11-18")), "effective", "2026-11-18"),
        (count("0.3", measured=when("2026-11-01", Precision.MONTH)), "effective", "2026-11"),
        (count("0.3", measured=when("2026-01-01", Precision.YEAR)), "effective", "2026"),
    ],
)
def test_counts_are_exact_for_machines(cells: CellCount, member: str, value: object) -> None:
    (counted,) = basis(assessment(Topic.LOW_COUNT, low_counts=(low(cells),)))["counts"]  # type: ignore[misc]

    assert value == counted[member]


def test_an_undated_exact_count_leaves_date_and_bound_out() -> None:
    story = assessment(Topic.LOW_COUNT, low_counts=(low(count("0.3", measured=None)),))

    (counted,) = basis(story)["counts"]  # type: ignore[misc]

    assert not {"effective", "bound"} & set(counted)


def test_a_suspect_without_code_parts_or_requests_leaves_them_out() -> None:
    bare = suspect(replace(suspect().drug, rxcui=""), parts=(), score=0, uses=())

    (named,) = basis(assessment(Topic.SUSPECTS, suspects=(bare,)))["suspects"]  # type: ignore[misc]

    assert {"ingredient", "standing", "score", "matchedBy"} == set(named)


def test_requests_are_named_once_each() -> None:
    twice = suspect(uses=(use(), use(), use("MedicationRequest/m2")))

    (named,) = basis(assessment(Topic.SUSPECTS, suspects=(twice,)))["suspects"]  # type: ignore[misc]

    assert ["MedicationRequest/m1", "MedicationRequest/m2"] == named["requests"]


ODD_IDS = ("o 1", "o1\n", "<b>", "[x](y)", "ö", "x" * 500)


@pytest.mark.parametrize("told", ["x" * 200, "urn:uuid:1", "Observation/o_1", "DiagnosticReport/r1#o2"])
def test_references_are_told_as_they_came_and_texts_in_their_place_are_not(told: str) -> None:
    cells = count("0.3", references=(told, *ODD_IDS))
    taken = suspect(uses=(use(told), *map(use, ODD_IDS)))
    made = basis(assessment(Topic.SUSPECTS, low_counts=(low(cells),), suspects=(taken,)))

    assert [told] == made["counts"][0]["observations"]  # type: ignore[index]
    assert [told] == made["suspects"][0]["requests"]  # type: ignore[index]
    for each in ODD_IDS:
        risk = order_risk(draft=replace(order_risk().draft, reference=f"MedicationRequest/{each}"))
        (named,) = basis(assessment(Topic.ORDER_RISK, order_risks=(risk,)))["orderRisks"]  # type: ignore[misc]
        assert "draft" not in named


def test_tiers_are_words() -> None:
    story = assessment(Topic.LOW_COUNT, low_counts=(low("0.05", severity=Severity.PROFOUND),))

    assert "profound" == basis(story)["counts"][0]["tier"]  # type: ignore[index]


def test_a_louder_card_says_another_thing() -> None:
    quiet, loud = (
        only_card(assessment((Topic.LOW_COUNT, urgency))) for urgency in (Urgency.INFO, Urgency.WARNING)
    )

    assert mark_of(quiet) != mark_of(loud)
