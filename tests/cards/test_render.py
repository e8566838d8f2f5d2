"""Which cards an answer has, in which order, and what every card of it keeps to."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from cards.card import Card, CardSettings, Indicator, SelectionBehavior, encode_response, summary_length
from cards.profile import CardProfile
from cards.render import cited_references, render_cards
from cds.findings import Assessment, Standing, Topic, TopicDecision, Urgency
from tests.cards.builders import (
    BASIS,
    CBC,
    EVERYTHING,
    KNOWLEDGE,
    NOW,
    assessment,
    cards_of,
    caveat,
    count,
    drug,
    fever,
    low,
    only_card,
    order_risk,
    precaution,
    suspect,
    use,
)

PAGE = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
ALL = tuple(topic.value for topic in Topic)


def topics(cards: tuple[Card, ...]) -> list[str]:
    return [card.source.topic.code for card in cards if card.source.topic is not None]


def sent(made: Assessment, **settings: object) -> list[dict[str, object]]:
    body = json.loads(encode_response(cards_of(made, **settings)))
    return list(body["cards"])


# --- order, cap, merge ----------------------------------------------------------------------------------


def test_cards_come_in_the_order_of_the_topics() -> None:
    assert list(ALL) == topics(cards_of(EVERYTHING, max_cards=8))


def test_a_silent_topic_makes_no_card() -> None:
    assert () == cards_of(assessment())


def test_three_cards_at_most_and_what_is_dropped_is_named_on_the_last() -> None:
    story = assessment(
        Topic.LOW_COUNT,
        Topic.SUSPECTS,
        Topic.PRECAUTIONS,
        Topic.DATA_QUALITY,
        suspects=(suspect(),),
        precautions=(precaution(),),
        caveats=(caveat("not-supplied", "conditions"),),
    )

    cards = cards_of(story)

    assert ["leukoLowCount", "leukoSuspects", "leukoPrecautions"] == topics(cards)
    assert "**Not shown:** data quality." in cards[-1].detail
    assert "Not shown" not in cards[0].detail + cards[1].detail


def test_precautions_that_find_no_room_move_in_with_the_count() -> None:
    story = assessment(
        Topic.LOW_COUNT,
        Topic.SUSPECTS,
        Topic.PRECAUTIONS,
        suspects=(suspect(),),
        precautions=(precaution(),),
    )

    cards = cards_of(story, max_cards=2)

    assert ["leukoLowCount", "leukoSuspects"] == topics(cards)
    assert precaution().clinician in cards[0].detail
    assert cards[0].detail.endswith(
        "**For the patient (to hand over):**\n\n- Wash your hands often with soap."
    )
    assert "Not shown" not in cards[0].detail + cards[1].detail


def test_fever_critical_order_and_live_vaccine_are_never_dropped() -> None:
    assert ["leukoFever", "leukoOrderRisk", "leukoLiveVaccine"] == topics(cards_of(EVERYTHING, max_cards=1))


def test_the_word_that_nobody_looked_at_the_counts_is_never_dropped() -> None:
    """It stands in the place of a refusal."""
    unchecked = TopicDecision(Topic.DATA_QUALITY, Urgency.WARNING, ("counts-not-checked",))
    story = assessment(
        Topic.FEVER,
        fever=EVERYTHING.fever,
        decisions=(*assessment(Topic.FEVER).decisions, unchecked),
        caveats=(caveat("not-supplied", "counts", may_hide=True),),
    )

    assert ["leukoFever", "leukoDataQuality"] == topics(cards_of(story, max_cards=1))


def test_an_order_risk_below_critical_may_be_dropped() -> None:
    story = assessment(
        Topic.FEVER, (Topic.ORDER_RISK, Urgency.WARNING), fever=fever(), order_risks=(order_risk(),)
    )

    (card,) = cards_of(story, max_cards=1)

    assert "**Not shown:** order risk." in card.detail


def test_a_later_card_that_is_never_dropped_pushes_out_an_earlier_one() -> None:
    story = replace(
        EVERYTHING, decisions=tuple(each for each in EVERYTHING.decisions if each.topic is not Topic.FEVER)
    )

    assert ["leukoOrderRisk", "leukoLiveVaccine"] == topics(cards_of(story, max_cards=2))


def test_merging_folds_count_suspects_and_precautions_into_one_card() -> None:
    story = assessment(
        (Topic.LOW_COUNT, Urgency.WARNING),
        (Topic.SUSPECTS, Urgency.CRITICAL),
        Topic.PRECAUTIONS,
        suspects=(suspect(),),
        precautions=(precaution(),),
    )

    (card,) = cards_of(story, merge_cards=True)

    assert ["leukoLowCount"] == topics((card,))
    assert Indicator.CRITICAL is card.indicator
    assert card.summary.endswith("severe neutropenia.")
    for words in (
        "**Found:**",
        "**Leading suspect (likely): methimazole.**",
        "**For the patient (to hand over):**",
    ):
        assert words in card.detail
    assert 1 == card.detail.count("**Limits of this check:**")
    assert card.extension is not None
    basis = card.extension[BASIS]
    assert ("hand-hygiene",) == basis.precautions  # type: ignore[attr-defined]
    assert 1 == len(basis.suspects)  # type: ignore[attr-defined]
    assert ("low-count/neutrophils", "suspect/neutrophils") == basis.rules  # type: ignore[attr-defined]


def test_merging_without_a_low_count_changes_nothing() -> None:
    story = assessment(Topic.SUSPECTS, Topic.PRECAUTIONS, suspects=(suspect(),), precautions=(precaution(),))

    assert ["leukoSuspects", "leukoPrecautions"] == topics(cards_of(story, merge_cards=True))


# --- what every card keeps to ---------------------------------------------------------------------------


def members(value: object) -> list[object]:
    """Every value of a JSON document, at any depth."""
    if isinstance(value, dict):
        return [value, *(inner for each in value.values() for inner in members(each))]
    if isinstance(value, list):
        return [value, *(inner for each in value for inner in members(each))]
    return [value]


@pytest.mark.parametrize("profile", ["generic", "epic", "oracle"])
def test_nothing_empty_is_ever_sent(profile: str) -> None:
    for value in members(sent(EVERYTHING, max_cards=8, profile=profile)):
        assert value not in (None, "", [], {})
        assert not isinstance(value, str) or value.strip()


@pytest.mark.parametrize("profile", ["generic", "epic", "oracle"])
def test_every_card_has_identifier_source_topic_reasons_and_basis(profile: str) -> None:
    cards = sent(EVERYTHING, max_cards=8, profile=profile, source_url="https://leukocds.example/about")

    assert len(ALL) == len({card["uuid"] for card in cards})
    for card, topic in zip(cards, ALL, strict=True):
        source = card["source"]
        assert isinstance(source, dict)
        assert f"leukocds {KNOWLEDGE} (knowledge)" == source["label"]
        assert "https://leukocds.example/about" == source["url"]
        assert {"system": "urn:leukocds:topic", "code": topic} == {
            key: source["topic"][key] for key in ("system", "code")
        }
        assert card["overrideReasons"]
        assert BASIS in card["extension"]  # type: ignore[operator]
        assert ("suggestions" in card) == ("selectionBehavior" in card)


def test_the_source_has_no_url_unless_one_is_set() -> None:
    (card,) = sent(assessment(Topic.LOW_COUNT))

    assert "url" not in card["source"]  # type: ignore[operator]


def test_topic_codes_are_letters_and_digits() -> None:
    assert all(re.fullmatch(r"[A-Za-z0-9]{1,100}", code) for code in ALL)


def test_every_override_reason_is_whole_and_the_same_on_every_card_of_a_finding() -> None:
    *findings, doubts = sent(EVERYTHING, max_cards=8)

    reasons = findings[0]["overrideReasons"]
    assert all(reasons == card["overrideReasons"] for card in findings)
    assert len(ALL) - 1 == len(findings)
    assert all(each in reasons for each in doubts["overrideReasons"])  # type: ignore[attr-defined, operator]
    assert [
        "expected-effect",
        "known-and-followed",
        "patient-baseline",
        "result-wrong-or-repeated",
        "risk-benefit-ratio",
        "comfort-care",
        "action-completed",
        "other",
    ] == [each["code"] for each in reasons]  # type: ignore[attr-defined]
    assert all({"system", "code", "display"} == set(each) for each in reasons)  # type: ignore[attr-defined]


def test_the_same_assessment_gives_the_same_cards_but_for_identifiers() -> None:
    def without_uuids(cards: tuple[Card, ...]) -> str:
        return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", encode_response(cards).decode())

    first, second = render_cards(EVERYTHING, patient_id="p1"), render_cards(EVERYTHING, patient_id="p1")

    assert without_uuids(first) == without_uuids(second)
    assert first[0].uuid != second[0].uuid


FORBIDDEN = re.compile(
    r"caused by|definitely|\bmust\b|stop immediately"
    r"|\brac(e|ial)\b|ethnic|african|middle eastern|\bblack\b|white (people|patient)",
    re.IGNORECASE,
)


@pytest.mark.parametrize("profile", ["generic", "epic", "oracle"])
def test_no_card_accuses_commands_or_speaks_of_origin(profile: str) -> None:
    for card in cards_of(EVERYTHING, max_cards=8, profile=profile):
        text = f"{card.summary} {card.detail} {' '.join(each.label for each in card.suggestions)}"
        assert FORBIDDEN.search(text) is None
        assert "rectal" not in text.lower().replace("no rectal temperature", "")
        assert "10*" not in text.replace("\\*", "*")
        assert "<" not in text.replace("\\<", "")
        assert summary_length(card.summary) <= 139


@pytest.mark.parametrize(
    "name", ["![x](http://evil/p.png)", "<img onerror=1>", "a\n# b", "x" * 3000, "𝛼" * 200]
)
def test_hostile_names_change_no_card_into_anything_else(name: str) -> None:
    hostile = drug(name)
    story = replace(
        EVERYTHING,
        suspects=(suspect(hostile),),
        order_risks=(order_risk(of=hostile), *EVERYTHING.order_risks[1:]),
    )

    for card in cards_of(story, max_cards=8):
        tags = set(re.findall(r"<(/?\w+)", PAGE.render(card.detail)))
        assert tags <= {"p", "/p", "strong", "/strong", "ul", "/ul", "li", "/li"}
        assert summary_length(card.summary) <= 139


# --- limits, basis sentence -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "Adult limits used. Outside laboratories are not seen."),
        ({"age_unknown": True}, "Age unknown: adult limits used."),
        ({"low_counts": (low(child=True),)}, "Not validated in infants born before term."),
        ({"pregnant": True}, "Pregnancy recorded: white cells usually run higher then."),
        ({"caveats": (caveat("not-supplied", "conditions"),)}, "Not supplied, so not checked: conditions."),
    ],
)
def test_a_card_ends_with_the_limits_of_the_check(more: dict[str, object], words: str) -> None:
    assert words in only_card(assessment(Topic.LOW_COUNT, **more)).detail


def test_many_notes_are_counted_after_the_first_few() -> None:
    notes = tuple(caveat("unknown-unit", detail=f"{number} parsec") for number in range(7))

    text = only_card(assessment(Topic.LOW_COUNT, caveats=notes)).detail

    assert 4 == text.count("parsec")
    assert "3 more data notes." in text


def test_rules_and_sources_are_named_with_the_version() -> None:
    finding = low(sources=tuple(f"source-{number}" for number in range(7)))

    text = only_card(assessment(Topic.LOW_COUNT, low_counts=(finding,))).detail

    assert (
        f"**Basis:** Knowledge {KNOWLEDGE}; rules low-count/neutrophils; "
        "sources source-0, source-1, source-2, source-3, source-4 and 3 more."
    ) in text


# --- profiles and suggestions ---------------------------------------------------------------------------


def test_epic_gets_no_test_orders_one_action_each_and_any_choice() -> None:
    cards = cards_of(EVERYTHING, max_cards=8, profile="epic")

    suggestions = [each for card in cards for each in card.suggestions]
    assert {"delete"} == {action.type.value for each in suggestions for action in each.actions}
    assert all(1 == len(each.actions) for each in suggestions)
    assert all(each.actions[0].description == each.label for each in suggestions)
    assert {SelectionBehavior.ANY} == {card.selection_behavior for card in cards if card.suggestions}


def test_oracle_gets_one_sentence_per_line_and_no_nested_list() -> None:
    for card in cards_of(EVERYTHING, max_cards=8, profile="oracle"):
        for line in card.detail.splitlines():
            assert line == "" or line.startswith(("**", "- "))
        assert not re.search(r"^\*\*[^*]+\*\* \S", card.detail, re.MULTILINE)


@pytest.mark.parametrize("profile", ["epic", "oracle"])
def test_only_the_generic_profile_recommends(profile: str) -> None:
    old = assessment(Topic.LOW_COUNT, low_counts=(low(differential_missing=True),))

    assert [True, True] == [each.is_recommended for each in only_card(old).suggestions] or [True, False] == [
        each.is_recommended for each in only_card(old).suggestions
    ]
    assert not any(each.is_recommended for each in only_card(old, profile=profile).suggestions)


def test_a_test_is_offered_once_per_answer_and_three_at_most_per_card() -> None:
    cards = cards_of(EVERYTHING, max_cards=8)

    created = [
        action.resource["code"]["coding"][0]["code"]  # type: ignore[index, call-overload]
        for card in cards
        for each in card.suggestions
        for action in each.actions
        if action.resource is not None
    ]
    assert len(created) == len(set(created))
    assert {"57021-8", "14869-2", "600-7"} == set(created)
    assert all(len(card.suggestions) <= 3 for card in cards)


def test_nothing_is_ordered_without_a_patient_or_a_code() -> None:
    story = assessment(Topic.LOW_COUNT)

    assert () == render_cards(story)[0].suggestions
    without_code = replace(story, work_up=(replace(CBC, loinc=""),))
    assert () == only_card(without_code).suggestions


def test_a_suggested_order_is_a_whole_r4_resource() -> None:
    from fhir.resources.R4B.servicerequest import ServiceRequest

    (suggestion, *_) = only_card(assessment(Topic.LOW_COUNT)).suggestions
    resource = suggestion.actions[0].resource

    assert resource is not None
    valid = ServiceRequest.model_validate(resource)
    assert ("draft", "order", "Patient/p1") == (valid.status, valid.intent, valid.subject.reference)


# --- references -----------------------------------------------------------------------------------------


def test_references_are_few_and_those_the_cards_rest_on() -> None:
    assert () == cited_references(EVERYTHING, ())
    alone = replace(EVERYTHING, other_causes=())

    assert ("Observation/neutrophils",) == cited_references(alone, (Topic.LOW_COUNT,))
    assert ("Observation/neutrophils", "MedicationRequest/m1") == cited_references(alone, [Topic.SUSPECTS])
    assert {"Condition/c1"} <= set(cited_references(EVERYTHING, (Topic.LOW_COUNT,)))
    assert {"Observation/t1"} <= set(cited_references(EVERYTHING, (Topic.FEVER,)))
    assert {"MedicationRequest/d1"} <= set(cited_references(EVERYTHING, (Topic.ORDER_RISK,)))
    assert {"MedicationRequest/v1", "Observation/lymphocytes"} <= set(
        cited_references(EVERYTHING, (Topic.LIVE_VACCINE,))
    )


def test_of_many_requests_the_first_and_the_last_are_cited() -> None:
    uses = tuple(use(f"MedicationRequest/u{number}") for number in (1, 2, 3))
    story = assessment(Topic.SUSPECTS, suspects=(suspect(uses=uses),))

    assert ("MedicationRequest/u1", "MedicationRequest/u3") == cited_references(story, (Topic.SUSPECTS,))[1:]


def test_an_order_risk_cites_what_it_is_held_against() -> None:
    by_suspect = order_risk(suspect=suspect(uses=(use("MedicationRequest/u1"),)))
    by_reaction = order_risk(
        related=("AllergyIntolerance/a1",), earlier=count("0.6")._replace(references=("Observation/old",))
    )
    story = assessment(Topic.ORDER_RISK, order_risks=(by_suspect, by_reaction))

    assert {"MedicationRequest/u1", "AllergyIntolerance/a1", "Observation/old"} <= set(
        cited_references(story, (Topic.ORDER_RISK,))
    )


def test_whatever_a_card_names_as_its_basis_is_cited() -> None:
    for card in cards_of(EVERYTHING, max_cards=9):
        assert card.extension is not None
        basis = card.extension[BASIS]
        cited = set(cited_references(EVERYTHING, [Topic(card.source.topic.code)]))  # type: ignore[union-attr]

        assert {each.draft for each in basis.order_risks} <= cited  # type: ignore[attr-defined]
        assert {each.requests[0] for each in basis.suspects} <= cited  # type: ignore[attr-defined]
        assert set(basis.counts[0].observations) <= cited  # type: ignore[attr-defined]


def test_unlikely_drugs_are_not_cited() -> None:
    story = assessment(Topic.SUSPECTS, suspects=(suspect(standing=Standing.UNLIKELY),))

    assert ("Observation/neutrophils",) == cited_references(story, (Topic.SUSPECTS,))


def test_settings_default_to_the_specification() -> None:
    assert CardSettings("", 3, False, CardProfile()) == CardSettings()
    assert NOW == EVERYTHING.as_of
