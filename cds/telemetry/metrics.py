"""What is counted, by which labels: every metric of the service stands here and nowhere else.

A label holds a word of ours or of the site's configuration, never anything that a caller made up, so that
nobody can flood the metrics or smuggle a patient into them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from cds.hooks.observed import Action, Exchange, Outcome
from cds.shown import RecordsState

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9.-]{0,63}", re.ASCII)
_MOST = 200  # different words per label


@dataclass(frozen=True, slots=True)
class Described:
    """A metric as the documents show it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    explained: str


class Metrics:
    """The metrics that add up over all processes. Safe to share between threads."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        """``registry`` exports them; ``None`` where processes share files (``cds.telemetry.shared``)."""
        self._registry = registry
        self._words: defaultdict[str, set[str]] = defaultdict(set)
        self.described: list[Described] = []
        self._requests = self._counter(
            "leukocds_requests",
            "Exchanges over HTTP, by what became of them.",
            "tenant",
            "action",
            "hook",
            "outcome",
        )
        self._seconds = self._histogram(
            "leukocds_request_duration_seconds", "How long an exchange took.", "action", "hook"
        )
        self._in_progress = self._gauge(
            "leukocds_requests_in_progress",
            "Exchanges that are being answered; leukocds_threads is the most there can be.",
        )
        self._wire_refusals = self._counter(
            "leukocds_wire_refusals",
            "What arrived and was no whole HTTP request, by kind; TooSlow: a client that sends by the drop.",
            "reason",
        )
        self._processes_lost = self._counter(
            "leukocds_processes_lost",
            "Processes that were killed, hung or died of a fault, and with them what they were answering.",
        )
        self._refusals = self._counter(
            "leukocds_refusals",
            "Exchanges that ended with 4xx or 5xx, by the name of the error; the log has the same name.",
            "tenant",
            "action",
            "reason",
        )
        self._tokens_refused = self._counter(
            "leukocds_tokens_refused", "Tokens that were refused, by reason.", "reason"
        )
        self._tokens_unchecked = self._counter(
            "leukocds_tokens_unchecked",
            "Tokens let in while the database was down, unknown whether they were used before.",
            "tenant",
        )
        self._stale_keys = self._counter(
            "leukocds_stale_keys",
            "Tokens let in by keys that were due to be fetched again and could not be; after a day none is.",
            "tenant",
        )
        self._cards = self._counter(
            "leukocds_cards",
            "Cards by topic and indicator; fate is shown, shadow (worked out, not sent) or repeat (not sent"
            " again).",
            "tenant",
            "topic",
            "indicator",
            "fate",
        )
        self._feedback = self._counter(
            "leukocds_feedback",
            "What clinicians did with cards: outcome is accepted or overridden; topic is unknown for cards"
            " that are not in the records.",
            "tenant",
            "topic",
            "outcome",
            "reason",
        )
        self._feedback_repeated = self._counter(
            "leukocds_feedback_repeated", "Outcomes that were known already and sent again.", "tenant"
        )
        self._prefetch = self._counter(
            "leukocds_prefetch",
            "Our queries, by how their answers came: supplied, fetched, failed or absent.",
            "tenant",
            "key",
            "state",
        )
        self._questions = self._counter(
            "leukocds_fhir_requests",
            "Questions to FHIR servers, by what became of them.",
            "tenant",
            "outcome",
        )
        self._question_seconds = self._histogram(
            "leukocds_fhir_request_duration_seconds", "How long a FHIR server took.", "tenant"
        )
        self._data_quality = self._counter(
            "leukocds_data_quality_findings",
            "Data that could not be used, or only with doubt, by kind.",
            "tenant",
            "kind",
        )
        self._reloads = self._counter(
            "leukocds_reloads", "Readings of the knowledge at SIGHUP: ok or refused.", "result"
        )
        self._switch_reads = self._counter(
            "leukocds_switch_reads",
            "Readings of a changed switches file, per process: ok or refused.",
            "result",
        )
        self._audit = self._counter(
            "leukocds_audit_events", "Events of the audit trail: written or failed.", "result"
        )
        self._waiting = self._gauge(
            "leukocds_records_waiting", "Answers whose cards are not yet written to the database."
        )
        self._dropped = self._counter(
            "leukocds_records_dropped", "Answers whose cards never will be written to the database."
        )
        self._dropped_here = 0

    def expect(self, tenants: Iterable[str], hooks: Iterable[str]) -> None:
        """Show what alerts watch before it happens: a number that is first seen as 1 is no increase."""
        for result in ("ok", "refused"):
            self._reloads.labels(result)
            self._switch_reads.labels(result)
        for result in ("written", "failed"):
            self._audit.labels(result)
        for tenant, hook in product(tenants, hooks):
            self._tokens_unchecked.labels(tenant)
            self._stale_keys.labels(tenant)
            for outcome in (Outcome.CARDS, Outcome.SILENT, Outcome.MISSING, Outcome.FAULT):
                self._requests.labels(tenant, Action.DECISION.value, hook, outcome.value)

    # --- what happened ----------------------------------------------------------------------------------

    def count_exchange(self, exchange: Exchange) -> None:
        """Count one finished exchange."""
        tenant = exchange.tenant or "unknown"
        action, hook, outcome = exchange.action.value, exchange.hook or "none", exchange.outcome.value
        self._requests.labels(tenant, action, hook, outcome).inc()
        self._seconds.labels(action, hook).observe(exchange.seconds)
        if exchange.status == 401:
            self._tokens_refused.labels(self._word("reason", exchange.reason)).inc()
        elif exchange.status >= 400:
            self._refusals.labels(tenant, action, self._word("error", exchange.reason)).inc()
        if exchange.unchecked_token:
            self._tokens_unchecked.labels(tenant).inc()
        if exchange.stale_keys:
            self._stale_keys.labels(tenant).inc()
        self._count_answer(exchange, tenant)
        self._count_feedback(exchange, tenant)

    @contextmanager
    def in_progress(self) -> Iterator[None]:
        """Entered while an exchange is being answered."""
        with self._in_progress.track_inprogress():
            yield

    def count_wire_refusal(self, reason: str) -> None:
        """Count something that arrived and was no whole HTTP request."""
        self._wire_refusals.labels(self._word("wire", reason)).inc()

    def count_lost_process(self) -> None:
        """Count one process that ended without having been told to, or did not end when it was."""
        self._processes_lost.inc()

    def count_reload(self, *, accepted: bool) -> None:
        """Count one reading of the knowledge at SIGHUP."""
        self._reloads.labels("ok" if accepted else "refused").inc()

    def count_switches(self, *, accepted: bool) -> None:
        """Count one reading of a changed switches file."""
        self._switch_reads.labels("ok" if accepted else "refused").inc()

    def count_audit(self, *, written: bool) -> None:
        """Count one event of the audit trail."""
        self._audit.labels("written" if written else "failed").inc()

    def follow_records(self, state: RecordsState) -> None:
        """Bring the numbers of this process's records up to date."""
        self._waiting.set(state.waiting)
        if state.dropped > self._dropped_here:
            self._dropped.inc(state.dropped - self._dropped_here)
            self._dropped_here = state.dropped

    def _count_answer(self, exchange: Exchange, tenant: str) -> None:
        answer = exchange.answer
        if answer is None or exchange.action is not Action.DECISION:
            return
        for fate, cards in (
            ("shown", answer.shown),
            ("shadow", answer.shadowed),
            ("repeat", answer.repeated),
        ):
            for card in cards:
                self._cards.labels(tenant, card.topic or "none", card.indicator, fate).inc()
        for key, state in answer.prefetch.items():
            self._prefetch.labels(tenant, key, state).inc()
        for question in answer.questions:
            self._questions.labels(tenant, self._word("outcome", question.outcome)).inc()
            self._question_seconds.labels(tenant).observe(question.seconds)
        for kind, times in answer.gaps.items():
            self._data_quality.labels(tenant, kind).inc(times)

    def _count_feedback(self, exchange: Exchange, tenant: str) -> None:
        if exchange.kept is None:
            return
        for each in exchange.kept.new:
            reason = self._word("override", each.reason) if each.reason else "none"
            self._feedback.labels(tenant, each.topic or "unknown", each.outcome, reason).inc()
        if exchange.kept.repeated:
            self._feedback_repeated.labels(tenant).inc(exchange.kept.repeated)

    # --- how they are made ------------------------------------------------------------------------------

    def _word(self, label: str, word: str) -> str:
        """``word`` if it can be a label, else ``other``: no text of a caller, and not ever more of them."""
        known = self._words[label]
        if word not in known:
            if not _CODE.fullmatch(word) or len(known) >= _MOST:
                return "other"
            known.add(word)
        return word

    def _counter(self, name: str, explained: str, *labels: str) -> Counter:
        self.described.append(Described(f"{name}_total", "counter", labels, explained))
        return Counter(name, explained, labels, registry=self._registry)

    def _gauge(self, name: str, explained: str) -> Gauge:
        self.described.append(Described(name, "gauge", (), explained))
        return Gauge(name, explained, registry=self._registry, multiprocess_mode="livesum")

    def _histogram(self, name: str, explained: str, *labels: str) -> Histogram:
        self.described.append(Described(name, "histogram", labels, explained))
        return Histogram(name, explained, labels, registry=self._registry, buckets=_SECONDS)
