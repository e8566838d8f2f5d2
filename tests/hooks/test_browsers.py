"""Browsers: who is granted, on every path, method and status; and that nobody is by a wildcard."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.errors import (
    BodyTooLarge,
    HookMismatch,
    MissingData,
    RecordsUnavailable,
    UnknownService,
    WrongMediaType,
    WrongShape,
)
from cds.settings import Settings

Serve = Callable[[Settings], FlaskClient]

INVOKE = "/cds-services/leuko-order-sign"
PATHS = ["/cds-services", INVOKE, f"{INVOKE}/feedback", "/healthz", "/readyz"]
UNKNOWN = ["/", "/nowhere", "/cds-services/other", "/cds-services/other/feedback", f"{INVOKE}/feedback/x"]
EHR = "https://ehr.north.example.org:8443"
TEST_PAGES = [
    "https://sandbox.cds-hooks.org",
    "http://localhost:8080",
    "http://127.0.0.1:3000",
    "http://[::1]:8080",
]
STRANGERS = [
    "https://evil.example.org",
    "https://sandbox.cds-hooks.org.evil.example.org",
    "http://sandbox.cds-hooks.org",
    "http://localhost.evil.example.org",
    "http://localhost:8080@evil.example.org",
    "null",
    "*",
    "",
]
BODY = {
    "hook": "order-sign",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"patientId": "1"},
}


@pytest.fixture
def hospital(serve: Serve) -> FlaskClient:
    """In production, where one browser client is listed and nobody has a token."""
    return serve(Settings(env="production", public_url="https://cds.example.org", cors_origins=(EHR,)))


def _preflight(client: FlaskClient, path: str, origin: str) -> Any:
    """As a browser sends it: without a token."""
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return client.options(path, headers={"Origin": origin} | asked)


def _spellings(path: str) -> list[str]:
    """The path as it comes of an address that was typed with a slash too many."""
    return [path, f"{path}/", f"/{path}", path.replace("/", "//"), f"{path.replace('/', '///')}//"]


def _granted(response: Any) -> tuple[str | None, bool]:
    headers = response.headers
    return headers.get("Access-Control-Allow-Origin"), "Access-Control-Allow-Credentials" in headers


@pytest.mark.parametrize("origin", TEST_PAGES)
@pytest.mark.parametrize("path", [spelt for path in PATHS for spelt in _spellings(path)])
def test_a_preflight_of_a_test_page_is_granted(client: FlaskClient, origin: str, path: str) -> None:
    response = _preflight(client, path, origin)

    assert (204, b"") == (response.status_code, response.data)
    assert (origin, False) == _granted(response)
    assert {"authorization", "content-type"} <= {
        name.strip().lower() for name in response.headers["Access-Control-Allow-Headers"].split(",")
    }
    assert {"GET", "POST"} <= {*response.headers["Access-Control-Allow-Methods"].split(", ")}


@pytest.mark.parametrize("path", [*PATHS, *UNKNOWN])
def test_a_preflight_of_a_listed_client_needs_no_token(hospital: FlaskClient, path: str) -> None:
    """Also where nothing is: the page is to read the 404 and not that it may read nothing."""
    response = _preflight(hospital, path, EHR)

    assert (204, (EHR, False)) == (response.status_code, _granted(response))


def test_every_answer_can_be_read_whatever_its_method_and_status(hospital: FlaskClient) -> None:
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
    answers = [
        hospital.open(path, method=method, headers={"Origin": EHR})
        for path, method in product([*PATHS, *UNKNOWN], methods)
    ]

    assert {200, 204, 401, 404, 405} == {answer.status_code for answer in answers}
    assert {(EHR, False)} == {_granted(answer) for answer in answers}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (WrongShape("x"), 400),
        (HookMismatch("x"), 400),
        (UnknownService(), 404),
        (MissingData("x"), 412),
        (BodyTooLarge(1), 413),
        (WrongMediaType(), 415),
        (RuntimeError(), 500),
        (RecordsUnavailable(), 503),
    ],
)
def test_every_failure_can_be_read(client: FlaskClient, answers: Any, error: Exception, status: int) -> None:
    """Without it the browser shows a network error instead of the reason."""
    answers.error = error
    response = client.post(INVOKE, json=BODY, headers={"Origin": TEST_PAGES[0]})

    assert (status, (TEST_PAGES[0], False)) == (response.status_code, _granted(response))
    assert "X-Request-Id" in response.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("origin", STRANGERS)
def test_another_origin_gets_nothing(client: FlaskClient, hospital: FlaskClient, origin: str) -> None:
    for asked in (client, hospital):
        answers = [asked.get("/cds-services", headers={"Origin": origin}), _preflight(asked, INVOKE, origin)]

        assert [200, 204] == [answer.status_code for answer in answers]
        assert {(None, False)} == {_granted(answer) for answer in answers}
        assert [True, True] == ["Origin" in answer.vary for answer in answers]


@pytest.mark.parametrize("origin", TEST_PAGES)
def test_no_test_page_is_let_into_production(hospital: FlaskClient, origin: str) -> None:
    assert (None, False) == _granted(hospital.get("/cds-services", headers={"Origin": origin}))


def test_a_site_may_list_its_own_test_client_in_a_sandbox(serve: Serve) -> None:
    client = serve(Settings(cors_origins=(EHR,)))

    for origin in (EHR, TEST_PAGES[0]):
        assert (origin, False) == _granted(client.get("/cds-services", headers={"Origin": origin}))
