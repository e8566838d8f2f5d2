"""Discovery: what is offered, and that it asks for exactly what is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from cds.findings import Occasion
from cds.hooks.services import CDSService, discovery_body, offered_services
from cds.knowledge.base import Knowledge
from cds.knowledge.load import load_knowledge


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


@pytest.fixture(scope="module")
def services(knowledge: Knowledge) -> dict[str, CDSService]:
    return dict(offered_services(knowledge))


@pytest.fixture(scope="module")
def templates(services: dict[str, CDSService]) -> dict[str, str]:
    return {query.key: query.template for query in services["leuko-order-sign"].queries}


def _empty_members(value: Any) -> Iterator[Any]:
    if value in (None, "", [], {}):
        yield value
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _empty_members(member)


def _codes(template: str) -> set[str]:
    return set(re.findall(r"http://loinc\.org\|(\d+-\d)", template))


def test_one_service_per_hook(services: dict[str, CDSService]) -> None:
    expected = {f"leuko-{hook.value}": hook for hook in Occasion}

    assert expected == {name: service.hook for name, service in services.items()}


def test_discovery_has_every_member_and_none_is_empty(services: dict[str, CDSService]) -> None:
    offered = json.loads(discovery_body(services.values()))["services"]

    members = {"hook", "title", "description", "id", "prefetch", "usageRequirements"}
    assert [members] * 3 == [each.keys() for each in offered]
    assert [] == [*_empty_members(offered)]


def test_discovery_is_the_same_every_time(knowledge: Knowledge) -> None:
    first, second = (discovery_body(offered_services(knowledge).values()) for _ in range(2))

    assert first == second


def test_templates_use_only_what_every_client_understands(templates: dict[str, str]) -> None:
    """Relative reads and searches; one token; no ``_include``, no chaining, no parameter twice."""
    for template in templates.values():
        assert ["context.patientId"] == re.findall(r"\{\{(.*?)\}\}", template)
        url = urlsplit(template.replace("{{context.patientId}}", "1"))
        names = [name for name, _ in parse_qsl(url.query)]
        assert ("", "") == (url.scheme, url.netloc)
        assert re.fullmatch(r"[A-Z][A-Za-z]+(/1)?", url.path)
        assert len(names) == len({*names})
        assert {*names} <= {"patient", "code", "status", "clinical-status", "_sort", "_count"}


def test_templates_survive_url_encoding(templates: dict[str, str]) -> None:
    for template in templates.values():
        query = urlsplit(template).query
        encoded = "&".join(
            f"{name}={quote(value, safe='')}"
            for name, value in (part.split("=", 1) for part in query.split("&") if part)
        )

        assert parse_qsl(query) == parse_qsl(encoded)


def test_results_come_newest_first_and_no_more_than_a_server_gives(templates: dict[str, str]) -> None:
    for template in templates.values():
        if template.startswith("Observation"):
            assert "&_sort=-date&_count=" in template
        count = re.search(r"_count=(\d+)", template)
        assert count is None or int(count[1]) <= 200


def test_every_code_that_is_read_as_a_count_is_asked_for(
    knowledge: Knowledge, templates: dict[str, str]
) -> None:
    asked = {
        code for key, template in templates.items() if key.startswith("counts-") for code in _codes(template)
    }

    assert {*knowledge.line_codes} == asked


def test_temperatures_and_tests_are_those_of_the_knowledge(
    knowledge: Knowledge, templates: dict[str, str]
) -> None:
    assert {*knowledge.limits.fever.loinc} == _codes(templates["temperature"])
    assert {code for test in knowledge.work_up for code in test.loinc} == _codes(templates["tests"])


def test_counts_of_the_lines_that_make_cards_are_required(services: dict[str, CDSService]) -> None:
    required = {query.key for query in services["leuko-patient-view"].queries if query.required}

    assert {"counts-total", "counts-neutrophils", "counts-lymphocytes"} == required
    assert all(key in services["leuko-patient-view"].usage_requirements for key in required)
