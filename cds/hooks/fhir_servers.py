"""The FHIR servers of all callers, as one process reaches them: connections, threads and patience."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from threading import Lock

from cds.hooks.authorization import Access
from cds.hooks.fhir_gate import BUSY, Gate
from cds.hooks.fhir_job import Job, Limits, Wanted
from cds.hooks.fhir_threads import FhirThreads, NoThreadError
from cds.readers.fhir_client import Allowance, FhirClient
from cds.settings import Settings

THREADS_THAT_ASK = 4  # at most, per thread that answers calls; one server may have half of them

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
        self._most_threads = THREADS_THAT_ASK * settings.threads
        self._client = FhirClient(self._most_threads // 2, settings.ca_file)
        self._of_process: tuple[int, FhirThreads] | None = None
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
        questions = [partial(copy_context().run, job.run) for job in jobs]
        begun: list[Future[None]] | None = None
        try:
            begun = self._threads().run(base, questions, seconds)
        except NoThreadError:
            return BUSY
        finally:
            for future in begun or ():
                future.cancel()
            for job in jobs:
                job.end()
            answered = any(question.outcome not in _NOT_ANSWERED for job in jobs for question in job.asked)
            self._gate.leave(base, answered=None if begun is None else answered)
        for future in begun:
            if future.done() and not future.cancelled():
                future.result()  # a fault of our own is raised, and not taken for one of the server
        return ""

    def _threads(self) -> FhirThreads:
        with self._opening:
            if self._of_process is None or self._of_process[0] != os.getpid():  # no thread survives a fork
                self._of_process = (os.getpid(), FhirThreads(self._most_threads))
            return self._of_process[1]
