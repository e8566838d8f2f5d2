"""Ten thousand requests that nobody would send on purpose: never a fault, never an answer out of form.

``make fuzz`` sends the same ones every time; ``make fuzz EXPLORE=1`` others each time.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from random import Random
from threading import Lock
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cards.card import SUMMARY_LIMIT, summary_length
from cds.app import create_app
from cds.settings import Settings
from tests.cases.requests import knowledge
from tests.fuzz.mutations import JUNK, NOW, as_json, requests, spoilt, spoilt_bytes

pytestmark = pytest.mark.fuzz

SENT: Counter[int] = Counter()
HOOKS = ("order-sign", "order-select", "patient-view")
EXPLORE = bool(os.environ.get("EXPLORE"))


def fuzzing(examples: int) -> Callable[..., Any]:
    return settings(
        max_examples=examples,
        derandomize=not EXPLORE,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=[*HealthCheck],
    )


@lru_cache
def client() -> FlaskClient:
    return create_app(Settings(), knowledge(), lambda: NOW).test_client()


@lru_cache
def stories() -> tuple[Any, ...]:
    return tuple(requests())


def send(
    hook: str, body: bytes, content_type: str = "application/json", to: FlaskClient | None = None
) -> None:
    """The answer is cards, or a refusal that says why; anything else fails."""
    response = (to or client()).post(f"/cds-services/leuko-{hook}", data=body, content_type=content_type)
    SENT[response.status_code] += 1

    assert response.status_code in {200, 400, 412, 413, 415}, response.text
    answer = json.loads(response.data)
    if response.status_code != 200:
        assert "OperationOutcome" == answer["resourceType"]
        return
    assert ["cards"] == [*answer]
    for card in answer["cards"]:
        assert 1 <= summary_length(card["summary"]) <= SUMMARY_LIMIT
        assert card["indicator"] in {"info", "warning", "critical"}
        assert card["detail"].strip()


SEEDS = st.integers(0, 2**48)  # one of them is enough to send the same request again


@fuzzing(8_000)
@given(seed=SEEDS)
def test_real_requests_with_something_wrong(seed: int) -> None:
    """Members left out, doubled, renamed, exchanged, of another type, out of all measure."""
    random = Random(seed)
    request = spoilt(random.choice(stories()), stories(), random)
    named = request.get("hook")
    send(named if named in HOOKS else random.choice(HOOKS), as_json(request))


@fuzzing(1_500)
@given(seed=SEEDS)
def test_real_requests_with_bytes_lost(seed: int) -> None:
    random = Random(seed)
    request = random.choice(stories())
    send(request["hook"], spoilt_bytes(request, random))


class SpoiltServer:
    """A FHIR server that answers every query with what a spoilt request would have held for it."""

    random = Random(0)

    def __init__(self, *_args: object) -> None:
        self._lock = Lock()

    def get(self, *_args: object) -> bytes:
        with self._lock:
            story = spoilt(self.random.choice(stories()), stories(), self.random)
            prefetch = story["prefetch"] if isinstance(story.get("prefetch"), dict) else {}
            answer = self.random.choice([*prefetch.values(), *JUNK[:1]])
            return spoilt_bytes(answer, self.random) if self.random.random() < 0.1 else as_json(answer)


@lru_cache
def client_that_asks() -> FlaskClient:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cds.hooks.fhir_servers.FhirClient", SpoiltServer)
        asking = Settings(fhir_servers=("https://fhir.example.org/R4",), fhir_deadline=20.0)
        return create_app(asking, knowledge(), lambda: NOW).test_client()


@fuzzing(400)
@given(seed=SEEDS)
def test_real_requests_and_a_fhir_server_that_answers_wrongly(seed: int) -> None:
    SpoiltServer.random = random = Random(seed)
    request = random.choice(stories())
    sent = request | {"prefetch": {}, "fhirServer": "https://fhir.example.org/R4"}
    send(request["hook"], as_json(sent), to=client_that_asks())


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(JUNK),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
ENVELOPES = st.fixed_dictionaries(
    {},
    optional={
        "hook": st.sampled_from(HOOKS) | ANYTHING,
        "hookInstance": st.uuids().map(str) | ANYTHING,
        "fhirServer": st.sampled_from(("https://fhir.example.org/R4", "http://[")) | ANYTHING,
        "fhirAuthorization": st.fixed_dictionaries(
            {},
            optional={
                "access_token": st.text() | ANYTHING,
                "token_type": st.just("Bearer") | ANYTHING,
                "expires_in": st.integers() | ANYTHING,
                "scope": ANYTHING,
                "subject": ANYTHING,
                "patient": ANYTHING,
            },
        )
        | ANYTHING,
        "context": st.fixed_dictionaries(
            {},
            optional={
                "patientId": st.text(min_size=1) | ANYTHING,
                "userId": st.text() | ANYTHING,
                "draftOrders": ANYTHING,
                "selections": st.lists(st.text()) | ANYTHING,
            },
        )
        | ANYTHING,
        "prefetch": st.dictionaries(st.sampled_from(("patient", "counts-total", "item1")), ANYTHING)
        | ANYTHING,
    },
)


@fuzzing(1_000)
@given(body=ENVELOPES | ANYTHING, hook=st.sampled_from(HOOKS))
def test_any_json(body: Any, hook: str) -> None:
    send(hook, as_json(body))


@fuzzing(500)
@given(body=st.binary(max_size=400), kind=st.sampled_from(("application/json", "text/plain", "", "x/y;z=")))
def test_any_bytes(body: bytes, kind: str) -> None:
    send("order-sign", body, kind)


def test_so_many_were_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """The last one counts: ten thousand, and of each kind of answer some."""
    with capsys.disabled():
        said = ", ".join(f"{number} x {status}" for status, number in sorted(SENT.items()))
        print(f"\nfuzzed: {SENT.total()} requests ({said})")

    assert SENT.total() >= 10_000
    assert {200, 400, 412, 415} <= SENT.keys()
