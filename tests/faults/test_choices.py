"""What a caller may choose for what cannot be checked: an error, or a card that says so."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds.app import create_app
from cds.settings import Settings
from tests.cases.requests import knowledge
from tests.faults import fhir_server as stub
from tests.faults.callers import PUBLIC_URL, Caller, write_callers
from tests.faults.ehr import NOW, PATIENCE, QUERIES, TOKEN, record, request_of
from tests.faults.fhir_server import serving


def production(folder: Path, caller: Caller, **settings: Any) -> FlaskClient:
    chosen = {
        "env": "production",
        "tenants": write_callers(folder, caller),
        "public_url": PUBLIC_URL,
        "allow_http_fhir": True,
        "fhir_deadline": PATIENCE,
    }
    return create_app(Settings(**chosen | settings), knowledge(), lambda: NOW).test_client()


def call(client: FlaskClient, caller: Caller, request: dict[str, Any], **members: Any) -> TestResponse:
    path = f"/cds-services/leuko-{request['hook']}"
    return client.post(path, json=request | members, headers=caller.bearer(path, NOW))


# --- counts that cannot be had --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hook", "indicator"), [("order-sign", "warning"), ("order-select", "warning"), ("patient-view", "info")]
)
@pytest.mark.parametrize("prefetch", [{}, dict.fromkeys(QUERIES, stub.NOT_FOUND)], ids=["absent", "failed"])
def test_counts_that_cannot_be_had_are_a_card_where_that_is_wanted(
    hook: str, indicator: str, prefetch: dict[str, Any], tmp_path: Path, log: io.StringIO
) -> None:
    """At an order it is a warning: it takes the place of a refusal."""
    caller = Caller("north", members={"when_not_checked": "card"})
    request = request_of() | {"hook": hook, "prefetch": prefetch}

    response = call(production(tmp_path, caller), caller, request)

    card = response.get_json()["cards"][-1]
    assert 200 == response.status_code
    assert ("leukoDataQuality", indicator) == (card["source"]["topic"]["code"], card["indicator"])
    assert card["summary"].startswith("White cell counts ")
    assert card["summary"].endswith(": low counts were not looked for.")
    assert "missing" == json.loads(log.getvalue().splitlines()[-1])["outcome"]


def test_otherwise_they_are_412(tmp_path: Path) -> None:
    caller = Caller("north")

    assert 412 == call(production(tmp_path, caller), caller, request_of(), prefetch={}).status_code


@pytest.mark.parametrize("choice", ["412", "card"])
def test_what_the_fhir_server_refuses_is_treated_alike(choice: str, tmp_path: Path) -> None:
    with serving(stub.refusing(403)) as server:
        caller = Caller("north", server.base, {"when_not_checked": choice})
        authorization = {
            "access_token": TOKEN,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "x",
            "subject": "y",
        }
        response = call(
            production(tmp_path, caller),
            caller,
            request_of(),
            prefetch={},
            fhirServer=server.base,
            fhirAuthorization=authorization,
        )

        assert len(QUERIES) == len(server.asked)
    assert (412 if choice == "412" else 200) == response.status_code
    assert ("http-403" if choice == "412" else "could not be fetched") in response.text


def test_in_production_nothing_is_asked_without_a_token(tmp_path: Path, log: io.StringIO) -> None:
    """A server of a hospital that needs none would be open to everybody."""
    with serving(record(request_of())) as server:
        caller = Caller("north", server.base)
        response = call(
            production(tmp_path, caller), caller, request_of(), prefetch={}, fhirServer=server.base
        )

        assert [] == server.asked
    assert 412 == response.status_code
    assert "no-access-token" in response.text


def test_the_server_of_another_caller_is_not_asked(tmp_path: Path) -> None:
    """The list is that of the caller, not that of the service."""
    with serving(record(request_of())) as server:
        north, south = Caller("north", server.base), Caller("south", "https://fhir.south.example.org/R4")
        write_callers(tmp_path, north, south)
        client = create_app(
            Settings(
                env="production",
                tenants=tmp_path / "tenants.toml",
                public_url=PUBLIC_URL,
                allow_http_fhir=True,
                fhir_servers=(server.base,),
            ),
            knowledge(),
            lambda: NOW,
        ).test_client()
        response = call(client, south, request_of(), prefetch={}, fhirServer=server.base)

        assert [] == server.asked
    assert "unlisted-fhir-server" in response.text


# --- a fault of our own ---------------------------------------------------------------------------------


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr("cds.answer.assess", fail)


@pytest.mark.usefixtures("faulty")
def test_a_fault_is_a_card_where_that_is_wanted_and_logged_all_the_same(
    tmp_path: Path, log: io.StringIO
) -> None:
    caller = Caller("north", members={"fail": "card"})

    response = call(production(tmp_path, caller), caller, request_of())

    (card,) = response.get_json()["cards"]
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert 200 == response.status_code
    assert "Low white cell counts were not checked: the service failed." == card["summary"]
    assert response.headers["X-Request-Id"] in card["detail"]
    assert ["fault", "answered"] == [line["event"] for line in lines][-2:]
    assert ("InternalFault", "fault") == (lines[-1]["reason"], lines[-1]["outcome"])
    assert "canary" not in response.text + log.getvalue()


@pytest.mark.usefixtures("faulty")
@pytest.mark.parametrize("members", [{}, {"fail": "error"}])
def test_otherwise_it_is_500(members: dict[str, str], tmp_path: Path) -> None:
    caller = Caller("north", members=members)

    assert 500 == call(production(tmp_path, caller), caller, request_of()).status_code


def test_silence_cannot_be_chosen(tmp_path: Path) -> None:
    """An empty answer after a fault would read as "nothing found"."""
    with pytest.raises(Exception, match="fail"):
        production(tmp_path, Caller("north", members={"fail": "empty"}))
