"""An EHR that calls the service and lets it ask its FHIR server."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds.app import create_app
from cds.hooks.services import offered_services
from cds.settings import Settings
from tests.cases.requests import knowledge
from tests.faults.fhir_server import EMPTY, NOT_FOUND, Asked, Handler, as_json
from tests.fixture_stories import DAYS, FIXTURES, tell

Json = dict[str, Any]
NOW = DAYS[0]
TOKEN = "canary-access-token"
PATIENCE = 20.0  # seconds: what is answered at all is answered by then, however busy the machine is
DEADLINE = 0.6  # for what is not answered in time
MARGIN = 5.0
DEMO = FIXTURES / "methimazole-reordered-at-anc-0.3"
QUERIES = {query.key: query for query in offered_services(knowledge())["leuko-order-sign"].queries}
COUNTS = [key for key, query in QUERIES.items() if query.required]


def request_of(folder: Path = DEMO, now: datetime = NOW) -> Json:
    """A copy of the request of a story, to be changed."""
    return deepcopy(tell(folder, now).request)


def service(base: str, now: datetime = NOW, **settings: Any) -> FlaskClient:
    """The service, told that ``base`` may be asked, over http and no longer than ``PATIENCE``."""
    chosen = {"fhir_servers": (base,), "allow_http_fhir": True, "fhir_deadline": PATIENCE} | settings
    return create_app(Settings(**chosen), knowledge(), lambda: now).test_client()


def call(
    client: FlaskClient, request: Json, server: str, *, without: Any = (), **members: Any
) -> TestResponse:
    """``request`` from an EHR at ``server``, with a token, some keys of its prefetch left out."""
    authorization = {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.read",
        "subject": "client-1",
    }
    prefetch = {key: value for key, value in (request.get("prefetch") or {}).items() if key not in without}
    sent = request | {"fhirServer": server, "fhirAuthorization": authorization, "prefetch": prefetch}
    return client.post(f"/cds-services/leuko-{request['hook']}", json=sent | members)


@dataclass
class Record:
    """Behaves as the FHIR server that holds what a request was prefetched from.

    Attributes:
        prefetch: the answers by key of the query.
        patient_id: whose they are.
        instead: what some queries do instead.
    """

    prefetch: Mapping[str, Any]
    patient_id: str
    instead: Mapping[str, Callable[[Handler, Asked], None]]

    def __call__(self, handler: Handler, asked: Asked) -> None:
        key = self.key_of(asked)
        if key in self.instead:
            return self.instead[key](handler, asked)
        if key not in self.prefetch:
            return handler.send(as_json(NOT_FOUND), 404)
        return handler.send(as_json(EMPTY if self.prefetch[key] is None else self.prefetch[key]))

    def key_of(self, asked: Asked) -> str:
        """Which of our queries this is; empty if it is none of them."""
        for key, query in QUERIES.items():
            wanted = query.template.replace("{{context.patientId}}", self.patient_id)
            if _normal(wanted) == _normal(asked.path):
                return key
        return ""


def _normal(path: str) -> str:
    parts = urlsplit(path)
    return json.dumps([parts.path.strip("/"), sorted(parse_qsl(parts.query))])


def record(request: Json, **instead: Callable[[Handler, Asked], None]) -> Record:
    """The FHIR server of the EHR that sent ``request``; some queries (``-`` as ``_``) do something else."""
    named = {key.replace("_", "-"): behave for key, behave in instead.items()}
    return Record(request["prefetch"], request["context"]["patientId"], named)


def keys_asked(server: Any, behave: Record) -> list[str]:
    """The queries that came, in our order."""
    asked = [behave.key_of(each) for each in server.asked]
    return sorted(asked, key=lambda key: [*QUERIES, ""].index(key))
