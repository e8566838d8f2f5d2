"""What the service says of itself: readiness, and the source attributes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from cds.hooks.routes import hook_app
from cds.settings import Settings
from tests.hooks.conftest import ABOUT, NOW, SERVICE, Answers

PAGE = "/about/source-attributes"


def _client(**about: object) -> FlaskClient:
    told = replace(ABOUT, **about)  # type: ignore[arg-type]
    return hook_app(Settings(), {SERVICE.id: SERVICE}, Answers(), told, lambda: NOW).test_client()


def test_ready_names_the_knowledge(client: FlaskClient) -> None:
    response = client.get("/readyz")

    assert 200 == response.status_code
    assert {"status": "ready", "knowledge": ABOUT.knowledge} == response.get_json()


def test_ready_names_the_hospital() -> None:
    assert "General Hospital" == _client(overlay="General Hospital").get("/readyz").get_json()["overlay"]


def test_a_failed_self_test_is_503_and_says_why() -> None:
    response = _client(find_fault=lambda: "There is no card.").get("/readyz")

    assert 503 == response.status_code
    assert {
        "status": "not ready",
        "knowledge": ABOUT.knowledge,
        "selfTest": "There is no card.",
    } == response.get_json()


def test_a_self_test_that_breaks_is_no_readiness() -> None:
    def broken() -> str:
        raise KeyError("rule")

    assert 500 == _client(find_fault=broken).get("/readyz").status_code


def test_alive_tries_nothing() -> None:
    response = _client(find_fault=lambda: "There is no card.").get("/healthz")

    assert (200, {"status": "alive"}) == (response.status_code, response.get_json())


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("application/json", "application/json"),
        ("application/json;q=0.9, text/html;q=0.8", "application/json"),
        ("image/png", "text/html; charset=utf-8"),
    ],
)
def test_the_page_comes_as_it_is_wanted(client: FlaskClient, accept: str | None, kind: str) -> None:
    response = client.get(PAGE, headers={"Accept": accept} if accept else {})

    assert (200, kind) == (response.status_code, response.content_type)
    assert {"Accept", "Origin"} == {*response.vary}


def test_the_data_have_an_address_of_their_own(client: FlaskClient) -> None:
    response = client.get(f"{PAGE}.json", headers={"Accept": "text/html"})

    assert ("application/json", ABOUT.data) == (response.content_type, response.data)
    assert json.loads(response.data)


def test_the_page_may_load_nothing(client: FlaskClient) -> None:
    response = client.get(PAGE)

    assert "default-src 'none'; style-src 'unsafe-inline'" == response.headers["Content-Security-Policy"]
    assert "nosniff" == response.headers["X-Content-Type-Options"]


def test_a_head_request_and_a_post(client: FlaskClient) -> None:
    assert 200 == client.head(PAGE).status_code
    assert 405 == client.post(PAGE).status_code
