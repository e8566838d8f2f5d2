"""The FHIR server of the walk is a fair one: what it finds is what a server has to find."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from cds.hooks.services import Query, offered_services
from cds.knowledge.load import load_knowledge
from tests.mock_ehr.fhir_server import chart_of, fhir_server, search

RESOURCES = chart_of().resources
QUERIES = next(iter(offered_services(load_knowledge()).values())).queries


def found(kind: str, **wanted: str) -> list[str]:
    return [entry["resource"]["id"] for entry in search(RESOURCES, kind, wanted).get("entry", ())]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with fhir_server(chart_of()) as address:
        yield address


def test_the_newest_count_comes_first_and_a_page_holds_no_more_than_asked_for() -> None:
    code = "http://loinc.org|751-8"

    assert ["anc-today", "anc-before"] == found("Observation", patient="p1", code=code, _sort="-date")
    assert ["anc-today"] == found("Observation", patient="p1", code=code, _sort="-date", _count="1")


@pytest.mark.parametrize(
    "wanted", [{"patient": "p2"}, {"code": "http://loinc.org|000-0"}, {"code": "urn:local|751-8"}]
)
def test_what_does_not_match_is_not_found_and_an_empty_answer_says_so(wanted: dict[str, str]) -> None:
    assert {"resourceType": "Bundle", "type": "searchset", "total": 0} == search(
        RESOURCES, "Observation", wanted
    )


def test_a_parameter_that_is_not_understood_is_refused(base: str) -> None:
    answer = requests.get(f"{base}/Observation", {"colour": "blue"}, timeout=5)

    assert (400, "OperationOutcome") == (answer.status_code, answer.json()["resourceType"])


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.key)
def test_each_of_our_queries_is_understood_by_get_and_by_post(base: str, query: Query) -> None:
    path, _, parameters = query.template.replace("{{context.patientId}}", "p1").partition("?")
    asked = requests.get(f"{base}/{path}", parameters, timeout=5)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    posted = requests.post(f"{base}/{path}/_search", parameters, headers=form, timeout=5)

    assert asked.status_code == 200
    if parameters:
        assert asked.json() == posted.json()
