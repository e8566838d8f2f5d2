"""A FHIR R4 server that knows the patient of one story: reads, searches by GET and POST, and CORS.

It is strict, so that a query which came out wrong is seen: a parameter that it does not know is refused
with 400, where many servers would ignore it and answer too much.
"""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask, Response, request
from werkzeug.serving import make_server

from cds.stories import load_story
from tests.mock_ehr.smart import guard
from tests.source_code import ROOT

STORY = ROOT / "fixtures" / "methimazole-reordered-at-anc-0.3"  # whose patient is walked with
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # when

Resource = dict[str, Any]

_DATES = ("effectiveDateTime", "authoredOn", "recordedDate")


@dataclass(slots=True)
class Chart:
    """What the server knows, and how it behaves for now.

    Attributes:
        refused: resource types that it does not give, with 500.
        version: of FHIR, as it says; the resources stay those of R4.
    """

    resources: list[Resource]
    refused: set[str] = field(default_factory=set)
    version: str = "4.0.1"


def chart_of(folder: Path = STORY, now: datetime = NOW) -> Chart:
    """Every resource in the prefetch of the story in ``folder``, told at ``now``; its drafts are left out."""
    prefetch = json.loads(load_story(folder, now).request)["prefetch"]
    resources: list[Resource] = []
    for answer in prefetch.values():
        if answer is not None and answer["resourceType"] == "Bundle":
            resources += [entry["resource"] for entry in answer.get("entry", ())]
        elif answer is not None:
            resources.append(answer)
    return Chart(resources)


def search(resources: list[Resource], kind: str, wanted: dict[str, str]) -> Resource:
    """The searchset Bundle of the resources of type ``kind`` for which every parameter in ``wanted`` holds.

    Raises ``KeyError`` with the name of a parameter that is not understood.
    """
    found = [resource for resource in resources if resource["resourceType"] == kind]
    for name, value in wanted.items():
        if name not in _HOW:
            found = [each for each in found if set(value.split(",")) & _TOKENS[name](each)]
    if wanted.get("_sort", "").startswith("-"):
        found.sort(key=_date, reverse=True)
    entries = [{"resource": each, "search": {"mode": "match"}} for each in found]
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
    page = entries[: int(wanted.get("_count", len(entries)))]
    return bundle | {"entry": page} if page else bundle


@contextmanager
def fhir_server(chart: Chart, certificate: Path | None = None, token: str = "") -> Iterator[str]:
    """A server with ``chart`` on this machine, as long as the block lasts; gives its base address.

    ``certificate`` is a file with a key and a certificate, for https. Without ``token`` it asks for none.
    """
    app = _app(chart)
    if token:
        guard(app, token)
    tls = None
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it would write a line per call
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=tls)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}/fhir"
    finally:
        server.shutdown()
        server.server_close()


def _app(chart: Chart) -> Flask:
    app = Flask("fhir")

    @app.get("/fhir/metadata")
    def metadata() -> Response:
        return _fhir(
            {
                "resourceType": "CapabilityStatement",
                "status": "active",
                "kind": "instance",
                "fhirVersion": chart.version,
                "format": ["json"],
                "rest": [{"mode": "server"}],
            }
        )

    @app.get("/fhir/<kind>/<identifier>")
    def read(kind: str, identifier: str) -> Response:
        for resource in chart.resources:
            if (resource["resourceType"], resource.get("id")) == (kind, identifier):
                return _fhir(resource)
        return _refusal(404, "not-found", f"There is no {kind} of that id.")

    @app.post("/fhir/<kind>")
    def create(kind: str) -> Response:
        made = request.get_json() | {"id": f"{kind.lower()}-{len(chart.resources)}"}
        chart.resources.append(made)
        return _fhir(made, 201)

    @app.get("/fhir/<kind>")
    @app.post("/fhir/<kind>/_search")
    def searched(kind: str) -> Response:
        if kind in chart.refused:
            return _refusal(500, "exception", f"{kind} cannot be had now.")
        try:
            return _fhir(search(chart.resources, kind, request.values.to_dict()))
        except KeyError as unknown:
            return _refusal(400, "not-supported", f"The parameter {unknown} is not understood.")

    @app.after_request
    def allow_browsers(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.headers["Access-Control-Allow-Methods"] = "GET, POST"
        return response

    return app


def _fhir(resource: Resource, status: int = 200) -> Response:
    return Response(json.dumps(resource), status, content_type="application/fhir+json")


def _refusal(status: int, code: str, why: str) -> Response:
    issue = {"severity": "error", "code": code, "diagnostics": why}
    return _fhir({"resourceType": "OperationOutcome", "issue": [issue]}, status)


# --- what a search parameter looks at -------------------------------------------------------------------

_HOW = {
    "_sort",
    "_count",
    "_summary",
    "_include",
    "_include:iterate",
}  # not what is found, but how it is told


def _date(resource: Resource) -> str:
    return next((str(resource[name]) for name in _DATES if name in resource), "")


def _id(resource: Resource) -> set[str]:
    return {str(resource.get("id"))}


def _patient(resource: Resource) -> set[str]:
    reference = (resource.get("subject") or resource.get("patient") or {}).get("reference", "")
    return {reference, reference.removeprefix("Patient/")}


def _codings(concept: Resource | None) -> set[str]:
    codings = (concept or {}).get("coding", ())
    return {coding.get("code", "") for coding in codings} | {
        f"{coding.get('system', '')}|{coding.get('code', '')}" for coding in codings
    }


def _code(resource: Resource) -> set[str]:
    return _codings(resource.get("code"))


def _status(resource: Resource) -> set[str]:
    return {str(resource.get("status"))}


def _clinical_status(resource: Resource) -> set[str]:
    return _codings(resource.get("clinicalStatus"))


_TOKENS: dict[str, Callable[[Resource], set[str]]] = {
    "_id": _id,
    "patient": _patient,
    "subject": _patient,
    "code": _code,
    "status": _status,
    "clinical-status": _clinical_status,
}
