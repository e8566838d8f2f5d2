"""What the kit sends by itself: valid FHIR R4, for every hook, filled in as a client would."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cds.conform.checks.envelope import TOKEN
from cds.conform.samples import HOOKS, Json, sample_answer, sample_request, sample_resource
from cds.conform.templates import fill_in, is_search, tokens_of
from tests.card_conformance import r4_faults
from tests.fixture_stories import resources

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TYPES = ["Patient", "Practitioner", "Encounter", "Observation", "Condition", "MedicationRequest", "Coverage"]
CONTEXT: Json = {"patientId": "p 1", "userId": "PractitionerRole/r1", "orders": ["A/1", "B/2"], "drafts": {}}


@pytest.mark.parametrize("hook", HOOKS)
def test_a_request_is_valid_fhir_and_has_what_its_hook_requires(hook: str) -> None:
    templates = {kind.lower(): f"{kind}?patient={{{{context.patientId}}}}" for kind in TYPES}
    request = sample_request(hook, templates, "p1", NOW)

    assert HOOKS[hook]["required"].keys() <= request["context"].keys()
    assert [] == [fault for each in resources(request) for fault in r4_faults(each)]
    assert templates.keys() == request["prefetch"].keys()
    assert "{{" not in str(request)


def test_a_hook_that_is_not_known_gets_what_all_have_in_common() -> None:
    request = sample_request("org.example.hook", {}, "p1", NOW)

    assert {"userId", "patientId", "encounterId"} == request["context"].keys()
    assert "prefetch" not in request


def test_a_search_is_answered_with_a_match_of_its_first_code() -> None:
    found = sample_answer("Observation?code=http://loinc.org|1-8,http://loinc.org|2-6", "o1", {}, "p1", NOW)
    coding = {"system": "http://loinc.org", "code": "1-8"}
    resource = found["entry"][0]["resource"]

    assert ("o1", {"coding": [coding]}) == (resource["id"], resource["code"])
    assert 0 == sample_answer("Unheard?patient=1", "x", {}, "p1", NOW)["total"]
    assert ... is sample_answer("Patient/{{context.other}}", "x", {}, "p1", NOW)
    assert None is sample_resource("Unheard", "p1", NOW)


@pytest.mark.parametrize(
    ("template", "query"),
    [
        ("Patient/{{context.patientId}}", "Patient/p%201"),
        ("{{context.userId}}", "PractitionerRole/r1"),
        ("PractitionerRole/{{ userPractitionerRoleId }}", "PractitionerRole/r1"),
        ("Practitioner/{{userPractitionerId}}", None),
        ("Task?focus={{context.orders}}", "Task?focus=1,2"),
        ("Task?focus={{context.drafts}}", None),
        ("Task?authored=ge{{today()}}", None),
        ("Task?owner={{context.other}}", None),
        ("Task?code=http://x|1,http://x|2&_count=5", "Task?code=http://x|1,http://x|2&_count=5"),
    ],
)
def test_a_template_is_filled_in_as_clients_of_2_0_do(template: str, query: Any) -> None:
    assert query == fill_in(template, CONTEXT)


def test_reads_and_searches_are_told_apart() -> None:
    assert [False, False, True, True] == [
        is_search(text) for text in ("Patient/1", "{{context.userId}}", "Task?x=1", "Task")
    ]
    assert ["context.a", "today()"] == tokens_of("Task?a={{context.a}}&b={{ today() }}")


def test_the_token_that_is_sent_is_whole() -> None:
    assert {"access_token", "token_type", "expires_in", "scope", "subject"} == TOKEN.keys()
