"""The paths: what is answered, what is refused and how."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds.errors import MissingData
from cds.settings import Preferences, Settings

Serve = Callable[[Settings], FlaskClient]
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BODY = {
    "hook": "order-sign",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"patientId": "1"},
}
INVOKE = "/cds-services/leuko-order-sign"


def _issue(response: TestResponse) -> dict[str, Any]:
    """The one issue of an OperationOutcome."""
    body = response.get_json()
    assert "application/json" == response.content_type
    assert "OperationOutcome" == body["resourceType"]
    (issue,) = body["issue"]
    return issue


# --- answers --------------------------------------------------------------------------------------------


def test_discovery_lists_the_services(client: FlaskClient) -> None:
    response = client.get("/cds-services")

    expected = {
        "hook": "order-sign",
        "title": "Low counts",
        "description": "Speaks when counts are low.",
        "id": "leuko-order-sign",
        "prefetch": {"patient": "Patient/{{context.patientId}}"},
        "usageRequirements": "Counts are needed.",
    }
    assert (200, "application/json") == (response.status_code, response.content_type)
    assert {"services": [expected]} == response.get_json()


def test_a_call_is_answered_as_of_now(client: FlaskClient, answers: Any) -> None:
    response = client.post(INVOKE, json=BODY)

    ((request, preferences, as_of),) = answers.asked
    assert (200, b'{"cards":[{}]}') == (response.status_code, response.data)
    assert ("1", Preferences(), NOW) == (request.patient_id, preferences, as_of)


def test_feedback_is_taken(client: FlaskClient) -> None:
    item = {"card": "c1", "outcome": "overridden", "outcomeTimestamp": "2026-11-20T12:00:00Z"}

    assert 200 == client.post(f"{INVOKE}/feedback", json={"feedback": [item, item]}).status_code
    assert 400 == client.post(f"{INVOKE}/feedback", json={"feedback": [{}]}).status_code
    assert 404 == client.post("/cds-services/other/feedback", json={"feedback": [item]}).status_code


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_told_and_not_logged(client: FlaskClient, log: io.StringIO, path: str) -> None:
    assert 200 == client.get(path).status_code
    assert "" == log.getvalue()


@pytest.mark.parametrize(
    "path",
    [
        "/cds-services//leuko-order-sign",
        "/cds-services/leuko-order-sign/",
        "/cds-services///leuko-order-sign//",
    ],
)
def test_odd_slashes_are_forgiven_without_a_redirect(client: FlaskClient, path: str) -> None:
    """A redirect would lose the POST, and its CORS preflight with it."""
    assert 200 == client.post(path, json=BODY).status_code
    assert 204 == client.options(path).status_code


def test_the_prefix_of_the_public_address_is_served_with_and_without_a_proxy(serve: Serve) -> None:
    settings = Settings(public_url="https://cds.example.org/leuko")
    client = serve(settings)

    assert 200 == client.get("/leuko/cds-services/").status_code
    assert 200 == client.get("/cds-services").status_code
    assert 404 == client.get("/leukocds/cds-services").status_code


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
def test_json_is_taken_with_any_parameter(client: FlaskClient, content_type: str) -> None:
    body = json.dumps(BODY).encode()

    assert 200 == client.post(INVOKE, data=body, content_type=content_type).status_code


# --- refusals -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["text/plain", "application/fhir+json", "", None])
def test_another_media_type_is_refused(client: FlaskClient, content_type: str | None) -> None:
    response = client.post(INVOKE, data=json.dumps(BODY).encode(), content_type=content_type)

    assert (415, "not-supported") == (response.status_code, _issue(response)["code"])


@pytest.mark.parametrize("encoding", ["identity", "Identity", "IDENTITY", "", " "])
def test_a_body_that_is_said_to_be_sent_as_it_is_is_taken(client: FlaskClient, encoding: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}

    assert 200 == client.post(INVOKE, data=json.dumps(BODY).encode(), headers=headers).status_code


def test_a_compressed_body_is_refused(client: FlaskClient) -> None:
    response = client.post(
        INVOKE,
        data=gzip.compress(json.dumps(BODY).encode()),
        headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
    )

    assert 415 == response.status_code


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (b"{", "structure", "truncated"),
        (b"", "structure", "empty"),
        (b"[]", "invalid", "The body"),
        (json.dumps(BODY | {"context": {}}).encode(), "invalid", "context.patientId"),
    ],
)
def test_a_wrong_body_is_refused_by_name(client: FlaskClient, body: bytes, code: str, said: str) -> None:
    response = client.post(INVOKE, data=body, content_type="application/json")

    issue = _issue(response)
    assert (400, code) == (response.status_code, issue["code"])
    assert said in issue["diagnostics"]


def test_a_body_beyond_the_limit_is_refused_and_one_at_the_limit_is_not(serve: Serve) -> None:
    body = json.dumps(BODY).encode()
    client = serve(Settings(max_body=len(body)))

    at_limit = client.post(INVOKE, data=body, content_type="application/json")
    beyond = client.post(INVOKE, data=body + b" ", content_type="application/json")

    assert 200 == at_limit.status_code
    assert (413, "too-long") == (beyond.status_code, _issue(beyond)["code"])


def test_thirty_megabytes_are_refused(client: FlaskClient) -> None:
    body = b'{"prefetch": {"a": "' + b"x" * 30_000_000 + b'"}}'

    assert 413 == client.post(INVOKE, data=body, content_type="application/json").status_code


@pytest.mark.parametrize("path", ["/cds-services/other", "/cds-services/OTHER"])
def test_an_unknown_service_is_not_found(client: FlaskClient, path: str) -> None:
    response = client.post(path, json=BODY)

    assert (404, "not-found") == (response.status_code, _issue(response)["code"])


@pytest.mark.parametrize("path", ["/", "/cds", f"{INVOKE}/feedback/x", "/static/x", "/%00"])
def test_an_unknown_path_is_not_found(client: FlaskClient, path: str) -> None:
    response = client.get(path)

    assert (404, "not-found") == (response.status_code, _issue(response)["code"])


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", INVOKE, {"POST", "OPTIONS"}),
        ("DELETE", INVOKE, {"POST", "OPTIONS"}),
        ("PUT", "/cds-services", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/cds-services", {"GET", "HEAD", "OPTIONS"}),
        ("GET", f"{INVOKE}/feedback", {"POST", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_refused_with_the_right_ones(
    client: FlaskClient, method: str, path: str, allowed: set[str]
) -> None:
    response = client.open(path, method=method)

    assert (405, "not-supported") == (response.status_code, _issue(response)["code"])
    assert allowed == {*response.headers["Allow"].split(", ")}


def test_missing_data_is_412_and_says_what(client: FlaskClient, answers: Any) -> None:
    answers.error = MissingData("No counts: none of the keys counts-total was answered.")
    response = client.post(INVOKE, json=BODY)

    issue = _issue(response)
    assert (412, "required") == (response.status_code, issue["code"])
    assert "counts-total" in issue["diagnostics"]
