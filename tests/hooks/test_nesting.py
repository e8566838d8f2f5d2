"""JSON that is nested deeply is read as if it were not, or refused at the door: nothing of it is ever lost.

How deep the limit lies is for the interpreter to say; what holds is that there is nothing between the two.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.cases.asking import client
from tests.faults.ehr import call, record, request_of, service
from tests.faults.fhir_server import serving
from tests.fixture_stories import FIXTURES
from tests.kept_answers import without_uuids

BEYOND_ALL = 100_000
NEAR = 16  # that many levels below the limit parts used to be lost, one after the other
HERE = "@@"


def nested(sent: object, levels: int) -> bytes:
    return json.dumps(sent).replace(f'"{HERE}"', "[" * levels + "]" * levels).encode()


def deepest(is_read: Callable[[int], bool]) -> int:
    low, high = 1, BEYOND_ALL
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_read(middle) else (low, middle)
    return low


@pytest.mark.parametrize(
    ("story", "place"),
    [
        ("methimazole-reordered-at-anc-0.3", ()),
        ("methimazole-reordered-at-anc-0.3", ("context",)),
        ("methimazole-reordered-at-anc-0.3", ("prefetch", "patient")),
        ("methimazole-reordered-at-anc-0.3", ("prefetch", "medications")),
        ("oracle-shape", ("prefetch", "medications", "entry", 0, "resource", "medicationCodeableConcept")),
        ("oracle-shape", ("prefetch", "counts-neutrophils", "entry", 0, "resource", "referenceRange", 0)),
        ("one-broken-entry-among-good-ones", ("prefetch", "counts-neutrophils", "entry", 1, "resource")),
        ("one-broken-entry-among-good-ones", ("prefetch", "counts-neutrophils")),
        ("panel-with-components", ("prefetch", "counts-total", "entry", 0, "resource", "component", 1)),
        ("panel-with-components", ("context", "draftOrders", "entry", 0, "resource")),
    ],
    ids=str,
)
@pytest.mark.parametrize("member", ["zz", "id", "code"])
def test_a_call_that_is_nested_is_answered_alike_or_refused(
    story: str, place: tuple[str | int, ...], member: str
) -> None:
    sent: Any = request_of(FIXTURES / story)
    inner = sent
    for step in place:
        inner = inner[step]
    inner[member] = HERE

    def call_service(levels: int) -> TestResponse:
        return client().post(
            f"/cds-services/leuko-{sent['hook']}", data=nested(sent, levels), content_type="application/json"
        )

    def answer(levels: int) -> TestResponse:
        with ThreadPoolExecutor(1) as thread:  # whoever asks stands at the beginning, as a server does
            return thread.submit(call_service, levels).result()

    def cards(levels: int) -> Any:
        answered = answer(levels)
        assert answered.status_code == 200, f"at {levels}"
        return without_uuids(answered.get_json())

    limit = deepest(lambda levels: answer(levels).status_code == 200)
    expected = cards(2)

    assert limit > 200
    assert [cards(levels) for levels in range(limit - NEAR, limit + 1)] == [expected] * (NEAR + 1)
    for levels in (limit + 1, limit + 2, limit + NEAR, BEYOND_ALL):
        refused = answer(levels)
        assert (refused.status_code, "nested too deeply" in refused.text) == (400, True), f"at {levels}"


@pytest.mark.parametrize("place", [(), ("entry", 0), ("entry", 0, "resource")], ids=str)
def test_an_answer_of_the_fhir_server_that_is_nested_is_read_alike_or_said_to_be_none(
    place: tuple[str | int, ...],
) -> None:
    sent = request_of()
    key = "counts-neutrophils"
    page = deepcopy(sent["prefetch"][key])
    inner = page
    for step in place:
        inner = inner[step]
    inner["zz"] = HERE
    levels = 0

    with serving(record(sent, **{key: lambda handler, _asked: handler.send(nested(page, levels))})) as server:
        asking = service(server.base)

        def cards(at: int) -> str:
            nonlocal levels
            levels = at
            answered = call(asking, sent, server.base, without=(key,))
            assert answered.status_code == 200, f"at {at}"
            return str(without_uuids(answered.get_json()))

        as_sent = cards(2)
        limit = deepest(lambda at: cards(at) == as_sent)
        lost = cards(BEYOND_ALL)

        assert limit > 100
        assert {cards(at) for at in range(limit - NEAR, limit + 1)} == {as_sent}
        assert {cards(at) for at in (*range(limit + 1, limit + NEAR), 700, 900, 950, 970, 980)} == {lost}
        assert "neutrophil" in lost.casefold()
