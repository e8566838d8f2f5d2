"""Every metric: what makes it move, and that no caller's word becomes a label."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event

import pytest
from prometheus_client import CollectorRegistry, Counter

from cds.hooks.observed import Action, Exchange, Outcome
from cds.hooks.services import Answer, Question
from cds.shown import CountedOutcome, Kept, RecordsState, ShownCard
from cds.telemetry.described import AT_A_LOOK, COUNTED
from cds.telemetry.exposition import Exposition, Now
from cds.telemetry.metrics import Metrics

CANARY = "Jane Doe 0.3 x10^9/L"
CARD = ShownCard("c0ffee00-0000-4000-8000-000000000001", "leukoLowCount", "warning", ("methimazole",))
SILENT = Answer(b'{"cards":[]}')
EXCHANGE = Exchange(
    at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    request="d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    trace="4bf92f3577b34da6a3ce929d0e0e4736",
    action=Action.DECISION,
    service="leuko-order-sign",
    hook="order-sign",
    instance="",
    status=200,
    reason="",
    seconds=0.02,
    tenant="north",
    patient=CANARY,
    user=CANARY,
    answer=SILENT,
)


class Page:
    """The metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry)

    def value(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0

    def text(self, now: Now | None = None) -> str:
        return Exposition(self.registry).write(now or Now("2026.11.0+0")).decode()


@pytest.fixture
def page() -> Page:
    return Page()


# --- what became of a request ---------------------------------------------------------------------------

ENDINGS = [
    (Outcome.CARDS, replace(EXCHANGE, answer=replace(SILENT, shown=(CARD,)))),
    (Outcome.SILENT, EXCHANGE),
    (Outcome.SHADOW, replace(EXCHANGE, answer=replace(SILENT, shadowed=(CARD,)))),
    (Outcome.CARDS, replace(EXCHANGE, answer=replace(SILENT, shown=(CARD,), shadowed=(CARD,)))),
    (Outcome.REPEATED, replace(EXCHANGE, answer=replace(SILENT, repeated=(CARD,)))),
    (Outcome.MISSING, replace(EXCHANGE, status=412, answer=None)),
    (Outcome.MISSING, replace(EXCHANGE, answer=replace(SILENT, shown=(CARD,), unchecked="missing"))),
    (Outcome.FAULT, replace(EXCHANGE, answer=replace(SILENT, shown=(CARD,), unchecked="fault"))),
    (Outcome.NOT_MEANT, replace(EXCHANGE, answer=replace(SILENT, unchecked="not-meant"))),
    (Outcome.REFUSED, replace(EXCHANGE, status=400, reason="WrongShape", answer=None)),
    (Outcome.UNAVAILABLE, replace(EXCHANGE, status=503, reason="RecordsUnavailable", answer=None)),
    (Outcome.FAULT, replace(EXCHANGE, status=500, reason="InternalFault", answer=None)),
    (Outcome.DONE, replace(EXCHANGE, action=Action.FEEDBACK, answer=None)),
    (Outcome.DONE, replace(EXCHANGE, action=Action.DISCOVERY, answer=None)),
]


@pytest.mark.parametrize(("outcome", "exchange"), ENDINGS)
def test_a_request_is_counted_by_what_became_of_it(page: Page, outcome: Outcome, exchange: Exchange) -> None:
    """Not having looked, not having shown and having nothing to say are three different outcomes."""
    page.metrics.count_exchange(exchange)

    labels = {"tenant": "north", "action": exchange.action.value, "hook": "order-sign"}
    counted = {each: page.value("leukocds_requests_total", outcome=each, **labels) for each in Outcome}
    assert {outcome: 1.0} == {each: times for each, times in counted.items() if times}


def test_no_two_outcomes_of_an_empty_list_are_the_same() -> None:
    empty = [exchange.outcome for _, exchange in ENDINGS if exchange.answer and not exchange.answer.shown]

    assert len(empty) == len({*empty}) == 4


def test_how_long_it_took_falls_into_a_bucket(page: Page) -> None:
    page.metrics.count_exchange(replace(EXCHANGE, seconds=0.025))

    labels = {"action": "decision", "hook": "order-sign"}
    name = "leukocds_request_duration_seconds_bucket"
    assert [0, 1] == [page.value(name, le=le, **labels) for le in ("0.01", "0.025")]


def test_a_caller_that_is_not_known_is_unknown(page: Page) -> None:
    page.metrics.count_exchange(
        replace(EXCHANGE, tenant="", service="", hook="", status=401, reason="bad-signature", answer=None)
    )

    labels = {"tenant": "unknown", "action": "decision", "hook": "none", "outcome": "refused"}
    assert 1 == page.value("leukocds_requests_total", **labels)
    assert 1 == page.value("leukocds_tokens_refused_total", reason="bad-signature")


def test_a_refusal_is_counted_by_the_name_that_the_log_has(page: Page) -> None:
    page.metrics.count_exchange(replace(EXCHANGE, status=412, reason="MissingData", answer=None))

    labels = {"tenant": "north", "action": "decision", "reason": "MissingData"}
    assert 1 == page.value("leukocds_refusals_total", **labels)


# --- what was said and done -----------------------------------------------------------------------------


def test_a_card_is_counted_by_its_fate(page: Page) -> None:
    critical = replace(CARD, topic="leukoFever", indicator="critical")
    answer = replace(SILENT, shown=(CARD, CARD), shadowed=(critical,), repeated=(CARD,))
    page.metrics.count_exchange(replace(EXCHANGE, answer=answer))

    low = {"tenant": "north", "topic": "leukoLowCount", "indicator": "warning"}
    fever = {"tenant": "north", "topic": "leukoFever", "indicator": "critical"}
    assert 2 == page.value("leukocds_cards_total", fate="shown", **low)
    assert 1 == page.value("leukocds_cards_total", fate="repeat", **low)
    assert 1 == page.value("leukocds_cards_total", fate="shadow", **fever)
    assert 0 == page.value("leukocds_cards_total", fate="shown", **fever)


def test_feedback_is_counted_by_topic_and_reason(page: Page) -> None:
    kept = Kept(
        new=(
            CountedOutcome("overridden", "comfort-care", "leukoLowCount", "methimazole"),
            CountedOutcome("accepted", "", "leukoOrderRisk"),
            CountedOutcome("overridden"),
        ),
        repeated=4,
        unknown=1,
    )
    page.metrics.count_exchange(replace(EXCHANGE, action=Action.FEEDBACK, answer=None, kept=kept))

    def counted(topic: str, outcome: str, reason: str) -> float:
        labels = {"tenant": "north", "topic": topic, "outcome": outcome, "reason": reason}
        return page.value("leukocds_feedback_total", **labels)

    assert 1 == counted("leukoLowCount", "overridden", "comfort-care")
    assert 1 == counted("leukoOrderRisk", "accepted", "none")
    assert 1 == counted("unknown", "overridden", "none")
    assert 4 == page.value("leukocds_feedback_repeated_total", tenant="north")


def test_each_query_is_counted_by_how_its_answer_came(page: Page) -> None:
    states = {"patient": "supplied", "temperature": "fetched", "tests": "failed", "allergies": "absent"}
    page.metrics.count_exchange(replace(EXCHANGE, answer=replace(SILENT, prefetch=states)))

    for key, state in states.items():
        assert 1 == page.value("leukocds_prefetch_total", tenant="north", key=key, state=state)


def test_questions_to_a_fhir_server_are_counted_and_timed(page: Page) -> None:
    questions = (Question("tests", "ok", 0.2), Question("allergies", "timeout", 2.5))
    page.metrics.count_exchange(replace(EXCHANGE, answer=replace(SILENT, questions=questions)))

    name = "leukocds_fhir_request_duration_seconds"
    assert 1 == page.value("leukocds_fhir_requests_total", tenant="north", outcome="ok")
    assert 1 == page.value("leukocds_fhir_requests_total", tenant="north", outcome="timeout")
    assert (2, 2.7) == (
        page.value(f"{name}_count", tenant="north"),
        page.value(f"{name}_sum", tenant="north"),
    )


def test_data_quality_is_counted_by_kind(page: Page) -> None:
    gaps = {"unknown-unit": 3, "wrong-patient": 1}
    page.metrics.count_exchange(replace(EXCHANGE, answer=replace(SILENT, gaps=gaps)))

    name = "leukocds_data_quality_findings_total"
    assert 3 == page.value(name, tenant="north", kind="unknown-unit")
    assert 1 == page.value(name, tenant="north", kind="wrong-patient")


def test_every_refusal_but_that_of_a_token_is_counted_by_its_error(page: Page) -> None:
    for status, error in ((200, ""), (399, "canary"), (400, "WrongShape"), (401, "expired"), (500, "Fault")):
        page.metrics.count_exchange(replace(EXCHANGE, status=status, reason=error, answer=None))

    name = "leukocds_refusals_total"
    counted = {
        sample.labels["reason"]: sample.value
        for family in page.registry.collect()
        for sample in family.samples
        if sample.name == name
    }
    assert {"WrongShape": 1, "Fault": 1} == counted


def test_what_happens_to_the_service_itself_is_counted(page: Page) -> None:
    page.metrics.count_reload(accepted=True)
    page.metrics.count_reload(accepted=False)
    page.metrics.count_switches(accepted=False)
    page.metrics.count_audit(written=True)
    page.metrics.count_exchange(replace(EXCHANGE, unchecked_token=True))
    page.metrics.count_exchange(replace(EXCHANGE, stale_keys=True))

    assert 1 == page.value("leukocds_reloads_total", result="ok")
    assert 1 == page.value("leukocds_reloads_total", result="refused")
    assert 1 == page.value("leukocds_switch_reads_total", result="refused")
    assert 1 == page.value("leukocds_audit_events_total", result="written")
    assert 1 == page.value("leukocds_tokens_unchecked_total", tenant="north")
    assert 1 == page.value("leukocds_stale_keys_total", tenant="north")


def test_what_is_being_answered_is_counted_until_it_is(page: Page) -> None:
    name = "leukocds_requests_in_progress"
    with page.metrics.in_progress():
        with page.metrics.in_progress():
            assert 2 == page.value(name)
        assert 1 == page.value(name)
    assert 0 == page.value(name)


def test_what_is_no_http_is_counted_by_kind(page: Page) -> None:
    page.metrics.count_wire_refusal("TooSlow")
    page.metrics.count_wire_refusal(CANARY)

    counted = [page.value("leukocds_wire_refusals_total", reason=each) for each in ("TooSlow", "other")]
    assert [1, 1] == counted


def test_what_the_records_lost_adds_up_and_what_waits_does_not(page: Page) -> None:
    for waiting, dropped in ((5, 0), (3, 2), (0, 2)):
        page.metrics.follow_records(RecordsState(up=True, waiting=waiting, dropped=dropped))

    assert 0 == page.value("leukocds_records_waiting")
    assert 2 == page.value("leukocds_records_dropped_total")


def test_what_is_told_by_two_threads_at_once_is_counted_once(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is held up in the middle of counting until the other has come by as well."""
    lost = RecordsState(up=True, waiting=0, dropped=7)
    meanwhile = Event()
    inc = Counter.inc

    def slowly(counter: Counter, times: float = 1, exemplar: dict[str, str] | None = None) -> None:
        meanwhile.wait(0.2)
        inc(counter, times, exemplar)

    monkeypatch.setattr(Counter, "inc", slowly)
    with ThreadPoolExecutor(2) as threads:
        told = [threads.submit(page.metrics.follow_records, lost) for _ in range(2)]
        wait(told, timeout=0.05)
        meanwhile.set()

    assert 7 == page.value("leukocds_records_dropped_total")


def test_what_alerts_watch_is_there_before_it_happens(page: Page) -> None:
    """Prometheus sees no increase in a number that it meets for the first time."""
    page.metrics.count_exchange(EXCHANGE)
    page.metrics.expect(["north"], ["order-sign", "patient-view"])

    labels = {"tenant": "north", "action": "decision"}
    for hook in ("order-sign", "patient-view"):
        fault = {"hook": hook, "outcome": "fault", **labels}
        assert 0 == page.registry.get_sample_value("leukocds_requests_total", fault)
    assert 0 == page.registry.get_sample_value("leukocds_audit_events_total", {"result": "failed"})
    assert 1 == page.value("leukocds_requests_total", hook="order-sign", outcome="silent", **labels)


# --- labels ---------------------------------------------------------------------------------------------


def test_no_word_of_a_caller_becomes_a_label(page: Page) -> None:
    question = Question(CANARY, CANARY, 0.1)
    page.metrics.count_exchange(replace(EXCHANGE, answer=replace(SILENT, questions=(question,))))
    page.metrics.count_exchange(replace(EXCHANGE, status=401, reason=CANARY, answer=None))
    page.metrics.count_exchange(
        replace(EXCHANGE, answer=None, kept=Kept((CountedOutcome("overridden", CANARY),)))
    )

    text = page.text()
    assert "Jane" not in text
    assert "methimazole" not in text
    assert 1 == page.value("leukocds_tokens_refused_total", reason="other")


def test_reasons_do_not_become_more_and_more(page: Page) -> None:
    for number in range(1000):
        page.metrics.count_exchange(replace(EXCHANGE, status=401, reason=f"reason-{number}", answer=None))

    lines = [line for line in page.text().splitlines() if line.startswith("leukocds_tokens_refused_total{")]
    assert 201 == len(lines)
    assert 800 == page.value("leukocds_tokens_refused_total", reason="other")


# --- at a look ------------------------------------------------------------------------------------------


def test_what_is_true_now_is_on_the_page(page: Page) -> None:
    now = Now(
        knowledge="2026.11.0+0123",
        overlay="General Hospital",
        overdue=2,
        off=(("rule", "order-risk/pair", ""), ("topic", "leukoPrecautions", "north")),
        shadowed=(("", "south"),),
        stale=True,
        records=RecordsState(up=False),
    )

    lines = page.text(now).splitlines()
    assert 'leukocds_knowledge_info{overlay="General Hospital",version="2026.11.0+0123"} 1.0' in lines
    assert "leukocds_knowledge_reviews_overdue 2.0" in lines
    assert 'leukocds_switched_off{kind="rule",name="order-risk/pair",tenant="all"} 1.0' in lines
    assert 'leukocds_switched_off{kind="topic",name="leukoPrecautions",tenant="north"} 1.0' in lines
    assert 'leukocds_shadowed{tenant="south",topic="all"} 1.0' in lines
    assert "leukocds_switches_stale 1.0" in lines
    assert "leukocds_database_up 0.0" in lines


def test_every_metric_is_described_and_nothing_else_is_on_the_page(page: Page) -> None:
    page.metrics.count_exchange(EXCHANGE)
    described = {each.name for each in (*COUNTED, *AT_A_LOOK)}
    kinds = {
        line.split()[2]: line.split()[3]
        for line in page.text(Now("1", records=RecordsState(up=True))).splitlines()
        if line.startswith("# TYPE") and not line.split()[2].endswith("_created")
    }

    assert described == {*kinds}
