"""The FHIR servers of all callers, as one process reaches them: its connections, its threads, its patience.

Each server has threads of its own, so that none waits for another's answers.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from threading import Lock

from cds.hooks.authorization import Access
from cds.hooks.fhir_gate import Gate
from cds.hooks.fhir_job import Job, Limits, Wanted
from cds.readers.fhir_client import Allowance, FhirClient
from cds.settings import Settings

_MOST_PAGES = 8  # of one answer
_IN_ALL = 3  # times the bytes that one page may have
_NOT_ANSWERED = frozenset({"timeout", "unreachable", "tls", "proxy"})


class FhirServers:
    """Made once per process or before it is forked; safe to share between threads.

    Attributes:
        deadline: seconds that all questions of one call may take together.
    """

    def __init__(self, settings: Settings, gate: Gate | None = None) -> None:
        self.deadline = settings.fhir_deadline
        self._settings = settings
        self._gate = gate or Gate(settings.threads)
        self._at_once = 2 * settings.threads  # questions to one server
        self._client = FhirClient(self._at_once, settings.ca_file)
        self._pools: dict[tuple[int, str], ThreadPoolExecutor] = {}
        self._opening = Lock()

    def refusal(self, base: str, access: Access) -> str:
        """Why this listed server must not be asked, as a code; empty if it may be."""
        if not base.lower().startswith("https://") and not self._settings.allow_http_fhir:
            return "http-fhir-server"
        if not access.token and self._settings.production:
            return access.doubt or "no-access-token"
        return access.doubt

    def allowance(self) -> Allowance:
        """The bytes that all answers of one call may have."""
        return Allowance(_IN_ALL * self._settings.max_body)

    def job(self, wanted: Wanted, base: str, token: str, allowance: Allowance, until: float) -> Job:
        """One question, not yet asked."""
        limits = Limits(_MOST_PAGES, self._settings.max_body, until)
        return Job(self._client, wanted, base, token, allowance, limits)

    def ask(self, base: str, jobs: Sequence[Job], seconds: float) -> str:
        """Run ``jobs`` side by side, so long at most and then no more; empty, or why none was begun."""
        refusal = self._gate.enter(base)
        if refusal:
            return refusal
        begun: list[Future[None]] = []
        try:
            pool = self._pool(base)
            for job in jobs:
                begun.append(pool.submit(copy_context().run, job.run))  # noqa: PERF401  (those begun have to be ended)
            wait(begun, timeout=seconds)
        finally:
            for future in begun:
                future.cancel()
            for job in jobs:
                job.end()
            answered = any(question.outcome not in _NOT_ANSWERED for job in jobs for question in job.asked)
            self._gate.leave(base, answered=answered)
        for future in begun:
            if future.done() and not future.cancelled():
                future.result()  # a fault of our own is raised, and not taken for one of the server
        return ""

    def _pool(self, base: str) -> ThreadPoolExecutor:
        place = os.getpid(), base  # no thread survives a fork
        with self._opening:
            if place not in self._pools:
                self._pools[place] = ThreadPoolExecutor(self._at_once, "fhir")
            return self._pools[place]
