"""Traces by OpenTelemetry: a span per exchange and per part of its work, and nothing of a patient in any."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from cds.app import create_app
from cds.errors import SettingsError
from cds.knowledge.load import load_knowledge
from cds.settings import Settings
from cds.stories import load_story
from cds.telemetry.assembly import open_telemetry, with_spans
from cds.telemetry.spans import Spans
from tests.faults.ehr import call, record, request_of
from tests.faults.fhir_server import serving
from tests.source_code import ROOT

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
STORY = load_story(ROOT / "fixtures" / "methimazole-reordered-at-anc-0.3", NOW)
TRACE, STEP = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
INVOKE = f"/cds-services/{STORY.service}"


class Collected:
    """A service, and the spans that it ended."""

    def __init__(self, settings: Settings) -> None:
        self.exporter = InMemorySpanExporter()
        self._spans = Spans(lambda: self.exporter)
        self.telemetry = with_spans(open_telemetry(settings), self._spans)
        self.client: FlaskClient = create_app(
            settings, load_knowledge(), lambda: NOW, self.telemetry
        ).test_client()

    def spans(self) -> dict[str, ReadableSpan]:
        self._spans.flush()
        return {span.name: span for span in self.exporter.get_finished_spans()}

    def text(self) -> str:
        self._spans.flush()
        return "".join(span.to_json() for span in self.exporter.get_finished_spans())


@pytest.fixture
def collected() -> Collected:
    return Collected(Settings())


def _post(collected: Collected, body: Any, **headers: str) -> Any:
    return collected.client.post(INVOKE, data=body, content_type="application/json", headers=headers)


def test_an_exchange_is_a_span_and_its_parts_are_below_it(collected: Collected) -> None:
    response = _post(collected, STORY.request, traceparent=f"00-{TRACE}-{STEP}-01")

    spans = collected.spans()
    assert {"decision order-sign", "collect", "conclude", "render"} == {*spans}
    exchange = spans.pop("decision order-sign")
    assert (SpanKind.SERVER, int(TRACE, 16)) == (exchange.kind, exchange.context.trace_id)
    assert exchange.parent is not None
    assert int(STEP, 16) == exchange.parent.span_id
    assert {exchange.context.span_id} == {part.parent.span_id for part in spans.values() if part.parent}
    assert response.headers["traceresponse"] == f"00-{TRACE}-{exchange.context.span_id:016x}-01"


def test_a_span_says_what_became_of_its_exchange(collected: Collected) -> None:
    response = _post(collected, STORY.request)

    attributes = dict(collected.spans()["decision order-sign"].attributes or {})
    assert response.headers["X-Request-Id"] == attributes.pop("leukocds.request")
    assert attributes.pop("leukocds.knowledge")
    assert {
        "http.response.status_code": 200,
        "leukocds.action": "decision",
        "leukocds.outcome": "cards",
        "leukocds.tenant": "sandbox",
        "leukocds.hook": "order-sign",
        "leukocds.instance": json.loads(STORY.request)["hookInstance"],
        "leukocds.cards": len(response.get_json()["cards"]),
    } == attributes


def test_no_span_holds_a_word_about_the_patient(collected: Collected) -> None:
    canary = "canary-7f3a"
    body = json.loads(STORY.request)
    body["context"]["patientId"] = canary
    _post(collected, json.dumps(body), baggage=f"patient={canary}", tracestate=f"x={canary}")
    _post(collected, canary)
    collected.client.get(f"/{canary}?{canary}")

    text = collected.text()
    assert 3 <= text.count('"leukocds.request"')
    assert canary not in text
    assert "methimazole" not in text


def test_probes_and_scrapes_leave_no_spans(collected: Collected) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert 200 == collected.client.get(path).status_code

    assert {} == collected.spans()


def test_of_a_fault_neither_message_nor_stack_is_sent(
    collected: Collected, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("canary-7f3a")

    monkeypatch.setattr("cds.answer.assess", fail)
    assert 500 == _post(collected, STORY.request).status_code

    spans = collected.spans()
    assert StatusCode.ERROR is spans["decision order-sign"].status.status_code
    assert [()] * len(spans) == [tuple(span.events) for span in spans.values()]
    assert "canary" not in collected.text()


def test_a_fhir_server_gets_the_step_of_the_fetching() -> None:
    request = request_of()
    with serving(record(request)) as server:
        collected = Collected(Settings(fhir_servers=(server.base,), allow_http_fhir=True))
        call(collected.client, request, server.base, without=("medications",))
        (asked,) = server.asked

    fetch = collected.spans()["fetch"]
    sent = {name.lower(): value for name, value in asked.headers.items()}["traceparent"]
    assert f"00-{fetch.context.trace_id:032x}-{fetch.context.span_id:016x}-01" == sent


@pytest.mark.parametrize("blocked", ["opentelemetry", "opentelemetry.exporter"])
def test_without_the_extra_everything_works_but_the_spans(blocked: str) -> None:
    """None of its packages is needed unless it is asked for; then the error says what to install."""
    script = (
        f"import sys; sys.modules[{blocked!r}] = None\n"
        "from cds.app import create_app; from cds.knowledge.load import load_knowledge;"
        "from cds.settings import Settings; from cds.errors import SettingsError\n"
        "app = create_app(Settings(), load_knowledge())\n"
        "assert app.test_client().get('/cds-services').status_code == 200\n"
        "try: create_app(Settings(otel=True), load_knowledge())\n"
        "except SettingsError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )

    assert "pip install 'leukocds[otel]'" in done.stdout


def test_the_exporter_is_found_missing_before_anybody_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter", None)

    with pytest.raises(SettingsError, match="LEUKOCDS_OTEL needs OpenTelemetry"):
        open_telemetry(Settings(otel=True))
