"""The services offered, and the queries whose answers they need.

One service per hook, all three with the same queries. The LOINC codes in the queries are those of the
knowledge, so that what is asked for and what is read cannot drift apart. The templates use only what CDS
Hooks 2.0 promises (``{{context.patientId}}``, instance reads, plain searches): no ``_include``, no dates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from urllib.parse import quote

import msgspec

from cds.facts import CellLine
from cds.findings import Occasion
from cds.knowledge.base import Knowledge
from cds.knowledge.schema import Line
from cds.shown import ShownCard, Spoken

_PATIENT = "patient={{context.patientId}}"
_DRAWS = 50  # so many blood draws back, newest first
_PAGE = 200  # what the stricter servers return at most
_SORT = re.compile(r"&_sort=[^&]*")
_UNSORTED = frozenset({"oracle"})  # profiles that know no _sort; their own order is the one we want


@dataclass(frozen=True, slots=True)
class Query:
    """One prefetch template.

    Attributes:
        key: the name under which the EHR sends the answer.
        template: a FHIR R4 read or search.
        resource: the resource type that it returns.
        covers: what stays unknown without it, in the words of ``Gap.what``.
        required: at least one of the required queries has to be answered.
        loinc: the codes that a query for counts asks for.
        most: so many results at most are in its answer.
    """

    key: str
    template: str
    resource: str
    covers: tuple[str, ...]
    required: bool = False
    loinc: frozenset[str] = frozenset()
    most: int = 0

    def template_for(self, profile: str) -> str:
        """The template as this kind of EHR understands it."""
        return _SORT.sub("", self.template) if profile in _UNSORTED else self.template


@dataclass(frozen=True, slots=True)
class CDSService:
    """One entry of discovery. ``queries`` become its ``prefetch``."""

    id: str
    hook: Occasion
    title: str
    description: str
    usage_requirements: str
    queries: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question to a FHIR server: what became of it, as a code (``ok``, ``timeout``, ``http-403``, …)."""

    key: str
    outcome: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answers, and what the log may say of it.

    Attributes:
        body: the JSON response.
        shown: the cards in it, in their order.
        topics: the topics that speak.
        gaps: what could not be used, by kind.
        shadowed: cards that were worked out and not sent, because their topic is in shadow.
        repeated: cards that were not sent, because they had been shown in this encounter.
        prefetch: for each of our queries how its answer came: supplied, fetched, failed or absent.
        questions: what was asked of the FHIR server.
        unchecked: why nothing was looked at (``missing``, ``fault``, ``not-meant``); empty if it was.
        say_without: the cards without those of these topics; ``None`` where there never are any.
    """

    body: bytes
    shown: tuple[ShownCard, ...] = ()
    topics: tuple[str, ...] = ()
    gaps: Mapping[str, int] = field(default_factory=dict)
    shadowed: tuple[ShownCard, ...] = ()
    repeated: tuple[ShownCard, ...] = ()
    prefetch: Mapping[str, str] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    unchecked: str = ""
    say_without: Callable[[Collection[str]], Spoken] | None = field(default=None, repr=False, compare=False)

    def without(self, topics: Collection[str]) -> Answer:
        """The same without the cards of these topics, for what needs not be said again."""
        if self.say_without is None:
            return self
        spoken = self.say_without(topics)
        return replace(self, body=spoken.body, shown=spoken.shown)


def offered_services(knowledge: Knowledge) -> Mapping[str, CDSService]:
    """The services by id, in the order of discovery."""
    queries = _queries(knowledge)
    services = [
        CDSService(f"leuko-{hook.value}", hook, title, description, _usage(queries), queries)
        for hook, title, description in _SERVICES
    ]
    return MappingProxyType({service.id: service for service in services})


def discovery_body(services: Iterable[CDSService]) -> bytes:
    """The JSON body of ``GET /cds-services``."""
    offered = [
        {
            "hook": service.hook.value,
            "title": service.title,
            "description": service.description,
            "id": service.id,
            "prefetch": {query.key: query.template for query in service.queries},
            "usageRequirements": service.usage_requirements,
        }
        for service in services
    ]
    return msgspec.json.encode({"services": offered})


# --- what they say of themselves ------------------------------------------------------------------------

_SERVICES = (
    (
        Occasion.ORDER_SIGN,
        "Low white cell counts: check the orders being signed",
        "Speaks when an order adds risk to a low white cell count: a drug that may have caused it is ordered"
        " again, a label limit is crossed, a risky pair arises, a live vaccine meets weak immunity. Shows the"
        " counts, the drugs that may explain them with the reasoning, and infection precautions.",
    ),
    (
        Occasion.ORDER_SELECT,
        "Low white cell counts: check the selected order",
        "The same as at signing, for the orders just selected; other drafts are taken into account.",
    ),
    (
        Occasion.PATIENT_VIEW,
        "Low white cell counts: overview",
        "Low white cell counts with their course, the drugs that may explain them with the reasoning, overdue"
        " counts, and infection precautions. Silent when nothing is low.",
    ),
)


def _usage(queries: Iterable[Query]) -> str:
    required = ", ".join(query.key for query in queries if query.required)
    return (
        "FHIR R4. Send the prefetch: what is missing is asked for where fhirServer and fhirAuthorization are"
        " sent and the hospital has listed that server here. Blood counts are required: when none of"
        f" {required} is answered, no counts come under another key and none can be had, the answer is HTTP"
        " 412. null or an empty Bundle counts as an answer. Anything else that is missing is named on the"
        " cards. Read access to Patient, Observation, MedicationRequest, Medication, Condition,"
        " AllergyIntolerance and ServiceRequest is needed, and to unsigned orders for the order hooks. A"
        " medicine is recognised from medicationCodeableConcept, a contained Medication, a Medication in the"
        " same Bundle or on that server, or its display. Feedback is stored, but for its comments."
    )


# --- queries --------------------------------------------------------------------------------------------


def _queries(knowledge: Knowledge) -> tuple[Query, ...]:
    groups: dict[str, list[Line]] = {}
    for line in knowledge.lines.values():
        groups.setdefault(line.group, []).append(line)
    tests = [code for test in knowledge.work_up for code in test.loinc]
    return (
        Query("patient", "Patient/{{context.patientId}}", "Patient", ("patient",)),
        *(_counts(group, lines, knowledge) for group, lines in groups.items()),
        Query(
            "temperature",
            _observations(knowledge.limits.fever.loinc, _DRAWS, knowledge),
            "Observation",
            ("temperature",),
            loinc=frozenset(knowledge.limits.fever.loinc),
        ),
        Query(
            "medications",
            f"MedicationRequest?{_PATIENT}&status=active,on-hold,completed,stopped&_sort=-authoredon&_count={_PAGE}",
            "MedicationRequest",
            ("medications",),
        ),
        Query(
            "conditions",
            f"Condition?{_PATIENT}&clinical-status=active,recurrence,relapse&_count={_PAGE}",
            "Condition",
            ("conditions",),
        ),
        Query("allergies", f"AllergyIntolerance?{_PATIENT}", "AllergyIntolerance", ("reactions",)),
        Query(
            "tests",
            f"ServiceRequest?{_PATIENT}&code={_tokens(tests, knowledge)}&_sort=-authored&_count={_DRAWS}",
            "ServiceRequest",
            ("tests",),
        ),
    )


def _counts(group: str, lines: list[Line], knowledge: Knowledge) -> Query:
    codes = [
        code
        for line in lines
        for code in (*line.codes.count, *line.codes.percent, *line.codes.percent_manual, *line.codes.fraction)
    ]
    speaking = [line for line in lines if line.speaks != "context"] or lines
    most = min(_PAGE, _DRAWS * len(lines))
    return Query(
        key=f"counts-{group}",
        template=_observations(codes, most, knowledge),
        resource="Observation",
        covers=tuple(CellLine(line.id).value for line in speaking),
        required=any(line.speaks == "card" for line in lines),
        loinc=frozenset(codes),
        most=most,
    )


def _observations(codes: Iterable[str], count: int, knowledge: Knowledge) -> str:
    return f"Observation?{_PATIENT}&code={_tokens(codes, knowledge)}&_sort=-date&_count={count}"


def _tokens(codes: Iterable[str], knowledge: Knowledge) -> str:
    """LOINC codes as search tokens, and behind them the hospital's own codes that stand for one of them."""
    wanted = dict.fromkeys(codes)
    tokens = [f"http://loinc.org|{code}" for code in wanted]
    own = [coding for coding, loinc in knowledge.local_loinc.items() if loinc in wanted]
    return ",".join((*tokens, *("|".join(map(_in_token, coding)) for coding in own)))


def _in_token(text: str) -> str:
    # FHIR's search has four signs of its own, which a backslash makes plain
    for sign in "\\$,|":
        text = text.replace(sign, f"\\{sign}")
    return quote(text, safe=":/")
