"""FHIR servers that refuse, talk nonsense, dawdle or lie: each has its defined outcome inside the deadline.

Whatever they do: without counts the answer is 412 that says why, with counts the cards say what could not be
fetched. Never is a server's fault taken for "no data", and never does an answer wait beyond the deadline.
"""

from __future__ import annotations

import gzip
import io
import json
import time
from typing import Any

import pytest

from tests.faults import fhir_server as stub
from tests.faults.ehr import (
    COUNTS,
    DEADLINE,
    DEMO,
    MARGIN,
    NOW,
    PATIENCE,
    QUERIES,
    TOKEN,
    call,
    record,
    request_of,
    service,
)
from tests.faults.fhir_faults import FAULTS
from tests.faults.fhir_server import EMPTY, Asked, Behave, Handler, as_json, serving
from tests.fixture_stories import tell
from tests.kept_answers import without_uuids

faults = pytest.mark.parametrize(
    ("behave", "reason"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)


def patience(reason: str) -> float:
    """Only what is late has to be waited for to the end."""
    return DEADLINE if reason == "timeout" else PATIENCE


def last(log: io.StringIO) -> dict[str, Any]:
    return json.loads(log.getvalue().splitlines()[-1])


@faults
def test_without_counts_the_answer_is_412_that_says_why(
    behave: Behave, reason: str, log: io.StringIO
) -> None:
    with serving(behave) as server:
        client = service(server.base, max_body=100_000, fhir_deadline=patience(reason))
        begun = time.monotonic()
        response = call(client, request_of(), server.base, without=QUERIES)
        took = time.monotonic() - begun

    said = response.get_json()["issue"][0]["diagnostics"]
    assert (412, "OperationOutcome") == (response.status_code, response.get_json()["resourceType"])
    assert f"not sent, and not had from the FHIR server ({reason}" in said
    assert all(key in said for key in COUNTS)
    assert took < patience(reason) + MARGIN
    assert [*last(log)["unfetched"].values()] in ([len(QUERIES)], [len(QUERIES) - 1, 1], [1, 10])
    assert TOKEN not in log.getvalue() + response.text


@faults
def test_with_counts_the_cards_say_what_could_not_be_fetched(behave: Behave, reason: str) -> None:
    request = request_of()
    with serving(behave) as server:
        client = service(server.base, max_body=100_000, fhir_deadline=patience(reason))
        response = call(client, request, server.base, without=["medications"])

    assert 200 == response.status_code
    assert "Could not be fetched, so not checked: medications." in json.dumps(response.get_json())
    unchecked = [
        each
        for card in response.get_json()["cards"]
        for each in card["extension"]["org.leukocds.basis"].get("notChecked", [])
    ]
    assert {"what": "medications", "why": "failed"} in unchecked


@faults
def test_a_page_that_fails_leaves_the_first_in_use_and_says_so(behave: Behave, reason: str) -> None:
    request = request_of()
    first: dict[str, Any] = {}

    def half(handler: Handler, asked: Asked) -> None:
        if asked.query.get("page"):
            return behave(handler, asked)
        return handler.send(json.dumps(first).encode())

    with serving(half) as server:
        link = [{"relation": "next", "url": f"{server.base}/Observation?page=2"}]
        first.update(request["prefetch"]["counts-neutrophils"] | {"link": link})
        client = service(server.base, max_body=100_000, fhir_deadline=patience(reason))
        response = call(client, request, server.base, without=["counts-neutrophils"])

    cards = response.get_json()["cards"]
    assert "leukoOrderRisk" == cards[0]["source"]["topic"]["code"]
    said = json.dumps(response.get_json())
    if reason == "other-patient":
        assert "1 result of another patient left out" in said
    else:
        assert "Not read to the end: blood counts." in said


def test_an_answer_to_another_question_is_none() -> None:
    """A server that filters by the patient alone may send anything but counts."""
    condition = {"resourceType": "Condition", "id": "c1", "code": {"text": "gout"}}
    behave = stub.saying(as_json(EMPTY | {"entry": [{"resource": condition}]}))
    with serving(behave) as server:
        response = call(service(server.base), request_of(), server.base, without=QUERIES)

    assert 412 == response.status_code
    assert "wrong-resource" in response.text


def test_one_query_that_fails_does_not_take_the_others_with_it() -> None:
    request = request_of()
    behave = record(request, medications=stub.hang, temperature=stub.refusing(500))
    with serving(behave) as server:
        response = call(service(server.base, fhir_deadline=3.0), request, server.base, without=QUERIES)

    said = json.dumps(response.get_json())
    assert 200 == response.status_code
    assert "leukoLowCount" in said
    assert "Could not be fetched, so not checked: temperature, medications." in said


def test_all_questions_wait_together_and_not_one_after_the_other() -> None:
    """Each answer is held back until the last question has come: asked in turn, none would ever come."""
    request = request_of()
    answer = record(request)

    def together(handler: Handler, asked: Asked) -> None:
        if len(handler.server.asked) >= len(QUERIES):
            handler.server.released.set()
        handler.server.released.wait(DEADLINE + MARGIN)
        answer(handler, asked)

    with serving(together) as server:
        response = call(service(server.base), request, server.base, without=QUERIES)

    assert without_uuids(tell(DEMO, NOW).answer) == without_uuids(response.get_json())


def test_a_packed_answer_is_read() -> None:
    request = request_of()
    packed = gzip.compress(as_json(request["prefetch"]["medications"]))
    with serving(record(request, medications=stub.saying(packed, Content_Encoding="gzip"))) as server:
        response = call(service(server.base), request, server.base, without=["medications"])

    assert without_uuids(tell(DEMO, NOW).answer) == without_uuids(response.get_json())


def test_a_fault_of_our_own_is_none_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not taken for "could not be fetched", but ends as every fault of ours."""

    def fail(_page: bytes) -> str:
        raise RuntimeError

    monkeypatch.setattr("cds.hooks.fhir_job.next_page", fail)
    with serving(record(request_of())) as server:
        response = call(service(server.base), request_of(), server.base, without=["medications"])

    assert 500 == response.status_code


# --- pages that lead astray -----------------------------------------------------------------------------


def _with_next(url: str) -> Behave:
    page = as_json(EMPTY | {"link": [{"relation": "next", "url": url}]})
    return lambda handler, _asked: handler.send(page)


def test_endless_pages_come_to_an_end(log: io.StringIO) -> None:
    request = request_of()
    with serving(record(request, medications=stub.endless_pages)) as server:
        pages = [stub.endless_pages]
        answer = server.behave
        server.behave = lambda handler, asked: (
            pages[0](handler, asked) if "page" in asked.query else answer(handler, asked)
        )
        response = call(service(server.base), request, server.base, without=["medications"])

    assert 8 == len(server.asked)
    assert {"too-many-pages": 1} == last(log)["unfetched"]
    assert "Not read to the end" in json.dumps(response.get_json())


@pytest.mark.parametrize("prefetched", [True, False])
def test_a_next_page_elsewhere_gets_neither_question_nor_token(prefetched: bool, log: io.StringIO) -> None:
    request = request_of()
    with serving(stub.saying(as_json(EMPTY))) as evil:
        page = EMPTY | {"link": [{"relation": "next", "url": f"{evil.base}/MedicationRequest?page=2"}]}
        request["prefetch"]["medications"] = page
        with serving(record(request)) as server:
            response = call(
                service(server.base), request, server.base, without=() if prefetched else ["medications"]
            )

        assert [] == evil.asked
    assert {"foreign-link": 1} == last(log)["unfetched"]
    assert "Not read to the end" in json.dumps(response.get_json())


def test_pages_in_a_circle_are_left(log: io.StringIO) -> None:
    request = request_of()
    page: dict[str, Any] = {}
    with serving(record(request, medications=lambda handler, asked: handler.send(as_json(page)))) as server:
        page |= EMPTY | {"link": [{"relation": "next", "url": "?page=2"}]}
        answer = server.behave

        def circle(handler: Handler, asked: Asked) -> None:
            if "page" in asked.query:
                return handler.send(as_json(EMPTY | {"link": [{"relation": "next", "url": "?page=2"}]}))
            return answer(handler, asked)

        server.behave = circle
        response = call(service(server.base), request, server.base, without=["medications"])

    assert 2 == len(server.asked)
    assert {"page-loop": 1} == last(log)["unfetched"]
    assert "Not read to the end" in json.dumps(response.get_json())


def test_a_page_that_was_followed_and_leads_back_to_itself_is_not_the_last(log: io.StringIO) -> None:
    """The first page came with the prefetch, and the second one announces itself."""
    request = request_of()
    with serving(record(request)) as server:
        own = f"{server.base}/MedicationRequest?page=2"
        more = {"link": [{"relation": "next", "url": own}]}
        request["prefetch"]["medications"] |= more
        server.behave = stub.saying(as_json(request["prefetch"]["medications"]))
        response = call(service(server.base), request, server.base)

    assert 1 == len(server.asked)
    assert {"page-loop": 1} == last(log)["unfetched"]
    assert "Not read to the end: medications" in json.dumps(response.get_json())


@pytest.mark.parametrize("fetched", [True, False])
def test_an_answer_that_counts_more_than_it_holds_is_not_the_whole(fetched: bool) -> None:
    request = request_of()
    request["prefetch"]["medications"]["total"] = 200
    with serving(record(request)) as server:
        without = ["medications"] if fetched else []
        response = call(service(server.base), request, server.base, without=without)

    assert "Not read to the end: medications" in json.dumps(response.get_json())


def test_a_page_that_is_its_own_next_one_is_not_the_whole() -> None:
    request = request_of()
    with serving(record(request)) as server:
        own = f"{server.base}/MedicationRequest?patient=1"
        request["prefetch"]["medications"]["link"] = [
            {"relation": "self", "url": own},
            {"relation": "next", "url": own},
        ]
        response = call(service("https://fhir.north.example.org/R4"), request, server.base)

    assert [] == server.asked
    assert "not read to the end" in json.dumps(response.get_json()).lower()


# --- who will not wait ----------------------------------------------------------------------------------


def test_a_server_that_hangs_is_left_alone_for_a_while(log: io.StringIO) -> None:
    """After three calls in vain nobody waits; the fourth is told at once."""
    with serving(stub.hang) as server:
        client = service(server.base, fhir_deadline=0.1)
        reasons = []
        for _ in range(4):
            call(client, request_of(), server.base, without=QUERIES)
            reasons.append([*last(log)["unfetched"]])
        asked = len(server.asked)

    assert [["timeout"]] * 3 + [["fhir-paused"]] == reasons
    assert asked <= 3 * len(QUERIES)
