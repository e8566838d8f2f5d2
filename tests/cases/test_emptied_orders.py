"""An order that became empty: nothing is ordered, so that only what is said at any order is said."""

from __future__ import annotations

from typing import Any

import pytest

from cds.assess import assess
from cds.facts import Gap, GapKind
from cds.findings import Occasion, Topic
from tests.cases.asking import ask
from tests.cases.patients import ordered, taking
from tests.cases.requests import (
    ANC,
    ICD10CM,
    WBC,
    Json,
    ago,
    condition,
    day,
    draft,
    knowledge,
    observation,
    temperature,
)
from tests.rules.charts import count, facts

EMPTY: Json = {"resourceType": "Bundle", "type": "collection", "entry": []}
WITHOUT_ENTRIES: Json = {"resourceType": "Bundle", "type": "collection"}
PARACETAMOL = draft("198440", "acetaminophen 500 MG Oral Tablet")
A_BROKEN_ENTRY: Json = {**EMPTY, "entry": [{"resource": 7}]}
WITHDRAWN: Json = {**EMPTY, "entry": [{"resource": PARACETAMOL | {"status": "entered-in-error"}}]}

emptied = pytest.mark.parametrize(
    "context",
    [
        {"draftOrders": EMPTY, "selections": []},
        {"draftOrders": EMPTY, "selections": ["MedicationRequest/gone"]},
        {"draftOrders": WITHOUT_ENTRIES, "selections": ["MedicationRequest/gone"]},
        {"draftOrders": WITHDRAWN, "selections": []},
    ],
    ids=["no entry", "a selection that is gone", "no member entry", "withdrawn"],
)
each_order_hook = pytest.mark.parametrize("hook", ["order-select", "order-sign"])


def suspected(anc: str) -> list[Json]:
    """Methimazole for 34 days, a normal count before and this one now: it leads the suspects."""
    return [
        observation(ANC, "4.2", when=ago(36)),
        observation(ANC, anc),
        taking("methimazole", since=day(34)),
    ]


@emptied
@each_order_hook
@pytest.mark.parametrize(("anc", "speaks"), [("0.49", True), ("0.50", False), ("0.51", False)])
def test_severe_neutropenia_alone_is_said_without_an_order(
    hook: str, context: dict[str, Any], anc: str, speaks: bool
) -> None:
    answer = ask(hook, observation(ANC, anc), **context)

    assert speaks == ("leukoLowCount" in answer.topics)
    assert not speaks or answer.highest == "critical"


@emptied
@each_order_hook
def test_a_fever_with_low_neutrophils_is_said_without_an_order(hook: str, context: dict[str, Any]) -> None:
    answer = ask(hook, observation(ANC, "0.5"), temperature("38.4"), **context)

    assert ["leukoFever", "leukoLowCount"] == answer.topics[:2]


@emptied
@each_order_hook
@pytest.mark.parametrize(("anc", "speaks"), [("0.99", True), ("1.00", False), ("1.01", False)])
def test_a_drug_that_leads_the_suspects_is_said_without_an_order(
    hook: str, context: dict[str, Any], anc: str, speaks: bool
) -> None:
    """Below 1.0, as at any order: decisions of when a hook speaks ask for no draft here."""
    answer = ask(hook, *suspected(anc), **context)

    assert speaks == ("leukoSuspects" in answer.topics)
    assert not speaks or answer.standings() == {"methimazole": "leading"}


@emptied
@each_order_hook
@pytest.mark.parametrize("anc", ["0.5", "0.8", "1.2"])
def test_a_drug_that_only_may_be_the_cause_waits_for_an_order(
    hook: str, context: dict[str, Any], anc: str
) -> None:
    clozapine = [observation(ANC, anc), taking("clozapine", since=day(400))]

    assert [] == ask(hook, *clozapine, **context).topics
    assert [] != ask(hook, *clozapine, drafts=[PARACETAMOL]).topics


@emptied
@each_order_hook
@pytest.mark.parametrize("members", [{"status": "corrected"}, {"effectiveDateTime": None}])
def test_what_is_only_of_note_beside_an_order_is_silent_without_one(
    hook: str, context: dict[str, Any], members: Json
) -> None:
    low = [observation(ANC, "1.1", **members), taking("clozapine", since=day(400))]

    assert [] == ask(hook, *low, **context).topics
    assert [] != ask(hook, *low, drafts=[PARACETAMOL]).topics


@each_order_hook
@pytest.mark.parametrize(
    "context",
    [{"draftOrders": None}, {"draftOrders": A_BROKEN_ENTRY}],
    ids=["not sent", "not readable"],
)
def test_an_order_that_cannot_be_seen_is_not_taken_for_none(hook: str, context: dict[str, Any]) -> None:
    low = [observation(ANC, "0.8"), taking("clozapine", since=day(400))]

    assert "leukoLowCount" in ask(hook, *low, **context).topics


def test_selections_that_point_at_none_of_the_drafts_silence_no_draft() -> None:
    """Nobody can tell which draft was meant, so that all of them are looked at."""
    drafts = [ordered("methimazole")]
    for selections in ([], ["MedicationRequest/gone"]):
        answer = ask("order-select", *suspected("0.3"), drafts=drafts, selections=selections)

        assert {("methimazole", "suspect-reordered")} == answer.risks()


def test_a_laboratorys_own_alarm_is_said_without_an_order() -> None:
    system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    critical = {"interpretation": [{"coding": [{"system": system, "code": "LL"}]}]}

    neutrophils = observation(ANC, "2.0")

    assert "warning" == ask("order-select", observation(WBC, "3.4", **critical), neutrophils).highest
    assert [] == ask("order-select", observation(WBC, "3.4"), neutrophils).topics


def test_blasts_are_said_without_an_order_while_nothing_explains_them() -> None:
    counts = [observation(WBC, "5.0"), observation("30376-8", "0.4")]
    leukaemia = condition("C92.00", ICD10CM)

    assert "critical" == ask("order-select", *counts, drafts=[]).highest
    assert [] == ask("order-select", *counts, leukaemia, drafts=[]).topics
    assert "info" == ask("order-select", *counts, leukaemia, drafts=[PARACETAMOL]).highest


def test_the_reason_of_the_silence_is_that_nothing_is_ordered() -> None:
    low = count("neutrophils", "0.8")
    silent = assess(facts(low), Occasion.ORDER_SELECT, knowledge())
    unseen = assess(
        facts(low, gaps=(Gap(GapKind.NOT_SUPPLIED, "drafts"),)), Occasion.ORDER_SELECT, knowledge()
    )

    assert ("no-order",) == silent.decision(Topic.LOW_COUNT).reasons
    assert ("no-order",) == silent.decision(Topic.ORDER_RISK).reasons
    assert ("order-unrelated",) == unseen.decision(Topic.ORDER_RISK).reasons
