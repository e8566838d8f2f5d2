"""Counts what happens, in the metrics that ``cds.telemetry.described`` names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import product
from threading import Lock

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from cds.hooks.observed import Action, Exchange, Outcome
from cds.shown import RecordsState
from cds.telemetry import described
from cds.telemetry.described import COUNTED, Described

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9.-]{0,63}", re.ASCII)
_MOST = 200  # different words per label


class Metrics:
    """The metrics that add up over all processes. Safe to share between threads."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        """``registry`` exports them; ``None`` where processes share files (``cds.telemetry.shared``)."""
        self._words: defaultdict[str, set[str]] = defaultdict(set)
        self._dropped_here = 0
        self._dropping = Lock()
        self._counters = {
            each: Counter(each.name.removesuffix("_total"), each.explained, each.labels, registry=registry)
            for each in COUNTED
            if each.kind == "counter"
        }
        self._gauges = {
            each: Gauge(each.name, each.explained, registry=registry, multiprocess_mode="livesum")
            for each in COUNTED
            if each.kind == "gauge"
        }
        self._histograms = {
            each: Histogram(each.name, each.explained, each.labels, registry=registry, buckets=_SECONDS)
            for each in COUNTED
            if each.kind == "histogram"
        }

    def expect(self, tenants: Iterable[str], hooks: Iterable[str]) -> None:
        """Show what alerts watch before it happens: a number that is first seen as 1 is no increase."""
        for result in ("ok", "refused"):
            self._count(described.RELOADS, result, times=0)
            self._count(described.SWITCH_READS, result, times=0)
        for result in ("written", "failed"):
            self._count(described.AUDIT, result, times=0)
        for tenant, hook in product(tenants, hooks):
            self._count(described.TOKENS_UNCHECKED, tenant, times=0)
            self._count(described.STALE_KEYS, tenant, times=0)
            for outcome in (Outcome.CARDS, Outcome.SILENT, Outcome.MISSING, Outcome.FAULT):
                self._count(described.REQUESTS, tenant, Action.DECISION.value, hook, outcome.value, times=0)

    # --- what happened ----------------------------------------------------------------------------------

    def count_exchange(self, exchange: Exchange) -> None:
        """Count one finished exchange."""
        tenant = exchange.tenant or "unknown"
        action, hook, outcome = exchange.action.value, exchange.hook or "none", exchange.outcome.value
        self._count(described.REQUESTS, tenant, action, hook, outcome)
        self._histograms[described.SECONDS].labels(action, hook).observe(exchange.seconds)
        if exchange.status == 401:
            self._count(described.TOKENS_REFUSED, self._word("reason", exchange.reason))
        elif exchange.status >= 400:
            self._count(described.REFUSALS, tenant, action, self._word("error", exchange.reason))
        if exchange.unchecked_token:
            self._count(described.TOKENS_UNCHECKED, tenant)
        if exchange.stale_keys:
            self._count(described.STALE_KEYS, tenant)
        self._count_answer(exchange, tenant)
        self._count_feedback(exchange, tenant)

    @contextmanager
    def in_progress(self) -> Iterator[None]:
        """Entered while an exchange is being answered."""
        with self._gauges[described.IN_PROGRESS].track_inprogress():
            yield

    def count_wire_refusal(self, reason: str) -> None:
        """Count something that arrived and was no whole HTTP request."""
        self._count(described.WIRE_REFUSALS, self._word("wire", reason))

    def count_lost_process(self) -> None:
        """Count one process that ended without having been told to, or did not end when it was."""
        self._count(described.PROCESSES_LOST)

    def count_reload(self, *, accepted: bool) -> None:
        """Count one reading of the knowledge at SIGHUP."""
        self._count(described.RELOADS, "ok" if accepted else "refused")

    def count_switches(self, *, accepted: bool) -> None:
        """Count one reading of a changed switches file."""
        self._count(described.SWITCH_READS, "ok" if accepted else "refused")

    def count_audit(self, *, written: bool) -> None:
        """Count one event of the audit trail."""
        self._count(described.AUDIT, "written" if written else "failed")

    def follow_records(self, state: RecordsState) -> None:
        """Bring the numbers of this process's records up to date."""
        self._gauges[described.WAITING].set(state.waiting)
        with self._dropping:  # all threads come by, after every exchange
            if state.dropped > self._dropped_here:
                self._count(described.DROPPED, times=state.dropped - self._dropped_here)
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
                self._count(described.CARDS, tenant, card.topic or "none", card.indicator, fate)
        for key, state in answer.prefetch.items():
            self._count(described.PREFETCH, tenant, key, state)
        for question in answer.questions:
            self._count(described.QUESTIONS, tenant, self._word("outcome", question.outcome))
            self._histograms[described.QUESTION_SECONDS].labels(tenant).observe(question.seconds)
        for kind, times in answer.gaps.items():
            self._count(described.DATA_QUALITY, tenant, kind, times=times)

    def _count_feedback(self, exchange: Exchange, tenant: str) -> None:
        if exchange.kept is None:
            return
        for each in exchange.kept.new:
            reason = self._word("override", each.reason) if each.reason else "none"
            self._count(described.FEEDBACK, tenant, each.topic or "unknown", each.outcome, reason)
        if exchange.kept.repeated:
            self._count(described.FEEDBACK_REPEATED, tenant, times=exchange.kept.repeated)

    # --- how they are counted ---------------------------------------------------------------------------

    def _word(self, label: str, word: str) -> str:
        """``word`` if it can be a label, else ``other``: no text of a caller, and not ever more of them."""
        known = self._words[label]
        if word not in known:
            if not _CODE.fullmatch(word) or len(known) >= _MOST:
                return "other"
            known.add(word)
        return word

    def _count(self, what: Described, *labels: str, times: float = 1) -> None:
        counter = self._counters[what]
        (counter.labels(*labels) if labels else counter).inc(times)
