"""Asks the EHR's FHIR server for what the prefetch lacks, and for nothing else.

Asked for are the queries of which nothing came, further pages of what came in part, and the few Medications
that are referred to and were not sent. All of it goes out at once and ends together, at one deadline. What
cannot be had has failed, with a reason for the log; it is never an empty answer.

Only a server that the hospital has listed for this caller is ever contacted, at the address of the list, and
the access token goes there alone.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from cds.facts import GapKind
from cds.hooks.fhir_job import Wanted
from cds.hooks.fhir_servers import FhirServers
from cds.hooks.hook_request import HookRequest
from cds.hooks.prefetch import Fetched
from cds.hooks.services import Query, Question
from cds.readers.bundle import gather
from cds.readers.fhir_address import fill_in, find_listed, inside
from cds.readers.page import Page
from cds.readers.patient_facts import Reading

_MOST_MEDICATIONS = 24


def open_call(
    servers: FhirServers, listed: Iterable[str], request: HookRequest, profile: str = "generic"
) -> FhirCall:
    """What ``request`` may ask; ``listed`` are the servers of its caller, ``profile`` its kind of EHR."""
    base = find_listed(request.fhir_server, listed)
    if base:
        refusal = servers.refusal(base, request.access)
    else:
        refusal = "unlisted-fhir-server" if request.fhir_server else ""
    return FhirCall(servers, base, refusal, request, profile)


class FhirCall:
    """What one hook call may ask its FHIR server, and what became of it.

    Attributes:
        refusal: why the server is not asked, as a code; empty if it is, or if none was named.
        questions: everything that was asked, and what was not let through.
        unfetched: how many queries, pages and medications did not come, or not whole, by reason.
        seconds: how long it took in all.
        told: how the answer to each of our queries came, once all is read (``Prefetch.told``).
    """

    def __init__(
        self, servers: FhirServers, base: str, refusal: str, request: HookRequest, profile: str
    ) -> None:
        self.refusal = refusal
        self.questions: tuple[Question, ...] = ()
        self.unfetched: Counter[str] = Counter()
        self.seconds = 0.0
        self.told: Mapping[str, str] = {}
        self._servers = servers
        self._base = base
        self._request = request
        self._profile = profile
        self._wanted: set[str] = set()
        self._medications = 0
        self._allowance = servers.allowance()
        self._until = 0.0

    def find_wanted(self, absent: Sequence[Query], reading: Reading) -> tuple[Wanted, ...]:
        """What is to be asked now; never what was asked before.

        ``absent`` are the queries of which nothing came, ``reading`` is what was read so far.
        """
        if self.refusal:
            self.unfetched[self.refusal] += len(absent)
        if self.refusal or not self._base:
            return ()
        wanted = [self._query(query) for query in absent]
        if not self._until:  # pages of what was fetched have been followed by whoever fetched it
            wanted += [self._page(link) for link in reading.next_pages]
        wanted += [self._medication(reference) for reference in reading.medications]
        return tuple(each for each in wanted if each is not None)

    def ask(self, wanted: Sequence[Wanted]) -> tuple[Fetched, ...]:
        """The answers. What did not come in time, or not as it should, says so."""
        begun = time.monotonic()
        self._until = self._until or begun + self._servers.deadline
        token = self._request.access.token
        jobs = [self._servers.job(each, self._base, token, self._allowance, self._until) for each in wanted]
        left = self._until - begun
        refusal = self._servers.ask(self._base, jobs, left) if left > 0 else "timeout"
        self.seconds += time.monotonic() - begun
        if refusal:
            fetched = [Fetched(each.key, reason=refusal) for each in wanted]
            self.questions += tuple(Question(each.name, refusal, 0.0) for each in wanted)
        else:
            fetched = [self._own(job.fetched()) for job in jobs]
            self.questions += tuple(question for job in jobs for question in job.asked)
        self.unfetched.update(each.reason for each in fetched if each.reason)
        return tuple(fetched)

    # --- what to ask for --------------------------------------------------------------------------------

    def _query(self, query: Query) -> Wanted | None:
        path = fill_in(query.template_for(self._profile), self._request.patient_id)
        if not path:
            self.unfetched["odd-patient-id"] += 1
            return None
        kind = "Bundle" if "?" in path else query.resource
        return self._once(Wanted(query.key, f"{self._base}/{path}", kind, holds=query.resource))

    def _page(self, link: str) -> Wanted | None:
        url = inside(self._base, link, f"{self._base}/")
        if not url:
            self.unfetched["foreign-link"] += 1
            return None
        return self._once(Wanted("", url, "Bundle", link))

    def _medication(self, reference: str) -> Wanted | None:
        url = inside(self._base, reference, f"{self._base}/")
        if not url or self._medications >= _MOST_MEDICATIONS:
            return None
        wanted = self._once(Wanted("", url, "Medication"))
        self._medications += wanted is not None
        return wanted

    def _once(self, wanted: Wanted) -> Wanted | None:
        if wanted.url in self._wanted:
            return None
        self._wanted.add(wanted.url)
        return wanted

    # --- what came --------------------------------------------------------------------------------------

    def _own(self, fetched: Fetched) -> Fetched:
        """An answer that holds data of somebody else, and none of this patient, is none."""
        if not fetched.key or not fetched.pages:
            return fetched
        gathered = gather(map(Page, fetched.pages), self._request.patient_id)
        others = any(gap.kind is GapKind.WRONG_PATIENT for gap in gathered.gaps)
        if not others or any(gathered.resources.values()):
            return fetched
        return Fetched(fetched.key, reason="other-patient")
