"""W3C Trace Context: taken over as sent, passed on as a child, and nothing else of it."""

from __future__ import annotations

import io
import json
import re

import pytest
from flask.testing import FlaskClient

from cds.logs import LOGGER, configure_logging
from cds.trace import CURRENT, Trace, carry_on, read_traceparent
from tests.faults.ehr import QUERIES, call, record, request_of, service
from tests.faults.fhir_server import serving

TRACE, STEP = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SENT = f"00-{TRACE}-{STEP}-01"
CANARY = "canary-7f3a"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (SENT, Trace(TRACE, STEP, sampled=True)),
        (f"00-{TRACE}-{STEP}-00", Trace(TRACE, STEP, sampled=False)),
        (f"00-{TRACE}-{STEP}-03", Trace(TRACE, STEP, sampled=True)),  # flags that nobody knows yet
        (f"cc-{TRACE}-{STEP}-01-what-the-future-will-bring", Trace(TRACE, STEP, sampled=True)),
        ("", None),
        (f"00-{TRACE}-{STEP}-01-more", None),
        (f"ff-{TRACE}-{STEP}-01", None),
        (f"00-{'0' * 32}-{STEP}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-{STEP}-01", None),
        (f"00-{TRACE[:-1]}-{STEP}-01", None),
        (f"00-{TRACE}-{STEP}-1", None),
        (f"00-{TRACE}-{STEP}-01, 00-{TRACE}-{STEP}-01", None),
        (f" {SENT}", None),
        (f"{SENT}\n", None),
        (f"٠٠-{TRACE}-{STEP}-01", None),
    ],
)
def test_a_header_is_read_strictly_and_newer_versions_as_far_as_they_are_known(
    header: str, expected: Trace | None
) -> None:
    assert expected == read_traceparent(header)


def test_our_step_is_a_new_one_in_the_same_trace() -> None:
    with carry_on(SENT) as trace:
        assert trace is CURRENT.get()
        assert (TRACE, True) == (trace.trace, trace.sampled)
        assert STEP != trace.step
        assert trace == read_traceparent(trace.traceparent)
    assert CURRENT.get() is None


def test_without_a_header_that_can_be_read_a_trace_begins() -> None:
    with carry_on(f"00-{CANARY}") as one, carry_on("") as other:
        assert one.trace != other.trace
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", one.traceparent)


@pytest.fixture
def client() -> FlaskClient:
    return service("http://127.0.0.1:9/fhir")


def test_the_trace_is_in_the_log_and_in_the_answer_and_what_else_came_is_not(client: FlaskClient) -> None:
    stream = io.StringIO()
    before = (LOGGER.handlers, LOGGER.level, LOGGER.propagate)
    configure_logging("info", stream)
    more = {"tracestate": f"vendor={CANARY}", "baggage": f"patient={CANARY}"}
    response = client.get("/cds-services", headers={"traceparent": SENT, **more})
    LOGGER.handlers, LOGGER.level, LOGGER.propagate = before

    answered = read_traceparent(response.headers["traceresponse"])
    assert TRACE == json.loads(stream.getvalue())["trace"]
    assert answered is not None
    assert (TRACE, True) == (answered.trace, answered.sampled)
    assert CANARY not in stream.getvalue() + str(response.headers)


def test_a_fhir_server_is_told_the_trace_and_nothing_else_of_what_came() -> None:
    request = request_of()
    with serving(record(request)) as server:
        client = service(server.base)
        client.environ_base |= {
            "HTTP_TRACEPARENT": SENT,
            "HTTP_TRACESTATE": f"vendor={CANARY}",
            "HTTP_BAGGAGE": f"patient={CANARY}",
        }
        response = call(client, request, server.base, without=("medications", "temperature"))
        asked = [{name.lower(): value for name, value in each.headers.items()} for each in server.asked]

    assert 200 == response.status_code
    assert 2 == len(asked)
    assert {response.headers["traceresponse"]} == {headers["traceparent"] for headers in asked}
    assert TRACE in response.headers["traceresponse"]
    assert CANARY not in str(asked)
    assert {"medications", "temperature"} <= QUERIES.keys()


def test_two_exchanges_at_the_same_client_are_two_steps(client: FlaskClient) -> None:
    first, second = (
        client.get("/cds-services", headers={"traceparent": SENT}).headers["traceresponse"] for _ in range(2)
    )

    assert first != second
    assert first.split("-")[1] == second.split("-")[1] == TRACE
