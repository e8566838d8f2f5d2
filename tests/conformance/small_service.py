"""A small CDS service that keeps the rules, and ways to break it in one place: what the kit is tried on.

It shares no line with the service of this project. It answers order-sign with a card per draft order, takes
feedback, fetches what the prefetch does not bring, and, given keys, asks who is calling.
"""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

from tests.conformance.small_answers import TEMPLATES, make_answer
from tests.conformance.small_door import Door, Json, Refused
from tests.conformance.small_reading import check_envelope, check_feedback, hook_of, read_body

Spoil = Callable[[Json], Any]

BROWSER = "https://sandbox.cds-hooks.org"


@contextmanager
def serving(
    *,
    discovery: Spoil | None = None,
    answer: Spoil | None = None,
    respond: Callable[[Response], Any] | None = None,
    flaw: str = "",
    keys: Mapping[str, Any] | None = None,
) -> Iterator[str]:
    """Serve on loopback until the block ends; gives the address.

    ``discovery``, ``answer`` and ``respond`` may spoil the listing, each answer and each response; ``flaw``
    names one of the flaws that are written out below. With ``keys``, public keys by kid, a token is needed.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    small = _Small(discovery, answer, respond, flaw, keys)
    server = make_server("127.0.0.1", 0, small.app, threaded=True)
    small.die = server.shutdown
    small.door.base = f"http://127.0.0.1:{server.server_port}"
    small.app.logger.disabled = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Small:
    def __init__(
        self,
        discovery: Spoil | None,
        answer: Spoil | None,
        respond: Callable[[Response], Any] | None,
        flaw: str,
        keys: Mapping[str, Any] | None,
    ) -> None:
        self.spoil_discovery, self.spoil_answer, self.respond = discovery, answer, respond
        self.flaw = flaw
        self.door = Door(flaw, keys)
        self.calls = 0
        self.before: Json = {"cards": []}
        self.lock = threading.Lock()
        self.die: Callable[[], None] = lambda: None
        self.app = Flask("small", static_folder=None)
        self.app.url_map.strict_slashes = False
        self.app.add_url_rule("/cds-services", view_func=self.discover, methods=["GET"])
        self.app.add_url_rule("/cds-services/<name>", view_func=self.invoke, methods=["POST"])
        self.app.add_url_rule("/cds-services/<name>/feedback", view_func=self.feedback, methods=["POST"])
        self.app.before_request(self.preflight)
        self.app.register_error_handler(Refused, lambda error: self.refuse(error.status, str(error)))
        self.app.register_error_handler(HTTPException, self.refuse_routing)
        self.app.after_request(self.finish)

    # --- paths ------------------------------------------------------------------------------------------

    def discover(self) -> Response:
        if self.flaw == "open discovery alone" and "Authorization" in request.headers:
            raise Refused(401)
        service = {
            "id": "small",
            "hook": hook_of(self.flaw),
            "title": "Small",
            "description": "A card for every draft.",
            "usageRequirements": "None.",
            "prefetch": dict(TEMPLATES),
        }
        listing: Json = {"services": [service]}
        if self.spoil_discovery:
            self.spoil_discovery(listing)
        if self.flaw == "unstable discovery":
            service["description"] = str(uuid.uuid4())
        return _json(listing)

    def invoke(self, name: str) -> Response:
        if self.flaw != "reads before asking":
            self.door.admit(request)
        if name != "small" and self.flaw != "any path":
            raise Refused(404, "no such service")
        sent = read_body(request, self.flaw)
        if self.flaw == "reads before asking":
            self.door.admit(request)
        check_envelope(sent, self.flaw)
        if self.flaw == "dies" and "prefetch" not in sent:
            threading.Thread(target=self.die).start()
            raise ZeroDivisionError
        may_fetch = not self.door.keys or self.flaw == "calls anybody"
        answer = make_answer(sent, self.flaw, may_fetch=may_fetch)
        if self.spoil_answer:
            self.spoil_answer(answer)
        with self.lock:
            self.calls += 1
            if self.flaw == "mixes calls" and self.calls > 10:
                answer, self.before = self.before, answer
            self.before = answer
        return _json(answer)

    def feedback(self, name: str) -> Response:
        if self.flaw == "no feedback":
            raise Refused(404, "no feedback")
        self.door.admit(request)
        body = read_body(request, self.flaw)
        items = body.get("feedback")
        if self.flaw == "one at a time" and isinstance(items, list) and len(items) > 1:
            raise Refused(400, "one at a time")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise Refused(400, "feedback")
        for item in items:
            check_feedback(item, self.flaw)
        return Response(status=200)

    # --- refusing ---------------------------------------------------------------------------------------

    def refuse(self, status: int, why: str) -> Response:
        if status == 200 or (self.flaw == "silent errors" and status != 401):
            return _json({"cards": []})
        if status == 401:
            return Response(why if self.flaw == "says why" else "", 401, content_type="text/plain")
        if self.flaw == "pages" or (self.flaw == "text for 404" and status == 404):
            return Response(f"<html>{why}</html>", status, content_type="text/html")
        why = "" if self.flaw == "mute" else why
        if self.flaw == "trace":
            why = f'Traceback (most recent call last):\n  File "small.py", line 1\n{why}'
        issue = {"severity": "error", "code": "invalid", "diagnostics": why[:200]}
        body: Json = {"resourceType": "OperationOutcome", "issue": [issue]}
        return _json({"error": why} if self.flaw == "own errors" else body, status)

    def refuse_routing(self, error: HTTPException) -> Response:
        response = self.refuse(error.code or 500, "")
        for name, value in error.get_headers():
            if name == "Allow" and self.flaw != "no Allow":
                response.headers[name] = value
        return response

    # --- browsers ---------------------------------------------------------------------------------------

    def preflight(self) -> Response | None:
        return Response("OK", content_type="text/plain") if request.method == "OPTIONS" else None

    def finish(self, response: Response) -> Response:
        origin = request.headers.get("Origin", "")
        if self.flaw == "star with credentials":
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Allow-Credentials"] = "true"
        elif self.flaw == "any origin with credentials":
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Credentials"] = "true"
        elif origin == BROWSER and not (self.flaw == "preflight alone" and request.method == "POST"):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Methods"] = "GET, POST"
            allowed = "Content-Type" if self.flaw == "no Authorization" else "Content-Type, Authorization"
            response.headers["Access-Control-Allow-Headers"] = allowed
        if self.respond:
            self.respond(response)
        return response


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")
