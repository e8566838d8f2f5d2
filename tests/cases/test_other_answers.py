"""An answer to another question than ours, or none at all, is not word that the counts are normal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cases.asking import Answer, client, send
from tests.cases.requests import (
    ALC,
    ANC,
    NOW,
    PATIENT,
    WBC,
    Json,
    ago,
    bundle,
    draft,
    named,
    observation,
    prefetch_of,
    request,
)

HEART_RATE, BODY_FLUID, ALBUMIN = "8867-4", "26465-5", "1751-7"
LOCAL = {"coding": [{"system": "urn:lab", "code": "NEUT"}]}
NORMAL = observation(WBC, "6.0", id="w")
LYMPHOCYTES = observation(ALC, "2.0", id="l")
KEYS = ("counts-total", "counts-neutrophils", "counts-lymphocytes")


def filed(category: str, **members: Any) -> Json:
    return (
        observation(HEART_RATE, "72", "/min", id="v")
        | {"category": [{"coding": [{"code": category}]}]}
        | members
    )


def not_checked(answer: Answer) -> list[str]:
    return sorted(
        each["what"]
        for card in answer.cards
        for each in card["extension"]["org.leukocds.basis"].get("notChecked", [])
        if each["what"] in {"leukocytes", "neutrophils", "lymphocytes"}
    )


def ask_with(*neutrophils: Json, hook: str = "order-sign", **members: Any) -> Answer:
    """What is said where normal white cells and lymphocytes came, and these for neutrophils."""
    prefetch = prefetch_of([NORMAL, LYMPHOCYTES]) | {
        "counts-total": bundle([NORMAL]),
        "counts-lymphocytes": bundle([LYMPHOCYTES]),
        "counts-neutrophils": bundle(list(neutrophils)) | members,
    }
    drafts = [] if hook == "patient-view" else [draft("10582", "levothyroxine")]
    return send(request(hook, prefetch=prefetch, drafts=drafts), hook)


@pytest.mark.parametrize("hook", ["patient-view", "order-sign"])
@pytest.mark.parametrize(
    "sent",
    [
        [observation(HEART_RATE, "72", "/min", id="v")],
        [filed("vital-signs", code={"coding": [{"system": "http://loinc.org", "code": "3141-9"}]})],
        [filed("social-history", code={"coding": [{"system": "http://loinc.org", "code": "11331-6"}]})],
        [NORMAL],
        [observation(WBC, "6.0", id="w1"), observation(WBC, "7.0", when=ago(9), id="w2")],
        named([observation(ALBUMIN, "4", "g/dL", when=ago(day)) for day in range(200)], "a"),
    ],
    ids=["vital sign", "category", "social history", "other query", "other query twice", "full page"],
)
def test_an_answer_to_another_question_is_no_answer(sent: list[Json], hook: str) -> None:
    assert not_checked(ask_with(*sent, hook=hook)) == ["neutrophils"]


@pytest.mark.parametrize(
    "sent",
    [
        [],
        [observation(BODY_FLUID, "3", id="f")],
        [observation(ALBUMIN, "4", "g/dL", id="a")],
        [NORMAL, observation("777-3", "200", id="p")],
        [observation(ANC, "4.0", id="n"), filed("vital-signs")],
        [observation(HEART_RATE, "72", "/min", id="v", status="entered-in-error")],
    ],
    ids=["none", "another fluid", "another test", "all that the laboratory has", "among others", "void"],
)
def test_an_answer_that_holds_no_such_count_is_one(sent: list[Json]) -> None:
    assert ask_with(*sent).cards == ()


def test_where_all_counts_are_vital_signs_nothing_is_answered() -> None:
    prefetch = prefetch_of([]) | dict.fromkeys(KEYS, bundle([filed("vital-signs")]))
    body = request("patient-view", prefetch=prefetch)
    response = client(NOW).post(
        "/cds-services/leuko-patient-view", data=body, content_type="application/json"
    )

    assert response.status_code == 412
    assert "not those that were asked for" in json.dumps(json.loads(response.data))


# --- keys of the EHR's own ------------------------------------------------------------------------------

FORBIDDEN = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "forbidden"}]}
BUNDLE = {"resourceType": "Bundle", "type": "searchset"}


def ask_under_own_keys(value: Any, *more: Json) -> Answer:
    prefetch = {"item1": bundle([NORMAL, *more]), "item2": value, "item3": bundle([LYMPHOCYTES])}
    return send(request("patient-view", prefetch=prefetch), "patient-view")


@pytest.mark.parametrize(
    "value",
    [
        FORBIDDEN,
        {"resourceType": "OperationOutcome", "issue": [{"severity": "fatal", "code": "timeout"}]},
        BUNDLE | {"link": [{"relation": "next", "url": "https://fhir.example.org/R4?page=2"}]},
        BUNDLE | {"total": 3},
        BUNDLE | {"total": "3"},
        BUNDLE | {"entry": [None]},
        BUNDLE | {"entry": [{"response": {"status": "403 Forbidden"}}]},
        [observation(ANC, "0.3")],
        bundle([observation(ANC, "0.3", code=LOCAL)]),
    ],
    ids=["error", "fatal", "next", "total", "total as text", "null", "403", "list", "local codes"],
)
def test_what_failed_under_a_key_of_the_ehrs_own_may_be_what_is_absent(value: Any) -> None:
    alone = ask_under_own_keys(value)
    assert not_checked(alone) == ["neutrophils"]
    assert alone.cards[0]["summary"].startswith("Not supplied, so not checked: neutrophils.")
    assert "neutrophils" not in not_checked(ask_under_own_keys(value, observation(ANC, "4.0", id="n")))


@pytest.mark.parametrize(
    "value",
    [
        None,
        BUNDLE | {"total": 0},
        [],
        {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "not-found"}]},
        bundle([filed("vital-signs", code=LOCAL)]),
        bundle([{"resourceType": "Encounter", "id": "e", "subject": {"reference": f"Patient/{PATIENT}"}}]),
    ],
    ids=["null", "none", "empty list", "warning", "vital signs", "something else"],
)
def test_who_sends_what_there_is_withholds_nothing(value: Any) -> None:
    assert ask_under_own_keys(value).cards == ()


# --- in what words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (FORBIDDEN, "Could not be fetched, so not checked: neutrophils"),
        (BUNDLE | {"entry": [{"response": {"status": "403"}}]}, "Could not be fetched"),
        (BUNDLE | {"entry": [None]}, "Came and could not be read, so not checked: neutrophils"),
        ([observation(ANC, "0.3")], "Came and could not be read"),
        (bundle([observation(ANC, "0.3", code=LOCAL)]), "Came without LOINC codes"),
        (bundle([filed("vital-signs")]), "Other results came than were asked for"),
    ],
    ids=["error", "403", "null", "list", "local codes", "vital signs"],
)
def test_what_came_and_is_no_answer_is_not_said_to_be_unfetched(value: Any, words: str) -> None:
    prefetch = prefetch_of([]) | {
        "counts-total": bundle([NORMAL]),
        "counts-lymphocytes": bundle([LYMPHOCYTES]),
        "counts-neutrophils": value,
    }
    answer = send(request("patient-view", prefetch=prefetch), "patient-view")

    assert answer.cards[0]["summary"].startswith(words)


def test_nor_are_medicines(neutral: Json) -> None:
    prefetch = prefetch_of(named([observation(ANC, "1.2")])) | {"medications": BUNDLE | {"entry": ["x"]}}
    answer = send(request("order-sign", prefetch=prefetch, drafts=[neutral]))

    assert answer.lacks("what came for medicines could not be read") == []
